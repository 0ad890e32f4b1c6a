"""Locks and queues in C: waiting for them is a virtual wait, with and without a time-out."""

import _thread
import logging
import logging.handlers
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.pool import ThreadPool
from typing import Protocol

import pytest
import requests

from connsim import World
from connsim.core.durations import HOUR, MILLISECOND, MINUTE, SECOND
from connsim.errors import Deadlock
from tests.virtual_time.conftest import Moments, Stranger, in_thread
from tests.virtual_time.test_matrix import KEY, slow_connection


class Lock(Protocol):
    """What all locks have."""

    def acquire(self, blocking: bool = ..., timeout: float = ...) -> bool:
        """Take it."""
        ...

    def release(self) -> None:
        """Give it back."""
        ...


LOCKS: dict[str, Callable[[], Lock]] = {
    "Lock": threading.Lock,
    "RLock": threading.RLock,
    "allocate_lock": _thread.allocate_lock,
    "Semaphore": threading.Semaphore,
    "BoundedSemaphore": threading.BoundedSemaphore,
}
KEPT = {name: make() for name, make in LOCKS.items()}
"""Locks that are older than the world."""


@pytest.fixture(params=[*LOCKS, *(f"{name}-from-before" for name in LOCKS)])
def lock(request: pytest.FixtureRequest) -> Lock:
    """A lock of each kind, made in the world or before."""
    name: str = request.param.partition("-")[0]
    return KEPT[name] if "-" in request.param else LOCKS[name]()


def test_a_lock_around_a_sleep(connsim: World, moments: Moments, lock: Lock) -> None:
    """Who waits for a lock gets it at the moment at which the other has slept."""

    def work(name: str) -> None:
        lock.acquire()
        try:
            time.sleep(60)
            moments.note(name)
        finally:
            lock.release()

    threads = [in_thread(lambda: work("one")) for _ in range(3)]
    for thread in threads:
        thread.join()

    assert moments.entries == [("one", MINUTE), ("one", 2 * MINUTE), ("one", 3 * MINUTE)]


def test_a_lock_is_given_up(connsim: World, moments: Moments, lock: Lock) -> None:
    """``acquire(timeout)`` gives up at its exact moment, or gets the lock when it is released."""
    released = threading.Event()

    def holder() -> None:
        lock.acquire()
        time.sleep(90)
        lock.release()
        released.set()

    thread = in_thread(holder)
    time.sleep(1)
    assert not lock.acquire(timeout=59)
    moments.note("given up")
    assert lock.acquire(timeout=59)
    moments.note("got")
    lock.release()
    thread.join()

    assert moments.entries == [("given up", MINUTE), ("got", 90 * SECOND)]


def test_a_lock_that_is_taken_is_not_waited_for(connsim: World) -> None:
    """``acquire(blocking=False)`` says at once that a lock is taken."""
    lock = threading.Lock()
    assert lock.acquire(blocking=False)
    assert not lock.acquire(blocking=False)
    lock.release()

    assert connsim.clock.elapsed() == 0


def test_with_a_lock(connsim: World, moments: Moments) -> None:
    """``with lock:`` waits in virtual time as ``acquire`` does."""
    lock = threading.Lock()

    def holder() -> None:
        with lock:
            time.sleep(60)

    thread = in_thread(holder)
    time.sleep(1)
    with lock:
        moments.note("got")
    thread.join()

    assert moments.entries == [("got", MINUTE)]


def test_a_lock_around_a_slow_request(connsim: World, moments: Moments) -> None:
    """Clients that share a session by a lock ask one after the other, each at its exact moment."""
    url, lock = slow_connection(connsim, 3), threading.Lock()

    def client() -> None:
        with lock:
            requests.get(url, headers=KEY, timeout=5).raise_for_status()
            moments.note("answer")

    threads = [in_thread(client) for _ in range(3)]
    for thread in threads:
        thread.join()

    assert moments.entries == [("answer", n * 3 * SECOND) for n in (1, 2, 3)]


def test_a_lock_around_a_stranger(connsim: World, stranger: Stranger, moments: Moments) -> None:
    """Who waits for a lock whose holder awaits a stranger lets no time pass."""
    lock, held = threading.Lock(), threading.Event()

    def holder() -> None:
        with lock:
            held.set()
            requests.get(f"{stranger.http}/after/0.05", timeout=5)

    thread = in_thread(holder)
    held.wait()
    assert lock.acquire(timeout=5)
    lock.release()
    moments.note("got")
    thread.join()

    assert moments.entries == [("got", 0)]


def test_two_locks_in_a_knot(connsim: World) -> None:
    """Two threads that wait for each other's lock are a deadlock, which is told at once and by name."""
    one, two = threading.Lock(), threading.Lock()
    told: list[str] = []

    def knot(first: threading.Lock, second: threading.Lock) -> None:  # type: ignore[valid-type,unused-ignore]
        with first:
            time.sleep(1)
            try:
                second.acquire()
            except Deadlock as deadlock:
                told.append(str(deadlock))

    threads = [
        threading.Thread(target=knot, args=locks, name=f"knot-{n}") for n, locks in enumerate([(one, two), (two, one)])
    ]
    for thread in threads:
        thread.start()
    with pytest.raises(Deadlock, match=r"(?s)(?=.*knot-0)(?=.*knot-1)(?=.*lock)"):
        threads[0].join()
    for thread in threads:
        thread.join()

    assert told
    assert connsim.clock.elapsed() == SECOND


def test_a_lock_that_nobody_releases(connsim: World) -> None:
    """A single thread that takes a lock twice is a deadlock, which is told at once."""
    lock = threading.Lock()
    lock.acquire()

    with pytest.raises(Deadlock, match="MainThread(.|\n)*lock"):
        lock.acquire()

    assert connsim.clock.elapsed() == 0


def test_a_simple_queue(connsim: World, moments: Moments) -> None:
    """``SimpleQueue.get`` ends with the item or at its time-out, exactly, and waits without one."""
    letters: queue.SimpleQueue[str] = queue.SimpleQueue()

    def sender() -> None:
        time.sleep(90)
        letters.put("first")
        time.sleep(90)
        letters.put("second")

    thread = in_thread(sender)
    with pytest.raises(queue.Empty):
        letters.get(timeout=60)
    moments.note("empty")
    assert letters.get(timeout=60) == "first"
    moments.note("first")
    assert letters.get() == "second"
    moments.note("second")
    with pytest.raises(queue.Empty):
        letters.get_nowait()
    thread.join()

    assert moments.entries == [("empty", MINUTE), ("first", 90 * SECOND), ("second", 180 * SECOND)]


def test_a_simple_queue_that_nobody_fills(connsim: World) -> None:
    """A wait for an item that cannot come is a deadlock, which is told at once."""
    with pytest.raises(Deadlock, match="MainThread"):
        queue.SimpleQueue[str]().get()

    assert connsim.clock.elapsed() == 0


def test_a_listener_of_logs_holds_nobody(connsim: World) -> None:
    """A thread that waits for log records lets time pass."""
    records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    listener = logging.handlers.QueueListener(records)
    listener.start()
    time.sleep(3600)
    records.put(logging.makeLogRecord({}))
    time.sleep(3600)
    listener.stop()

    assert connsim.clock.elapsed() == 2 * HOUR


def test_a_pool_of_threads(connsim: World, moments: Moments) -> None:
    """The jobs of ``multiprocessing.pool.ThreadPool`` sleep in virtual time, and idle workers hold nobody."""
    with ThreadPool(2) as pool:
        job = pool.map_async(time.sleep, [60, 60, 60])
        job.wait(30)
        moments.note("waited")
        job.get()
        moments.note("done")
        time.sleep(30)
        moments.note("idle")

    assert moments.entries == [("waited", 30 * SECOND), ("done", 2 * MINUTE), ("idle", 150 * SECOND)]


def square(number: int) -> int:
    """Work, in a process."""
    return number * number


def test_an_idle_pool_of_processes_holds_nobody(connsim: World) -> None:
    """While processes work, time stands still but for the smallest steps; while they are idle, it passes."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(square, 3).result(timeout=5) == 9
        assert connsim.clock.elapsed() < MILLISECOND  # its manager polls a pipe until a deadline is past
        time.sleep(3600)
        assert pool.submit(square, 4).result() == 16

    assert HOUR <= connsim.clock.elapsed() < HOUR + MILLISECOND


def test_a_lock_passes_between_threads_at_one_moment(connsim: World) -> None:
    """Handing a lock over and over takes no time."""
    turns = [threading.Lock(), threading.Lock()]
    turns[1].acquire()

    def player(number: int) -> None:
        for _ in range(200):
            turns[number].acquire()
            turns[1 - number].release()

    threads = [in_thread(lambda: player(0)), in_thread(lambda: player(1))]
    for thread in threads:
        thread.join()

    assert connsim.clock.elapsed() == 0


def test_a_knot_is_told_with_holders_and_lines(connsim: World) -> None:
    """A deadlock of locks names for each thread who holds the lock that it waits for, and the line of its wait."""
    one, two = threading.Lock(), threading.Lock()
    two.acquire()

    def work() -> None:
        with one, suppress(Deadlock):
            two.acquire()

    thread = threading.Thread(target=work, name="other")
    thread.start()
    time.sleep(1)
    line = r"tests/virtual_time/test_locks.py:\d+"
    with pytest.raises(
        Deadlock,
        match=rf"(?s)(?=.*other: a lock that MainThread has taken, at {line})"
        rf"(?=.*MainThread: a lock that other has taken, at {line})",
    ):
        one.acquire()
    thread.join()
