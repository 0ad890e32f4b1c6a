"""The routes that tell what can be played."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from connsim.core.shapes import Rules
from connsim.script import roles
from connsim.script.behaviours import Behaviour
from connsim.script.roles import Role
from connsim.world import World

Steps = tuple[Annotated[Mapping[str, object], Rules(examples=[{"state": "InvitationGenerated", "for": "90s"}])], ...]
"""Steps as a scenario file has them."""


@dataclass(frozen=True, slots=True)
class BehaviourView:
    """What the other side can do, by a name.

    Attributes:
        name: In hyphenated words.
        doc: What the client under test will see.
        parameter: What its time is where none is said; null if it takes none.
        roles: Its steps, by the role that shows them; `$after` stands for its time.
        absent: Why a role cannot show it, where one may wonder.
        issues: Public reports of the defect that it imitates.
    """

    name: str
    doc: str
    parameter: str | None
    roles: Mapping[str, Steps]
    absent: Mapping[str, str]
    issues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BehavioursView:
    """Everything that has a name.

    Attributes:
        behaviours: Those built in come first, then those of a scenario file.
    """

    behaviours: tuple[BehaviourView, ...]


@dataclass(frozen=True, slots=True)
class EdgeView:
    """One legal transition.

    Attributes:
        source: The state that is left; null for the one that makes the record.
        event: What happens, as scripts name it.
        target: The state that is entered.
        by: Who causes it: client, agent or peer.
        why: The cause in words.
    """

    source: str | None
    event: str
    target: str
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class RoleView:
    """A side of a connection, and its state machine.

    Attributes:
        role: Its name.
        doc: Whose record it is, and who stands behind it.
        word: What a state of it is called: state or act.
        traits: What a script can be selected by.
        edges: Its legal transitions, in the order in which they usually happen.
        diagram: The same as a Mermaid diagram.
    """

    role: str
    doc: str
    word: str
    traits: tuple[str, ...]
    edges: tuple[EdgeView, ...]
    diagram: str


@dataclass(frozen=True, slots=True)
class StatesView:
    """Every state machine.

    Attributes:
        roles: One for each side.
    """

    roles: tuple[RoleView, ...]


def list_behaviours(world: World) -> BehavioursView:
    """List what the other side can do, by name."""
    return BehavioursView(tuple(map(behaviour_view, world.scripts.catalogue)))


def behaviour_view(behaviour: Behaviour) -> BehaviourView:
    """What is shown of a behaviour, here and by `connsim behaviours`."""
    return BehaviourView(
        behaviour.name,
        behaviour.doc,
        parameter(behaviour),
        {name: tuple(sequence.rows(roles.find(name).table)) for name, sequence in behaviour.roles.items()},
        behaviour.absent,
        behaviour.issues,
    )


def parameter(behaviour: Behaviour) -> str | None:
    """The duration that a behaviour takes where none is given; ``None`` if it takes none."""
    return None if behaviour.default is None else str(behaviour.default).removeprefix("for ")


def list_states(world: World) -> StatesView:
    """Show the state machine of each role: its transitions, and who causes them."""
    return StatesView(tuple(map(role_view, roles.all_roles())))


def role_view(role: Role) -> RoleView:
    """What is shown of a role, here and by `connsim states`."""
    table = role.table
    edges = (EdgeView(edge.source, edge.event, edge.target, edge.by, edge.why) for edge in table.edges)
    return RoleView(role.name, role.doc, table.word, role.traits, tuple(edges), table.diagram())
