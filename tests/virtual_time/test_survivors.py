"""Threads and loops that outlive their world: what a library starts once and uses in all tests."""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from connsim import World
from connsim.core.durations import SECOND
from connsim.errors import Deadlock
from tests.virtual_time.corners.conftest import seconds

Job = tuple[Callable[[], object], "Future[object]"]


class Worker:
    """A library's thread, which works for whoever asks."""

    def __init__(self) -> None:
        self._jobs: queue.Queue[Job | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="worker")
        self._thread.start()

    def ask(self, work: Callable[[], object], limit: float = 60) -> object:
        """Let it work, and wait for the result."""
        result: Future[object] = Future()
        self._jobs.put((work, result))
        return result.result(limit)

    def stop(self) -> None:
        """End it."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job[1].set_result(job[0]())


class LoopThread:
    """A thread with an event loop, as fsspec's."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="loop")
        self._thread.start()

    def nap(self, pause: float, limit: float = 60) -> None:
        """Let it sleep, and wait for the end."""
        asyncio.run_coroutine_threadsafe(asyncio.sleep(pause), self.loop).result(limit)

    def stop(self) -> None:
        """End it."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


@contextmanager
def frozen() -> Iterator[World]:
    """A world whose guard is impatient."""
    world = World()
    with world.frozen(guard=20):
        yield world


def test_a_worker_lives_on_in_the_next_world() -> None:
    """A thread that waits for work in one world works in the next, in its time."""
    with frozen() as first:
        worker = Worker()
        worker.ask(lambda: time.sleep(5))
        assert seconds(first) == 5
    for _ in range(2):
        with frozen() as world:
            worker.ask(lambda: time.sleep(7))
            assert seconds(world) == 7
            time.sleep(3)
            assert seconds(world) == 10
    with frozen() as last:
        worker.stop()
        assert seconds(last) == 0


def test_a_worker_works_between_two_worlds() -> None:
    """Between two worlds the thread works in real time, and is a party again in the next."""
    with frozen():
        worker = Worker()
        worker.ask(lambda: None)
    moments = [time.monotonic()]
    assert worker.ask(time.monotonic) >= moments[0]  # type: ignore[operator]
    assert worker.ask(lambda: 1) == 1
    with frozen() as world:
        for _ in range(20):
            worker.ask(lambda: time.sleep(1))
        assert seconds(world) == 20
    worker.stop()


def test_an_idle_worker_is_told_of_no_deadlock() -> None:
    """A deadlock of one test does not end the worker of all tests."""
    with frozen():
        worker = Worker()
        worker.ask(lambda: None)
    with frozen(), pytest.raises(Deadlock, match="MainThread"):
        threading.Event().wait()
    with frozen():
        assert worker.ask(lambda: "alive") == "alive"
        worker.stop()


def test_a_loop_lives_on_in_the_next_world() -> None:
    """The event loop of a thread sleeps in the time of each world, and in real time in between."""
    with frozen() as first:
        thread = LoopThread()
        thread.nap(5)
        assert seconds(first) == 5
    thread.nap(0.01)
    for _ in range(2):
        with frozen() as world:
            thread.nap(50)
            assert seconds(world) == 50
    with frozen():
        thread.stop()


def test_a_loop_is_a_party_before_the_clock_moves() -> None:
    """A loop that was asked just before a long pause answers first."""
    with frozen():
        thread = LoopThread()
        thread.nap(1)
    for _ in range(10):
        with frozen() as world:
            called: list[float] = []
            thread.loop.call_soon_threadsafe(lambda: called.append(seconds(world)))  # noqa: B023
            time.sleep(3600)
            assert called == [0]
    thread.stop()


def test_timers_keep_what_is_left() -> None:
    """A timer of a loop is due in the next world after the time that was left in the first."""
    rung: list[float] = []
    with frozen():
        loop = asyncio.new_event_loop()
        loop.run_until_complete(asyncio.sleep(100_000))
        timer = loop.call_later(3600, lambda: rung.append(0))
        time.sleep(600)
    assert abs(timer.when() - time.monotonic() - 3000) < 60
    loop.run_until_complete(asyncio.sleep(0.001))
    assert rung == []
    with frozen():
        loop.run_until_complete(asyncio.sleep(2900))
        assert rung == []
        loop.run_until_complete(asyncio.sleep(200))
        assert rung == [0]
    loop.close()


def test_a_pool_lives_on() -> None:
    """An executor that is kept by a module works in each world."""
    with ThreadPoolExecutor(2) as pool:
        for _ in range(2):
            with frozen() as world:
                list(pool.map(time.sleep, [5, 5]))
                assert seconds(world) == 5
            assert pool.submit(int, "7").result() == 7


def test_a_job_outlives_its_world() -> None:
    """A job that waits without a limit goes on in the next world, and is counted there."""
    go = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        with frozen():
            first = pool.submit(go.wait)
            second = pool.submit(time.sleep, 30)
            time.sleep(1)
        with frozen() as world:
            go.set()
            first.result(60)
            second.result(60)
            assert seconds(world) == 30
            time.sleep(10)
            assert seconds(world) == 40


def test_a_lock_is_waited_for_across_worlds() -> None:
    """A wait for a lock without a limit outlives its world, too."""
    lock = threading.Lock()
    got: list[float] = []
    with frozen():
        lock.acquire()

        def work() -> None:
            with lock:
                time.sleep(5)
                got.append(5)

        thread = threading.Thread(target=work)
        thread.start()
        time.sleep(1)
    with frozen() as world:
        time.sleep(10)
        lock.release()
        thread.join()
        assert (got, world.clock.elapsed()) == ([5], 15 * SECOND)


def test_the_process_ends_with_survivors(pytester: pytest.Pytester) -> None:
    """Threads that wait for ever do not keep the process from exiting."""
    pytester.makepyfile(
        """
        import asyncio, queue, threading, time

        def test_it(connsim):
            threading.Thread(target=queue.Queue().get).start()
            threading.Thread(target=asyncio.new_event_loop().run_forever).start()
            time.sleep(60)
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "ignore").assert_outcomes(passed=1)


def test_one_loop_for_all_tests(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop of pytest-asyncio for the whole session works in tests with and without a world, in any order."""
    monkeypatch.delenv("PYTEST_ADDOPTS")
    pytester.makeini(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_test_loop_scope = session\n"
        "asyncio_default_fixture_loop_scope = session\n"
    )
    pytester.makepyfile(
        """
        import asyncio

        kept = []

        async def test_0():
            kept.append(asyncio.create_task(asyncio.sleep(5000)))
            await asyncio.sleep(0.01)

        async def test_1(connsim):
            await asyncio.sleep(60)
            assert connsim.clock.elapsed() == 60 * 10**9

        async def test_2():
            await asyncio.sleep(0.01)

        async def test_3(connsim):
            await asyncio.sleep(4000)
            assert not kept[0].done()
            await kept[0]
            assert 4900 * 10**9 < connsim.clock.elapsed() < 4990 * 10**9

        async def test_4():
            await asyncio.sleep(0.01)
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=5)


def test_one_loop_of_anyio_for_all_tests(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop of anyio's plugin for a whole module works in tests with and without a world, in any order."""
    monkeypatch.delenv("PYTEST_ADDOPTS")
    pytester.makepyfile(
        """
        import anyio, pytest

        pytestmark = pytest.mark.anyio

        @pytest.fixture(scope="module")
        def anyio_backend():
            return "asyncio"

        @pytest.fixture(scope="module")
        async def kept():
            async with anyio.create_task_group() as group:
                yield group
                group.cancel_scope.cancel()

        async def test_0(kept):
            await anyio.sleep(0.01)

        @pytest.mark.parametrize("number", [1, 2])
        async def test_1(kept, connsim, number):
            await anyio.sleep(60)
            assert connsim.clock.elapsed() == 60 * 10**9

        async def test_2(kept):
            await anyio.sleep(0.01)
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=4)


def test_a_poller_is_told_why_it_ends() -> None:
    """A thread that pauses when its world ends is told what happened, and what to do."""
    told: list[str] = []

    def poll() -> None:
        try:
            while True:
                time.sleep(60)
        except SystemExit as over:
            told.append(str(over))
            raise

    with frozen():
        thread = threading.Thread(target=poll, name="poller")
        thread.start()
        time.sleep(90)
    thread.join()

    assert "The frozen world is over, and so is this wait (poller: time.sleep(60), at " in told[0]
    assert "Stop the thread at the end of the test" in told[0]
