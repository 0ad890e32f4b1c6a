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
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from connsim.core.clock import Rank
from connsim.core.durations import DAY, SECOND, spoken
from connsim.core.machine import Machine
from connsim.errors import GuardExpired
from connsim.virtual_time.real_locks import Gate, Mutex
from connsim.virtual_time.seats import SEATED, Seat, WorldOver, become_party, party
from connsim.virtual_time.waits import (
    Freezable,
    Wait,
    at,
    deadlock,
    guard_expired,
    still_polling,
    world_over,
)
from connsim.virtual_time.where import doing

__all__ = ["Coordinator", "Freezable", "Wait", "WorldOver", "become_party", "party"]

HORIZON = 40 * DAY
"""Virtual time after which a client that still waits counts as one that never stops; see `StillPolling`."""


MUTEX = Mutex()
"""Guards all coordinators and seats: a process has one frozen world at a time, and its parties pass to the next one."""

LIMBO: "dict[Wait, None]" = {}
"""The waits that have outlived their world, until the next one takes them over."""


class Coordinator:
    """Counts the running parties of one frozen world, and moves its clock when all of them wait.

    Attributes:
        horizon: The moment, in nanoseconds since 1970, at which waits end with `StillPolling`.
        closed: Whether the world is over.
        alarm: When the main thread's wait is to be interrupted, in nanoseconds since 1970; ``None`` means never.
        on_interrupt: Called by the main thread when its wait is interrupted; may raise.
        failure: The guard's error, for its signal handler to raise on the main thread.
    """

    def __init__(self, world: Freezable) -> None:
        self.world = world
        self.clock = world.clock
        self.horizon = self.clock.now() + HORIZON
        self._running = 0
        self._waiting: dict[Wait, None] = {}
        self._holding = 0  # how many of them hold the clock
        self._still_since = 0  # on the machine's monotonic clock: since when the clock stands still for real work
        self._busy: dict[object, tuple[int, str]] = {}
        self.closed = False
        self.alarm: int | None = None
        self.on_interrupt: Callable[[], None] = lambda: None
        self.failure: GuardExpired | None = None

    def enter(self) -> None:
        """Count one more running party."""
        with MUTEX:
            self._running += 1

    def leave(self) -> None:
        """Count one running party less."""
        with MUTEX:
            self._running -= 1
            self._check()

    def sleep(self, by: int) -> bool:
        """Block the calling thread for ``by`` virtual nanoseconds, if it is a party; returns whether it is."""
        if party() is not self:
            return False
        self.park(Gate(), f"clock.advance({spoken(by)})", self.clock.now() + by)
        return True

    def park(self, gate: Gate, what: str | Callable[[], str], until: int | None) -> bool:
        """Block the calling party until a gate is opened, or until a moment; returns whether the moment came first."""
        wait = Wait(what, until, lambda: gate.opened, gate.poke)

        def block() -> None:
            while not (gate.opened or wait.is_ended):
                gate.pass_through()

        return self.wait(wait, block)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Count a block of real work as a party of its own."""
        with self.working("a block of clock.busy()"):
            self.enter()
            try:
                yield
            finally:
                self.leave()

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """Name the real work that the calling thread does, for messages."""
        key = object()
        self._busy[key] = (threading.get_ident(), what)
        try:
            yield
        finally:
            del self._busy[key]

    def wait(self, wait: Wait, block: Callable[[], object]) -> bool:
        """Block the calling party until its wait is over.

        Args:
            wait: The wait.
            block: Blocks the thread, without a time limit, until the wait is ready or ``wait.wake`` is called. It is
                called again if a signal interrupts the wait.

        Returns:
            Whether the deadline ended it.

        Raises:
            Deadlock: Nothing can end this wait or that of any other party.
            StillPolling: The horizon was reached.
            GuardExpired: A party was busy for too long with something that virtual time does not cover.
            WorldOver: The world was closed.
        """
        while True:
            try:
                with MUTEX:
                    self._begin(wait)
                if not wait.is_ended:
                    block()
            finally:  # a signal handler may raise anywhere in between
                with MUTEX:
                    _finish(wait)
            if not wait.interrupted:
                break
            wait.interrupted = False
            self.on_interrupt()
            if wait.over or wait.ready():
                break
        if wait.error is not None:
            raise wait.error
        self.raise_failure()
        return wait.over

    def raise_failure(self) -> None:
        """Raise the guard's error, if there is one, on the main thread."""
        if self.failure is not None and threading.current_thread() is threading.main_thread():
            failure, self.failure = self.failure, None
            raise failure

    def begin(self, wait: Wait) -> None:
        """Count the party of a wait as waiting. The caller holds the mutex."""
        if self._holding:
            # This wait's deadline may be the next one: one that holds the clock for that long looks again.
            next(other for other in self._waiting if other.holds).wake()
        self._add(wait)
        self._running -= 1
        self._check()

    def finish(self, wait: Wait) -> None:
        """Count the party of a wait as running again. The caller holds the mutex."""
        if wait in self._waiting:
            self._remove(wait)
            self._running += 1

    def _begin(self, wait: Wait) -> None:
        self.raise_failure()
        home = wait.seat.coordinator  # another world's, if this one has ended
        if home is not None and not home.closed:
            home.begin(wait)
        elif wait.loop is not None:
            wait.over = True
        elif wait.deadline is None:
            wait.seat.is_idle = True
            LIMBO[wait] = None
        else:
            raise world_over(wait)

    def _add(self, wait: Wait) -> None:
        if wait.holds:
            if not self._holding:
                self._still_since = Machine.monotonic_ns()
            self._holding += 1
        self._waiting[wait] = None

    def _remove(self, wait: Wait) -> None:
        self._holding -= wait.holds
        del self._waiting[wait]

    def real_time_left(self) -> float | None:
        """Return the seconds of real time after which the clock may go on to the next deadline despite real work.

        ``None`` if nothing has a deadline.
        """
        with MUTEX:
            target = self._target()
            if target is None:
                return None
            return (target - self.clock.now() - (Machine.monotonic_ns() - self._still_since)) / SECOND

    def check(self) -> None:
        """Move the clock if it may go on: a door has become idle, or real work has had its chance."""
        with MUTEX:
            self._check()

    def _check(self) -> None:
        """Advance the clock if it may jump. The caller holds the mutex."""
        try:
            self._jump()
        except Exception as error:  # raised by an item of the agenda: without it, every party would block forever
            self._end(self._concerned(), error)

    def _target(self) -> int | None:
        """The next moment at which a wait ends or something is due; ``None`` if there is none."""
        moments = [wait.deadline for wait in self._waiting if wait.deadline is not None]
        moments += [moment for moment in (self.alarm, self.clock.next_due()) if moment is not None]
        return min(moments, default=None)

    def _has_caught_up(self) -> bool:
        """Return whether as much real time has passed as until the next deadline, so that real work had its chance."""
        target = self._target()
        return target is not None and Machine.monotonic_ns() - self._still_since >= target - self.clock.now()

    def _jump(self) -> None:
        clock = self.clock
        while self._running == 0 and self._waiting and self._is_quiet():
            if self._holding:
                self._still_since = Machine.monotonic_ns()
            deadlines = [wait.deadline for wait in self._waiting if wait.deadline is not None]
            if self.alarm is not None:
                deadlines.append(self.alarm)
            due = clock.next_due()
            target = min(deadlines) if deadlines else due
            if target is None:
                if any(taken.is_survivor and taken.coordinator is None for taken in SEATED.values()):
                    return  # a worker of an earlier world, which may have just been woken; the guard ends it otherwise
                concerned = self._concerned()
                self._end(concerned, deadlock(concerned, self.world))
            elif max(target, clock.now()) > self.horizon:
                clock.advance_ns(max(0, self.horizon - clock.now()))
                concerned = self._concerned()
                self._end(concerned, still_polling(concerned, self.world))
            elif due is not None and (not deadlines or due < target):
                clock.advance_ns(max(0, due - clock.now()))
            else:  # replies that are due at this moment stay held: a time-out at the same moment comes first
                clock.advance_ns(max(0, target - clock.now()), Rank.RECORD)
                self._interrupt()
                self._end([w for w in self._waiting if w.deadline is not None and w.deadline <= clock.now()])

    def _concerned(self) -> list[Wait]:
        """The waits that end when nothing can happen: those of earlier worlds' threads go on, if there are others."""
        return [wait for wait in self._waiting if not wait.seat.is_survivor] or list(self._waiting)

    def _interrupt(self) -> None:
        if self.alarm is None or self.alarm > self.clock.now():
            return
        self.alarm = None
        main = threading.main_thread().ident
        for wait in [wait for wait in self._waiting if wait.thread == main]:
            self._remove(wait)
            self._running += 1
            wait.over = wait.deadline is not None and wait.deadline <= self.clock.now()
            wait.interrupted = True
            wait.wake()
            return
        self.on_interrupt()

    def _is_quiet(self) -> bool:
        if self._holding and not self._has_caught_up():
            return False
        if not all(door.is_idle(self.check) for door in self.world.doors):
            return False  # a door is working, and calls back when it becomes idle
        return not any(wait.ready() for wait in self._waiting)

    def _end(self, waits: list[Wait], error: BaseException | None = None) -> None:
        for wait in waits:
            self._remove(wait)
            self._running += 1
            wait.over = True
            wait.error = copy.copy(error)  # a copy each: raising one error in several threads mixes their tracebacks
            wait.wake()

    def close(self) -> None:
        """End the world for the parties that outlive it; see `connsim.virtual_time.survivors`.

        Pollers end with `WorldOver`: in the background, they would keep the process from exiting.
        """
        with MUTEX:
            self.closed = True
            for wait in tuple(self._waiting):
                goes_on = wait.loop is not None or wait.expires
                wait.seat.is_idle = goes_on or wait.deadline is None
                if goes_on:
                    self._end([wait])
                elif wait.deadline is None:
                    self._remove(wait)
                    LIMBO[wait] = None
                else:
                    self._end([wait], world_over(wait))
            for taken in tuple(SEATED.values()):
                if taken.coordinator is self:
                    taken.coordinator = None
                    taken.is_survivor = True

    def adopt(self, wait: Wait) -> None:
        """Take over a wait that began before this world. The caller holds the mutex."""
        wait.seat.coordinator = self
        self._add(wait)

    def adopt_running(self, taken: Seat) -> None:
        """Take over a party that runs. The caller holds the mutex."""
        taken.coordinator = self
        self._running += 1

    def join(self, taken: Seat) -> None:
        """Count the party of a seat as running, unless it is counted already."""
        with MUTEX:  # the beginning of the world may count it at the same time
            if taken.coordinator is None:
                self.adopt_running(taken)

    def resume(self, wait: Wait) -> None:
        """Count the party of a wait as running: something that the coordinator does not see has ended its wait."""
        if MUTEX.owner == threading.get_ident():  # an item of the agenda has ended it
            _finish(wait)
            return
        with MUTEX:
            _finish(wait)

    def expire(self, seconds: float) -> None:
        """Give up: end every party's wait, and whatever the main thread does, with `GuardExpired`."""
        with MUTEX:
            waits = list(self._waiting)
            error = guard_expired(seconds, self.running(), waits)
            self._end([wait for wait in waits if not wait.seat.is_survivor], error)
            main = threading.main_thread().ident
            if main is not None and main not in [wait.thread for wait in waits]:
                self.failure = error  # for the guard's handler: only a signal interrupts a wait in C
                signal.pthread_kill(main, signal.SIGINT)

    def running(self) -> list[str]:
        """What each running party does, in words."""
        waiting = {wait.thread for wait in tuple(self._waiting)}
        named = dict(self._busy.values())
        seated = [thread for thread, taken in tuple(SEATED.items()) if taken.coordinator is self]
        found = [*(thread for thread in seated if thread not in waiting and thread not in named), *named]
        return [at(thread, named.get(thread) or doing(thread)) for thread in found]

    def held(self) -> list[str]:
        """What keeps the clock from moving, in words: running parties, and waits for real work."""
        return [*self.running(), *(str(wait) for wait in tuple(self._waiting) if wait.holds)]


def _finish(wait: Wait) -> None:
    """Count the party of a wait as running again. The caller holds the mutex."""
    LIMBO.pop(wait, None)
    if (home := wait.seat.coordinator) is not None:
        home.finish(wait)


def stand_up(taken: Seat) -> None:
    """Count a party out at its end."""
    with MUTEX:
        home, taken.coordinator = taken.coordinator, None
    if home is not None:
        home.leave()
