"""Threads that outlive their world: a library's worker, or its event loop, that the first test has started.

**Problem.** A library starts a background thread once and keeps using it: in the first test's world, in the next
one's, and in tests between them that have none. The thread is client code, so it is a party of each world.

**Solution.** What becomes of a thread at the end of its world depends on what it waits for:

- A wait *without a time limit*, such as ``queue.get()``, goes on. Between two worlds it is kept in `LIMBO`; the next
  world's coordinator takes it over.
- An *event loop* wakes, and runs in real time until the next world begins. Then it is woken again, and that world's
  clock does not move before the loop has come to its own wait. Its timers are moved by the difference of the two
  clocks, so that each is due after the time that was left. The same is done for loops of the main thread, which do not
  run at that moment.
- A wait for a *lock* with a time limit ends as if the limit had passed: idle threads of pools wait so for a job.
- A *pause*, or another wait with a time limit, ends with `WorldOver`: it would keep a poller alive that the test has
  forgotten.
- A thread that is busy is decided upon at its next wait.

A thread that went on in real time between two worlds, and now blocks in ``Condition.wait`` itself, is found by its
frames: the release of that wait's lock counts the thread as running.

**Consequences.** Survivors do not get the error of a deadlock, so that one failed test does not end a worker of all
tests. When the process ends, those that still wait are ended, so that it can exit. A thread that blocks in C between
two worlds, in ``SimpleQueue.get`` or a socket, takes part again from its next wait on.
"""

import asyncio
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from weakref import WeakSet

from connsim.core.durations import SECOND
from connsim.virtual_time import clocks, locks
from connsim.virtual_time.coordinator import LIMBO, MUTEX, Coordinator
from connsim.virtual_time.seats import SEATED, Barrier, Seat, WorldOver
from connsim.virtual_time.threads import REAL_WAIT
from connsim.virtual_time.waits import Wait

LOOPS: "WeakSet[asyncio.AbstractEventLoop]" = WeakSet()
"""The loops that parties have run."""


class _RealWait:
    """A thread that blocks in the real ``Condition.wait``: what its waiter's lock tells when it is released."""

    def __init__(self, thread: int, seat: Seat, waiter: Any) -> None:
        self._waiter = waiter
        self.wait = Wait("a condition, event, queue or future", None, lambda: not waiter.locked(), lambda: None)
        self.wait.thread, self.wait.seat = thread, seat
        locks.listen(waiter, self)

    def poke(self) -> None:
        """Count the thread as running."""
        self.forget()
        home = self.wait.seat.coordinator
        if home is not None:
            home.resume(self.wait)

    def forget(self) -> None:
        """Stop listening to the lock."""
        locks.forget(self._waiter, self)


_real_waits: list[_RealWait] = []


def leave(ahead: int) -> None:
    """Prepare loops for real time, before their world ends.

    Args:
        ahead: By how many nanoseconds the world's monotonic clock is ahead of the machine's.
    """
    _shift(LOOPS, -ahead)


def enter(coordinator: Coordinator, ahead: int) -> None:
    """Make the survivors of earlier worlds parties of a world, before its clock first moves.

    Args:
        ahead: By how many nanoseconds the world's monotonic clock is ahead of the machine's.
    """
    running = []
    with MUTEX:
        for real in _real_waits:
            real.forget()
            LIMBO.pop(real.wait, None)
        _real_waits.clear()
        _shift(LOOPS, ahead)
        for wait in tuple(LIMBO):
            del LIMBO[wait]
            coordinator.adopt(wait)
        for thread, seat in tuple(SEATED.items()):
            if not seat.is_survivor or seat.coordinator is not None:
                continue
            loop = seat.loop
            if loop is not None and getattr(loop, "_thread_id", None) == thread:
                coordinator.adopt_running(seat)
                running.append(loop)
            elif (waiter := _waiter_of(thread)) is not None:
                _real_waits.append(real := _RealWait(thread, seat, waiter))
                coordinator.adopt(real.wait)
    for loop in running:
        with suppress(RuntimeError):  # closed just now; its thread counts itself out
            loop.call_soon_threadsafe(_nothing)


def seat_for(loop: asyncio.AbstractEventLoop, thread: int, coordinator: Barrier) -> Seat:
    """Make a running loop from before the world a party; its thread is to `sit` on the seat that is returned."""
    joining = Seat(None)
    joining.loop, joining.is_survivor = loop, True
    with MUTEX:
        SEATED[thread] = joining
        _shift([loop], clocks.ahead_ns())
        LOOPS.add(loop)
        coordinator.adopt_running(joining)
    return joining


def _nothing() -> None:
    """Make a loop come to its next wait."""


def _waiter_of(thread: int) -> Any:
    """The lock at which a thread blocks in the real ``Condition.wait``, without a time limit; ``None`` otherwise."""
    frame = sys._current_frames().get(thread)
    if frame is None or frame.f_code is not REAL_WAIT.__code__ or frame.f_locals.get("timeout") is not None:
        return None
    waiter = frame.f_locals.get("waiter")
    return waiter if waiter is not None and waiter.locked() else None


def _shift(loops: Iterable[asyncio.AbstractEventLoop], by: int) -> None:
    """Move all timers of loops; asyncio has no function for it."""
    for loop in tuple(loops):
        for timer in tuple(getattr(loop, "_scheduled", ())):
            timer._when += by / SECOND


def _end() -> None:
    """End the survivors when the interpreter exits, which waits for all threads that are no daemons."""
    with MUTEX:
        for wait in tuple(LIMBO):
            if not _is_daemon(wait.thread):
                del LIMBO[wait]
                wait.over, wait.error = True, WorldOver("The interpreter exits.")
                wait.wake()
    for thread, seat in tuple(SEATED.items()):
        if not seat.is_survivor or seat.loop is None or _is_daemon(thread):
            continue
        if getattr(seat.loop, "_thread_id", None) == thread:
            with suppress(RuntimeError):
                seat.loop.call_soon_threadsafe(_exit)


def _is_daemon(thread: int) -> bool:
    found = threading._active.get(thread)  # type: ignore[attr-defined]  # enumerate() takes a lock
    return found is None or found.daemon


def _exit() -> None:
    raise SystemExit  # the one that `threading` takes as a silent end of a thread; a subclass it would print


threading._register_atexit(_end)  # type: ignore[attr-defined]  # `atexit` runs after the threads have been waited for
