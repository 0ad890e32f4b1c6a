"""The one clock of a world, and the agenda of what is due on it.

Problem. A connection changes over hours, in order, whether or not a client looks; a test must neither wait for that nor
depend on when it looks. A task per record, or a loop that polls for what is due, would tie the history to the scheduler
of the machine.

Solution. Moments are integer nanoseconds since 1970 in UTC. Each future change is an item of one agenda, a heap ordered
by moment, then rank, then arrival. The clock either stands still until it is moved (tests) or runs with real time
(``connsim serve``). Both can be moved forward, and neither goes back. Moving past an item runs it *at its own moment*:
its action is called with the moment at which it was due, and the clock shows that moment meanwhile.

    agenda:     A 10:00:05     B 10:00:05 (later arrival)     C 10:01:30
    advance(1m) from 10:00:00: clock = 10:00:05, run A, run B; clock = 10:01:00. C stays.

Consequences:

- The history depends on the agenda only, not on how far one call moves the clock: 60 steps of a second and one of a
  minute run the same actions at the same moments.
- An action may add items, also ones due at once; they run within the same move. It cannot start a second move: a nested
  `Clock.settle` returns, and what it reads is settled up to the present item.
- A running clock has no thread of its own. Readers call `Clock.settle` before they look; a timer of the server does so
  while no request comes.
- Integers, because a float of seconds since 1970 has a resolution of 240 ns, and deadlines are compared for equality.
"""

import heapq
import itertools
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any, Protocol

from connsim.core.durations import SECOND, duration
from connsim.core.machine import Machine
from connsim.errors import Misuse

START = 1_767_603_600_123_456_789
"""The first moment of a standing clock: 2026-01-05T09:00:00.123456789Z.

The odd fraction is deliberate: agents omit a fraction that is zero, and the trailing zeros of others
(docs/protocol/prism-agent.md, 3.4), so a round start would hide dates with nine digits from the clients under test. See
docs/decisions/0003-a-clock-starts-at-an-odd-fraction.md.
"""

_LAST = 253_402_300_799 * SECOND  # 9999-12-31T23:59:59Z, the last second that `datetime` can hold

Action = Callable[[int], None]


class Rank(IntEnum):
    """The order of items that are due at the same moment."""

    RECORD = 0
    """A record changes."""
    REPLY = 1
    """A delayed reply is sent. It comes last, so that a client whose timeout falls on this moment has given up."""


class Due:
    """One item of the agenda."""

    __slots__ = ("action", "at")

    def __init__(self, at: int, action: Action) -> None:
        self.at = at
        self.action: Action | None = action

    def cancel(self) -> None:
        """Take the item off the agenda; does nothing if it has run."""
        self.action = None  # the heap drops it when it comes to the top: removing it here would cost a search


class Waiter(Protocol):
    """Decides when a clock moves while virtual time is on.

    Attributes:
        horizon: The moment at which clients that still wait get `StillPolling`.
    """

    horizon: int

    def sleep(self, by: int) -> bool:
        """Make the calling thread sleep ``by`` virtual nanoseconds.

        Returns:
            ``False``, without sleeping, if the thread is not under virtual time.
        """

    def busy(self) -> AbstractContextManager[None]:
        """Keep the clock from moving during a ``with`` block."""


_RLock: Any = type(threading.RLock())


class _WorldLock(_RLock):  # type: ignore[misc]
    """A world's lock: reentrant, and real while a frozen world makes the waits for all other locks virtual."""

    acquire = _RLock.acquire
    release = _RLock.release
    __enter__ = _RLock.__enter__
    __exit__ = _RLock.__exit__


class Clock:
    """The time of one world.

    Args:
        start: The first moment, in nanoseconds since 1970. By default `START` for a standing clock, and the present for
            a running one.
        running: Whether the clock moves with real time.

    Attributes:
        lock: The world's one lock. Code that reads or changes the world's state holds it. Reentrant, because an action
            of the agenda runs with the lock held, and calls into code that takes it.
        waiter: Decides when the clock moves while virtual time is on; otherwise ``None``.
    """

    def __init__(self, start: int | None = None, *, running: bool = False) -> None:
        self.lock: AbstractContextManager[bool] = _WorldLock()
        self.running = running
        self.start = start if start is not None else Machine.time_ns() if running else START
        self._base = self.start
        self._anchor = Machine.monotonic_ns()
        self._agenda: list[tuple[int, Rank, int, Due]] = []
        self._order = itertools.count()
        self._settling = False
        self._on_move: list[Callable[[int], None]] = []
        self._on_sooner: list[Callable[[], None]] = []
        self.waiter: Waiter | None = None

    def now(self) -> int:
        """The present moment in nanoseconds since 1970."""
        if not self.running:
            return self._base
        return self._base + Machine.monotonic_ns() - self._anchor

    def elapsed(self) -> int:
        """Nanoseconds since the clock's start."""
        return self.now() - self.start

    def datetime(self) -> datetime:
        """The present moment as an aware ``datetime``, truncated to microseconds."""
        return as_datetime(self.now())

    def at(self, due: int, action: Action, rank: Rank = Rank.RECORD) -> Due:
        """Put an item on the agenda.

        Args:
            due: When, in nanoseconds since 1970. An item in the past runs at the next `settle`.
            action: Called with ``due``. Items due at the same moment run by rank, then in order of arrival.

        Returns:
            The item, which can be cancelled.
        """
        item = Due(due, action)
        with self.lock:
            heapq.heappush(self._agenda, (due, rank, next(self._order), item))
            earliest = self._agenda[0][3] is item
        if earliest:
            for callback in tuple(self._on_sooner):
                callback()
        return item

    def next_due(self) -> int | None:
        """When the next item is due, in nanoseconds since 1970; ``None`` if the agenda is empty."""
        return self._earliest()

    def _earliest(self) -> int | None:
        with self.lock:
            while self._agenda and self._agenda[0][3].action is None:
                heapq.heappop(self._agenda)
            return self._agenda[0][0] if self._agenda else None

    def settle(self) -> int:
        """Run everything that is due by now, each item at its own moment.

        Returns:
            The present moment, in nanoseconds since 1970.
        """
        with self.lock:
            now = self.now()
            if self._agenda and self._agenda[0][0] <= now:  # every request settles, and mostly nothing is due
                self._run_until(now)
            return now

    def advance(self, by: str | timedelta) -> None:
        """Move the clock forward, running what becomes due on the way.

        Args:
            by: A duration, such as ``"24 hours"``.

        Raises:
            BadDuration: ``by`` is not a duration.
            Misuse: The clock would leave the calendar (year 9999).
        """
        self.wait_ns(duration(by))

    def wait_ns(self, by: int) -> None:
        """Wait ``by`` nanoseconds: under virtual time the calling thread sleeps, otherwise the clock is moved."""
        if self.waiter is None or not self.waiter.sleep(by):
            self.advance_ns(by)

    def busy(self) -> AbstractContextManager[None]:
        """Keep virtual time from moving while real work is done: ``with clock.busy():``."""
        return nullcontext() if self.waiter is None else self.waiter.busy()

    def advance_ns(self, by: int, last: Rank = Rank.REPLY) -> None:
        """Move the clock forward by ``by`` nanoseconds, running what becomes due on the way.

        Args:
            last: The last rank that still runs at the moment of arrival; with `Rank.RECORD`, replies due then stay
                held. A client whose deadline is that moment wakes first, as it would with a real network.

        Raises:
            Misuse: ``by`` is negative, or the clock would leave the calendar (year 9999).
        """
        with self.lock:
            target = self.now() + by
            if by < 0:
                raise Misuse(
                    f"The clock cannot go back by {-by} ns. Expected zero or more nanoseconds: time only moves forward."
                )
            if target > _LAST:
                raise Misuse(
                    "The clock cannot pass the year 9999. Expected a moment that fits a date. Advance by less."
                )
            self._run_until(target, last)
            self._move_to(target)

    def on_move(self, callback: Callable[[int], None]) -> Callable[[], None]:
        """Call ``callback(now)`` whenever the clock is moved.

        Returns:
            A function that unsubscribes.
        """
        self._on_move.append(callback)
        return lambda: self._on_move.remove(callback)

    def on_sooner(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback()`` whenever a new item becomes the first of the agenda.

        Returns:
            A function that unsubscribes.
        """
        self._on_sooner.append(callback)
        return lambda: self._on_sooner.remove(callback)

    def forget(self) -> None:
        """Drop the agenda; the present moment stays."""
        with self.lock:
            self._agenda.clear()

    def _run_until(self, target: int, last: Rank = Rank.REPLY) -> None:
        with self.lock:
            if self._settling:  # called by an action: the world is settled up to the item that runs now
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
        if missing > 0:  # a running clock may be past an item that was due; it never goes back to it
            self._base += missing
            for callback in tuple(self._on_move):
                callback(moment)


def as_datetime(ns: int) -> datetime:
    """Turn nanoseconds since 1970 into an aware ``datetime``, truncated to microseconds."""
    # In two parts: a float of seconds does not hold microseconds exactly.
    return datetime.fromtimestamp(ns // SECOND, UTC) + timedelta(microseconds=ns % SECOND // 1000)
