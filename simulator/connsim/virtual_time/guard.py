"""The guard: a limit in real time, for waits that virtual time cannot see.

A client that blocks inside of compiled code looks like one that computes, and one that polls without a pause never lets
time advance. When the clock has not moved for the guard's limit, it ends the test with `GuardExpired` instead of
letting it hang. Before that, after `PATIENCE` seconds, it says in one line what is awaited.
"""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from connsim.core.machine import Machine
from connsim.virtual_time import coordinator as coordinators
from connsim.virtual_time import real_locks
from connsim.virtual_time.coordinator import Coordinator

LIMIT = 60.0
"""Seconds of real time for which the clock of a frozen world may stand still, unless another limit is given."""

PATIENCE = 5.0
"""Seconds of real time after which the guard says what is awaited."""


class Standstill:
    """Decides what to do about a clock that stands still.

    Args:
        coordinator: That of the clock.
        limit: Seconds of real time after which it gives up; 0 means never.
        say: Called with one line of text.
    """

    def __init__(self, coordinator: Coordinator, limit: float, say: Callable[[str], object]) -> None:
        self._coordinator = coordinator
        self._limit = limit
        self._say = say
        self._moment: int | None = None
        self._since = 0.0
        self._said = False

    def look(self, now: float) -> None:
        """Look at the clock, and act if it has stood still for too long.

        Args:
            now: Seconds of real time.
        """
        moment = self._coordinator.clock.now()
        if moment != self._moment:
            self._moment, self._since, self._said = moment, now, False
        elif self._limit and now - self._since > self._limit:
            self._coordinator.expire(self._limit)
            self._since = now
        elif now - self._since > PATIENCE and not self._said and (held := self._coordinator.held()):
            self._said = True
            self._say(
                f"connsim: the clock has stood still for {now - self._since:.0f} seconds of real time, because of "
                f"{'; '.join(held)}\n"
            )


class _GuardThread(threading.Thread):
    is_party = False  # though a party starts it: it must not keep the clock from jumping


class Guard:
    """Watches one frozen world at a time, from a thread that lives as long as the process."""

    def __init__(self) -> None:
        self._interval = 1.0
        self._watched: Standstill | None = None
        self._thread: threading.Thread | None = None

    def renew(self) -> None:
        """Forget the thread, in a forked child: it does not exist there."""
        self._thread = None

    @contextmanager
    def watch(self, coordinator: Coordinator, limit: float) -> Iterator[None]:
        """Watch a world for the length of a ``with`` block.

        Args:
            coordinator: Its coordinator.
            limit: Seconds of real time for which its clock may stand still; 0 means no limit.
        """
        self._interval = min(1.0, limit / 10 or 1.0)
        if self._thread is None:
            self._thread = _GuardThread(target=self._run, name="connsim-guard", daemon=True)
            self._thread.start()
        self._watched = Standstill(coordinator, limit, _say)
        try:
            with _failing_on_main_thread(coordinator):
                yield
        finally:
            self._watched = None

    def _run(self) -> None:
        while True:
            Machine.sleep(self._interval)
            watched = self._watched
            if watched is not None:
                watched.look(Machine.monotonic())


def _is_in_a_critical_section(frame: FrameType | None) -> bool:
    """Return whether a frame is where the coordinator's mutex might stay locked if it raised."""
    while frame is not None:
        if frame.f_code.co_filename in _CRITICAL:
            return True
        frame = frame.f_back
    return False


_CRITICAL = (coordinators.__file__, real_locks.__file__)


def _say(line: str) -> None:
    if sys.__stderr__ is not None:
        sys.__stderr__.write(line)
        sys.__stderr__.flush()


@contextmanager
def _failing_on_main_thread(coordinator: Coordinator) -> Iterator[None]:
    """Raise the guard's error on the main thread when the guard sends it SIGINT."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def interrupted(number: int, frame: FrameType | None) -> None:
        if coordinator.failure is not None:
            if not _is_in_a_critical_section(frame):
                coordinator.raise_failure()
            return  # the next wait raises it
        if callable(before):
            before(number, frame)

    signal.signal(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
