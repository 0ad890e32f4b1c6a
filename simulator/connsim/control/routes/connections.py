"""The routes of connections: the records of both agents, and the holders, in one form."""

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

Id = Annotated[str, "As in the answer to `GET /connections`."]


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """One side of a connection, whatever its protocol."""

    id: Annotated[
        str,
        "Its id in the journal: the connectionId of PRISM, the connReqId of a VCX invitation, or the inviter's "
        "pairwise DID of an Aries connection, of whose holders the last one is shown.",
    ]
    role: Annotated[str, "The side."]
    agent: Annotated[str, "The agent that holds the record: agency, or the version of a PRISM agent, such as 1.40.0."]
    state: Annotated[str, "Its state; for a holder, the last act."]
    client: Annotated[str, "The client that owns it: its API key, or its owner DID."]
    label: Annotated[str | None, "The inviter's label, if it is known."]
    created: Annotated[int, "When it began, in nanoseconds since 1970."]
    since: Annotated[int, "When it entered its state, likewise."]
    moment: Annotated[str, "The same, since the world's start."]
    script: Annotated[str | None, "The name of the script that it plays; null if it plays none, or has ended it."]
    step: Annotated[str | None, "The present step of the script."]
    due: Annotated[int | None, "When the step ends by time, in nanoseconds since 1970; null if time does not end it."]


@dataclass(frozen=True, slots=True)
class ConnectionsView:
    """A page of connections."""

    connections: Annotated[tuple[ConnectionView, ...], "Oldest first."]
    total: Annotated[int, "The number of matching connections on all pages."]
    next: Annotated[int | None, "The `offset` of the next page; null on the last page."]


@dataclass(frozen=True, slots=True)
class StoryView:
    """A connection and its history."""

    connection: Annotated[ConnectionView, "Its present state."]
    steps: Annotated[Steps, "The steps of its script; empty if it plays none."]
    transitions: Annotated[Entries, "Its transitions."]
    timeline: Annotated[tuple[str, ...], "Its history as lines of text."]
    detail: Annotated[Mapping[str, object] | None, "The invite detail of a VCX invitation; null for others."]


@dataclass(frozen=True, slots=True)
class SomeConnections:
    """A selection of connections."""

    role: Annotated[Annotated[str, Rules(format="connsim-role")] | None, "Only this role."] = None
    state: Annotated[str | None, "Only connections in this state."] = None
    client: Annotated[str | None, "Only those of the client with this API key or owner DID."] = None
    label: Annotated[Annotated[str, Rules(examples=["late-*"])] | None, "Only this label: a value or a glob."] = None
    offset: Annotated[int, Rules(minimum=0, maximum=1_000_000_000), "How many to skip, from the oldest."] = 0
    limit: Annotated[int, Rules(minimum=1, maximum=10_000), "The greatest number on a page."] = PAGE


@dataclass(frozen=True, slots=True)
class _Side:
    view: ConnectionView
    player: Player | None


def list_connections(world: World, asked: SomeConnections) -> ConnectionsView:
    """List the connections of both agents and of holders, in one form. This does not count as a poll."""
    if asked.role is not None:
        roles.find(asked.role)
    found = [side.view for side in sides(world) if _fits(side.view, asked)]
    page = found[asked.offset : asked.offset + asked.limit]
    following = asked.offset + len(page)
    return ConnectionsView(tuple(page), len(found), following if page and following < len(found) else None)


def show_connection(world: World, id_: Id) -> StoryView:
    """Show one connection and its history. This does not count as a poll."""
    side = next((side for side in sides(world) if side.view.id == id_), None)
    if side is None:
        raise NotFound(f"There is no connection {id_[:80]!r}. Expected an id of GET /connections.")
    table = roles.find(side.view.role).table
    return StoryView(
        side.view,
        () if side.player is None else tuple(side.player.sequence.rows(table)),
        tuple(entry(world, one) for one in world.journal.transitions(id_)),
        tuple(world.journal.timeline(world.clock.start, id_)),
        world.fake(Agency).detail_of(id_) if side.view.role == HOLDER.name else None,
    )


def sides(world: World) -> list[_Side]:
    """All connections, oldest first."""
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
        agent = next(agent for agent in agents if agent.flow is record.flow)
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
