"""The fake PRISM agents of one world, on one port: the prefix of a path chooses the version."""

from functools import partial
from typing import ClassVar

from connsim.core.exchange import Reply, Request, explain, match
from connsim.errors import Misuse, NotFound
from connsim.faults.when import Call
from connsim.journal.entries import Exchange
from connsim.prism.base import BaseAgent, Found, Shared
from connsim.prism.cloud_agent.agent import CloudAgent
from connsim.prism.cloud_agent.api import PROFILE as CLOUD_AGENT_PROFILE
from connsim.prism.cloud_agent.webhooks.deliveries import Sender
from connsim.prism.early.agent import EarlyAgent
from connsim.prism.early.api import PROFILE as EARLY_PROFILE
from connsim.prism.invitation import Invitation
from connsim.prism.problems import Problem
from connsim.prism.records import Connection
from connsim.prism.settings import EarlySettings, Settings
from connsim.prism.versions import version_named
from connsim.script.machines.prism import INVITER, State
from connsim.world import World

POLLED = "/connections/{connectionId}"


class PrismAgent:
    """The agents that clients use over REST: one of each version, each with its own records.

    They accept each other's invitations.

    Attributes:
        url: The root of the REST API, without a trailing slash; empty until a door has opened. Requests below
            ``/cloud-agent`` go to version 1.40.0, those below ``/prism-agent`` to version 2023, all others to ``root``.
        store: The records of all agents.
        label_of: See `Shared.label_of`.
        routes: The templates of all routes, by which faults select requests.
        states: The states of a connection, by which faults select requests.
        cloud_agent: Cloud Agent 1.40.0.
        early: prism-agent of early 2023.
        root: The agent that answers requests without a prefix.
    """

    name: ClassVar[str] = "prism"
    routes: ClassVar[tuple[str, ...]] = tuple(
        route.template for profile in (CLOUD_AGENT_PROFILE, EARLY_PROFILE) for route in profile.routes
    )
    states: ClassVar[tuple[str, ...]] = tuple(map(str, State))

    def __init__(self, world: World) -> None:
        self.world = world
        self.url = ""
        self._shared = Shared(world)
        self.store = self._shared.store
        self.label_of = self._shared.label_of
        self.cloud_agent = CloudAgent(CLOUD_AGENT_PROFILE, self._shared)
        self.early = EarlyAgent(EARLY_PROFILE, self._shared)
        self.root: BaseAgent = self.cloud_agent

    def configure(self, settings: Settings) -> None:
        """Change the settings of the agent that these settings belong to, before its first connection.

        Raises:
            Misuse: The agent has connections.
        """
        agent: BaseAgent = self.early if isinstance(settings, EarlySettings) else self.cloud_agent
        agent.configure(settings)

    def agent(self, version: str) -> BaseAgent:
        """Return the agent of a version, by its name or its former name.

        Raises:
            Misuse: No such version is played.
        """
        named = {agent.profile.name: agent for agent in self.agents()}
        found = named.get(version_named(version))
        if found is None:
            raise Misuse(f"{version!r} is not a version of the PRISM agent. Expected one of: {', '.join(named)}.")
        return found

    def urls(self) -> dict[str, str]:
        """Return the root of each agent by its version; empty until a door has opened."""
        return {agent.profile.name: self.url + agent.profile.prefix for agent in self.agents()} if self.url else {}

    def agents(self) -> tuple[BaseAgent, ...]:
        """Return all agents, the newest version first."""
        return (self.cloud_agent, self.early)

    def reset(self) -> None:
        """Drop all records and wallets."""
        self._shared.clear()
        self.cloud_agent.start()
        self.early.start()

    def send_with(self, sender: Sender | None) -> None:
        """Set the sender of webhooks; ``None`` makes events wait."""
        self.cloud_agent.webhooks.sender = sender

    # --- requests -------------------------------------------------------------------------------------------------

    def handle(self, request: Request) -> Reply:
        """Answer one request, and write it into the journal."""
        world = self.world
        agent = self._agent_at(request.target)
        with world.lock:
            at = world.clock.settle()
            target = agent.profile.strip(request.target)
            found = match(agent.profile, request.method, target.partition("?")[0])
            route = found[0].template if found else None
            record, polled, reply = self._answer(agent, request._replace(target=target), found, at)
            missed = "" if found else explain(agent.profile, request.method, target.partition("?")[0])
            entry = world.journal.add_exchange(
                at,
                client=request.headers.get("apikey") or "",
                method=request.method,
                target=target,
                route=route,
                connection=reply.about,
                status=reply.status if reply.arrives else None,
                state=reply.state if reply.arrives else None,
                request=request.body,
                reply=reply.body,
                note="; ".join(filter(None, (missed, reply.note))),
                headers=tuple(request.headers.items()),
                before=reply.state if polled else None,
                waits=reply.waits,
            )
            if record is not None:
                self._answered(record, reply, entry, at)
            return reply._replace(entry=entry)

    def _agent_at(self, target: str) -> BaseAgent:
        named = (agent for agent in self.agents() if target.startswith(f"{agent.profile.prefix}/"))
        return next(named, self.root)

    def _answer(
        self, agent: BaseAgent, request: Request, found: Found, at: int
    ) -> tuple[Connection | None, bool, Reply]:
        """Answer a request, unless a fault stops it.

        The record of a ``GET`` is known only from its answer. So a ``GET``, which changes nothing, is answered before
        faults are looked up.

        Returns:
            The record in the answer, whether the request is a poll, and the reply.
        """
        faults, route = self.world.faults, found[0].template if found else ""
        about = ("prism", request.method, route, request.headers.get("apikey") or "")
        if faults and request.method != "GET":
            call = Call(*about, None, None, "", False, at)
            reply = faults.stop(call) or agent.answer(request, found)
            return _record(reply), False, faults.spoil(call, reply)
        reply = agent.answer(request, found)
        record = _record(reply)
        polled = record if route == POLLED else None
        step_fault = polled.player.fault if polled is not None and polled.player is not None else None
        if not (faults or step_fault):
            return record, polled is not None, reply
        call = Call(*about, reply.about, reply.state, "", polled is not None, at)
        if step_fault is None and not faults.any_match(call):
            return record, polled is not None, reply
        call = call._replace(past=None if polled is None else partial(agent.shown_at, polled))
        return record, polled is not None, faults.spoil(call, faults.stop(call, step_fault) or reply, step_fault)

    def _answered(self, record: Connection, reply: Reply, entry: Exchange, at: int) -> None:
        """Run the after-effects of an answer."""
        if entry.poll and record.player is not None and reply.shows:
            record.player.count_poll(at)  # a script does not count a poll whose reply a fault kept from the client
        entry.after = record.state
        if entry.poll and self.world.per_poll:
            self.world.clock.advance_ns(self.world.per_poll)

    # --- the other side of a connection -----------------------------------------------------------------------------

    def holder_accepts(self, connection_id: str) -> None:
        """Accept an inviter's invitation now, as a simulated holder.

        Raises:
            NotFound: There is no such inviter.
            Misuse: The invitation was accepted before.
        """
        with self.world.lock:
            self.world.clock.settle()
            record = self.store.get(connection_id)
            if record is None or record.table is not INVITER:
                raise NotFound(
                    f"No invitation {connection_id!r} is known, so no holder can accept it. Expected the connectionId "
                    f"of an inviter. Have the client create an invitation first."
                )
            flow = self._shared.flows[record.service]
            try:
                flow.request_arrives(record, flow.holder_did(record), None, self.world.clock.now())
            except Problem as problem:
                if record.state != "InvitationExpired":
                    raise Misuse(
                        f"The holder cannot accept the invitation of connection {connection_id}: it is in "
                        f"{record.state}. Expected InvitationGenerated. Accept each invitation once."
                    ) from problem

    def has_invitation(self, connection: str) -> bool:
        """Return whether a connection has a record here."""
        return self.store.get(connection) is not None

    def let_holder(self, act: str, connection: str) -> None:
        """Make the holder of an invitation act, now; see `World.let_holder`.

        Raises:
            NotFound: No inviter has this connection.
            Misuse: The act is not ``accept``, or the invitation was accepted before.
        """
        if act != "accept":
            raise Misuse(
                f"{connection} is a PRISM connection, whose holder can only accept: PRISM agents have no message for "
                f"'{act}'. Script 'never-responds' for a holder who does not accept."
            )
        self.holder_accepts(connection)

    def foreign_invitation(
        self, name: str | None = None, label: str = "", goal_code: str | None = None, goal: str | None = None
    ) -> Invitation:
        """Make an invitation of an inviter outside of this world; only a script of the invitee can play its answers.

        Args:
            name: The inviter's name; the same name always gives the same invitation. By default, each call makes a
                new one.
            label: The inviter's label of the connection; not part of the invitation, but scripts are selected by it.
        """
        with self.world.lock:
            name = f"number {len(self._shared.foreign) + 1}" if name is None else name
            invitation = Invitation(
                self.world.seed.draw_uuid("foreign", name),
                self.cloud_agent.flow.did_of("foreign", name),
                goal_code,
                goal,
            )
            self._shared.foreign[invitation.id] = label
            return invitation

    def state_of(self, connection: str) -> str | None:
        """Return the state of a record; ``None`` if there is no such record. Does not count as a poll."""
        with self.world.lock:
            self.world.clock.settle()
            record = self.store.get(connection)
            return str(record.state) if record is not None else None


def _record(reply: Reply) -> Connection | None:
    return reply.record if isinstance(reply.record, Connection) else None
