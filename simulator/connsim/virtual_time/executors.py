"""Thread pools: a job is a party while it runs; the idle threads of a pool are not."""

import concurrent.futures
import concurrent.futures.thread
import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from connsim.virtual_time.coordinator import stand_up
from connsim.virtual_time.in_place import Undo, replace_attribute
from connsim.virtual_time.real_locks import Mutex
from connsim.virtual_time.seats import FROZEN, NOBODY, Seat, party, sit

T = TypeVar("T")

_REAL_SUBMIT = concurrent.futures.ThreadPoolExecutor.submit
_REAL_SHUTDOWN = concurrent.futures.ThreadPoolExecutor.shutdown


class _Slots:
    """Counts the jobs of a pool that are running parties: at most one per thread, since a queued job cannot run."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._jobs = 0
        self._mutex = Mutex()

    def take(self) -> bool:
        """Count one more job; returns whether that makes one more running party."""
        with self._mutex:
            self._jobs += 1
            return self._jobs <= self._threads

    def give(self) -> bool:
        """Count one job less; returns whether that makes one running party less: no queued job takes its thread."""
        with self._mutex:
            self._jobs -= 1
            return self._jobs < self._threads


class _Submitting(threading.local):
    pool: _Slots


_submitting = _Submitting()


class _Job(concurrent.futures.thread._WorkItem[Any]):
    """A job of a `ThreadPoolExecutor`: a party until the callbacks of its future have run."""

    def __init__(self, future: "concurrent.futures.Future[Any]", *args: Any) -> None:
        super().__init__(future, *args)
        self._coordinator = coordinator = party()
        self._begun = False
        if coordinator is not None:
            # Popped once: the end of the job and its cancellation may race, and only one of them may count it out.
            self._seat = Seat(coordinator)
            self._count = [(_submitting.pool, self._seat)]
            if _submitting.pool.take():
                coordinator.enter()
            future.add_done_callback(self._dropped)

    def run(self, *args: Any) -> None:
        """Run the job, and the callbacks of its future, as a party."""
        coordinator = self._coordinator
        if coordinator is None:
            super().run(*args)
            return
        self._begun = True
        if coordinator.closed:  # it was queued behind a job that has outlived its world, and is counted as that one
            self._seat.coordinator = FROZEN.coordinator
        sit(self._seat)
        try:
            super().run(*args)
        finally:
            sit(NOBODY)
            self._end()

    def _dropped(self, future: "concurrent.futures.Future[Any]") -> None:
        if future.cancelled() or not self._begun:  # run() is never called
            self._end()

    def _end(self) -> None:
        with contextlib.suppress(IndexError):
            pool, taken = self._count.pop()
            if pool.give():
                stand_up(taken)


def executor_submit(self: Any, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "concurrent.futures.Future[T]":
    """``ThreadPoolExecutor.submit``: also keeps a party's unfinished jobs, for `executor_shutdown`."""
    _submitting.pool = vars(self).setdefault("_connsim_slots", _Slots(self._max_workers))
    future = _REAL_SUBMIT(self, fn, *args, **kwargs)
    if party() is not None:
        jobs = vars(self).setdefault("_connsim_jobs", set())
        jobs.add(future)
        future.add_done_callback(jobs.discard)
    return future


def executor_shutdown(self: Any, wait: bool = True, *, cancel_futures: bool = False) -> None:
    """``ThreadPoolExecutor.shutdown``: waits in virtual time for the jobs, then in real time for the idle threads."""
    _REAL_SHUTDOWN(self, wait=False, cancel_futures=cancel_futures)
    if wait:
        if party() is not None:
            while jobs := tuple(getattr(self, "_connsim_jobs", ())):  # again: a callback may have submitted more
                concurrent.futures.wait(jobs)
                vars(self)["_connsim_jobs"].difference_update(jobs)
        _REAL_SHUTDOWN(self)


_ATTRIBUTES: list[tuple[Any, str, Any]] = [
    (concurrent.futures.ThreadPoolExecutor, "submit", executor_submit),
    (concurrent.futures.ThreadPoolExecutor, "shutdown", executor_shutdown),
    (concurrent.futures.thread, "_WorkItem", _Job),
]


def put() -> Iterator[Undo]:
    """Replace them; yields what takes back each step that has been done."""
    for owner, name, by in _ATTRIBUTES:
        yield replace_attribute(owner, name, by)
