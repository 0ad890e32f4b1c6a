"""A connection that is closed without a reply."""

from dataclasses import dataclass
from typing import ClassVar

from connsim.core.exchange import Network, Reply
from connsim.errors import BadFault
from connsim.faults.fault import Fault, Stage
from connsim.faults.parameters import FLAG, parameter
from connsim.faults.strike import Strike


@dataclass(frozen=True, slots=True)
class Empty(Fault):
    """The connection is closed before the first byte of a reply, as by a server that restarts."""

    word: ClassVar[str] = "empty"
    empty: bool = parameter(FLAG, "`true`", default=True)
    processed: bool = parameter(FLAG, "whether the agent has processed the request", default=False)

    def __post_init__(self) -> None:
        if not self.empty:
            raise BadFault("The fault has empty: false. Expected true. To have no fault, remove it.")

    @property
    def stage(self) -> Stage:
        """Before the agent, unless the request is processed."""
        return Stage.SPOILS if self.processed else Stage.STOPS

    def stop(self, strike: Strike) -> Reply:
        """A closed connection in place of a reply."""
        return Reply(0, network=Network(head=False), unseen=True)

    def spoil(self, strike: Strike, reply: Reply) -> Reply:
        """Drop the whole reply."""
        return reply._replace(
            network=(reply.network or Network())._replace(head=False, kept=0), state=None, unseen=True
        )
