"""The Cloud Agent."""

from functools import cached_property

from connsim.core.exchange import Request
from connsim.errors import Violation
from connsim.prism.base import BaseAgent, Wallet
from connsim.prism.cloud_agent import problems
from connsim.prism.cloud_agent.checks import invalid, shown_path
from connsim.prism.cloud_agent.view import CloudAgentView
from connsim.prism.cloud_agent.webhooks.worker import Webhooks
from connsim.prism.problems import Problem
from connsim.prism.settings import CloudAgentSettings

_DEFAULT_WALLET = "00000000-0000-0000-0000-000000000000"
# Paths of the real agent that connsim does not play. A request for one makes the test fail, because the 404 alone,
# which the real agent would not send, would look like a defect of the client.
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
    """Cloud Agent 1.40.0, at the bare root and below ``/cloud-agent``: a wallet for each API key."""

    wallet_name = "wallet"
    gateway_cors = True
    view_class = CloudAgentView
    settings: CloudAgentSettings = CloudAgentSettings()

    @cached_property
    def webhooks(self) -> Webhooks:
        """The webhooks and their worker."""
        return Webhooks(self.world)

    def start(self) -> None:
        """Start with the default wallet, and no records or webhooks."""
        super().start()
        self.webhooks.start(self.settings, self.view, self._key_of)
        self.flow.on_change = self.webhooks.connection_changed

    def _key_of(self, wallet_id: str) -> str:
        return next((wallet.key for wallet in self.wallets.values() if wallet.id == wallet_id), "")

    def first_wallets(self) -> dict[str, Wallet]:
        """Return the default wallet."""
        return {self.settings.default_key: Wallet(_DEFAULT_WALLET, self.settings.default_key)}

    def not_found(self, request: Request) -> Problem:
        """Refuse a request for an unknown path, or for a known path with another method."""
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
        """Return a 500."""
        return problems.internal(path=shown_path(request))

    def wallet_of(self, request: Request, *, declares_401: bool = False) -> Wallet:
        """Find the wallet that a request's key opens; an unknown key makes a new one.

        Args:
            declares_401: Whether the endpoint can answer 401; others answer 500 instead.

        Raises:
            Problem: There is no key, or it is empty; or it is unknown, and wallets are not made on demand.
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
