"""Moves the clock of a frozen world to the next moment at which anything happens, once every party waits.

A party that waits registers its deadline, a test whether its wait is over for another reason, and a way to wake it; see
`connsim.virtual_time` for what a party is. The last party to block checks whether time may advance; so does a door that
becomes idle. If all doors are idle and no wait is over, the clock jumps to the earliest deadline of a party or item of
the world's agenda. The check is repeated after each item, so that each happens at its own moment.

At one moment, records change first, then parties whose wait has ended continue, then replies that were held back are
sent.
"""

import copy
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from connsim.core.clock import Clock, Rank
from connsim.core.durations import DAY, SECOND, spoken
from connsim.core.machine import Machine
from connsim.errors import Deadlock, GuardExpired, StillPolling
from connsim.journal import Journal
from connsim.virtual_time.real_locks import Gate, Mutex
from connsim.world.world import Door

HORIZON = 40 * DAY
"""Virtual time after which a client that still waits counts as one that never stops; see `StillPolling`."""


class Freezable(Protocol):
    """A world, in this process or another: the part of it that virtual time needs."""

    @property
    def clock(self) -> Clock:
        """The clock that is moved by waits."""
        ...

    @property
    def doors(self) -> Sequence[Door]:
        """Its connections to real clients; the clock does not jump while one of them has work to do."""
        ...

    @property
    def journal(self) -> Journal:
        """Its journal."""
        ...

    def timeline(self) -> str:
        """The journal as text, for error messages."""
        ...


class WorldOver(SystemExit):
    """Ends a thread whose world has been closed.

    A `SystemExit`, because `threading` ends a thread with one silently.
    """


class Wait:
    """One party's wait.

    Args:
        what: What it waits for, for messages.
        deadline: When it ends by itself, in nanoseconds since 1970; ``None`` means never.
        ready: Returns whether it is over for another reason: bytes have arrived, a lock was released.
        wake: Unblocks the party; called from another thread.

    Attributes:
        holds: Whether the wait may end by real work, so that the clock does not jump meanwhile.
        over: Whether the coordinator has ended it.
        error: What the party raises instead of continuing.
    """

    __slots__ = ("deadline", "error", "holds", "over", "ready", "thread", "wake", "what")

    def __init__(self, what: str, deadline: int | None, ready: Callable[[], bool], wake: Callable[[], None]) -> None:
        self.what = what
        self.thread = threading.get_ident()
        self.deadline = deadline
        self.ready = ready
        self.wake = wake
        self.holds = False
        self.over = False
        self.error: BaseException | None = None

    def __str__(self) -> str:
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        return f"{names.get(self.thread, 'a thread')}: {self.what}"


class Coordinator:
    """Counts the running parties of one frozen world, and moves its clock when all of them wait.

    Attributes:
        horizon: The moment, in nanoseconds since 1970, at which waits end with `StillPolling`.
        failure: The guard's error, for its signal handler to raise on the main thread.
    """

    def __init__(self, world: Freezable) -> None:
        self.world = world
        self.clock = world.clock
        self.horizon = self.clock.now() + HORIZON
        self._mutex = Mutex()
        self._running = 0
        self._waiting: dict[Wait, None] = {}
        self._holding = 0  # how many of them hold the clock
        self._closed = False
        self._still_since = 0  # on the machine's monotonic clock: since when the clock stands still for real work
        self.failure: GuardExpired | None = None

    def enter(self) -> None:
        """Count one more running party."""
        with self._mutex:
            self._running += 1

    def leave(self) -> None:
        """Count one running party less."""
        with self._mutex:
            self._running -= 1
            self._check()

    def sleep(self, by: int) -> bool:
        """Block the calling thread for ``by`` virtual nanoseconds, if it is a party; returns whether it is."""
        if party() is not self:
            return False
        parked = Gate()
        wait = Wait(f"clock.advance({spoken(by)})", self.clock.now() + by, lambda: False, parked.open)
        self.wait(wait, parked.pass_through)
        return True

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Count a block of real work as a party of its own."""
        self.enter()
        try:
            yield
        finally:
            self.leave()

    def wait(self, wait: Wait, block: Callable[[], object]) -> bool:
        """Block the calling party until its wait is over.

        Args:
            wait: The wait.
            block: Blocks the thread, without a time limit, until the wait is ready or ``wait.wake`` is called.

        Returns:
            Whether the deadline ended it.

        Raises:
            Deadlock: Nothing can end this wait or that of any other party.
            StillPolling: The horizon was reached.
            GuardExpired: A party was busy for too long with something that virtual time does not cover.
            WorldOver: The world was closed.
        """
        try:
            with self._mutex:
                if self._closed:
                    raise WorldOver
                if self._holding:
                    # This wait's deadline may be the next one: one that holds the clock for that long looks again.
                    next(other for other in self._waiting if other.holds).wake()
                self._add(wait)
                self._check()
            if not wait.over:
                block()
        finally:  # a signal handler may raise anywhere in between
            with self._mutex:
                if wait in self._waiting:
                    self._remove(wait)
        if wait.error is not None:
            raise wait.error
        return wait.over

    def _add(self, wait: Wait) -> None:
        if wait.holds:
            if not self._holding:
                self._still_since = Machine.monotonic_ns()
            self._holding += 1
        self._waiting[wait] = None
        self._running -= 1

    def _remove(self, wait: Wait) -> None:
        self._holding -= wait.holds
        del self._waiting[wait]
        self._running += 1

    def real_time_left(self) -> float | None:
        """Return the seconds of real time after which the clock may go on to the next deadline despite real work.

        ``None`` if nothing has a deadline.
        """
        with self._mutex:
            target = self._target()
            if target is None:
                return None
            return (target - self.clock.now() - (Machine.monotonic_ns() - self._still_since)) / SECOND

    def check(self) -> None:
        """Move the clock if it may go on. For waits that hold it, when the time that was left is over."""
        with self._mutex:
            self._check()

    def _check(self) -> None:
        """Advance the clock if it may jump. The caller holds the mutex."""
        try:
            self._jump()
        except Exception as error:  # raised by an item of the agenda: without it, every party would block forever
            self._end(list(self._waiting), error)

    def _target(self) -> int | None:
        """The next moment at which a wait ends or something is due; ``None`` if there is none."""
        moments = [wait.deadline for wait in self._waiting if wait.deadline is not None]
        if (due := self.clock.next_due()) is not None:
            moments.append(due)
        return min(moments, default=None)

    def _jump(self) -> None:
        clock = self.clock
        while self._running == 0 and self._waiting and self._is_quiet():
            if self._holding:
                self._still_since = Machine.monotonic_ns()
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
            else:  # replies that are due at this moment stay held: a time-out at the same moment comes first
                clock.advance_ns(max(0, target - clock.now()), Rank.RECORD)
                self._end([w for w in self._waiting if w.deadline is not None and w.deadline <= clock.now()])

    def _is_quiet(self) -> bool:
        if self._holding and not self._has_caught_up():
            return False
        if not all(door.is_idle(self.check) for door in self.world.doors):
            return False  # a door is working, and calls back when it becomes idle
        return not any(wait.ready() for wait in self._waiting)

    def _has_caught_up(self) -> bool:
        """Return whether as much real time has passed as until the next deadline, so that real work had its chance."""
        target = self._target()
        return target is not None and Machine.monotonic_ns() - self._still_since >= target - self.clock.now()

    def _end(self, waits: list[Wait], error: BaseException | None = None) -> None:
        for wait in waits:
            self._remove(wait)
            wait.over = True
            wait.error = copy.copy(error)  # a copy each: raising one error in several threads mixes their tracebacks
            wait.wake()

    def close(self) -> None:
        """End the waits of parties that outlive the world with `WorldOver`, and those that they begin afterwards.

        Otherwise a poller in a background thread would keep the process from exiting.
        """
        with self._mutex:
            self._closed = True
            self._end(list(self._waiting), WorldOver())

    def expire(self, seconds: float) -> None:
        """Give up: end every party's wait, and whatever the main thread does, with `GuardExpired`."""
        with self._mutex:
            waits = list(self._waiting)
            waiting = "".join(f"\n  {wait}" for wait in waits) or " none"
            busy = "1 party is" if self._running == 1 else f"{self._running} parties are"
            error = GuardExpired(
                f"The clock has not moved for {seconds:g} seconds of real time: {busy} busy with something that "
                f"virtual time does not cover. Parties that wait:{waiting}\n"
                f"Expected every wait to be virtual. Look for a bare Lock.acquire, a SimpleQueue, another process, a "
                f"socket whose peer is outside virtual time, a long computation, or a client that polls without a "
                f"pause."
            )
            self._end(waits, error)
            main = threading.main_thread().ident
            if main is not None and main not in [wait.thread for wait in waits]:
                self.failure = error  # for the guard's handler: only a signal interrupts a wait in C
                signal.pthread_kill(main, signal.SIGINT)

    def _deadlock(self) -> Deadlock:
        waits = "\n".join(f"  {wait}" for wait in self._waiting)
        return Deadlock(
            f"Every party waits, nothing is due, and nothing is on its way:\n{waits}\n"
            f"Expected a reply, a deadline or an event. What happened so far:\n{self.world.timeline()}"
        )

    def _still_polling(self) -> StillPolling:
        polls = [e for e in self.world.journal.entries() if getattr(e, "method", "") == "GET"]
        last = f" The last of {len(polls)} polls showed {getattr(polls[-1], 'state', None)}." if polls else ""
        waits = "; ".join(str(wait) for wait in self._waiting)
        return StillPolling(
            f"A client still waits {spoken(self.clock.elapsed() // SECOND * SECOND)} after the world began: {waits}."
            f"{last} Expected it to give up by then. Give it an expiry, or expect it with 'is still asking after'."
        )


class _ThisThread(threading.local):
    coordinator: Coordinator | None = None


_this_thread = _ThisThread()


def party() -> Coordinator | None:
    """The coordinator of the calling thread; ``None`` if the thread is not a party."""
    return _this_thread.coordinator


def become_party(coordinator: Coordinator | None) -> None:
    """Make the calling thread a party of a coordinator, or with ``None`` no party. Does not count it."""
    _this_thread.coordinator = coordinator
