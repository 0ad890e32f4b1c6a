"""The jobs of thread pools: each is a party while it runs, and its idle thread is none."""

import _thread
import concurrent.futures
import concurrent.futures.thread
import contextlib
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from connsim.virtual_time.coordinator import become_party, party

T = TypeVar("T")

_REAL_SUBMIT = concurrent.futures.ThreadPoolExecutor.submit
_REAL_SHUTDOWN = concurrent.futures.ThreadPoolExecutor.shutdown


class _Slots:
    """How many jobs of a pool are parties: no more than it has threads, since those in its queue can not run."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._jobs = 0
        self._mutex = _thread.allocate_lock()

    def take(self) -> bool:
        """One more job; tells whether that makes one more party."""
        with self._mutex:
            self._jobs += 1
            return self._jobs <= self._threads

    def give(self) -> bool:
        """A job has ended; tells whether no other takes its place."""
        with self._mutex:
            self._jobs -= 1
            return self._jobs < self._threads


class _Submitting(threading.local):
    pool: _Slots


_submitting = _Submitting()


class _Job(concurrent.futures.thread._WorkItem[Any]):
    """A job of a `ThreadPoolExecutor`: a party until its result has been handed to everybody who asked for it."""

    def __init__(self, future: "concurrent.futures.Future[Any]", *args: Any) -> None:
        super().__init__(future, *args)
        self._here = here = party()
        self._begun = False
        if here is not None:
            self._left = [(_submitting.pool, here)]  # popped by whoever is first
            if _submitting.pool.take():
                here.enter()
            future.add_done_callback(self._dropped)

    def run(self, *args: Any) -> None:
        """Run the job, and the callbacks of its future, as a party."""
        here = self._here
        if here is None:
            super().run(*args)
            return
        self._begun = True
        become_party(here)
        try:
            super().run(*args)
        finally:
            become_party(None)
            self._end()

    def _dropped(self, future: "concurrent.futures.Future[Any]") -> None:
        if future.cancelled() or not self._begun:  # it is never run
            self._end()

    def _end(self) -> None:
        with contextlib.suppress(IndexError):
            pool, here = self._left.pop()
            if pool.give():
                here.leave()


def executor_submit(self: Any, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "concurrent.futures.Future[T]":
    """``ThreadPoolExecutor.submit``: remembers a party's jobs, for `executor_shutdown`."""
    _submitting.pool = vars(self).setdefault("_connsim_slots", _Slots(self._max_workers))
    future = _REAL_SUBMIT(self, fn, *args, **kwargs)
    if party() is not None:
        jobs = vars(self).setdefault("_connsim_jobs", set())
        jobs.add(future)
        future.add_done_callback(jobs.discard)
    return future


def executor_shutdown(self: Any, wait: bool = True, *, cancel_futures: bool = False) -> None:
    """``ThreadPoolExecutor.shutdown``: waits virtually for the jobs, and then really for the idle threads."""
    _REAL_SHUTDOWN(self, wait=False, cancel_futures=cancel_futures)
    if wait:
        if party() is not None:
            while jobs := tuple(getattr(self, "_connsim_jobs", ())):  # a job's callback may have submitted more
                concurrent.futures.wait(jobs)
                vars(self)["_connsim_jobs"].difference_update(jobs)
        _REAL_SHUTDOWN(self)


ATTRIBUTES: list[tuple[Any, str, Any]] = [
    (concurrent.futures.ThreadPoolExecutor, "submit", executor_submit),
    (concurrent.futures.ThreadPoolExecutor, "shutdown", executor_shutdown),
    (concurrent.futures.thread, "_WorkItem", _Job),
]
"""What is replaced while a world is frozen: owner, name, replacement."""
