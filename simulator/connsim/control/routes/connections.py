"""The routes of connections: the records of both agents, and the holders, in one form."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated

from connsim.agency.agency import Agency
from connsim.agency.aries.holder import AriesHolder
from connsim.agency.records import Invitation
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
    return sorted([*_prism(world), *_holders(world)], key=lambda side: side.view.created)


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
        yield _side(
            world,
            (
                record.id,
                record.table.name,
                next(agent.profile.name for agent in agents if agent.flow.service == record.service),
            ),
            (record.state, keys[record.owner], _label(world, record)),
            (record.created, record.created if record.updated is None else record.updated),
            record.player,
        )


def _label(world: World, record: Connection) -> str | None:
    """The inviter's label, which an invitee never learns."""
    return record.label if record.invitation is None else world.fake(PrismAgent).label_of(record.invitation.id)


def _holders(world: World) -> Iterator[_Side]:
    agency = world.fake(Agency)
    for one in agency.invitations.values():
        name = one.connection.agent.configs.get("name") or one.phone
        yield _holder(world, one, (one.uid, HOLDER.name, "agency"), name)
    last = {holder.connection.user.did: holder for holder in agency.aries}
    for did, other in last.items():
        yield _holder(world, other, (did, ARIES_HOLDER.name, "agency"), other.label)


def _holder(world: World, one: Invitation | AriesHolder, names: tuple[str, str, str], label: str | None) -> _Side:
    owner = one.connection.agent.owner.did
    return _side(world, names, (one.act, owner, label), (one.at, one.since), one.player)


def _side(
    world: World,
    names: tuple[str, str, str],
    traits: tuple[object, str, str | None],
    times: tuple[int, int],
    player: Player | None,
) -> _Side:
    plays = (None, None, None) if player is None else (name_of(player.sequence), str(player.step), player.due)
    state, client, label = traits
    elapsed = moment(times[1] - world.clock.start)
    return _Side(ConnectionView(*names, str(state), client, label, *times, elapsed, *plays), player)
