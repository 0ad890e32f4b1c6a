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
from connsim.virtual_time.coordinator import stand_up
from connsim.virtual_time.in_place import Replacement, Undo, replace_attribute
from connsim.virtual_time.real_locks import Gate
from connsim.virtual_time.seats import NOBODY, Seat, WorldOver, joined, party, seat, sit
from connsim.virtual_time.waking import waking

REAL_WAIT = threading.Condition.wait
_REAL_START = threading.Thread.start
_REAL_JOIN = threading.Thread.join


class _ParkedThread(Gate):
    """A thread that waits until it is released.

    It stands in for the lock that ``Condition.wait`` appends to its waiters, so it has that lock's ``release``.
    """

    __slots__ = ()

    release = Gate.open


def deadline(clock: Clock, seconds: float | None) -> int | None:
    """The moment at which a wait with this time-out ends, in nanoseconds since 1970; ``None`` means never."""
    if seconds is None or seconds >= threading.TIMEOUT_MAX:
        return None
    return waking(clock, seconds) if seconds > 0 else clock.now()


def sleep(seconds: float, /) -> None:
    """``time.sleep``: blocks until the world's clock has advanced by this time."""
    coordinator = joined(has_deadline=True)
    if coordinator is None or not seconds > 0:
        Machine.sleep(seconds)  # also refuses what is not a number of seconds
    if coordinator is None or ends_now(coordinator, seconds):
        return
    coordinator.park(Gate(), f"time.sleep({seconds:g})", waking(coordinator.clock, seconds))


def condition_wait(self: Any, timeout: float | None = None) -> bool:
    """``Condition.wait``, on which `Event.wait`, `Queue.get`, `Future.result`, semaphores and barriers rest."""
    coordinator = joined(has_deadline=timeout is not None)
    if coordinator is None:
        return REAL_WAIT(self, timeout)
    if ends_now(coordinator, timeout):
        return REAL_WAIT(self, 0)
    if not self._is_owned():
        raise RuntimeError("cannot wait on un-acquired lock")
    waiter = _ParkedThread()
    self._waiters.append(waiter)
    saved = self._release_save()
    expired = True
    try:
        expired = coordinator.park(waiter, "a condition, event, queue or future", deadline(coordinator.clock, timeout))
        return not expired
    finally:
        _restore(self, saved)
        if expired and waiter in self._waiters:
            self._waiters.remove(waiter)


def _restore(condition: Any, saved: Any) -> None:
    """Take a condition's lock back, by the method that the lock has now: the condition may be older than the world."""
    if "_acquire_restore" in vars(condition):  # that of an RLock
        condition._lock._acquire_restore(saved)
    else:
        condition._acquire_restore(saved)


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
    self._connsim_seat = taken = Seat(coordinator)
    self._connsim_done = done = threading.Event()
    run = self.run

    def run_as_party() -> None:
        sit(taken)
        try:
            run()
        except WorldOver:
            pass
        finally:
            done.set()
            sit(NOBODY)
            stand_up(taken)

    self.run = run_as_party
    coordinator.enter()
    try:
        _REAL_START(self)
    except BaseException:
        del self._connsim_seat, self._connsim_done, self.run
        coordinator.leave()
        raise


def thread_join(self: Any, timeout: float | None = None) -> None:
    """``Thread.join``: waits in virtual time for a party of the same world."""
    taken = getattr(self, "_connsim_seat", None)
    coordinator = party()
    if (
        taken is None
        or coordinator is None
        or taken.coordinator is not coordinator
        or self is threading.current_thread()
    ):
        real_join(self, timeout)
    elif self._connsim_done.wait(None if timeout is None else max(timeout, 0)):
        real_join(self)


def _as_real_work(real: Any, what: str) -> Any:
    """Wrap a function that waits for real work: virtual time stands still, and its time-out is real."""

    @wraps(real)
    def wait(self: Any, *args: Any, **kwargs: Any) -> Any:
        coordinator, taken = party(), seat()
        if coordinator is None:
            return real(self, *args, **kwargs)
        sit(NOBODY)  # for this thread, clocks and pauses are then real
        try:
            with coordinator.working(what):
                return real(self, *args, **kwargs)
        finally:
            sit(taken)

    return wait


real_join = _as_real_work(_REAL_JOIN, "the end of a thread that is no party")
process_wait = _as_real_work(subprocess.Popen.wait, "the end of a child process")
process_communicate = _as_real_work(subprocess.Popen.communicate, "the output of a child process")


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
