"""prism-agent of early 2023, which served connections by Akka HTTP."""

from connsim.core.exchange import Request
from connsim.prism.base import BaseAgent, Wallet
from connsim.prism.early import akka
from connsim.prism.early.view import EarlyView
from connsim.prism.flow import Flow
from connsim.prism.problems import Problem
from connsim.prism.refusals import Refused
from connsim.prism.settings import EarlySettings


class EarlyFlow(Flow):
    """The flow of connections, with an endpoint that answers every refusal with a 500."""

    nested_service = False

    def refusal(self, problem: Problem, instance: str) -> tuple[int, str]:
        """Return the status of any failure, with the text of the server's other 500s. Deduced."""
        return 500, akka.INTERNAL_ERROR


class EarlyAgent(BaseAgent):
    """prism-agent of early 2023, below ``/prism-agent``: no wallets, so each API key stands for its own agent."""

    headers = (("Server", "akka-http/10.2.9"),)
    wallet_name = "wallet of P1"  # the former name of the version: another one would give other ids
    gateway_cors = False
    flow_class = EarlyFlow
    view_class = EarlyView
    settings: EarlySettings = EarlySettings()

    def first_wallets(self) -> dict[str, Wallet]:
        """Return no wallets: the first request with a key makes one."""
        return {}

    def not_found(self, request: Request) -> Refused:
        """Refuse a request for an unknown path, or for a known path with another method."""
        return akka.misrouted(self.profile, request)

    def failed(self, request: Request) -> Refused:
        """Return a 500."""
        return akka.failed()

    def wallet_of(self, request: Request) -> Wallet:
        """Return the wallet that a request's key stands for; requests without a key share one."""
        return self.wallet(request.headers.get("apikey") or "")
