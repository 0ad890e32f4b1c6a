"""An error in place of an answer."""

from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import ClassVar

from connsim.core.durations import SECOND
from connsim.core.exchange import Reply
from connsim.errors import BadFault
from connsim.faults.fault import Fault, Stage
from connsim.faults.parameters import FLAG, LONG, parameter, whole
from connsim.faults.strike import Strike


@dataclass(frozen=True, slots=True)
class Status(Fault):
    """Something before the agent, such as a gateway, answers with an error.

    What gateways write beside the status differs; this is a line of text.

    Attributes:
        retry_after: Nanoseconds; the header counts whole seconds, rounded up.
    """

    word: ClassVar[str] = "status"
    status: int = parameter(whole(400, 599), "the status")
    retry_after: int | None = parameter(LONG, "what `Retry-After` asks for", default=None)
    as_date: bool = parameter(FLAG, "whether `Retry-After` is a date, not a number of seconds", default=False)
    processed: bool = parameter(FLAG, "whether the agent had done what was asked", default=False)

    def __post_init__(self) -> None:
        if self.as_date and self.retry_after is None:
            raise BadFault("The fault has as_date, and no retry_after that could be a date. Give retry_after.")

    @property
    def stage(self) -> Stage:
        """The agent is not asked, unless it is said to have done its work."""
        return Stage.SPOILS if self.processed else Stage.STOPS

    def stop(self, strike: Strike) -> Reply:
        """The error."""
        return refusal(self.status, strike.call.at, self.retry_after, as_date=self.as_date)

    def spoil(self, strike: Strike, reply: Reply) -> Reply:
        """The error in place of the reply."""
        return self.stop(strike)._replace(wait=reply.wait, about=reply.about, unseen=True)


def refusal(status: int, at: int, retry_after: int | None, *, as_date: bool = False) -> Reply:
    """An error, and when to come back.

    Args:
        at: Nanoseconds since 1970.
    """
    headers: tuple[tuple[str, str], ...] = ()
    if retry_after is not None:
        told = formatdate(-(-(at + retry_after) // SECOND), usegmt=True) if as_date else str(-(-retry_after // SECOND))
        headers = (("Retry-After", told),)
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:  # one that has no name
        phrase = "Error"
    return Reply(status, f"{status} {phrase}\n".encode(), "text/plain; charset=utf-8", headers=headers, unseen=True)
