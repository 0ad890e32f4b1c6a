"""The waits of threads: replacements for functions of the standard library while a world is frozen.

In a thread that is not a party, each of them calls the original.
"""

import _thread
import concurrent.futures.thread
import contextlib
import queue
import subprocess
import threading
import time
from typing import Any

from connsim.core.clock import Clock
from connsim.core.durations import SECOND
from connsim.virtual_time.coordinator import Coordinator, Wait, WorldOver, become_party, party
from connsim.virtual_time.waking import waking

REAL_SLEEP = time.sleep
_REAL_WAIT = threading.Condition.wait
_REAL_START = threading.Thread.start
_REAL_JOIN = threading.Thread.join
_REAL_PROCESS_WAIT = subprocess.Popen._wait  # type: ignore[attr-defined]
_REAL_TIME = threading._time  # type: ignore[attr-defined]


class _ParkedThread:
    """A thread that blocks on a lock until it is released.

    It stands in for the lock that ``Condition.wait`` appends to its waiters, so it has that lock's ``release``. It also
    remembers that it was released: a plain lock looks untouched again as soon as the woken thread has acquired it.
    """

    __slots__ = ("lock", "released")

    def __init__(self) -> None:
        self.lock = _thread.allocate_lock()
        self.lock.acquire()
        self.released = False

    def release(self) -> None:
        """Wake the thread."""
        self.released = True
        with contextlib.suppress(RuntimeError):  # released already: the clock and a notifier may both wake it
            self.lock.release()

    def park(self, coordinator: Coordinator, what: str, until: int | None) -> bool:
        """Block until released, or until a moment; returns whether the moment came first."""
        wait = Wait(what, until, lambda: self.released, self.release)
        return coordinator.wait(wait, self.lock.acquire)


def deadline(clock: Clock, seconds: float | None) -> int | None:
    """The moment at which a wait with this time-out ends, in nanoseconds since 1970; ``None`` means never."""
    if seconds is None or seconds >= threading.TIMEOUT_MAX:
        return None
    return waking(clock, seconds) if seconds > 0 else clock.now()


def sleep(seconds: float, /) -> None:
    """``time.sleep``: blocks until the world's clock has advanced by this time."""
    coordinator = party()
    if coordinator is None or not seconds > 0:
        REAL_SLEEP(seconds)
        return
    _ParkedThread().park(coordinator, f"time.sleep({seconds:g})", waking(coordinator.clock, seconds))


def condition_wait(self: Any, timeout: float | None = None) -> bool:
    """``Condition.wait``, on which `Event.wait`, `Queue.get`, `Future.result`, semaphores and barriers rest."""
    coordinator = party()
    if coordinator is None or (timeout is not None and timeout <= 0):
        return _REAL_WAIT(self, timeout)
    if not self._is_owned():
        raise RuntimeError("cannot wait on un-acquired lock")
    waiter = _ParkedThread()
    self._waiters.append(waiter)
    saved = self._release_save()
    expired = True
    try:
        expired = waiter.park(coordinator, "a condition, event, queue or future", deadline(coordinator.clock, timeout))
        return not expired
    finally:
        self._acquire_restore(saved)
        if expired and waiter in self._waiters:
            self._waiters.remove(waiter)


def thread_start(self: Any) -> None:
    """``Thread.start``: a thread that a party starts is a party, from before its first instruction until its end."""
    coordinator = party()
    worker = getattr(self, "_target", None) is concurrent.futures.thread._worker
    if coordinator is None or hasattr(self, "_connsim_done"):  # the original refuses to start a thread twice
        _REAL_START(self)
        return
    if worker or not getattr(self, "is_party", True):
        with coordinator.busy():  # the original waits for the new thread's "started" event, which is set in real time
            _REAL_START(self)
        return
    self._connsim_home = coordinator
    self._connsim_done = done = threading.Event()
    run = self.run

    def run_as_party() -> None:
        become_party(coordinator)
        try:
            run()
        except WorldOver:
            pass
        finally:
            done.set()
            become_party(None)
            coordinator.leave()

    self.run = run_as_party
    coordinator.enter()
    try:
        _REAL_START(self)
    except BaseException:
        del self._connsim_home, self._connsim_done, self.run
        coordinator.leave()
        raise


def thread_join(self: Any, timeout: float | None = None) -> None:
    """``Thread.join``: waits in virtual time for a party of the same world."""
    home = getattr(self, "_connsim_home", None)
    if home is None or home is not party() or self is threading.current_thread():
        _REAL_JOIN(self, timeout)
    elif self._connsim_done.wait(None if timeout is None else max(timeout, 0)):
        _REAL_JOIN(self)


def process_wait(self: Any, timeout: float | None) -> int:
    """``Popen.wait``: a child process does real work, so virtual time stands still, and the pauses are real."""
    coordinator = party()
    become_party(None)
    try:
        return _REAL_PROCESS_WAIT(self, timeout)  # type: ignore[no-any-return]
    finally:
        become_party(coordinator)


def monotonic() -> float:
    """The clock by which `queue` and `threading` compute what is left of a time-out."""
    coordinator = party()
    return _REAL_TIME() if coordinator is None else coordinator.clock.elapsed() / SECOND


ATTRIBUTES: list[tuple[Any, str, Any]] = [
    (threading.Condition, "wait", condition_wait),
    (threading.Thread, "start", thread_start),
    (threading.Thread, "join", thread_join),
    (subprocess.Popen, "_wait", process_wait),
    # freezegun ignores these two modules
    (threading, "_time", monotonic),
    (queue, "time", monotonic),
]
"""The attributes that are replaced while a world is frozen: owner, name, replacement."""
