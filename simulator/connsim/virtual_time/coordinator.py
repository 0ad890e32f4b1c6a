"""Lets virtual time pass when nobody has anything to do, and to no other moment than the next that matters.

A *party* is whoever runs client code: a thread, an event loop on it, a job of an executor, a ``with clock.busy():``
block. A party that waits says until when, how to see that its wait is over anyway, and how to wake it. The last one to
lie down looks around, and so does a door that comes to rest: if all doors are at rest, and nobody's wait is over, the
clock jumps to the earliest deadline of a party or item of the world's agenda. After each item they look around again,
so that everything happens at its own moment.

At one moment, records change first, then parties whose wait has ended go on, then replies that were held back are sent.
"""

import _thread
import copy
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from connsim.core.clock import Clock, Rank
from connsim.core.durations import DAY, SECOND, spoken
from connsim.errors import Deadlock, GuardExpired, StillPolling
from connsim.journal import Journal
from connsim.world.world import Door

HORIZON = 40 * DAY
"""How far a client may go on before it counts as one that never stops."""


class Freezable(Protocol):
    """A world, in this process or another, as far as virtual time knows it."""

    @property
    def clock(self) -> Clock:
        """The clock that waits move."""
        ...

    @property
    def doors(self) -> Sequence[Door]:
        """Where its clients come in."""
        ...

    @property
    def journal(self) -> Journal:
        """What has happened in it."""
        ...

    def timeline(self) -> str:
        """The same for people."""
        ...


class WorldOver(SystemExit):
    """The world in which this thread lived is over; a quiet end, where nobody catches it."""


class Wait:
    """One party's wait.

    Args:
        what: What it waits for, for messages.
        deadline: When it ends by itself, in nanoseconds; ``None`` is never.
        ready: Tells whether it is over for another reason: a byte has come, a lock was released.
        wake: Ends it, from another thread.
    """

    __slots__ = ("deadline", "error", "over", "ready", "thread", "wake", "what")

    def __init__(self, what: str, deadline: int | None, ready: Callable[[], bool], wake: Callable[[], None]) -> None:
        self.what = what
        self.thread = threading.get_ident()
        self.deadline = deadline
        self.ready = ready
        self.wake = wake
        self.over = False
        self.error: BaseException | None = None

    def __str__(self) -> str:
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        return f"{names.get(self.thread, 'a thread')}: {self.what}"


class Coordinator:
    """Counts the running parties of one frozen world."""

    def __init__(self, world: Freezable) -> None:
        self.world = world
        self.clock = world.clock
        self.horizon = self.clock.now() + HORIZON
        self._mutex = _thread.allocate_lock()  # not one of threading's: those are patched for parties
        self._running = 0
        self._waiting: dict[Wait, None] = {}
        self._closed = False
        self.failure: GuardExpired | None = None

    def enter(self) -> None:
        """One more party runs."""
        with self._mutex:
            self._running += 1

    def leave(self) -> None:
        """A party has ended."""
        with self._mutex:
            self._running -= 1
            self._look_around()

    def sleep(self, by: int) -> bool:
        """Let the calling thread sleep so many nanoseconds, if it is a party; tells whether it is."""
        if party() is not self:
            return False
        bed = _thread.allocate_lock()
        bed.acquire()
        wait = Wait(f"clock.advance({spoken(by)})", self.clock.now() + by, lambda: False, bed.release)
        self.wait(wait, bed.acquire)
        return True

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Count a block of real work as a party of its own."""
        self.enter()
        try:
            yield
        finally:
            self.leave()

    def wait(self, wait: Wait, really: Callable[[], object]) -> bool:
        """Let the calling party wait.

        Args:
            wait: What for.
            really: Waits in real time, until the wait is over or it was woken.

        Returns:
            Whether the deadline ended it.

        Raises:
            Deadlock: Nothing can ever end it, nor any other party's.
            StillPolling: The horizon was reached.
            GuardExpired: Another party was busy with something that virtual time does not cover for too long.
        """
        try:
            with self._mutex:
                if self._closed:
                    raise WorldOver
                self._waiting[wait] = None
                self._running -= 1
                self._look_around()
            if not wait.over:
                really()
        finally:  # a signal's handler may raise anywhere in between
            with self._mutex:
                if wait in self._waiting:
                    del self._waiting[wait]
                    self._running += 1
        if wait.error is not None:
            raise wait.error
        return wait.over

    def _look_around(self) -> None:
        """Jump, if nobody runs and nothing is on its way. Holds the mutex."""
        try:
            self._jump()
        except Exception as error:  # the simulator's own, from an item of the agenda: those who wait must know
            self._end(list(self._waiting), error)

    def _jump(self) -> None:
        clock = self.clock
        while self._running == 0 and self._waiting and self._quiet():
            deadlines = [wait.deadline for wait in self._waiting if wait.deadline is not None]
            due = clock.next_due()
            target = min(deadlines) if deadlines else due
            if target is None:
                self._end(list(self._waiting), self._deadlock())
            elif max(target, clock.now()) > self.horizon:
                clock.advance_ns(max(0, self.horizon - clock.now()))
                self._end(list(self._waiting), self._still_polling())
            elif due is not None and (not deadlines or due < target):
                clock.advance_ns(max(0, due - clock.now()))
            else:
                clock.advance_ns(max(0, target - clock.now()), Rank.RECORD)
                self._end([w for w in self._waiting if w.deadline is not None and w.deadline <= clock.now()])

    def _quiet(self) -> bool:
        if not all(door.is_idle(self._look_again) for door in self.world.doors):
            return False  # a door is at work, and will call when it has done
        return not any(wait.ready() for wait in self._waiting)

    def _look_again(self) -> None:
        with self._mutex:
            self._look_around()

    def _end(self, waits: list[Wait], error: BaseException | None = None) -> None:
        for wait in waits:
            del self._waiting[wait]
            self._running += 1
            wait.over = True
            wait.error = copy.copy(error)  # each its own: raising one in several threads mixes their tracebacks
            wait.wake()

    def close(self) -> None:
        """End the world for parties that outlive it: their waits end with `WorldOver`, as do those that they begin.

        Without that, a poller left in the background would keep the process from ending.
        """
        with self._mutex:
            self._closed = True
            self._end(list(self._waiting), WorldOver())

    def expire(self, seconds: float) -> None:
        """Give up: end every party's wait, and whatever the main thread does, with `GuardExpired`."""
        with self._mutex:
            waits = list(self._waiting)
            told = "".join(f"\n  {wait}" for wait in waits) or " nobody"
            error = GuardExpired(
                f"The clock has not moved for {seconds:g} seconds of real time: {self._running} parties are busy with "
                f"something that virtual time does not cover. Waiting for them:{told}\n"
                f"Expected all waiting to be virtual. Look for a bare Lock.acquire, a SimpleQueue, another process, a "
                f"socket to a stranger, work that takes so long, or a client that polls without a pause."
            )
            self._end(waits, error)
            main = threading.main_thread().ident
            if main is not None and main not in [wait.thread for wait in waits]:
                self.failure = error  # raised by the guard's handler: only a real signal ends a wait in C
                signal.pthread_kill(main, signal.SIGINT)

    def _deadlock(self) -> Deadlock:
        waits = "\n".join(f"  {wait}" for wait in self._waiting)
        return Deadlock(
            f"Everybody waits, nothing is due, and nothing is on its way:\n{waits}\n"
            f"Expected a reply, a deadline or an event. What happened so far:\n{self.world.timeline()}"
        )

    def _still_polling(self) -> StillPolling:
        polls = [e for e in self.world.journal.entries() if getattr(e, "method", "") == "GET"]
        last = f" The last of {len(polls)} polls showed {getattr(polls[-1], 'state', None)}." if polls else ""
        waits = "; ".join(str(wait) for wait in self._waiting)
        return StillPolling(
            f"A client still waits {spoken(self.clock.elapsed() // SECOND * SECOND)} after the world began: {waits}."
            f"{last} Expected it to give up before. Give it an expiry, or expect it with 'is still asking after'."
        )


class _Here(threading.local):
    coordinator: Coordinator | None = None


_here = _Here()


def party() -> Coordinator | None:
    """The coordinator of the calling thread, if it is a party."""
    return _here.coordinator


def become_party(coordinator: Coordinator | None) -> None:
    """Make the calling thread a party, or no longer one. Does not count it."""
    _here.coordinator = coordinator
