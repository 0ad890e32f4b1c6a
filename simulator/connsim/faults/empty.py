"""The connection is closed, and nothing was said."""

from dataclasses import dataclass
from typing import ClassVar

from connsim.core.exchange import Network, Reply
from connsim.errors import BadFault
from connsim.faults.fault import Fault, Stage
from connsim.faults.parameters import FLAG, parameter
from connsim.faults.strike import Strike


@dataclass(frozen=True, slots=True)
class Empty(Fault):
    """The connection is closed without a single byte of an answer, as by a server that is restarted."""

    word: ClassVar[str] = "empty"
    empty: bool = parameter(FLAG, "`true`", default=True)
    processed: bool = parameter(FLAG, "whether the agent had done what was asked", default=False)

    def __post_init__(self) -> None:
        if not self.empty:
            raise BadFault("The fault has empty: false. Expected true. Leave the fault out if there shall be none.")

    @property
    def stage(self) -> Stage:
        """The agent is not asked, unless it is said to have done its work."""
        return Stage.SPOILS if self.processed else Stage.STOPS

    def stop(self, strike: Strike) -> Reply:
        """Nothing in place of an answer."""
        return Reply(0, network=Network(head=False), unseen=True)

    def spoil(self, strike: Strike, reply: Reply) -> Reply:
        """Say nothing."""
        return reply._replace(
            network=(reply.network or Network())._replace(head=False, kept=0), state=None, unseen=True
        )
