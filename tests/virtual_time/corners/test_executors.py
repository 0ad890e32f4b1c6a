"""Executors in virtual time. Each test states in a sentence what client code may rely on."""

import asyncio
import concurrent.futures
import queue
import threading
import time

import pytest

from connsim import World
from tests.virtual_time.corners.conftest import seconds


def test_leaving_a_pool_waits_for_sleeping_jobs(connsim: World, impatient: None) -> None:
    """A pool's ``with`` block ends when its last job has slept out."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        pool.submit(time.sleep, 3600)
        pool.submit(time.sleep, 60)

    assert seconds(connsim) == 3600


def test_a_map_is_left_half_read(connsim: World, impatient: None) -> None:
    """Results of ``map`` that nobody reads are waited for at the end of the pool."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pool.map(time.sleep, [10, 20, 30])

    assert seconds(connsim) == 60


def test_a_map_is_read(connsim: World) -> None:
    """``map`` hands the results over as they come."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        moments = [seconds(connsim) for _ in pool.map(time.sleep, [10, 20, 30])]

    assert moments == [10, 20, 40]


def test_a_map_with_a_time_out(connsim: World, impatient: None) -> None:
    """``map(timeout=...)`` gives up at its moment."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        with pytest.raises(TimeoutError):
            list(pool.map(time.sleep, [10, 100], timeout=60))
        assert seconds(connsim) == 60

    assert seconds(connsim) == 100


def test_a_cancelled_pool_ends_with_its_running_job(connsim: World, impatient: None) -> None:
    """``shutdown(cancel_futures=True)`` waits for the job that runs, and drops the rest."""
    begun = threading.Event()

    def begin() -> None:
        begun.set()
        time.sleep(10)

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pool.submit(begin)
        dropped = pool.submit(time.sleep, 1000)
        begun.wait()
        pool.shutdown(cancel_futures=True)

    assert dropped.cancelled()
    assert seconds(connsim) == 10


def test_a_cancelled_job_holds_nobody_up(connsim: World) -> None:
    """A job that is cancelled while it queues is no party, though it stays in the queue."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        first = pool.submit(time.sleep, 100)
        second = pool.submit(time.sleep, 1000)
        second.cancel()
        time.sleep(10)
        assert seconds(connsim) == 10
        first.result()

    assert seconds(connsim) == 100


def test_waiting_for_some_futures(connsim: World) -> None:
    """``concurrent.futures.wait`` returns with the first that is done, or at its time-out."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        jobs = [pool.submit(time.sleep, s) for s in (30, 90)]
        done, _ = concurrent.futures.wait(jobs, return_when=concurrent.futures.FIRST_COMPLETED)
        assert (done, seconds(connsim)) == ({jobs[0]}, 30)
        done, _ = concurrent.futures.wait(jobs, timeout=20)
        assert (done, seconds(connsim)) == ({jobs[0]}, 50)
        concurrent.futures.wait(jobs)

    assert seconds(connsim) == 90


def test_a_callback_of_a_job_comes_before_time_passes(connsim: World) -> None:
    """What a done-callback hands on arrives at the moment at which the job ended."""
    letters: queue.Queue[object] = queue.Queue()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for _ in range(20):
            begin = threading.Event()
            pool.submit(begin.wait).add_done_callback(letters.put)
            begin.set()
            letters.get(timeout=60)

    assert seconds(connsim) == 0


def test_a_callback_of_a_sleeping_job_comes_before_time_passes(connsim: World) -> None:
    """A done-callback runs at the moment at which its job woke."""
    letters: queue.Queue[object] = queue.Queue()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        pool.submit(time.sleep, 5).add_done_callback(letters.put)
        letters.get(timeout=60)

    assert seconds(connsim) == 5


def test_a_callback_may_start_the_next_job(connsim: World, impatient: None) -> None:
    """A job that is submitted by a done-callback is a party like any other."""
    over = threading.Event()
    with concurrent.futures.ThreadPoolExecutor() as pool:

        def again(_: object) -> None:
            pool.submit(time.sleep, 10).add_done_callback(lambda _: over.set())

        pool.submit(time.sleep, 5).add_done_callback(again)
        assert over.wait(60)

    assert seconds(connsim) == 15


def test_a_wrapped_future_arrives_before_time_passes(connsim: World) -> None:
    """``asyncio.wrap_future`` delivers a job's result at the moment at which it is there."""

    async def main() -> float:
        with concurrent.futures.ThreadPoolExecutor() as pool:
            await asyncio.wait_for(asyncio.wrap_future(pool.submit(time.sleep, 5)), 60)
        return seconds(connsim)

    assert asyncio.run(main()) == 5


def test_nested_executors(connsim: World) -> None:
    """Jobs that wait for jobs of another pool wait virtually."""
    with concurrent.futures.ThreadPoolExecutor(1) as outer, concurrent.futures.ThreadPoolExecutor(1) as inner:
        outer.submit(lambda: inner.submit(time.sleep, 60).result()).result()

    assert seconds(connsim) == 60


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
def test_a_job_that_fails_is_no_party_any_more(connsim: World, error: type[BaseException]) -> None:
    """Whatever a job raises, it comes out of ``result``, and time goes on."""

    def fail() -> None:
        time.sleep(5)
        raise error

    with concurrent.futures.ThreadPoolExecutor() as pool, pytest.raises(error):
        pool.submit(fail).result()
    time.sleep(5)

    assert seconds(connsim) == 10


def test_a_pool_that_can_not_begin(connsim: World) -> None:
    """Jobs of a pool whose initializer fails hold nobody up."""

    def fail() -> None:
        raise OSError

    with concurrent.futures.ThreadPoolExecutor(initializer=fail) as pool:
        with pytest.raises(concurrent.futures.BrokenExecutor):
            pool.submit(time.sleep, 5).result()
        with pytest.raises(concurrent.futures.BrokenExecutor):
            pool.submit(time.sleep, 5)
    time.sleep(5)

    assert seconds(connsim) == 5
