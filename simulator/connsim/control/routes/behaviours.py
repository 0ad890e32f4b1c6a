"""The routes that list behaviours and state machines."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from connsim.core.shapes import Rules
from connsim.script import roles
from connsim.script.behaviours import Behaviour
from connsim.script.roles import Role
from connsim.world import World

Steps = tuple[Annotated[Mapping[str, object], Rules(examples=[{"state": "InvitationGenerated", "for": "90s"}])], ...]
"""Steps in the form of a scenario file."""


@dataclass(frozen=True, slots=True)
class BehaviourView:
    """A named behaviour of the other side."""

    name: Annotated[str, "Its name, in hyphenated words."]
    doc: Annotated[str, "What the client under test sees."]
    parameter: Annotated[str | None, "Its default duration; null if it takes none."]
    roles: Annotated[Mapping[str, Steps], "Its steps, by the role that plays them; `$after` stands for the duration."]
    absent: Annotated[Mapping[str, str], "Why a role cannot play it, where this is not obvious."]
    issues: Annotated[tuple[str, ...], "Public reports of the defect that it imitates."]


@dataclass(frozen=True, slots=True)
class BehavioursView:
    """All named behaviours."""

    behaviours: Annotated[tuple[BehaviourView, ...], "The built-in ones, then those of scenario files."]


@dataclass(frozen=True, slots=True)
class EdgeView:
    """One legal transition."""

    source: Annotated[str | None, "The state that is left; null for the transition that creates the record."]
    event: Annotated[str, "The event, as scripts name it."]
    target: Annotated[str, "The state that is entered."]
    by: Annotated[str, "The side that causes it: client, agent or peer."]
    why: Annotated[str, "The cause in words."]


@dataclass(frozen=True, slots=True)
class RoleView:
    """One side of a connection, and its state machine."""

    role: Annotated[str, "Its name."]
    doc: Annotated[str, "Which record it is about, and who plays it."]
    word: Annotated[str, "The noun for its states: state or act."]
    traits: Annotated[tuple[str, ...], "The traits by which a script can be selected."]
    edges: Annotated[tuple[EdgeView, ...], "Its legal transitions, in the order in which they usually happen."]
    diagram: Annotated[str, "The same as a Mermaid diagram."]


@dataclass(frozen=True, slots=True)
class StatesView:
    """All state machines."""

    roles: Annotated[tuple[RoleView, ...], "One for each role."]


def list_behaviours(world: World) -> BehavioursView:
    """List the named behaviours of the other side."""
    return BehavioursView(tuple(map(behaviour_view, world.scripts.catalogue)))


def behaviour_view(behaviour: Behaviour) -> BehaviourView:
    """The view of a behaviour, here and in `connsim behaviours --json`."""
    return BehaviourView(
        behaviour.name,
        behaviour.doc,
        parameter(behaviour),
        {name: tuple(sequence.rows(roles.find(name).table)) for name, sequence in behaviour.roles.items()},
        behaviour.absent,
        behaviour.issues,
    )


def parameter(behaviour: Behaviour) -> str | None:
    """The default duration of a behaviour; ``None`` if it takes none."""
    return None if behaviour.default is None else str(behaviour.default).removeprefix("for ")


def list_states(_: World) -> StatesView:
    """Show the state machine of each role: its transitions, and who causes them."""
    return StatesView(tuple(map(role_view, roles.all_roles())))


def role_view(role: Role) -> RoleView:
    """The view of a role, here and in `connsim states --json`."""
    table = role.table
    edges = (EdgeView(edge.source, edge.event, edge.target, edge.by, edge.why) for edge in table.edges)
    return RoleView(role.name, role.doc, table.word, role.traits, tuple(edges), table.diagram())
