"""The waits of threads: what stands in for the standard library's while a world is frozen.

For threads that are no parties, each function does what it always did.
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


class _Bed:
    """What a thread sleeps on: a lock that remembers that it was released."""

    __slots__ = ("lock", "up")

    def __init__(self) -> None:
        self.lock = _thread.allocate_lock()
        self.lock.acquire()
        self.up = False

    def release(self) -> None:
        """Wake the sleeper. A plain lock would look untouched again as soon as the sleeper has taken it."""
        self.up = True
        with contextlib.suppress(RuntimeError):  # somebody was faster; both may wake it: the clock and who notifies
            self.lock.release()

    def rest(self, here: Coordinator, what: str, until: int | None) -> bool:
        """Sleep until released, or until a moment; tells whether the moment came first."""
        wait = Wait(what, until, lambda: self.up, self.release)
        return here.wait(wait, self.lock.acquire)


def deadline(clock: Clock, seconds: float | None) -> int | None:
    """When a wait of so many seconds ends; ``None`` is for ever."""
    if seconds is None or seconds >= threading.TIMEOUT_MAX:
        return None
    return waking(clock, seconds) if seconds > 0 else clock.now()


def sleep(seconds: float, /) -> None:
    """``time.sleep``: lie down until the world's clock says so."""
    here = party()
    if here is None or not seconds > 0:
        REAL_SLEEP(seconds)
        return
    _Bed().rest(here, f"time.sleep({seconds:g})", waking(here.clock, seconds))


def condition_wait(self: Any, timeout: float | None = None) -> bool:
    """``Condition.wait``, and with it `Event.wait`, `Queue.get`, `Future.result` and their kin."""
    here = party()
    if here is None or (timeout is not None and timeout <= 0):
        return _REAL_WAIT(self, timeout)
    if not self._is_owned():
        raise RuntimeError("cannot wait on un-acquired lock")
    waiter = _Bed()
    self._waiters.append(waiter)
    saved = self._release_save()
    expired = True
    try:
        expired = waiter.rest(here, "a condition, event, queue or future", deadline(here.clock, timeout))
        return not expired
    finally:
        self._acquire_restore(saved)
        if expired and waiter in self._waiters:
            self._waiters.remove(waiter)


def thread_start(self: Any) -> None:
    """``Thread.start``: the child of a party is a party, from before its first step until after its last."""
    here = party()
    worker = getattr(self, "_target", None) is concurrent.futures.thread._worker
    if here is None or hasattr(self, "_connsim_done"):  # one that was started will refuse
        _REAL_START(self)
        return
    if worker or not getattr(self, "is_party", True):
        with here.busy():  # it will say that it has started, though it is none of those who count
            _REAL_START(self)
        return
    self._connsim_done = done = threading.Event()
    run = self.run

    def run_as_party() -> None:
        become_party(here)
        try:
            run()
        except WorldOver:
            pass
        finally:
            done.set()
            become_party(None)
            here.leave()

    self.run = run_as_party
    here.enter()
    try:
        _REAL_START(self)
    except BaseException:
        del self._connsim_done, self.run
        here.leave()
        raise


def thread_join(self: Any, timeout: float | None = None) -> None:
    """``Thread.join``: joining a party is a virtual wait."""
    done = getattr(self, "_connsim_done", None)
    if party() is None or done is None or self is threading.current_thread():
        _REAL_JOIN(self, timeout)
    elif done.wait(None if timeout is None else max(timeout, 0)):
        _REAL_JOIN(self)


def process_wait(self: Any, timeout: float | None) -> int:
    """``Popen.wait``: a child process is real work, so time stands still meanwhile, and the pauses are real."""
    here = party()
    become_party(None)
    try:
        return _REAL_PROCESS_WAIT(self, timeout)  # type: ignore[no-any-return]
    finally:
        become_party(here)


def monotonic() -> float:
    """The clock by which `queue` and `threading` reckon what is left of a time-out."""
    here = party()
    return _REAL_TIME() if here is None else here.clock.elapsed() / SECOND


ATTRIBUTES: list[tuple[Any, str, Any]] = [
    (threading.Condition, "wait", condition_wait),
    (threading.Thread, "start", thread_start),
    (threading.Thread, "join", thread_join),
    (subprocess.Popen, "_wait", process_wait),
    # freezegun leaves these two modules alone
    (threading, "_time", monotonic),
    (queue, "time", monotonic),
]
"""What is replaced while a world is frozen: owner, name, replacement."""
