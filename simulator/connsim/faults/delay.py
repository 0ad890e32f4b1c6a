"""The reply comes late, or never."""

from dataclasses import dataclass
from typing import ClassVar

from connsim.core.exchange import Reply
from connsim.faults.fault import Fault
from connsim.faults.parameters import PAUSE, parameter
from connsim.faults.strike import Strike


@dataclass(frozen=True, slots=True)
class Delay(Fault):
    """The agent takes the request at once, and its reply comes late, or never.

    Attributes:
        by: Nanoseconds of virtual time; the shortest and the longest, of which the seed draws; or ``None``, for ever.
    """

    word: ClassVar[str] = "delay"
    by: int | tuple[int, int] | None = parameter(PAUSE, "how late, or `ever`", key="delay")

    def spoil(self, strike: Strike, reply: Reply) -> Reply:
        """Add the delay to whatever the reply waits for already."""
        if self.by is None or reply.wait is None:
            return reply._replace(wait=None)
        by = strike.draw(*self.by, "delay") if isinstance(self.by, tuple) else self.by
        return reply._replace(wait=reply.wait + by)
