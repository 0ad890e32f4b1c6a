"""The routes of what waits for connections to play it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated

from connsim.agency.agency import Agency
from connsim.control.routes.behaviours import Steps
from connsim.control.shapes.reading import Unfit
from connsim.control.shapes.rows import RemovedView, numbered
from connsim.core.nth import Nth
from connsim.core.shapes import Rules
from connsim.script import roles
from connsim.script.selection import Match, Rank, Script
from connsim.script.sequence import Sequence
from connsim.world import World

Number = Annotated[int, Rules(minimum=1)] | Annotated[str, Rules(format="connsim-nth", examples=["2..4"])] | None
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
"""A step as a scenario file has it, which `Sequence.of` reads."""

Glob = Annotated[str, Rules(examples=["late-*"])] | None


@dataclass(frozen=True, slots=True)
class Which:
    """Which connections play a script: an exact value or a glob for each trait. What a role has is in `GET /states`.

    Attributes:
        label: The inviter's label; of a VCX connection the institution's name or, if it has none, the phone number.
        goal_code: That of a PRISM invitation.
        api_key: That of a PRISM client.
        phone: The number that a VCX invitation was sent to.
        institution: The name of a VCX inviter.
        owner: The owner DID of a VCX inviter.
        nth: Which of those that match: 2, 2..4, or 3..
    """

    label: Glob = None
    goal_code: Glob = None
    api_key: Glob = None
    phone: Glob = None
    institution: Glob = None
    owner: Glob = None
    nth: Number = None

    def match(self) -> Match:
        """The same as scripts have it.

        Raises:
            BadScript: ``nth`` is no number.
        """
        globs = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "nth"}
        nth = None if self.nth is None else Nth.parse(self.nth)
        return Match({name: glob for name, glob in globs.items() if glob is not None}, nth)


@dataclass(frozen=True, slots=True)
class NewScript:
    """What one side of the connections that are made from now on does.

    Attributes:
        play: A behaviour as one says it, or steps.
        role: Whom it moves; unless given, every role that can show the behaviour and has the traits.
        match: Which connections play it.
        strict: Whether steps must keep to the role's table; playing an impossible agent is sometimes the test.
    """

    play: (
        Annotated[str, Rules(format="connsim-behaviour", examples=["accepts after 90s"])]
        | Annotated[tuple[Step, ...], Rules(minItems=1)]
    )
    role: Annotated[str, Rules(format="connsim-role", examples=["vcx-holder"])] | None = None
    match: Which = Which()
    strict: bool = True


@dataclass(frozen=True, slots=True)
class ScriptView:
    """A sequence that waits for connections to play it.

    Attributes:
        number: Its name here.
        role: Whom it moves.
        name: What was said, or that it is a sequence of its own.
        steps: What is played.
        match: Which connections play it: a value or a glob for each trait, and nth.
        source: Where it comes from: script (a test, or this API) or file (a scenario file).
        played: How many connections have played it.
    """

    number: int
    role: str
    name: str
    steps: Steps
    match: Mapping[str, str]
    source: str
    played: int


@dataclass(frozen=True, slots=True)
class ScriptsView:
    """Scripts.

    Attributes:
        scripts: In the order in which they are tried.
        defaults: What is played where none fits, by role.
    """

    scripts: tuple[ScriptView, ...]
    defaults: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OneScript:
    """Which script.

    Attributes:
        number: As `GET /scripts` tells it.
    """

    number: Annotated[int, Rules(minimum=1, maximum=2**63 - 1)]


def list_scripts(world: World) -> ScriptsView:
    """List what waits for connections to play it, and what is played where nothing does."""
    return _scripts(world, list(world.scripts.waiting))


def add_script(world: World, body: NewScript) -> ScriptsView:
    """Say what one side of the connections that are made from now on does; the newest script is tried first.

    The answer tells the number of each script: there are several where a behaviour is for all roles that can.
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


def show_script(world: World, asked: OneScript) -> ScriptView:
    """Show one script."""
    return _script(numbered("script", asked.number, world.scripts.waiting))


def remove_script(world: World, asked: OneScript) -> ScriptView:
    """Take a script away. Connections that play it go on."""
    script = numbered("script", asked.number, world.scripts.waiting)
    world.scripts.waiting.remove(script.number)
    return _script(script)


def remove_scripts(world: World) -> RemovedView:
    """Take all scripts away but those of a scenario file. Connections that play them go on."""
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
