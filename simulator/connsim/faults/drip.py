"""The reply comes drop by drop."""

from dataclasses import dataclass
from typing import ClassVar

from connsim.core.exchange import Network, Reply
from connsim.faults.fault import Fault
from connsim.faults.parameters import LONG, parameter, whole
from connsim.faults.strike import Strike

_MOST = 1000
"""Pieces, unless somebody wants more."""


@dataclass(frozen=True, slots=True)
class Drip(Fault):
    """The headers come at once, and the body in small pieces, evenly over a time; the last one when it is over.

    Attributes:
        over: Nanoseconds.
        pieces: ``None`` is each byte by itself, but a thousand pieces at most.
    """

    word: ClassVar[str] = "drip"
    over: int = parameter(LONG, "the time over which the body is spread", key="drip")
    pieces: int | None = parameter(whole(1), "into how many; a byte each, but 1000 at most", default=None)

    def spoil(self, strike: Strike, reply: Reply) -> Reply | None:
        """Spread the body, if there is one."""
        if not reply.body:
            return None
        return reply._replace(
            network=(reply.network or Network())._replace(drip=self.over, pieces=self.pieces or _MOST)
        )
