"""The guard: a limit in real time, for what virtual time can not see.

A client that sits in a bare ``Lock.acquire`` looks like one that works, and one that polls without a pause lets no time
pass. When the clock has not moved for a while, the guard says so, instead of letting the test hang.
"""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from connsim.virtual_time.coordinator import Coordinator

LIMIT = 60.0
"""Real seconds in which the clock may stand still while a world is frozen."""

# In a tuple, because freezegun replaces what a module holds.
_CLOCKS = (time.monotonic, time.sleep)


class _GuardThread(threading.Thread):
    is_party = False  # it watches parties and is none, though one of them starts it


class Guard:
    """Watches one frozen world at a time, from a thread of its own that lives as long as the process."""

    def __init__(self) -> None:
        self._watched: Coordinator | None = None
        self._thread: threading.Thread | None = None

    @contextmanager
    def watch(self, coordinator: Coordinator) -> Iterator[None]:
        """Watch a world for the length of a ``with`` block."""
        if self._thread is None:
            self._thread = _GuardThread(target=self._run, name="connsim-guard", daemon=True)
            self._thread.start()
        self._watched = coordinator
        try:
            with _told_on_the_main_thread(coordinator):
                yield
        finally:
            self._watched = None

    def _run(self) -> None:
        monotonic, sleep = _CLOCKS
        seen: tuple[Coordinator | None, int] = (None, 0)
        since = monotonic()
        while True:
            sleep(LIMIT / 60)
            watched = self._watched
            now = (watched, watched.clock.now() if watched is not None else 0)
            if now != seen or watched is None:
                seen, since = now, monotonic()
            elif monotonic() - since > LIMIT:
                watched.expire(LIMIT)
                since = monotonic()


@contextmanager
def _told_on_the_main_thread(coordinator: Coordinator) -> Iterator[None]:
    """Let the guard's interruption of the main thread raise the guard's own error there."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def interrupted(number: int, frame: FrameType | None) -> None:
        failure, coordinator.failure = coordinator.failure, None
        if failure is not None:
            raise failure
        if callable(before):
            before(number, frame)

    signal.signal(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
