"""The routes of connections: the records of both agents, and the holders, in one shape. Looking is not polling."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated

from connsim.agency.agency import Agency
from connsim.agency.aries.holder import AriesHolder
from connsim.agency.records import AgentConnection, Invitation
from connsim.control.routes.behaviours import Steps
from connsim.control.routes.journal import Entries, entry
from connsim.control.routes.scripts import name_of
from connsim.core.shapes import Rules
from connsim.errors import NotFound
from connsim.journal.entries import moment
from connsim.prism.agent import PrismAgent
from connsim.prism.records import Connection
from connsim.script import roles
from connsim.script.machines.aries import ARIES_HOLDER
from connsim.script.machines.vcx import HOLDER
from connsim.script.player import Player
from connsim.world import World

PAGE = 1_000


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """One side of a connection, whatever its protocol.

    Attributes:
        id: By which the journal knows it: the connectionId of PRISM, the connReqId of a VCX invitation, or the
            inviter's pairwise DID of an Aries connection; of several holders who scanned that, the last one is shown.
        role: Whose side it is.
        agent: Who holds the record: agency, or the PRISM agent of a version, such as 1.40.0.
        state: Its state; of a holder, what it has done last.
        client: The API key, or the owner's DID, of the client whose connection it is.
        label: What the inviter calls it, where that is known.
        created: When it began, in nanoseconds since 1970.
        since: When it got into its state, likewise.
        moment: The same, since the world's start.
        script: The name of what it plays; null if it plays nothing, or no more.
        step: The present step.
        due: When that ends by itself, in nanoseconds since 1970; null if time does not end it.
    """

    id: str
    role: str
    agent: str
    state: str
    client: str
    label: str | None
    created: int
    since: int
    moment: str
    script: str | None
    step: str | None
    due: int | None


@dataclass(frozen=True, slots=True)
class ConnectionsView:
    """A page of connections.

    Attributes:
        connections: The oldest first.
        total: How many were asked for, on all pages.
        next: What `offset` is for the next page; null if this was the last.
    """

    connections: tuple[ConnectionView, ...]
    total: int
    next: int | None


@dataclass(frozen=True, slots=True)
class StoryView:
    """A connection, and what became of it.

    Attributes:
        connection: How it stands.
        steps: What it plays; empty if it plays nothing.
        transitions: How it came there.
        timeline: Its whole story, in lines.
        detail: What the holder of a VCX invitation is shown; null for others.
    """

    connection: ConnectionView
    steps: Steps
    transitions: Entries
    timeline: tuple[str, ...]
    detail: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class OneConnection:
    """Which connection.

    Attributes:
        id: As `GET /connections` tells it.
    """

    id: str


@dataclass(frozen=True, slots=True)
class SomeConnections:
    """Which connections.

    Attributes:
        role: Only of this role.
        state: Only in this state.
        client: Only of the client with this API key or owner DID.
        label: Only with such a label: an exact value or a glob.
        offset: How many are left out, the oldest.
        limit: At most so many.
    """

    role: Annotated[str, Rules(format="connsim-role")] | None = None
    state: str | None = None
    client: str | None = None
    label: Annotated[str, Rules(examples=["late-*"])] | None = None
    offset: Annotated[int, Rules(minimum=0, maximum=1_000_000_000)] = 0
    limit: Annotated[int, Rules(minimum=1, maximum=10_000)] = PAGE


@dataclass(frozen=True, slots=True)
class _Side:
    view: ConnectionView
    player: Player | None


def list_connections(world: World, asked: SomeConnections) -> ConnectionsView:
    """List connections of either agent and of holders, in one shape. Looking does not count as a poll."""
    if asked.role is not None:
        roles.find(asked.role)
    found = [side.view for side in sides(world) if _fits(side.view, asked)]
    page = found[asked.offset : asked.offset + asked.limit]
    following = asked.offset + len(page)
    return ConnectionsView(tuple(page), len(found), following if page and following < len(found) else None)


def show_connection(world: World, asked: OneConnection) -> StoryView:
    """Show one connection, and how it came where it is. Looking does not count as a poll."""
    side = next((side for side in sides(world) if side.view.id == asked.id), None)
    if side is None:
        raise NotFound(f"There is no connection {asked.id[:80]!r}. Expected an id of GET /connections.")
    table = roles.find(side.view.role).table
    return StoryView(
        side.view,
        () if side.player is None else tuple(side.player.sequence.rows(table)),
        tuple(entry(world, one) for one in world.journal.transitions(asked.id)),
        tuple(world.journal.timeline(world.clock.start, asked.id)),
        world.fake(Agency).detail_of(asked.id) if side.view.role == HOLDER.name else None,
    )


def sides(world: World) -> list[_Side]:
    """All connections, the oldest first."""
    found = [*_prism(world), *_invitations(world), *_aries(world)]
    return sorted(found, key=lambda side: side.view.created)


def _fits(view: ConnectionView, asked: SomeConnections) -> bool:
    return (
        asked.role in (None, view.role)
        and asked.state in (None, view.state)
        and asked.client in (None, view.client)
        and (asked.label is None or fnmatchcase(view.label or "", asked.label))
    )


def _prism(world: World) -> Iterator[_Side]:
    prism = world.fake(PrismAgent)
    agents = prism.agents()
    keys = {wallet.id: wallet.key for agent in agents for wallet in agent.wallets.values()}
    for record in prism.store:
        agent = next(agent for agent in agents if agent.flow.service == record.service)
        yield _side(
            world,
            (record.id, record.table.name, agent.profile.name),
            str(record.state),
            (keys[record.owner], _label(world, record)),
            (record.created, record.created if record.updated is None else record.updated),
            record.player,
        )


def _label(world: World, record: Connection) -> str | None:
    """The inviter's label, which an invitee never learns."""
    return record.label if record.invitation is None else world.fake(PrismAgent).label_of(record.invitation.id)


def _invitations(world: World) -> Iterator[_Side]:
    for invitation in world.fake(Agency).invitations.values():
        yield _side(
            world,
            (invitation.uid, HOLDER.name, "agency"),
            str(invitation.act),
            (_owner(invitation.connection), _name(invitation)),
            (invitation.at, invitation.since),
            invitation.player,
        )


def _aries(world: World) -> Iterator[_Side]:
    last: dict[str, AriesHolder] = {holder.connection.user.did: holder for holder in world.fake(Agency).aries}
    for did, holder in last.items():
        yield _side(
            world,
            (did, ARIES_HOLDER.name, "agency"),
            str(holder.act),
            (_owner(holder.connection), holder.label),
            (holder.at, holder.since),
            holder.player,
        )


def _owner(connection: AgentConnection) -> str:
    return connection.agent.owner.did


def _name(invitation: Invitation) -> str | None:
    return invitation.connection.agent.configs.get("name") or invitation.phone


def _side(
    world: World,
    names: tuple[str, str, str],
    state: str,
    whose: tuple[str, str | None],
    when: tuple[int, int],
    player: Player | None,
) -> _Side:
    id_, role, agent = names
    since = when[1]
    plays = (None, None, None) if player is None else (name_of(player.sequence), str(player.step), player.due)
    view = ConnectionView(id_, role, agent, state, *whose, *when, moment(since - world.clock.start), *plays)
    return _Side(view, player)
