"""A body that ends early."""

from dataclasses import dataclass
from typing import ClassVar

from connsim.core.exchange import Network, Reply
from connsim.faults.fault import Fault
from connsim.faults.parameters import integer, parameter
from connsim.faults.strike import Strike


@dataclass(frozen=True, slots=True)
class Truncate(Fault):
    """The connection is closed after some bytes of the body, fewer than ``Content-Length`` promised."""

    word: ClassVar[str] = "truncate"
    kept: int = parameter(integer(0), "the number of bytes that arrive", key="truncate")

    def spoil(self, strike: Strike, reply: Reply) -> Reply | None:
        """Cut the body, if it is longer than that."""
        network = reply.network or Network()
        if self.kept >= (len(reply.body) if network.kept is None else network.kept):
            return None
        return reply._replace(network=network._replace(kept=self.kept), state=None, unseen=True)
