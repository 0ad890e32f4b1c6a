"""No more than so many requests in a while."""

from collections import deque
from dataclasses import dataclass
from typing import ClassVar

from connsim.core.exchange import Reply
from connsim.faults.fault import Fault, Stage
from connsim.faults.parameters import LONG, parameter, whole
from connsim.faults.status import refusal
from connsim.faults.strike import Strike


@dataclass(frozen=True, slots=True)
class RateLimit(Fault):
    """Each client gets so many answers within any such time; to more it gets 429, and is told when to come back.

    Refusals do not count against the client.

    Attributes:
        per: Nanoseconds.
    """

    word: ClassVar[str] = "rate_limit"
    most: int = parameter(whole(1), "how many requests", key="rate_limit")
    per: int = parameter(LONG, "within which time")

    @property
    def stage(self) -> Stage:
        """The agent is not asked."""
        return Stage.STOPS

    @property
    def may_never_strike(self) -> bool:
        """A good client may keep to the limit."""
        return True

    def stop(self, strike: Strike) -> Reply | None:
        """A 429, if the client has had enough."""
        at = strike.call.at
        answered: deque[int] = strike.memory.setdefault(strike.call.client, deque())
        while answered and answered[0] <= at - self.per:
            answered.popleft()
        if len(answered) >= self.most:
            return refusal(429, at, answered[0] + self.per - at)
        answered.append(at)
        return None
