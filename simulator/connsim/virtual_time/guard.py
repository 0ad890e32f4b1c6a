"""The guard: a limit in real time, for waits that virtual time cannot see.

A client that blocks in a bare ``Lock.acquire`` looks like one that computes, and one that polls without a pause never
lets time advance. When the clock has not moved for `LIMIT` seconds, the guard ends the test with `GuardExpired` instead
of letting it hang.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from connsim.core.machine import Machine
from connsim.virtual_time.coordinator import Coordinator

LIMIT = 60.0
"""Seconds of real time for which the clock of a frozen world may stand still."""


class _GuardThread(threading.Thread):
    is_party = False  # though a party starts it: it must not keep the clock from jumping


class Guard:
    """Watches one frozen world at a time, from a thread that lives as long as the process."""

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
            with _failing_on_main_thread(coordinator):
                yield
        finally:
            self._watched = None

    def _run(self) -> None:
        seen: tuple[Coordinator | None, int] = (None, 0)
        since = Machine.monotonic()
        while True:
            Machine.sleep(LIMIT / 60)
            watched = self._watched
            now = (watched, watched.clock.now() if watched is not None else 0)
            if now != seen or watched is None:
                seen, since = now, Machine.monotonic()
            elif Machine.monotonic() - since > LIMIT:
                watched.expire(LIMIT)
                since = Machine.monotonic()


@contextmanager
def _failing_on_main_thread(coordinator: Coordinator) -> Iterator[None]:
    """Raise the guard's error on the main thread when the guard sends it SIGINT."""
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
