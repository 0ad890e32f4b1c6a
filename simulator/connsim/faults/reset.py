"""A connection that is reset (TCP RST)."""

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
    """The connection is reset, before the first byte of a reply or after its headers.

    Attributes:
        processed: Whether the agent has processed the request; ``None`` means no before the headers, yes after them.
    """

    word: ClassVar[str] = "reset"
    at: str = parameter(one_of(BEFORE, AFTER), f"`{BEFORE}` or `{AFTER}`", key="reset")
    processed: bool | None = parameter(FLAG, "whether the agent has processed the request", default=None)

    def __post_init__(self) -> None:
        if self.at == AFTER and self.processed is False:
            raise BadFault(
                "The fault resets after the headers of a request that was not processed. Expected headers from an "
                "agent that has processed it. Leave 'processed' out."
            )

    @property
    def stage(self) -> Stage:
        """Before the agent, unless the request is processed."""
        return Stage.SPOILS if self.processed or self.at == AFTER else Stage.STOPS

    def stop(self, strike: Strike) -> Reply:
        """A reset in place of a reply."""
        return Reply(0, network=Network(head=False, reset=True), unseen=True)

    def spoil(self, strike: Strike, reply: Reply) -> Reply:
        """Reset the connection."""
        network = (reply.network or Network())._replace(head=self.at == AFTER, kept=0, reset=True)
        return reply._replace(network=network, state=None, unseen=True)
