"""The base of the agents of all versions: wallets, records, ids, and the path from a request to a reply."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar

from connsim.core.exchange import Profile, Reply, Request, Route
from connsim.core.store import Store
from connsim.errors import Misuse
from connsim.prism.flow import Flow
from connsim.prism.gateway import Gateway
from connsim.prism.invitation import Invitation
from connsim.prism.records import RETRIES, Connection
from connsim.prism.refusals import Refused
from connsim.prism.settings import Settings
from connsim.prism.view import Unprintable, View
from connsim.script.machines.prism import INVITEE, INVITER
from connsim.script.sequence import Sequence
from connsim.world import World


class Shared:
    """What the agents of one world share, so that they accept each other's invitations.

    Attributes:
        store: The records of all agents.
        flows: The flows of all agents, by the service segment of their DIDs.
        foreign: The labels that inviters outside of this world gave to their connections, by the invitation's id.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.store: Store[Connection] = Store()
        self.flows: dict[str, Flow] = {}
        self.foreign: dict[str, str] = {}
        self._answers = 0

    def clear(self) -> None:
        """Drop all records."""
        self.store.clear()
        self.foreign.clear()
        self._answers = 0

    def label_of(self, invitation: str) -> str | None:
        """Return the label that the inviter gave to the connection; ``None`` if the inviter is unknown here."""
        record = self.store.get(invitation)
        return record.label if record is not None else self.foreign.get(invitation)

    def new_uuid(self) -> str:
        """Draw a UUID for an answer."""
        self._answers += 1
        return self.world.seed.draw_uuid("instance", self._answers)


@dataclass(slots=True)
class Wallet:
    """A tenant of the agent, identified by its API key.

    Attributes:
        made: The number of its connections so far, by which the seed draws the id of the next one.
    """

    id: str
    key: str
    made: int = 0


Found = tuple[Route, dict[str, str]] | None


class BaseAgent(ABC):
    """The agent of one version.

    Args:
        profile: Its version, its routes, and the prefix that a gateway puts before them.
        shared: What it shares with the other agents of its world.

    Attributes:
        headers: The headers that its server adds to every answer.
        wallet_name: The word by which the seed draws the ids of new wallets.
        gateway_cors: Whether a gateway in front of it has the plugin ``cors``.
    """

    headers: ClassVar[tuple[tuple[str, str], ...]] = ()
    wallet_name: ClassVar[str]
    gateway_cors: ClassVar[bool]
    flow_class: ClassVar[type[Flow]] = Flow
    view_class: ClassVar[type[View]]
    settings: Settings
    flow: Flow
    view: View

    def __init__(self, profile: Profile, shared: Shared) -> None:
        self.profile = profile
        self.world = shared.world
        self.store = shared.store
        self.new_uuid = shared.new_uuid
        self._shared = shared
        self.start()

    def start(self) -> None:
        """Start with the first wallets and no records."""
        self.wallets: dict[str, Wallet] = self.first_wallets()
        flows = self._shared.flows
        self.flow = self.flow_class(self.world, self.store, flows, self.settings)
        flows[self.flow.service] = self.flow
        self.view = self.view_class(self.flow, self.new_uuid)
        keys = self.settings.gateway_keys
        self._gateway = None if keys is None else Gateway(keys, cors=self.gateway_cors)

    def first_wallets(self) -> dict[str, Wallet]:
        """Return the wallets that exist from the start, by API key: none, unless an agent has some."""
        return {}

    @abstractmethod
    def not_found(self, request: Request) -> Refused:
        """Return the refusal of a request that matches no route."""

    @abstractmethod
    def failed(self, request: Request) -> Refused:
        """Return the refusal that a client gets for an exception in the agent's logic."""

    def answer(self, request: Request, found: Found) -> Reply:
        """Answer a request by the route that was found for it. The target comes without the gateway's prefix."""
        gateway = self._gateway
        if gateway is None:
            return self._answer(request, found)
        return gateway.pass_on(gateway.refuse(request) or self._answer(request, found))

    def _answer(self, request: Request, found: Found) -> Reply:
        try:
            if found is None:
                raise self.not_found(request)
            reply = found[0].endpoint(self, request._replace(params=found[1]))
        except Refused as refused:
            reply = refused.reply(self.new_uuid)
        except Unprintable:
            reply = self.failed(request).reply(self.new_uuid)
        except Exception as error:
            self.world.complain_of(error, f"{request.method} {request.target}")
            reply = self.failed(request).reply(self.new_uuid)
        return reply._replace(headers=(*self.headers, *reply.headers)) if self.headers else reply

    def shown_at(self, record: Connection, moment: int) -> Reply:
        """Return the answer of a poll at an earlier moment; before the connection existed, the connection as created.

        A failure to send after that moment is included, unless the state has changed since.
        """
        passed = self.world.journal.transitions(record.id)
        before = [transition for transition in passed if transition.at <= moment] or passed[:1]
        if before and before[-1] is not passed[-1]:
            updated = before[-1].at if len(before) > 1 else None
            past = replace(
                record, state=before[-1].target, updated=updated, retries=RETRIES, failure=None, version=-len(before)
            )
        else:
            past = record
        return Reply(200, self.view.body(past), about=record.id, state=past.state)

    # --- records --------------------------------------------------------------------------------------------------

    def configure(self, terms: Settings) -> None:
        """Change the settings, before the first connection.

        Raises:
            Misuse: The agent has connections, or these are settings of another version.
        """
        if self.has_connections:
            raise Misuse(
                "The agent was configured although it has connections. Expected configure() before the first one. "
                "Call it at the start of the test, or call world.reset() first."
            )
        if not isinstance(terms, type(self.settings)):
            expected = type(self.settings).__name__
            raise Misuse(f"Version {self.profile.name} was given {terms!r}. Expected {expected}.")
        self.settings = terms
        self.start()

    @property
    def has_connections(self) -> bool:
        """Whether a client has made a connection."""
        return any(wallet.made for wallet in self.wallets.values())

    def wallet(self, key: str) -> Wallet:
        """Return the wallet of an API key; make it if it does not exist."""
        if key not in self.wallets:
            self.wallets[key] = Wallet(self.world.seed.draw_uuid(self.wallet_name, key), key)
        return self.wallets[key]

    def create(
        self, wallet: Wallet, label: str | None = None, goal_code: str | None = None, goal: str | None = None
    ) -> Connection:
        """Make an inviter's record, as ``POST /connections`` does."""
        id_, now = self._new_id(wallet), self.world.clock.now()
        record = Connection(wallet.id, id_, id_, INVITER, now, self.flow.service, label, goal_code, goal)
        self.flow.add(record, self._pick(record, wallet, label))
        return record

    def accept(self, wallet: Wallet, invitation: Invitation) -> Connection:
        """Make an invitee's record, as ``POST /connection-invitations`` does."""
        record = Connection(
            wallet.id,
            self._new_id(wallet),
            invitation.id,
            INVITEE,
            self.world.clock.now(),
            self.flow.service,
            goal_code=invitation.goal_code,
            goal=invitation.goal,
            invitation=invitation,
        )
        # The invitation does not contain the label, but scripts may be selected by the inviter's label.
        self.flow.add(record, self._pick(record, wallet, self._shared.label_of(invitation.id)))
        return record

    def _pick(self, record: Connection, wallet: Wallet, label: str | None) -> Sequence | None:
        traits = {"label": label or "", "goal_code": record.goal_code or "", "api_key": wallet.key}
        return self.world.scripts.pick(record.table.name, traits)

    def _new_id(self, wallet: Wallet) -> str:
        wallet.made += 1
        return self.world.seed.draw_uuid("connection", wallet.id, wallet.made)
