"""The routes of scripts."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated

from connsim.agency.agency import Agency
from connsim.control.routes.behaviours import Steps
from connsim.control.shapes.reading import Unfit
from connsim.control.shapes.rows import Number, RemovedView, numbered
from connsim.core.shapes import Rules
from connsim.script import roles
from connsim.script.selection import Match, Rank, Script
from connsim.script.sequence import Sequence
from connsim.world import World

Ordinals = Annotated[int, Rules(minimum=1)] | Annotated[str, Rules(format="connsim-nth", examples=["2..4"])] | None
Step = Annotated[
    Mapping[str, object],
    Rules(
        properties={
            **{name: {"type": "string"} for name in ("state", "act", "for", "until")},
            "fault": {"type": ["object", "string"]},
        },
        additionalProperties=False,
        oneOf=[{"required": ["state"]}, {"required": ["act"]}],
        examples=[{"act": "ignore", "for": "3m"}],
    ),
]
"""A step in the form of a scenario file, which `Sequence.of` reads."""

Glob = Annotated[str, Rules(examples=["late-*"])] | None


@dataclass(frozen=True, slots=True)
class Which:
    """The connections that play a script: a value or a glob for each trait. `GET /states` lists a role's traits."""

    label: Annotated[Glob, "The inviter's label; for VCX, the institution's name or else the phone number."] = None
    goal_code: Annotated[Glob, "The goal code of a PRISM invitation."] = None
    api_key: Annotated[Glob, "The API key of a PRISM client."] = None
    phone: Annotated[Glob, "The number to which a VCX invitation was sent."] = None
    institution: Annotated[Glob, "The name of a VCX inviter."] = None
    owner: Annotated[Glob, "The owner DID of a VCX inviter."] = None
    nth: Annotated[Ordinals, "The ordinals among the matching connections: 2, 2..4, or 3.."] = None

    def match(self) -> Match:
        """The same as a `Match`.

        Raises:
            BadScript: ``nth`` is not an ordinal or a range of them.
        """
        return Match.of(**asdict(self))


@dataclass(frozen=True, slots=True)
class NewScript:
    """A script for one side of new connections."""

    play: Annotated[
        Annotated[str, Rules(format="connsim-behaviour", examples=["accepts after 90s"])]
        | Annotated[tuple[Step, ...], Rules(minItems=1)],
        "A behaviour in words, or steps.",
    ]
    role: Annotated[
        Annotated[str, Rules(format="connsim-role", examples=["vcx-holder"])] | None,
        "The role that plays it; by default every role that can, and has the traits.",
    ] = None
    match: Annotated[Which, "The connections that play it."] = Which()
    strict: Annotated[bool, "Whether steps must be legal in the role's table; false plays an impossible agent."] = True


@dataclass(frozen=True, slots=True)
class ScriptView:
    """A script for new connections."""

    number: Annotated[int, "Its id in this API."]
    role: Annotated[str, "The role that plays it."]
    name: Annotated[str, "The words of its behaviour, or a name for its steps."]
    steps: Annotated[Steps, "Its steps."]
    match: Annotated[Mapping[str, str], "The connections that play it: a value or a glob for each trait, and nth."]
    source: Annotated[str, "Its source: script (a test, or this API) or file (a scenario file)."]
    played: Annotated[int, "How many connections have played it."]


@dataclass(frozen=True, slots=True)
class ScriptsView:
    """The scripts, and the defaults."""

    scripts: Annotated[tuple[ScriptView, ...], "In the order in which they are tried."]
    defaults: Annotated[Mapping[str, str], "What a role plays if no script matches."]


def list_scripts(world: World) -> ScriptsView:
    """List the scripts for new connections, in the order in which they are tried, and the defaults."""
    return _scripts(world, list(world.scripts.waiting))


def add_script(world: World, body: NewScript) -> ScriptsView:
    """Add a script for one side of new connections; the newest script is tried first.

    The answer has several scripts if no role was given and several can play the behaviour.
    """
    match, play = body.match.match(), body.play
    if not isinstance(play, str):
        if body.role is None:
            raise Unfit("The body has steps and no 'role'. Expected the role whose steps they are.")
        for key, value in (member for step in play for member in step.items()):
            if key != "fault" and not isinstance(value, str):  # a sequence that is not strict would show anything
                raise Unfit(f"The member {key[:80]!r} of a step is {str(value)[:80]!r}. Expected a text.")
        return _scripts(world, [world.scripts.add(body.role, Sequence.of(*play, strict=body.strict), match)])
    if body.role is not None:
        return _scripts(world, [world.scripts.add(body.role, play, match)])
    return _scripts(world, world.scripts.add_for_all(play, None, match))


def show_script(world: World, number: Number) -> ScriptView:
    """Show one script."""
    return _script(numbered("script", number, world.scripts.waiting))


def remove_script(world: World, number: Number) -> ScriptView:
    """Remove a script. Connections that play it continue."""
    script = numbered("script", number, world.scripts.waiting)
    world.scripts.waiting.remove(script.number)
    return _script(script)


def remove_scripts(world: World) -> RemovedView:
    """Remove all scripts except those of scenario files. Connections that play them continue."""
    scripts = world.scripts.waiting
    removed = sum(script.rank is Rank.SCRIPT for script in scripts)
    scripts.clear(Rank.SCRIPT)
    return RemovedView(removed)


def _scripts(world: World, scripts: list[Script]) -> ScriptsView:
    holder = world.fake(Agency).settings.holder
    defaults = {} if holder == "none" else {"vcx-holder": holder}
    defaults |= {role: name_of(sequence) for role, sequence in world.scripts.defaults.items()}
    return ScriptsView(tuple(map(_script, scripts)), defaults)


def _script(script: Script) -> ScriptView:
    match, nth = script.match, script.match.nth
    return ScriptView(
        script.number,
        script.role,
        name_of(script.sequence),
        tuple(script.sequence.rows(roles.find(script.role).table)),
        match.globs if nth is None else {**match.globs, "nth": str(nth)},
        script.rank.name.lower(),
        script.played,
    )


def name_of(sequence: Sequence) -> str:
    """Return the name of a sequence, without quotes."""
    return sequence.name.strip("'")
