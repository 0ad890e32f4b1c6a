"""The Cloud Agent."""

from collections.abc import Callable

from connsim.core.exchange import Profile, Request
from connsim.core.store import Store
from connsim.errors import Misuse, Violation
from connsim.prism.base import BaseAgent, Wallet
from connsim.prism.cloud_agent import problems
from connsim.prism.cloud_agent.checks import invalid, shown_path
from connsim.prism.cloud_agent.view import CloudAgentView
from connsim.prism.cloud_agent.webhooks.worker import Webhooks
from connsim.prism.flow import Flow
from connsim.prism.gateway import Gateway
from connsim.prism.problems import Problem
from connsim.prism.records import Connection
from connsim.prism.settings import CloudAgentSettings, Terms
from connsim.world import World

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
        "key-management",
        "anoncreds",
        "oid4vci",
        "vc-verification",
    ]
)


class CloudAgent(BaseAgent):
    """Cloud Agent 1.40.0, at the bare root and below ``/cloud-agent``: a wallet for each API key.

    Attributes:
        webhooks: Who is told of changes.
    """

    settings: CloudAgentSettings = CloudAgentSettings()

    def __init__(
        self,
        profile: Profile,
        world: World,
        store: Store[Connection],
        neighbours: dict[str, Flow],
        new_uuid: Callable[[], str],
        label_of: Callable[[str], str | None],
    ) -> None:
        self.webhooks = Webhooks(world)
        super().__init__(profile, world, store, neighbours, new_uuid, label_of)

    def start(self) -> None:
        """Begin anew: no wallet but the default one, no records, no webhooks."""
        super().start()
        self.webhooks.start(self.settings, self.view, self._key_of)
        self.flow.on_change = self.webhooks.connection_changed

    def _key_of(self, wallet_id: str) -> str:
        return next((wallet.key for wallet in self.wallets.values() if wallet.id == wallet_id), "")

    def first_wallets(self) -> dict[str, Wallet]:
        """The default wallet."""
        return {self.settings.default_key: Wallet(_DEFAULT_WALLET, self.settings.default_key)}

    def new_flow(self, endpoint: str) -> Flow:
        """Make the flow of this version."""
        world = self.world
        return Flow(world.clock, world.seed, world.journal, self.store, self._neighbours, self.settings, endpoint)

    def new_view(self) -> CloudAgentView:
        """Make what prints the connections."""
        return CloudAgentView(self.flow, self.new_uuid)

    def use(self, terms: Terms) -> None:
        """Take other settings."""
        if not isinstance(terms, CloudAgentSettings):
            raise Misuse(f"Version {self.profile.name} was given {terms!r}. Expected CloudAgentSettings.")
        self.settings = terms

    def new_gateway(self) -> Gateway | None:
        """Make the gateway in front of the agent, if the settings name its keys."""
        keys = self.settings.gateway_keys
        return None if keys is None else Gateway(keys, cors=True)

    def not_found(self, request: Request) -> Problem:
        """No such path, or no such method."""
        if request.target.partition("?")[0].strip("/").partition("/")[0] in _NOT_MODELLED:
            self.world.complain(
                Violation(
                    f"The client asked for {shown_path(request)}, which the real agent has and connsim does not "
                    f"play: it answered 404. Expected only connections, webhooks, health and metrics. "
                    f"Keep this call out of the test."
                )
            )
        return problems.path_not_found()

    def failed(self, request: Request) -> Problem:
        """A 500."""
        return problems.internal(path=shown_path(request))

    def wallet_of(self, request: Request, *, declares_401: bool = False) -> Wallet:
        """Find the wallet that a request's key opens; an unknown key makes a new one.

        Args:
            declares_401: Whether the endpoint can answer a 401; one that can not answers 500 in its place.

        Raises:
            Problem: No key, an empty one, or an unknown one while wallets are not made on demand.
        """
        settings = self.settings
        if (request.all_of("apikey") or "") != (request.headers.get("apikey") or ""):
            raise invalid(request, "header apikey (multiple values)")
        if not settings.api_key_enabled:
            return self.wallets[settings.default_key]
        key = request.headers.get("apikey")
        if key and settings.authenticate_as_default_user:
            return self.wallets[settings.default_key]
        if key and (wallet := self.wallets.get(key)):
            return wallet
        if key and settings.auto_provisioning:
            return self.wallet(key)
        if settings.hide_unauthorized and not declares_401:
            raise self.failed(request)
        if key is None:
            raise problems.no_key()
        raise problems.unknown_key() if key else problems.empty_key()

    def wallet_name(self, key: str) -> tuple[object, ...]:
        """What the seed draws the id of a new wallet by."""
        return ("wallet", key)
