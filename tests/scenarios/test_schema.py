"""The schema for editors, and the reader: what one accepts, the other does, as far as a schema can say it."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from connsim.cli.check import printed_schema
from connsim.core.durations import PATTERN, duration
from connsim.core.ends import (
    FOR_PATTERN,
    PARAMETER,
    PARAMETER_PATTERN,
    After,
    Ends,
    Ever,
    For,
    Polls,
    Until,
    parse_ends,
)
from connsim.errors import BadDuration, BadScript
from connsim.scenarios.findings import Severity
from connsim.scenarios.reading import read
from connsim.scenarios.schema import schema, traits
from connsim.script import roles
from connsim.script.roles import Role
from connsim.script.sequence import Sequence, Step

ROOT = Path(__file__).parents[2]

# What a schema can not say: these messages are of the reader alone.
SEMANTIC = re.compile(
    r"runs backwards|can never end a step|out of range|does not say what ends|never ends, so|cannot go from|paths lead|"
    r"stands for the behaviour's parameter|There is no behaviour|cannot be played as|has a parameter, but|"
    r"is not a behaviour:|"
    r"is played by|at once\. Expected traits of one role|n ordinal of a connection"
)

Generated = tuple[dict[str, Any], dict[str, dict[str, Sequence]]]
ENDS = st.one_of(
    st.integers(0, 10**15).map(lambda ns: For(ns, ns)),
    st.tuples(st.integers(0, 10**12), st.integers(0, 10**12)).map(lambda two: For(min(two), max(two))),
    st.integers(1, 10**6).map(Polls),
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff"), max_size=9)
NAMES = st.from_regex(r"[^\s:,\x00-\x1f\x7f-\x9f\ud800-\udfff\ufeff]{1,9}", fullmatch=True)


def dumped(file: object) -> bytes:
    """A structure as a scenario file."""
    return yaml.safe_dump(file, allow_unicode=True, sort_keys=False).encode()


def errors_of(file: object) -> list[str]:
    """What keeps a structure from being used as a scenario file."""
    return [finding.message for finding in read(dumped(file)).findings if finding.severity is Severity.ERROR]


@st.composite
def sequences(draw: st.DrawFn, role: Role, *, takes: bool) -> Sequence:
    """A sequence that keeps to its role's table."""
    ends: st.SearchStrategy[Ends] = ENDS | st.sampled_from(role.table.events).map(Until)
    if takes:
        ends |= st.just(After())
    steps: list[Step] = []
    state: str | None = None
    while following := role.table.legal_next(state):
        if steps and draw(st.integers(0, 3)) == 0:
            break
        state = draw(st.sampled_from(following))
        steps += [Step(state, draw(ends)) for _ in range(draw(st.integers(1, 2)))]
    return Sequence((*steps[:-1], Step(steps[-1].state, draw(ends | st.just(Ever())))))


@st.composite
def behaviours(draw: st.DrawFn) -> tuple[dict[str, object], dict[str, Sequence]]:
    """A behaviour as a file has it, and its sequences."""
    after = draw(st.none() | ENDS)
    chosen = draw(st.lists(st.sampled_from(roles.all_roles()), min_size=1, unique_by=lambda role: role.name))
    played = {role.name: draw(sequences(role, takes=after is not None)) for role in chosen}
    written: dict[str, object] = {role.name: played[role.name].rows(role.table) for role in chosen}
    if after is not None:
        written["after"] = str(after).removeprefix("for ")
    if draw(st.booleans()):
        written["doc"] = draw(TEXTS)
    if draw(st.booleans()):
        written["strict"] = draw(st.booleans())
        played = {name: Sequence(sequence.steps, bool(written["strict"])) for name, sequence in played.items()}
    return written, played


@st.composite
def files(draw: st.DrawFn) -> Generated:
    """A scenario file in which all is well, and the sequences in it."""
    made = draw(st.dictionaries(NAMES, behaviours(), max_size=3))
    rules: list[dict[str, Any]]
    rules = [{"behaviour": name} for name in draw(st.lists(st.sampled_from(sorted(made)), max_size=3))] if made else []
    for rule in rules:
        role = roles.find(draw(st.sampled_from(sorted(made[rule["behaviour"]][1]))))
        match: dict[str, object] = draw(st.dictionaries(st.sampled_from(role.traits), TEXTS))
        match["role"] = role.name
        match |= draw(st.sampled_from([{}, {"nth": 2}, {"nth": "3.."}, {"nth": "2..5"}]))
        rule["match"] = match
    world = {
        "seed": draw(TEXTS),
        "clock": draw(st.sampled_from(["running", "standing", "per-poll:60s"])),
        "pace": draw(st.sampled_from(["slow", {}, {"scan": "2s", "pickup": "1 ms"}])),
        "holder": draw(st.sampled_from(["none", "accepts:5s"])),
    }
    file = {"world": world, "behaviours": {name: written for name, (written, _) in made.items()}, "select": rules}
    return file, {name: played for name, (_, played) in made.items()}


@given(files())
def test_files_come_back_as_they_were_written(
    generated: Generated,
) -> None:
    """A file in which all is well gives the sequences that it says, and the schema has nothing against it."""
    file, played = generated
    assume("accepts" not in played)  # which the file's own holder needs

    reading = read(dumped(file))

    assert Draft7Validator(schema()).is_valid(file)
    assert reading.scenarios is not None, [finding.as_line("f") for finding in reading.findings]
    assert {behaviour.name: behaviour.roles for behaviour in reading.scenarios.behaviours} == played
    assert len(reading.scenarios.rules) == len(file["select"])


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(-2, 2)
    | TEXTS
    | st.sampled_from([*traits(), "accept", "1s"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The paths of everything in a structure."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, part in inner for found in places(part, (*path, key)))]


@given(files(), st.data())
def test_what_the_schema_refuses_the_reader_does(generated: Generated, data: st.DataObject) -> None:
    """With something else in one place, schema and reader agree, but for what a schema can not say."""
    file = copy.deepcopy(generated[0])
    *above, last = data.draw(st.sampled_from(places(file)[1:]))
    part: Any = file
    for key in above:
        part = part[key]
    if isinstance(part, dict) and data.draw(st.booleans()):
        part[data.draw(TEXTS)] = part.pop(last)
    else:
        part[last] = data.draw(JUNK)

    errors = errors_of(file)

    if Draft7Validator(schema()).is_valid(file):
        assert [message for message in errors if not SEMANTIC.search(message)] == []
    else:
        assert errors


PIECES = st.lists(
    st.sampled_from(
        ["1", "90", "1.5", " ", "s", "ms", "minutes", "day", "µs", "and ", ", ", "..", " to ", "polls", "ever"]
    ),
    max_size=6,
).map("".join)
NOT_OF_THE_PATTERN = ("runs backwards", "can never end a step", "out of range")


@given(PIECES | ENDS.map(lambda ends: str(ends).removeprefix("for ")))
def test_patterns_are_what_the_parsers_read(text: str) -> None:
    """What an editor takes for a duration or an end of a step is one, but for values that make no sense."""
    for pattern, parse, wrong in ((PATTERN, duration, BadDuration), (FOR_PATTERN, parse_ends, BadScript)):
        try:
            parse(text)
            reads = True
        except wrong as error:
            assume(not any(words in str(error) for words in NOT_OF_THE_PATTERN))
            reads = False
        fits = re.fullmatch(rf"\s*{pattern}\s*", text) is not None
        assert fits == reads or (pattern is FOR_PATTERN and re.match(r"\s*(and|,)", text)), (pattern, text)


@pytest.mark.parametrize("text", ["90s", "5s..20s", "5 to 20 seconds", "3 polls", "1h30m", "2 hours and 30 minutes"])
def test_parameters_can_be_said(text: str) -> None:
    """The parameter of a behaviour is what a step can last, but for ever and itself."""
    assert re.fullmatch(PARAMETER_PATTERN, text)
    for other in ("ever", PARAMETER):
        assert re.fullmatch(FOR_PATTERN, other)
        assert not re.fullmatch(PARAMETER_PATTERN, other)


def test_numbers_have_an_end() -> None:
    """A number with thousands of digits is no number of polls, and no crash."""
    with pytest.raises(BadScript, match="does not say what ends a step"):
        parse_ends(f"for {'9' * 5000} polls")


def test_the_schema_is_one() -> None:
    """The schema is valid itself, and every part of it that a value can miss says what was expected."""
    Draft7Validator.check_schema(schema())

    def parts(value: object) -> list[dict[str, object]]:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return [*([value] if isinstance(value, dict) else []), *(found for part in inner for found in parts(part))]

    # A fault says best itself what is wrong with it.
    asked: Any = copy.deepcopy(schema())
    del asked["definitions"]["fault"]
    keywords = {"enum", "pattern", "minItems", "minimum", "additionalProperties"}
    silent = [part for part in parts(asked) if keywords & part.keys() and not {"title", "errorMessage"} <= part.keys()]
    assert silent == []


def test_the_schema_of_the_docs_is_up_to_date() -> None:
    """The file for editors is that of the code: run `make docs`."""
    assert (ROOT / "docs/scenarios.schema.json").read_text(encoding="utf-8") == printed_schema()
    assert json.loads(printed_schema()) == schema()


def test_everything_that_has_a_name_is_in_the_schema() -> None:
    """Roles, their states, acts and events, and all traits come from the tables of the code."""
    text = printed_schema()

    for role in roles.all_roles():
        for word in (role.name, *role.table.states, *role.table.events, *role.traits):
            assert f'"{word}"' in text, word
