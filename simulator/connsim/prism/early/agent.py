"""prism-agent of early 2023, which served connections by Akka HTTP."""

from connsim.core.exchange import Request
from connsim.errors import Misuse
from connsim.prism.base import BaseAgent, Wallet
from connsim.prism.early import akka
from connsim.prism.early.view import EarlyView
from connsim.prism.flow import Flow
from connsim.prism.gateway import Gateway
from connsim.prism.problems import Problem
from connsim.prism.refusals import Refused
from connsim.prism.settings import EarlySettings, Terms


class EarlyFlow(Flow):
    """The way of connections: what its endpoint does not take is always a 500."""

    def refusal(self, problem: Problem, instance: str) -> tuple[int, str]:
        """The status of any failure; the text is that of the server elsewhere. Deduced."""
        return 500, akka.INTERNAL_ERROR


class EarlyAgent(BaseAgent):
    """prism-agent of early 2023, below ``/prism-agent``: no wallets, so each API key stands for an agent of its own."""

    headers = (("Server", "akka-http/10.2.9"),)
    settings: EarlySettings = EarlySettings()

    def first_wallets(self) -> dict[str, Wallet]:
        """None: an agent is there once somebody speaks to it."""
        return {}

    def new_flow(self, endpoint: str) -> Flow:
        """Make the flow of this version."""
        world, store = self.world, self.store
        return EarlyFlow(
            world.clock, world.seed, world.journal, store, self._neighbours, self.settings, endpoint, nested=False
        )

    def new_view(self) -> EarlyView:
        """Make what prints the connections."""
        return EarlyView(self.flow, self.new_uuid)

    def use(self, terms: Terms) -> None:
        """Take other settings."""
        if not isinstance(terms, EarlySettings):
            raise Misuse(f"Version {self.profile.name} was given {terms!r}. Expected EarlySettings.")
        self.settings = terms

    def new_gateway(self) -> Gateway | None:
        """Make the gateway in front of the agent, if the settings name its keys."""
        keys = self.settings.gateway_keys
        return None if keys is None else Gateway(keys, cors=False)

    def not_found(self, request: Request) -> Refused:
        """No such path, or no such method."""
        return akka.misrouted(self.profile, request)

    def failed(self, request: Request) -> Refused:
        """A 500."""
        return akka.failed()

    def wallet_of(self, request: Request) -> Wallet:
        """The agent that a request's key stands for; without a key it is one too."""
        return self.wallet(request.headers.get("apikey") or "")

    def wallet_name(self, key: str) -> tuple[object, ...]:
        """What the seed draws the id of a new wallet by."""
        return ("wallet of P1", key)  # what the version was called once: another name would give other ids
