"""A body that is sent in small pieces.

Most HTTP clients time each read, not the whole reply, and wait for such a body without limit.
"""

from dataclasses import dataclass
from typing import ClassVar

from connsim.core.exchange import Network, Reply
from connsim.faults.fault import Fault
from connsim.faults.parameters import LONG, integer, parameter
from connsim.faults.strike import Strike

_MOST = 1000
"""The greatest number of pieces by default: each is an item of the agenda, and a write to a socket."""


@dataclass(frozen=True, slots=True)
class Drip(Fault):
    """The headers are sent at once, and the body in small pieces, evenly over a time, the last one at its end.

    Attributes:
        over: Nanoseconds.
        pieces: ``None`` sends each byte by itself, but at most a thousand pieces.
    """

    word: ClassVar[str] = "drip"
    over: int = parameter(LONG, "the time over which the body is spread", key="drip")
    pieces: int | None = parameter(
        integer(1), "the number of pieces; by default one for each byte, but at most 1000", default=None
    )

    def spoil(self, strike: Strike, reply: Reply) -> Reply | None:
        """Spread the body over the time, unless it is empty."""
        if not reply.body:
            return None
        return reply._replace(
            network=(reply.network or Network())._replace(drip=self.over, pieces=self.pieces or _MOST)
        )
