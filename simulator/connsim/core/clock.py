"""The one clock of a world, and the agenda of what is due on it.

A clock either stands still until it is moved (tests) or runs with real time (standalone). Both can be moved forward,
neither ever goes back. Moments are integer nanoseconds since 1970 in UTC.

Moving past a due item runs it *at its own moment*: while it runs, ``at`` is when it was due, not where the move ends.
A running clock does not tick items off by itself: whoever reads calls ``settle`` first, and one timer of the server
does so when nobody reads.
"""

import heapq
import itertools
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Protocol

from connsim.core.durations import SECOND, duration
from connsim.errors import Misuse

START = 1_767_603_600_123_456_789
"""Where a standing clock begins: 2026-01-05T09:00:00.123456789Z.

The fraction is there on purpose: agents omit fractions that are zero, and a client must cope with both.
"""

_LAST = 253_402_300_799 * SECOND  # 9999-12-31T23:59:59Z, the last moment that a date can name

Action = Callable[[int], None]


class Rank(IntEnum):
    """What comes first among things due at one moment."""

    RECORD = 0
    """A record changes."""
    REPLY = 1
    """A reply that was held back is sent: a client whose timeout falls on the same moment has given up by then."""


class Due:
    """One item of the agenda; ``cancel()`` takes it off."""

    __slots__ = ("action", "at")

    def __init__(self, at: int, action: Action) -> None:
        self.at = at
        self.action: Action | None = action

    def cancel(self) -> None:
        """Take the item off the agenda; harmless when it has run."""
        self.action = None


class Waiter(Protocol):
    """Who decides when a frozen clock moves.

    Attributes:
        horizon: The moment at which whoever still waits is told that it would never stop.
    """

    horizon: int

    def sleep(self, by: int) -> bool:
        """Let the calling thread sleep so many nanoseconds; ``False`` if it is none that can."""
        ...

    def busy(self) -> AbstractContextManager[None]:
        """Hold the clock for the length of a ``with`` block."""
        ...


class Clock:
    """The time of one world.

    Args:
        start: The first moment, in nanoseconds since 1970. ``None``: `START` if the clock stands, now if it runs.
        running: Whether the clock moves with real time.

    Attributes:
        lock: The world's one lock. Whoever touches the world's state holds it.
        waiter: Who decides when the clock moves, while time is frozen.
        real: The machine's time, in nanoseconds since 1970, whatever this clock does.
    """

    def __init__(self, start: int | None = None, *, running: bool = False) -> None:
        self.lock = threading.RLock()
        self.running = running
        self.start = start if start is not None else _real("time_ns")() if running else START
        self._base = self.start
        self.real: Callable[[], int] = _real("time_ns")
        self._monotonic_ns = _real("monotonic_ns")
        self._anchor = self._monotonic_ns()
        self._agenda: list[tuple[int, Rank, int, Due]] = []
        self._order = itertools.count()
        self._settling = False
        self._movers: list[Callable[[int], None]] = []
        self._sooner: list[Callable[[], None]] = []
        self.waiter: Waiter | None = None

    def now(self) -> int:
        """The present moment in nanoseconds since 1970."""
        if not self.running:
            return self._base
        return self._base + self._monotonic_ns() - self._anchor

    def elapsed(self) -> int:
        """Nanoseconds since the clock's start."""
        return self.now() - self.start

    def datetime(self) -> datetime:
        """The present moment as an aware ``datetime``, cut to microseconds."""
        return as_datetime(self.now())

    def at(self, due: int, action: Action, rank: Rank = Rank.RECORD) -> Due:
        """Put an item on the agenda.

        Args:
            due: When, in nanoseconds since 1970. What is due already runs at the next `settle`.
            action: Called with ``due``. Items due at one moment run by rank, then in the order of their arrival.
        """
        item = Due(due, action)
        with self.lock:
            heapq.heappush(self._agenda, (due, rank, next(self._order), item))
            earliest = self._agenda[0][3] is item
        if earliest:
            for told in tuple(self._sooner):
                told()
        return item

    def next_due(self) -> int | None:
        """When the next item is due, or ``None`` if there is none."""
        return self._earliest()

    def _earliest(self) -> int | None:
        with self.lock:
            while self._agenda and self._agenda[0][3].action is None:
                heapq.heappop(self._agenda)
            return self._agenda[0][0] if self._agenda else None

    def settle(self) -> int:
        """Run everything that is due by now, each item at its own moment; returns the present moment."""
        with self.lock:
            now = self.now()
            if self._agenda and self._agenda[0][0] <= now:  # the common case, nothing due, costs next to nothing
                self._run_until(now)
            return now

    def advance(self, by: str | timedelta) -> None:
        """Let time pass, running what falls due on the way.

        Args:
            by: A duration, such as ``"24 hours"``.

        Raises:
            BadDuration: ``by`` is no duration.
            Misuse: The clock would leave the calendar (year 9999).
        """
        self.wait_ns(duration(by))

    def wait_ns(self, by: int) -> None:
        """Let ``by`` nanoseconds pass for the calling thread: where time is frozen, it sleeps, and others live on."""
        if self.waiter is None or not self.waiter.sleep(by):
            self.advance_ns(by)

    def busy(self) -> AbstractContextManager[None]:
        """Hold a frozen clock while real work is done: ``with clock.busy():``."""
        return nullcontext() if self.waiter is None else self.waiter.busy()

    def advance_ns(self, by: int, last: Rank = Rank.REPLY) -> None:
        """Let ``by`` nanoseconds pass, running what falls due on the way.

        Args:
            last: What still happens at the very moment of arrival; with `Rank.RECORD`, replies due then stay held.
        """
        with self.lock:
            target = self.now() + by
            if by < 0:
                raise Misuse(f"The clock was told to go back by {-by} ns. It only moves forward.")
            if target > _LAST:
                raise Misuse("The clock was told to pass the year 9999. Expected a moment that a date can name.")
            self._run_until(target, last)
            self._move_to(target)

    def on_move(self, told: Callable[[int], None]) -> Callable[[], None]:
        """Call ``told(now)`` whenever the clock is moved; returns the function that ends it."""
        self._movers.append(told)
        return lambda: self._movers.remove(told)

    def on_sooner(self, told: Callable[[], None]) -> Callable[[], None]:
        """Call ``told()`` whenever an item becomes the first of the agenda; returns the function that ends it."""
        self._sooner.append(told)
        return lambda: self._sooner.remove(told)

    def forget(self) -> None:
        """Drop the agenda; the moment stays."""
        with self.lock:
            self._agenda.clear()

    def _run_until(self, target: int, last: Rank = Rank.REPLY) -> None:
        with self.lock:
            if self._settling:  # an item that reads the world finds it settled up to that item
                return
            self._settling = True
            try:
                while self._earliest() is not None and self._agenda[0][:2] <= (target, last):
                    due, _, _, item = heapq.heappop(self._agenda)
                    self._move_to(due)
                    if item.action is not None:
                        item.action(due)
            finally:
                self._settling = False

    def _move_to(self, moment: int) -> None:
        missing = moment - self.now()
        if missing > 0:
            self._base += missing
            for told in tuple(self._movers):
                told(moment)


def as_datetime(ns: int) -> datetime:
    """Turn nanoseconds since 1970 into an aware ``datetime``, cut to microseconds."""
    return datetime.fromtimestamp(ns // SECOND, UTC) + timedelta(microseconds=ns % SECOND // 1000)


def _real(name: str) -> Callable[[], int]:
    # freezegun replaces the functions of `time` and every module attribute bound to one; its own module keeps the
    # real ones. Looked up for each clock, so that this works whichever of the two was imported first.
    freezegun = sys.modules.get("freezegun.api")
    real: Callable[[], int] = getattr(freezegun, f"real_{name}", None) or getattr(time, name)
    return real
