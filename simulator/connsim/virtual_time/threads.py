"""The waits of threads: replacements for functions of the standard library while a world is frozen.

In a thread that is not a party, each of them calls the original.
"""

import concurrent.futures.thread
import subprocess
import threading
from collections.abc import Iterator
from functools import wraps
from typing import Any

from connsim.core.clock import Clock
from connsim.core.machine import Machine, original
from connsim.virtual_time.clocks import ends_now
from connsim.virtual_time.coordinator import WorldOver, become_party, party
from connsim.virtual_time.in_place import Replacement, Undo, replace_attribute
from connsim.virtual_time.steps import ParkedThread
from connsim.virtual_time.waking import waking

_REAL_WAIT = threading.Condition.wait
_REAL_START = threading.Thread.start
_REAL_JOIN = threading.Thread.join


def deadline(clock: Clock, seconds: float | None) -> int | None:
    """The moment at which a wait with this time-out ends, in nanoseconds since 1970; ``None`` means never."""
    if seconds is None or seconds >= threading.TIMEOUT_MAX:
        return None
    return waking(clock, seconds) if seconds > 0 else clock.now()


def sleep(seconds: float, /) -> None:
    """``time.sleep``: blocks until the world's clock has advanced by this time."""
    coordinator = party()
    if coordinator is None or not seconds > 0:
        Machine.sleep(seconds)  # also refuses what is not a number of seconds
    if coordinator is None or ends_now(coordinator, seconds):
        return
    ParkedThread().park(coordinator, f"time.sleep({seconds:g})", waking(coordinator.clock, seconds))


def condition_wait(self: Any, timeout: float | None = None) -> bool:
    """``Condition.wait``, on which `Event.wait`, `Queue.get`, `Future.result`, semaphores and barriers rest."""
    coordinator = party()
    if coordinator is None:
        return _REAL_WAIT(self, timeout)
    if ends_now(coordinator, timeout):
        return _REAL_WAIT(self, 0)
    if not self._is_owned():
        raise RuntimeError("cannot wait on un-acquired lock")
    waiter = ParkedThread()
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


def _as_real_work(real: Any) -> Any:
    """Wrap a function that waits for a child process: virtual time stands still, and its time-out is real."""

    @wraps(real)
    def wait(self: Any, *args: Any, **kwargs: Any) -> Any:
        coordinator = party()
        become_party(None)  # for this thread, clocks and pauses are then real
        try:
            return real(self, *args, **kwargs)
        finally:
            become_party(coordinator)

    return wait


process_wait = _as_real_work(subprocess.Popen.wait)
process_communicate = _as_real_work(subprocess.Popen.communicate)


_SLEEP = Replacement(original("sleep"), sleep)
_ATTRIBUTES: list[tuple[Any, str, Any]] = [
    (threading.Condition, "wait", condition_wait),
    (threading.Thread, "start", thread_start),
    (threading.Thread, "join", thread_join),
    (subprocess.Popen, "wait", process_wait),
    (subprocess.Popen, "communicate", process_communicate),
]


def put() -> Iterator[Undo]:
    """Replace them; yields what takes back each step that has been done."""
    yield _SLEEP.put()
    for owner, name, by in _ATTRIBUTES:
        yield replace_attribute(owner, name, by)
