"""The settings of the agents. A setting of the real agent is a setting here, with the same default."""

from dataclasses import dataclass
from typing import Annotated, Protocol

from connsim.core.durations import MILLISECOND, SECOND, Ns
from connsim.core.shapes import Rules


class Terms(Protocol):
    """The settings of an agent that the flow of connections needs. Durations in nanoseconds."""

    @property
    def invitation_expiry(self) -> int | None:
        """The greatest age of an invitation when a request for it arrives; ``None`` means no limit."""

    @property
    def handling(self) -> int:
        """The time that the agent's endpoint needs for a message."""

    @property
    def acknowledged(self) -> int:
        """The time from the peer's 2xx until the agent has recorded it."""

    def before_sending(self, elapsed: int) -> int:
        """Return the wait before a message is sent that was stored ``elapsed`` after the agent's start."""

    def before_retry(self, attempt: int) -> int | None:
        """Return the wait after the first (0), second (1), ... failed attempt; ``None`` if it was the last attempt."""


@dataclass(frozen=True, slots=True)
class CloudAgentSettings:
    """The settings of a Cloud Agent. All durations in nanoseconds.

    Attributes:
        version: The version in ``/_system/health``.
        invitation_expiry: The greatest age of an invitation when a request for it arrives
            (``CONNECT_INVITATION_EXPIRY``). Nothing else checks it.
        retry_delays: The pauses before the second and later attempts to send a message, counted from each failure.
        api_key_enabled: Whether the ``apikey`` header chooses the wallet (``API_KEY_ENABLED``); if not, all requests
            share the default wallet.
        authenticate_as_default_user: Whether any key opens the default wallet
            (``API_KEY_AUTHENTICATE_AS_DEFAULT_USER``).
        auto_provisioning: Whether an unknown key makes a new wallet (``API_KEY_AUTO_PROVISIONING``).
        default_key: The key of the default wallet (``DEFAULT_WALLET_AUTH_API_KEY``).
        hide_unauthorized: Whether a refused key on connection routes is answered with a 500, because those endpoints do
            not declare a 401. Deduced from the agent's code; no recording is known. ``False`` sends the 401.
        gateway_keys: The keys that an APISIX gateway in front of the agent lets through; ``None`` means no gateway.
        global_webhook_url: The receiver of the events of every wallet (``GLOBAL_WEBHOOK_URL``), after the wallet's own
            webhook; ``None`` means no such receiver.
        global_webhook_api_key: Sent to it as ``authorization: Bearer ...`` (``GLOBAL_WEBHOOK_API_KEY``).
        webhook_parallelism: How many deliveries run side by side (``WEBHOOK_PARALLELISM``); read as 1 to 10.
        pickup: From queueing a message to sending it.
        handling: The time that a peer's endpoint needs for a message.
        acknowledged: From the peer's 2xx until the sender has recorded it. If longer than ``pickup``, the response
            overtakes it, and ``ConnectionRequestSent`` never shows.

    In the real agent, the last three take "milliseconds"; the defaults here are typical values.
    """

    version: str = "1.40.0"
    invitation_expiry: Ns = 300 * SECOND
    retry_delays: tuple[Ns, ...] = (5 * SECOND, 10 * SECOND, 20 * SECOND, 40 * SECOND)
    api_key_enabled: bool = True
    authenticate_as_default_user: bool = False
    auto_provisioning: bool = True
    default_key: str = "default"
    hide_unauthorized: bool = True
    gateway_keys: frozenset[str] | None = None
    global_webhook_url: str | None = None
    global_webhook_api_key: str | None = None
    webhook_parallelism: Annotated[int, Rules(minimum=0)] = 1
    pickup: Ns = 10 * MILLISECOND
    handling: Ns = 5 * MILLISECOND
    acknowledged: Ns = 5 * MILLISECOND

    def before_sending(self, elapsed: int) -> int:
        """Return the wait before a message is sent: until a consumer picks it up."""
        return self.pickup

    def before_retry(self, attempt: int) -> int | None:
        """Return the wait after the first (0), second (1), ... failed attempt; ``None``: the message stays pending."""
        return self.retry_delays[attempt] if attempt < len(self.retry_delays) else None


@dataclass(frozen=True, slots=True)
class EarlySettings:
    """The settings of an agent of version 2023 (prism-agent of early 2023). All durations in nanoseconds.

    Attributes:
        version: The version in ``/_system/health``.
        scan: The period of the background job that sends pending messages; 0 sends at once.
        gateway_keys: The keys that an APISIX gateway in front of the agent lets through; ``None`` means no gateway, as
            in the stock compose file. The agent itself knows no keys: here each key gets its own agent.
        handling: The time that a peer's endpoint needs for a message.
        acknowledged: From the peer's 2xx until the sender has recorded it.
    """

    version: str = "0.48.3"
    scan: Ns = 2 * SECOND
    gateway_keys: frozenset[str] | None = None
    handling: Ns = 5 * MILLISECOND
    acknowledged: Ns = 5 * MILLISECOND

    @property
    def invitation_expiry(self) -> None:
        """Invitations of this version do not expire."""
        return

    def before_sending(self, elapsed: int) -> int:
        """Return the wait before a message is sent: until the next scan, counted from the agent's start."""
        return self.scan - elapsed % self.scan if self.scan else 0

    def before_retry(self, attempt: int) -> None:
        """Return ``None``: the real job retries with every scan forever, but here every retry would fail again.

        A client sees no difference: this version shows no failures.
        """
        return
