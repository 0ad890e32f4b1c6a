"""A reply that is late, or never sent."""

from dataclasses import dataclass
from typing import ClassVar

from connsim.core.exchange import Reply
from connsim.faults.fault import Fault
from connsim.faults.parameters import PAUSE, parameter
from connsim.faults.strike import Strike


@dataclass(frozen=True, slots=True)
class Delay(Fault):
    """The agent processes the request at once, but its reply is late, or never sent.

    Attributes:
        by: Nanoseconds of virtual time; or the least and the greatest number, between which the seed draws; or
            ``None`` for a reply that is never sent.
    """

    word: ClassVar[str] = "delay"
    by: int | tuple[int, int] | None = parameter(PAUSE, "how late, or `ever`", key="delay")

    def spoil(self, strike: Strike, reply: Reply) -> Reply:
        """Add the delay to the one that the reply already has."""
        if self.by is None or reply.wait is None:
            return reply._replace(wait=None)
        by = strike.draw(*self.by, "delay") if isinstance(self.by, tuple) else self.by
        return reply._replace(wait=reply.wait + by)
