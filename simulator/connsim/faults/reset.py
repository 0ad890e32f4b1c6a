"""The connection breaks off."""

from dataclasses import dataclass
from typing import ClassVar

from connsim.core.exchange import Network, Reply
from connsim.errors import BadFault
from connsim.faults.fault import Fault, Stage
from connsim.faults.parameters import FLAG, one_of, parameter
from connsim.faults.strike import Strike

BEFORE, AFTER = "before headers", "after headers"


@dataclass(frozen=True, slots=True)
class Reset(Fault):
    """The connection is reset: before anything has come back, or after the headers.

    Attributes:
        processed: ``None``: before the headers it was not, after them it was.
    """

    word: ClassVar[str] = "reset"
    at: str = parameter(one_of(BEFORE, AFTER), f"`{BEFORE}` or `{AFTER}`", key="reset")
    processed: bool | None = parameter(FLAG, "whether the agent had done what was asked", default=None)

    def __post_init__(self) -> None:
        if self.at == AFTER and self.processed is False:
            raise BadFault(
                "The fault resets after the headers of a request that was not processed. Expected headers from an "
                "agent that has done what was asked. Leave 'processed' out."
            )

    @property
    def stage(self) -> Stage:
        """The agent is not asked, unless it is said to have done its work."""
        return Stage.SPOILS if self.processed or self.at == AFTER else Stage.STOPS

    def stop(self, strike: Strike) -> Reply:
        """A reset in place of an answer."""
        return Reply(0, network=Network(head=False, reset=True), unseen=True)

    def spoil(self, strike: Strike, reply: Reply) -> Reply:
        """Let the connection break off."""
        network = (reply.network or Network())._replace(head=self.at == AFTER, kept=0, reset=True)
        return reply._replace(network=network, state=None, unseen=True)
