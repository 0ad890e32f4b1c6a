"""The fake PRISM agent of one world, profile P5: Cloud Agent 1.40.0."""

from dataclasses import dataclass

from simulator.errors import Misuse, Violation
from simulator.exchange import Reply, Request, match
from simulator.prism import problems
from simulator.prism.api import P5, NotAcceptable
from simulator.prism.flow import Flow
from simulator.prism.invitation import Invitation
from simulator.prism.problems import Problem, dumps
from simulator.prism.records import Connection
from simulator.prism.settings import Settings
from simulator.prism.states import INVITEE, INVITER
from simulator.prism.view import Unprintable, View
from simulator.roles import Role, register
from simulator.store import MemoryStore, Store
from simulator.world import World

_DEFAULT_WALLET = "00000000-0000-0000-0000-000000000000"
# What the real agent offers beside connections. It is not modelled, and a client that asks for it is told so by its
# test, not by a 404 that the real agent would not give.
_NOT_MODELLED = frozenset(
    [
        "did-registrar",
        "dids",
        "schema-registry",
        "credential-definition-registry",
        "issue-credentials",
        "present-proof",
        "verification",
        "wallets",
        "iam",
        "events",
        "key-management",
        "anoncreds",
        "oid4vci",
        "vc-verification",
    ]
)


@dataclass(slots=True)
class Wallet:
    """A tenant of the agent: whoever sends its key."""

    id: str
    made: int = 0


class PrismAgent:
    """An agent that clients talk to over REST.

    Attributes:
        url: The root of the REST API, without a trailing slash, once a door has opened; ``/cloud-agent`` below it is
            the same, as behind the stock gateway.
        settings: Replace before the first request.
    """

    def __init__(self, world: World, settings: Settings | None = None) -> None:
        self.world = world
        self.settings = settings or Settings()
        self.url = ""
        self.store: Store[Connection] = MemoryStore()
        self._answers = 0
        self._start()

    def _start(self) -> None:
        world = self.world
        self.wallets: dict[str, Wallet] = {self.settings.default_key: Wallet(_DEFAULT_WALLET)}
        self.flow = Flow(
            world.clock, world.seed, world.journal, self.store, self.settings, f"{world.public_url}/didcomm"
        )
        self.view = View(self.flow, self._new_uuid)

    def configure(self, settings: Settings) -> None:
        """Set the agent up anew, before its first connection.

        Raises:
            Misuse: It has connections.
        """
        if any(wallet.made for wallet in self.wallets.values()):
            raise Misuse(
                "The agent was configured while it has connections. Expected it before the first one. "
                "Call configure() at the start of the test, or world.reset() before."
            )
        self.settings = settings
        self.reset()

    def reset(self) -> None:
        """Drop all records and wallets."""
        self.store.clear()
        self._answers = 0
        self._start()

    # --- requests -------------------------------------------------------------------------------------------------

    def handle(self, request: Request) -> Reply:
        """Answer one request, and write it into the journal."""
        world = self.world
        with world.lock:
            at = world.clock.settle()
            target = P5.strip(request.target)
            found = match(P5, request.method, target.partition("?")[0])
            route = found[0].template if found else None
            try:
                reply = self._refused_at_the_gateway(request)
                if reply is None and found is not None:
                    reply = found[0].endpoint(
                        self, Request(request.method, target, request.headers, request.body, found[1])
                    )
                elif reply is None:
                    self._explain(request, target)
                    raise problems.path_not_found()
            except Problem as problem:
                reply = problem.reply(self._new_uuid)
            except NotAcceptable:
                reply = Reply(406, content_type=None)
            except Unprintable:
                reply = problems.internal(f"{request.method} {target}").reply(self._new_uuid)
            except Exception as error:
                world.complain_of(error, f"{request.method} {target}")
                reply = problems.internal(f"{request.method} {target}").reply(self._new_uuid)
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

    def _refused_at_the_gateway(self, request: Request) -> Reply | None:
        keys = self.settings.gateway_keys
        key = request.headers.get("apikey")
        if keys is None or key in keys:
            return None
        said = "Missing API key found in request" if key is None else "Invalid API key in request"
        return Reply(401, dumps({"message": said}))

    def _explain(self, request: Request, target: str) -> None:
        path = target.partition("?")[0].strip("/")
        if path.partition("/")[0] in _NOT_MODELLED or (request.method, path) == ("GET", "_system/metrics"):
            self.world.complain(
                Violation(
                    f"The client asked for {request.method} {target}, which the real agent has and connsim does not "
                    f"play: it answered 404. Expected only connections and health. Keep this call out of the test."
                )
            )

    # --- who asks -------------------------------------------------------------------------------------------------

    def wallet_of(self, request: Request) -> Wallet:
        """Find the wallet that a request's key opens; an unknown key makes a new one.

        Raises:
            Problem: No key, an empty one, or an unknown one while wallets are not made on demand.
        """
        settings = self.settings
        if not settings.api_key_enabled:
            return self.wallets[settings.default_key]
        key = request.headers.get("apikey")
        if key and settings.authenticate_as_default_user:
            return self.wallets[settings.default_key]
        if key and (wallet := self.wallets.get(key)):
            return wallet
        if key and settings.auto_provisioning:
            return self.wallet(key)
        if settings.hide_unauthorized:
            raise problems.internal(self.shown_path(request))
        raise problems.unauthorized(key)

    def wallet(self, key: str) -> Wallet:
        """The wallet of an API key, made if need be."""
        if key not in self.wallets:
            self.wallets[key] = Wallet(self.world.seed.draw_uuid("wallet", key))
        return self.wallets[key]

    def shown_path(self, request: Request) -> str:
        """Method, path and query as the agent's errors quote them: without the gateway's prefix."""
        return f"{request.method} {P5.strip(request.target)}"

    # --- records --------------------------------------------------------------------------------------------------

    def create(
        self, wallet: Wallet, label: str | None = None, goal_code: str | None = None, goal: str | None = None
    ) -> Connection:
        """Make an inviter's record, as ``POST /connections`` does."""
        id_ = self._new_id(wallet)
        record = Connection(wallet.id, id_, id_, INVITER, self.world.clock.now(), label, goal_code, goal)
        self.flow.create(record, self.world.pick(INVITER.name, label or ""))
        return record

    def accept(self, wallet: Wallet, invitation: Invitation) -> Connection:
        """Make an invitee's record, as ``POST /connection-invitations`` does."""
        inviter = self.store.get(invitation.id)
        record = Connection(
            wallet.id,
            self._new_id(wallet),
            invitation.id,
            INVITEE,
            self.world.clock.now(),
            goal_code=invitation.goal_code,
            goal=invitation.goal,
            invitation=invitation,
        )
        # The invitation does not carry the label, but a script may be meant for the inviter's.
        label = inviter.label if inviter is not None and inviter.label else ""
        self.flow.accept(record, self.world.pick(INVITEE.name, label))
        return record

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
            try:
                self.flow.request_arrives(record, self.flow.holder_did(record), None, self.world.clock.now())
            except Problem as problem:
                if record.state != "InvitationExpired":
                    raise Misuse(
                        f"The holder can not accept the invitation of connection {connection_id}: it is in "
                        f"{record.state}. Expected InvitationGenerated. Accept each invitation once."
                    ) from problem

    def foreign_invitation(self, name: str) -> Invitation:
        """An invitation of an inviter whom no client of this world plays; scripts of the invitee act for it."""
        return Invitation(self.world.seed.draw_uuid("foreign", name), self.flow.did_of("foreign", name))

    def _new_id(self, wallet: Wallet) -> str:
        wallet.made += 1
        return self.world.seed.draw_uuid("connection", wallet.id, wallet.made)

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
    )
)
PRISM_INVITEE = register(
    Role(
        INVITEE.name,
        INVITEE,
        "prism",
        PrismAgent,
        "The record of a client that accepts an invitation; behind it stands the inviter who may answer.",
    )
)
