"""The fake PRISM agents of one world, on one port: the prefix of a path chooses the generation."""

from simulator.errors import Misuse
from simulator.exchange import Reply, Request, match
from simulator.prism.cloud_agent import CloudAgent
from simulator.prism.early.agent import EarlyAgent
from simulator.prism.flow import Flow
from simulator.prism.generation import TRAITS, Generation
from simulator.prism.invitation import Invitation
from simulator.prism.problems import Problem
from simulator.prism.records import Connection
from simulator.prism.settings import P1Settings, Settings
from simulator.prism.states import INVITEE, INVITER
from simulator.prism.webhooks.deliveries import Sender
from simulator.roles import Role, register
from simulator.store import MemoryStore, Store
from simulator.world import World


class PrismAgent:
    """The agents that clients talk to over REST: two generations, each with records of its own.

    They accept each other's invitations.

    Attributes:
        url: The root of the REST API, without a trailing slash, once a door has opened. Below ``/cloud-agent`` is
            profile P5, below ``/prism-agent`` profile P1, and at the bare root ``root``.
        store: The records of all.
        p5: Cloud Agent 1.40.0.
        p1: prism-agent of early 2023.
        root: The one of them that answers at the bare root.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.url = ""
        self.store: Store[Connection] = MemoryStore()
        self._answers = 0
        self._foreign: dict[str, str] = {}
        neighbours: dict[str, Flow] = {}
        self.p5 = CloudAgent(world, self.store, neighbours, self._new_uuid)
        self.p1 = EarlyAgent(world, self.store, neighbours, self._new_uuid)
        self.root: Generation = self.p5

    def configure(self, settings: Settings | P1Settings) -> None:
        """Set one of the agents up anew, before its first connection: ``Settings`` P5, ``P1Settings`` P1.

        Raises:
            Misuse: It has connections.
        """
        agent: Generation = self.p1 if isinstance(settings, P1Settings) else self.p5
        agent.configure(settings)

    def agents(self) -> tuple[Generation, ...]:
        """Both, the newer first."""
        return (self.p5, self.p1)

    def reset(self) -> None:
        """Drop all records and wallets."""
        self.store.clear()
        self._answers = 0
        self._foreign.clear()
        self.p5.start()
        self.p1.start()

    def send_with(self, sender: Sender | None) -> None:
        """Send webhooks by this; without it, they wait."""
        self.p5.webhooks.sender = sender

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
            reply = agent.answer(request._replace(target=target), found)
            polled = route == "/connections/{connectionId}" and reply.about is not None
            if polled:
                reply = self._with_fault(reply)
            world.journal.add_exchange(
                at,
                request.headers.get("apikey") or "",
                request.method,
                target,
                route,
                reply.about,
                reply.status if reply.wait is not None else None,
                reply.state if reply.wait is not None else None,
                request.body,
                reply.body,
            )
            if polled:  # what a poll causes comes after it
                self._seen(reply, at)
            return reply

    def _agent_at(self, target: str) -> Generation:
        named = (agent for agent in self.agents() if target.startswith(f"{agent.profile.prefix}/"))
        return next(named, self.root)

    def _with_fault(self, reply: Reply) -> Reply:
        record = self.store.get(reply.about or "")
        if record is None or record.player is None or record.player.step.fault is None:
            return reply
        return record.player.step.fault.apply(reply)

    def _seen(self, reply: Reply, at: int) -> None:
        record = self.store.get(reply.about or "")
        if record is not None and record.player is not None and reply.wait is not None:
            record.player.seen(at)  # what is never answered was never seen
        if self.world.per_poll:
            self.world.clock.advance_ns(self.world.per_poll)

    # --- who stands behind the clients ----------------------------------------------------------------------------

    def holder_accepts(self, connection_id: str) -> None:
        """Let a holder with no client behind accept an inviter's invitation, now.

        Raises:
            Misuse: There is no such inviter, or its invitation was accepted before.
        """
        with self.world.lock:
            self.world.clock.settle()
            record = self.store.get(connection_id)
            if record is None or record.table is not INVITER:
                raise Misuse(
                    f"No invitation {connection_id!r} is known, so no holder can accept it. Expected the connectionId "
                    f"of an inviter. Let the client create an invitation first."
                )
            flow = record.flow
            try:
                flow.request_arrives(record, flow.holder_did(record), None, self.world.clock.now())
            except Problem as problem:
                if record.state != "InvitationExpired":
                    raise Misuse(
                        f"The holder can not accept the invitation of connection {connection_id}: it is in "
                        f"{record.state}. Expected InvitationGenerated. Accept each invitation once."
                    ) from problem

    def foreign_invitation(
        self, name: str, label: str = "", goal_code: str | None = None, goal: str | None = None
    ) -> Invitation:
        """An invitation of an inviter whom no client of this world plays; scripts of the invitee act for it.

        Args:
            name: The inviter's; the same name always gives the same invitation.
            label: What the inviter calls the connection: it does not travel, but scripts are selected by it.
        """
        with self.world.lock:
            invitation = Invitation(
                self.world.seed.draw_uuid("foreign", name), self.p5.flow.did_of("foreign", name), goal_code, goal
            )
            self._foreign[invitation.id] = label
            return invitation

    def label_of(self, invitation: str) -> str | None:
        """The label that the inviter gave to the connection of an invitation, if this world knows the inviter."""
        record = self.store.get(invitation)
        return record.label if record is not None else self._foreign.get(invitation)

    def _new_uuid(self) -> str:
        self._answers += 1
        return self.world.seed.draw_uuid("instance", self._answers)


PRISM_INVITER = register(
    Role(
        INVITER.name,
        INVITER,
        "prism",
        PrismAgent,
        "The record of a client that invites; behind it stands the holder who may accept.",
        TRAITS,
    )
)
PRISM_INVITEE = register(
    Role(
        INVITEE.name,
        INVITEE,
        "prism",
        PrismAgent,
        "The record of a client that accepts an invitation; behind it stands the inviter who may answer.",
        TRAITS,
    )
)
