"""The smallest step of the clock: for loops that wait for no time, or only read the clock, until it passes a moment.

**Problem.** With a real clock, time passes while a program runs, so a loop such as ``while now <= deadline`` ends even
if each of its waits ends at once: ``as_completed`` of `concurrent.futures`, and many a loop written by hand. In a
frozen world only waiting moves the clock, and at the deadline nothing is left to wait for.

**Solution.** Waits of no time are counted for each thread, and readings of the clock without any wait in between. After
many at one moment, the thread waits for a microsecond, like every other wait: only when all other parties wait, too.

**Consequences.** The counts are far above what a program does that is not such a loop, so that no moment of an ordinary
test shifts by a microsecond. A loop that polls without a pause, a request each time, is not helped: the guard ends it.
"""

import threading

from connsim.virtual_time.real_locks import Gate
from connsim.virtual_time.seats import Barrier
from connsim.virtual_time.waking import waking

_ZERO_WAITS = 1000
"""Waits of no time, one after the other, after which the clock moves by the smallest step."""

_READINGS = 200_000
"""Readings of the clock without a wait in between, after which it moves by the smallest step."""


class _ThisThread(threading.local):
    at = -1
    zero_waits = 0
    readings = 0


_this_thread = _ThisThread()


def zero_wait(coordinator: Barrier, *, counts: bool = True) -> None:
    """Note a wait of no time; after many of them at one moment, wait for a microsecond.

    A loop that runs ``while now <= deadline`` and waits for what is left waits for no time at its deadline. With a real
    clock, time passes nevertheless; here it would stand still forever.

    Args:
        coordinator: The party's.
        counts: Whether the wait found nothing; otherwise the count starts again.
    """
    this, now = _this_thread, coordinator.clock.now()
    this.readings = 0
    if not counts or now != this.at:
        this.at, this.zero_waits = now, 0
    this.zero_waits += 1
    if this.zero_waits > _ZERO_WAITS:
        _step(coordinator)


def reading(coordinator: Barrier) -> None:
    """Note a reading of a monotonic clock; after very many of them at one moment, wait for a microsecond.

    ``queue.Queue.get`` waits for nothing at all when no time is left.

    Args:
        coordinator: The party's.
    """
    this = _this_thread
    this.readings += 1
    if this.readings > _READINGS:
        moved, this.at = coordinator.clock.now() != this.at, coordinator.clock.now()
        this.readings = 0
        if not moved:
            _step(coordinator)


def _step(coordinator: Barrier) -> None:
    _this_thread.zero_waits = 0
    coordinator.park(Gate(), "a loop that waits for no time", waking(coordinator.clock, 1e-6))
