"""A rate limit for each client, over a sliding window."""

from collections import deque
from dataclasses import dataclass
from typing import ClassVar

from connsim.core.exchange import Reply
from connsim.faults.fault import Fault, Stage
from connsim.faults.parameters import LONG, integer, parameter
from connsim.faults.status import refusal
from connsim.faults.strike import Strike


@dataclass(frozen=True, slots=True)
class RateLimit(Fault):
    """Requests of a client beyond a number within a sliding window get a 429 with ``Retry-After``.

    Refused requests do not count.

    Attributes:
        per: Nanoseconds.
    """

    word: ClassVar[str] = "rate_limit"
    most: int = parameter(integer(1), "the number of requests", key="rate_limit")
    per: int = parameter(LONG, "the length of the window")

    @property
    def stage(self) -> Stage:
        """Before the agent."""
        return Stage.STOPS

    @property
    def may_never_strike(self) -> bool:
        """Always: a good client keeps to the limit."""
        return True

    def stop(self, strike: Strike) -> Reply | None:
        """A 429, if the client has used up its requests."""
        at = strike.call.at
        answered: deque[int] = strike.memory.setdefault(strike.call.client, deque())
        while answered and answered[0] <= at - self.per:
            answered.popleft()
        if len(answered) >= self.most:
            return refusal(429, at, answered[0] + self.per - at)
        answered.append(at)
        return None
