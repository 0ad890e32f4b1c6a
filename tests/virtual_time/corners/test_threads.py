"""Threads and locks in virtual time. Each test states in a sentence what client code may rely on."""

import queue
import threading
import time

import httpx
import pytest

from connsim import World
from connsim.core.durations import SECOND
from connsim.errors import Deadlock, StillPolling
from connsim.virtual_time.coordinator import Wait, party
from tests.virtual_time.corners.conftest import KEY, in_thread, seconds, slow


def test_a_barrier(connsim: World) -> None:
    """A barrier opens when the last has come, and breaks at its time-out."""
    barrier = threading.Barrier(2)

    def come_late() -> None:
        time.sleep(30)
        barrier.wait()

    thread = in_thread(come_late)
    barrier.wait(timeout=60)
    assert seconds(connsim) == 30
    thread.join()
    with pytest.raises(threading.BrokenBarrierError):
        barrier.wait(timeout=10)

    assert seconds(connsim) == 40


def test_a_condition_on_a_lock_held_twice(connsim: World) -> None:
    """Waiting gives a re-entrant lock up whole, and takes it back whole."""
    condition = threading.Condition(threading.RLock())

    def tell() -> None:
        time.sleep(5)
        with condition:
            condition.notify()

    thread = in_thread(tell)
    with condition:
        with condition:
            assert condition.wait(60)
            assert not condition.wait(10)
        assert condition._is_owned()  # type: ignore[attr-defined]
    thread.join()

    assert seconds(connsim) == 15


def test_joining_a_queue(connsim: World) -> None:
    """``queue.join`` returns when the last item is done; an idle daemon holds nobody up."""
    work: queue.Queue[int] = queue.Queue(maxsize=1)

    def worker() -> None:
        while True:
            time.sleep(work.get())
            work.task_done()

    threading.Thread(target=worker, daemon=True).start()
    for pause in (10, 20, 30):
        work.put(pause)
    work.join()
    assert seconds(connsim) == 60
    time.sleep(5)

    assert seconds(connsim) == 65


def test_starting_a_thread_twice(connsim: World) -> None:
    """A second ``start`` is refused, and harms the first in nothing."""
    thread = in_thread(lambda: time.sleep(5))
    with pytest.raises(RuntimeError, match="once"):
        thread.start()
    thread.join()

    assert seconds(connsim) == 5


def test_a_deadlock_is_told_to_each_in_an_error_of_its_own(connsim: World) -> None:
    """Parties that are told of one deadlock can each handle their error without touching the others'."""
    told: list[Deadlock] = []

    def wait() -> None:
        try:
            threading.Event().wait()
        except Deadlock as deadlock:
            told.append(deadlock)

    threads = [in_thread(wait) for _ in range(3)]
    with pytest.raises(Deadlock):
        threading.Event().wait()
    for thread in threads:
        thread.join()

    assert len({id(error) for error in told}) == 3


def test_the_horizon_is_told_to_everybody(connsim: World) -> None:
    """Every party that still waits at the horizon is told so, not the main thread alone."""
    told = []

    def poll() -> None:
        try:
            while True:
                time.sleep(3600)
        except StillPolling:
            told.append(seconds(connsim))

    thread = in_thread(poll)
    with pytest.raises(StillPolling):
        threading.Event().wait()
    thread.join()

    assert told == [40 * 86_400]


def test_an_interrupted_wait_is_forgotten(connsim: World) -> None:
    """After a signal's handler has raised in the middle of a wait, time passes as before."""

    def interrupted() -> None:
        raise KeyboardInterrupt

    here = party()
    assert here is not None
    with connsim.clock.busy(), pytest.raises(KeyboardInterrupt):
        here.wait(Wait("a reply", None, lambda: False, lambda: None), interrupted)
    in_thread(lambda: time.sleep(10)).join()

    assert seconds(connsim) == 10


def test_a_failing_item_of_the_agenda_ends_the_wait(connsim: World, impatient: None) -> None:
    """An error in the simulator comes out of the wait that met it, and time goes on afterwards."""

    def fail(_: int) -> None:
        raise ZeroDivisionError

    connsim.clock.at(connsim.clock.now() + 5 * SECOND, fail)
    with pytest.raises(ZeroDivisionError):
        time.sleep(10)
    in_thread(lambda: time.sleep(10)).join()

    assert seconds(connsim) == 15


def test_a_failing_item_that_the_server_meets(connsim: World, impatient: None) -> None:
    """An error in the simulator reaches the client that waits, whichever thread met it, and the server lives on."""

    def fail(_: int) -> None:
        raise ZeroDivisionError

    url = slow(connsim, 60)
    connsim.clock.at(connsim.clock.now() + 5 * SECOND, fail)
    with httpx.Client(headers=KEY, verify=False) as http:
        with pytest.raises(ZeroDivisionError):
            http.get(url)
        assert http.get(f"{connsim.prism.url}/_system/health").is_success
