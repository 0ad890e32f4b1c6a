"""The JSON Schema of scenario files, for editors and for `structure`; made from the tables of the code.

Its version is draft 7, which editors support best.
"""

from collections.abc import Iterable
from functools import cache

from connsim.agency.flavours import FLAVOURS
from connsim.core.durations import PATTERN
from connsim.core.ends import FOR_PATTERN, PARAMETER_PATTERN, SPOKEN_EVENTS
from connsim.faults import registry
from connsim.prism.pace import PACES, PARTS
from connsim.prism.versions import FORMER_NAMES, VERSIONS
from connsim.scenarios.schema_parts import (
    LONGEST,
    Schema,
    anchored,
    behaviour_text,
    items,
    mapping,
    one_of,
    ref,
    text,
    value,
)
from connsim.script import roles
from connsim.script.roles import Role

DURATION, ENDS = "duration", "end of a step"
"""Titles of values for which a missing unit is reported."""

FAULT = "fault"
"""The title of a fault; the reader of faults has the better messages."""


MOST_STEPS = 1000


@cache
def schema() -> Schema:
    """The schema of a scenario file."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        **mapping(
            "scenario file",
            "What the other side of a connection does, as connsim plays it.",
            {"world": _world(), "behaviours": _behaviours(), "select": _select(), "faults": _faults()},
            empty=True,
        ),
        "definitions": {
            FAULT: _fault(),
            **{f"{name}-of-{role.name}": steps for role in roles.all_roles() for name, steps in _steps(role)},
        },
    }


def _world() -> Schema:
    pace = mapping(
        "pace",
        "How long the parts of the agents' work take; a part that is left out is typical.",
        _pace_parts(),
        required=(),
    )
    return mapping(
        "world",
        "The settings of the world. An option of the command line takes precedence.",
        {
            "seed": text("seed", "The source of all ids, keys, names and jitter."),
            "clock": text(
                "clock mode",
                "How time passes under `connsim serve`. In tests the clock always stands still until a client waits.",
                "Expected running, standing or per-poll:<duration>, such as per-poll:60s.",
                pattern=rf"^(running|standing|per-poll:{PATTERN})$",
                examples=["running", "standing", "per-poll:60s"],
            ),
            "profile": _profile(),
            "pace": {
                "description": "How quickly the agents do their own work.",
                "if": {"type": "object"},
                "then": pace,
                "else": one_of("pace", "How quickly the agents do their own work.", PACES, ", or a mapping of parts"),
            },
            "flavour": one_of("flavour", "Whose VCX agency is played.", FLAVOURS),
            "holder": behaviour_text("What holders of VCX invitations do if no rule matches; none: they do nothing."),
        },
        empty=True,
    )


def _profile() -> Schema:
    """Accept a version, without quotes if it looks like a number, or a former name of one."""
    numbers = [int(version) for version in VERSIONS if version.isdecimal()]
    named = one_of("profile", "Which PRISM agent answers at the bare root of the port.", VERSIONS)
    return {**named, "enum": [*VERSIONS, *numbers, *FORMER_NAMES]}


def _pace_parts() -> dict[str, Schema]:
    expected = "Expected a number and a unit: '10ms', '2s'."
    return {name: text(DURATION, f"See {name} in the docs.", expected, pattern=anchored(PATTERN)) for name in PARTS}


def _behaviours() -> Schema:
    names = {
        "pattern": r"^[^\s:,]+$",
        "maxLength": LONGEST,
        "title": "name of a behaviour",
        "errorMessage": "Expected words with hyphens between: answers-late.",
    }
    return value(
        "mapping of behaviours",
        "Behaviours by name, in addition to those that are built in.",
        "Expected the name of each behaviour, and below it the keys of the behaviour.",
        type=["object", "null"],
        propertyNames=names,
        additionalProperties=_behaviour(),
    )


def _behaviour() -> Schema:
    names = [role.name for role in roles.all_roles()]
    properties: dict[str, Schema] = {
        "doc": text("text", "What the client under test will see.", longest=None),
        "after": text(
            DURATION,
            "The default of $after in the steps; 'after 5 minutes' behind the name replaces it.",
            "Expected one ('90s', '24 hours', '5s..20s'), or a number of polls ('3 polls').",
            pattern=anchored(PARAMETER_PATTERN),
        ),
        "issues": items(
            "list of addresses",
            "Public reports of the defect that the behaviour imitates.",
            "[https://example.org/issues/1]",
            text("address", "The address of a report.", "Expected https://...", pattern="^https?://"),
        ),
        "strict": value(
            "Boolean",
            "false plays an impossible agent: steps are not checked against the state machine.",
            "Expected true or false.",
            type="boolean",
        ),
    }
    shown: dict[str, Schema] = {role.name: {"description": role.doc} for role in roles.all_roles()}
    any_role = {
        "anyOf": [{"required": [name]} for name in names],
        "errorMessage": f"This behaviour has no steps. Expected those of at least one of: {', '.join(names)}.",
    }
    return {
        **mapping("behaviour", "Steps for each role that can play the behaviour.", {**properties, **shown}),
        "if": {"properties": {"strict": {"const": False}}, "required": ["strict"]},
        "then": {"properties": {name: ref("impossible-steps", name) for name in names}},
        "else": {"properties": {name: ref("steps", name) for name in names}},
        "allOf": [any_role],
    }


def _steps(role: Role) -> Iterable[tuple[str, Schema]]:
    """Yield the steps that keep to a role's table and those of an impossible agent, under their names."""
    table = role.table
    known = one_of(f"{table.word} of {role.name}", f"The {table.word} of this step.", table.states)
    # An act has to be implemented; a state is only shown, so it can be any text.
    any_state = known if table.word == "act" else text("state", "The state that is shown: any text.")
    example, size = f"[{{{table.word}: {table.states[0]}}}]", {"minItems": 1, "maxItems": MOST_STEPS}
    for name, state in (("steps", known), ("impossible-steps", any_state)):
        yield name, items("list of steps", role.doc, example, _step(role, state), **size)


def _step(role: Role, state: Schema) -> Schema:
    table = role.table
    events = [*table.events, *(spoken for spoken, event in SPOKEN_EVENTS.items() if event in table.events)]
    properties: dict[str, Schema] = {
        table.word: state,
        "for": text(
            ENDS,
            "How long the step lasts: a duration, a number of polls, ever, or $after.",
            "Expected a duration ('90s', '5s..20s'), '3 polls', '$after' or 'ever'.",
            pattern=anchored(FOR_PATTERN),
            examples=["90s", "5s..20s", "3 polls", "$after", "ever"],
        ),
        "until": one_of(f"event of {role.name}", "The event that ends the step.", events),
        "fault": {"$ref": f"#/definitions/{FAULT}"},
    }
    one_end = {
        "not": {"required": ["for", "until"]},
        "errorMessage": "This step has two ends. Expected 'for' or 'until', not both.",
    }
    return {
        **mapping(
            f"step of {role.name}",
            "A step of a sequence.",
            properties,
            required=[table.word],
            example=f"{{{table.word}: {table.states[0]}, for: 90s}}",
        ),
        "allOf": [one_end],
    }


def _faults() -> Schema:
    about = "Faults that are active from the start; see docs/faults.md."
    one: Schema = {"$ref": f"#/definitions/{FAULT}"}
    return items("list of faults", about, "[{status: 503, times: 2}]", one, type=["array", "null"])


def _fault() -> Schema:
    ways = registry.schema()["anyOf"]
    assert isinstance(ways, list)
    return value(
        FAULT,
        "What goes wrong with requests; in a step, with the polls during this step.",
        "Expected a row such as {status: 503, times: 2}, or the same in words: 'status 503, times 2'.",
        anyOf=[*ways, {"type": "string"}],
    )


_RULE = "{match: {label: 'late-*'}, behaviour: accepts after 5s}"


def _select() -> Schema:
    rule = mapping(
        "rule",
        "What the other side of matching connections does.",
        example=_RULE,
        required=["behaviour"],
        properties={
            "match": _match(),
            "behaviour": behaviour_text("A behaviour of this file or a built-in one, such as 'accepts after 5s'."),
        },
    )
    about, example = "Which connection plays which behaviour; the first rule that matches applies.", f"[{_RULE}]"
    return items("list of rules", about, example, rule, type=["array", "null"])


def _match() -> Schema:
    all_roles = roles.all_roles()
    names = [role.name for role in all_roles]
    by = {trait: f"Its {trait.replace('_', ' ')}: a value, or a glob such as late-*." for trait in traits()}
    properties = {
        "role": one_of("role", "The role that plays the behaviour; by default all that can.", names),
        "nth": value(
            "number of a connection",
            "The number of the connection among those that match, counted from 1.",
            "Expected a number from 1 on (2), a range ('2..4'), or a range without an end ('3..').",
            type=["integer", "string"],
            minimum=1,
            maxLength=30,
            pattern=r"^\s*0*[1-9][0-9]*\s*(\.\.\s*([0-9]+\s*)?)?$",
        ),
        **{trait: text("text", description) for trait, description in by.items()},
    }
    known = [
        {
            "if": {"properties": {"role": {"const": role.name}}, "required": ["role"]},
            "then": {
                "propertyNames": {
                    "enum": ["role", "nth", *role.traits],
                    "title": f"trait of a connection of {role.name}",
                    "errorMessage": f"Expected one of: {', '.join(role.traits)}. Its connections have no other traits.",
                }
            },
        }
        for role in all_roles
    ]
    return {**mapping("match", "The traits that a connection must have.", properties, empty=True), "allOf": known}


def traits() -> tuple[str, ...]:
    """List the traits of connections of all roles."""
    return tuple(dict.fromkeys(trait for role in roles.all_roles() for trait in role.traits))
