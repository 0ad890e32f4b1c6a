"""An HTTP error in place of the agent's reply."""

from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import ClassVar

from connsim.core.durations import SECOND
from connsim.core.exchange import Reply
from connsim.errors import BadFault
from connsim.faults.fault import Fault, Stage
from connsim.faults.parameters import FLAG, LONG, integer, parameter
from connsim.faults.strike import Strike


@dataclass(frozen=True, slots=True)
class Status(Fault):
    """A component in front of the agent, such as a gateway, replies with an error.

    The bodies of gateways differ; this one is a line of text, which no client can take for the agent's JSON.

    Attributes:
        retry_after: Nanoseconds; the header counts whole seconds, rounded up.
    """

    word: ClassVar[str] = "status"
    status: int = parameter(integer(400, 599), "the status")
    retry_after: int | None = parameter(LONG, "the wait that `Retry-After` asks for", default=None)
    as_date: bool = parameter(FLAG, "whether `Retry-After` is a date, not a number of seconds", default=False)
    processed: bool = parameter(FLAG, "whether the agent has processed the request", default=False)

    def __post_init__(self) -> None:
        if self.as_date and self.retry_after is None:
            raise BadFault(
                "The fault has as_date without retry_after. Expected a duration to compute the date from. "
                "Give retry_after."
            )

    @property
    def stage(self) -> Stage:
        """Before the agent, unless the request is processed."""
        return Stage.SPOILS if self.processed else Stage.STOPS

    def stop(self, strike: Strike) -> Reply:
        """The error."""
        return refusal(self.status, strike.call.at, self.retry_after, as_date=self.as_date)

    def spoil(self, strike: Strike, reply: Reply) -> Reply:
        """The error in place of the reply."""
        return self.stop(strike)._replace(wait=reply.wait, about=reply.about, unseen=True)


def refusal(status: int, at: int, retry_after: int | None, *, as_date: bool = False) -> Reply:
    """Make an error reply, with a ``Retry-After`` (RFC 9110, 10.2.3) if asked for.

    Args:
        status: The status; one without a registered phrase is called ``Error``.
        at: The present moment, in nanoseconds since 1970.
        retry_after: Nanoseconds to wait, or ``None``.
        as_date: Whether ``Retry-After`` is a date; both forms have whole seconds, rounded up.
    """
    headers: tuple[tuple[str, str], ...] = ()
    if retry_after is not None:
        # Rounded up: a client that comes back when it was asked to must not be refused again.
        value = formatdate(-(-(at + retry_after) // SECOND), usegmt=True) if as_date else str(-(-retry_after // SECOND))
        headers = (("Retry-After", value),)
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:  # the status is not registered
        phrase = "Error"
    return Reply(status, f"{status} {phrase}\n".encode(), "text/plain; charset=utf-8", headers=headers, unseen=True)
