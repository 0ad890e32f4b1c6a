"""A fault that waits for requests, and one moment at which it strikes."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from connsim.core.seed import Seed
from connsim.faults.fault import Fault
from connsim.faults.when import Call

_GLOB = frozenset("*?[")
_MILLIONTHS = 1_000_000

MATCHED = ("connection", "client", "message", "state", "route", "method", "agent")
"""What is matched by value or pattern, the most telling first."""


def exact(pattern: str) -> bool:
    """Whether a pattern fits one value only."""
    return _GLOB.isdisjoint(pattern)


@dataclass(slots=True, eq=False)
class Armed:
    """A fault that waits for requests. It counts them.

    Attributes:
        name: What chance is drawn by.
        number: Its name in the control API, from 1 on; 0 for the fault of a step.
        required: Whether it is a mistake of the test if it never strikes.
        met: How many requests it was meant for, of those since the last reset.
        struck: How often it struck since then; ``used`` is whether it ever did what it is there for.
        memory: What the fault itself keeps.
    """

    fault: Fault
    name: tuple[object, ...] = ()
    number: int = 0
    required: bool = True
    met: int = 0
    struck: int = 0
    used: bool = False
    memory: dict[Any, Any] = field(default_factory=dict)
    _turns: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    _fits: tuple[tuple[str, str, Callable[[str, str], bool]], ...] = ()

    def __post_init__(self) -> None:
        when = self.fault.when
        given = [(name, getattr(when, name)) for name in MATCHED]
        self._fits = tuple(
            (name, pattern, str.__eq__ if exact(pattern) else fnmatchcase)
            for name, pattern in given
            if pattern is not None
        )

    @property
    def spent(self) -> bool:
        """Whether it can not strike any more, whatever comes."""
        when = self.fault.when
        if when.times is not None and self.struck >= when.times:
            return True
        return when.nth is not None and when.nth.last is not None and self.met >= when.nth.last

    def begin_anew(self) -> None:
        """Count from 1 again."""
        self.met = self.struck = 0
        self.memory.clear()
        self._turns.clear()

    def strikes(self, call: Call, start: int, seed: Seed) -> "Strike | None":
        """Count a request that fits, if it comes at the right time; tell whether it is one to strike.

        Args:
            start: When the world began.
        """
        when = self.fault.when
        age = call.at - start
        if age < when.since or (when.until is not None and age >= when.until) or self.spent:
            return None
        self.met += 1
        self.used = self.used or self.fault.may_never_strike
        if (when.nth is not None and self.met not in when.nth) or (when.every is not None and self.met % when.every):
            return None
        who = (call.client, call.connection)
        self._turns[who] += 1
        strike = Strike(self, call, seed, self._turns[who])
        if when.probability < 1 and strike.draw(1, _MILLIONTHS, "chance") > when.probability * _MILLIONTHS:
            return None
        return strike

    def fits(self, call: Call) -> bool:
        """Whether a request is one that the fault is meant for; its time is another matter."""
        if self.fault.when.poll is not None and call.poll is not self.fault.when.poll:
            return False
        for name, pattern, fits in self._fits:
            value = getattr(call, name)
            if value is None or not fits(value, pattern):
                return False
        return True

    def __str__(self) -> str:
        return f"fault {self.number}: {self.fault}" if self.number else f"fault: {self.fault}"


@dataclass(slots=True)
class Strike:
    """One request that a fault may strike.

    Attributes:
        turn: The how manieth of its client and connection it is that this fault may strike.
    """

    armed: Armed
    call: Call
    seed: Seed
    turn: int

    @property
    def memory(self) -> dict[Any, Any]:
        """What the fault keeps from one strike to the next."""
        return self.armed.memory

    def draw(self, low: int, high: int, *purpose: object) -> int:
        """Draw an integer, both ends included: by whom it strikes, so that others do not change it."""
        call = self.call
        who = (call.client, call.connection or "", self.turn)
        return self.seed.draw_between(low, high, "fault", *self.armed.name, *who, *purpose)

    def done(self) -> None:
        """Count it as one that struck."""
        self.armed.struck += 1
        self.armed.used = True
