"""Deadlines: a wait ends at the exact moment of its deadline, and whoever looks once more sees that it has passed.

A wait of no time at an unchanged moment moves the clock by its smallest step, a microsecond. So callers that go on for
as long as ``now <= deadline`` come to their end.
"""

import asyncio
import concurrent.futures
import queue
import select
import threading
import time
from collections.abc import Callable

import anyio
import httpx
import pytest

from connsim import World
from connsim.core.durations import HOUR, MICROSECOND, MINUTE, SECOND
from tests.virtual_time.test_matrix import KEY, Kind, kind, slow_connection

__all__ = ["kind"]


def by_condition(seconds: float) -> None:
    """Wait on a condition."""
    condition = threading.Condition()
    with condition:
        condition.wait(seconds)


def by_queue(seconds: float) -> None:
    """Wait for an item that does not come."""
    with pytest.raises(queue.Empty):
        queue.Queue[str]().get(timeout=seconds)


def by_simple_queue(seconds: float) -> None:
    """Wait for an item that does not come to a queue in C."""
    with pytest.raises(queue.Empty):
        queue.SimpleQueue[str]().get(timeout=seconds)


def by_lock(seconds: float) -> None:
    """Wait for a lock that nobody releases."""
    lock = threading.Lock()
    lock.acquire()
    assert not lock.acquire(timeout=seconds)


def by_select(seconds: float) -> None:
    """Wait for none of no files."""
    select.select([], [], [], seconds)


def by_future(seconds: float) -> None:
    """Wait for a result that does not come."""
    with pytest.raises(TimeoutError):
        concurrent.futures.Future[None]().result(seconds)


def by_event(seconds: float) -> None:
    """Wait for an event that does not come."""
    threading.Event().wait(seconds)


WAITS: list[Callable[[float], None]] = [
    time.sleep,
    by_event,
    by_condition,
    by_queue,
    by_simple_queue,
    by_lock,
    by_select,
    by_future,
]


@pytest.mark.parametrize("wait", WAITS)
def test_a_loop_until_its_deadline_is_past(connsim: World, wait: Callable[[float], None]) -> None:
    """``while now <= deadline`` ends one smallest step after its deadline, whatever it waits by."""
    deadline = time.monotonic() + 60
    while (now := time.monotonic()) <= deadline:
        wait(min(7, deadline - now))

    assert connsim.clock.elapsed() == MINUTE + MICROSECOND


@pytest.mark.parametrize("wait", WAITS)
def test_a_loop_until_its_deadline_is_reached(connsim: World, wait: Callable[[float], None]) -> None:
    """``while now < deadline`` ends at its deadline, whatever it waits by."""
    deadline = time.monotonic() + 60
    while (now := time.monotonic()) < deadline:
        wait(min(7, deadline - now))

    assert connsim.clock.elapsed() == MINUTE


@pytest.mark.parametrize("clock", [time.time, time.perf_counter, time.monotonic])
def test_a_loop_by_any_clock(connsim: World, clock: Callable[[], float]) -> None:
    """All clocks of a process pass a deadline together."""
    deadline = clock() + 60
    while (now := clock()) <= deadline:
        time.sleep(min(7, deadline - now))

    assert connsim.clock.elapsed() == MINUTE + MICROSECOND


def test_a_coroutine_until_its_deadline_is_past(connsim: World) -> None:
    """``asyncio.sleep(0)`` at a deadline lets it pass."""

    async def main() -> None:
        deadline = time.monotonic() + 60
        while (now := time.monotonic()) <= deadline:  # noqa: ASYNC110 (as clients do)
            await asyncio.sleep(min(7, deadline - now))

    asyncio.run(main())

    assert connsim.clock.elapsed() == MINUTE + MICROSECOND


def test_as_completed_gives_up(connsim: World) -> None:
    """``as_completed(timeout)`` of the standard library, which gives up only when its deadline is past, does."""
    gave_up = []
    with concurrent.futures.ThreadPoolExecutor() as pool:
        jobs = [pool.submit(time.sleep, 3600)]
        with pytest.raises(TimeoutError):
            list(concurrent.futures.as_completed(jobs, timeout=60))
        gave_up.append(connsim.clock.elapsed())

    assert gave_up == [MINUTE + MICROSECOND]
    assert connsim.clock.elapsed() == HOUR


def test_a_map_with_a_time_out_gives_up(connsim: World) -> None:
    """``Executor.map(timeout)`` gives up at its deadline."""
    gave_up = []
    with concurrent.futures.ThreadPoolExecutor() as pool:
        results = pool.map(time.sleep, [3600], timeout=60)
        with pytest.raises(TimeoutError):
            list(results)
        gave_up.append(connsim.clock.elapsed())

    assert gave_up == [MINUTE]


# --- one clock -----------------------------------------------------------------------------------------------------


def test_a_loop_tells_the_monotonic_time(connsim: World) -> None:
    """``loop.time()`` is ``time.monotonic()``, at each moment, and whether or not the loop runs."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for seconds in (0, 1, 0.1, 86_400):
            await asyncio.sleep(seconds)
            assert loop.time() == time.monotonic()
            time.sleep(1)  # noqa: ASYNC251 (a blocked loop has the same clock)
            assert loop.time() == time.monotonic()

    with asyncio.Runner() as runner:
        assert runner.get_loop().time() == time.monotonic()
        runner.run(main())


def test_a_deadline_by_the_monotonic_time(connsim: World) -> None:
    """``asyncio.timeout_at`` takes a moment of ``time.monotonic()``."""

    async def main() -> None:
        async with asyncio.timeout_at(time.monotonic() + 30):
            await asyncio.Event().wait()

    time.sleep(5)
    with pytest.raises(TimeoutError):
        asyncio.run(main())

    assert connsim.clock.elapsed() == 35 * SECOND


def test_a_call_by_the_monotonic_time(connsim: World) -> None:
    """``loop.call_at`` takes a moment of ``time.monotonic()``."""

    async def main() -> None:
        called = asyncio.Event()
        asyncio.get_running_loop().call_at(time.monotonic() + 30, called.set)
        await called.wait()

    asyncio.run(main())

    assert connsim.clock.elapsed() == 30 * SECOND


def test_clocks_agree(connsim: World) -> None:
    """``time``, ``monotonic``, ``perf_counter`` and their forms in nanoseconds advance together, and to the step."""
    clocks = [time.time_ns, time.monotonic_ns, time.perf_counter_ns]
    before = [clock() for clock in clocks]
    time.sleep(1.000001)

    assert [clock() - begun for clock, begun in zip(clocks, before, strict=True)] == [SECOND + MICROSECOND] * 3


# --- clients -------------------------------------------------------------------------------------------------------

ODD = [0.1, 0.3, 1 / 3, 2.2, 4.999999]
"""Time-outs in seconds. aiohttp rounds those of more than five seconds up to a whole one of its loop."""


@pytest.mark.parametrize("timeout", ODD, ids=str)
@pytest.mark.parametrize("age", [0, 0.123457, 86_399.999999], ids=str)
def test_a_time_out_wins_at_its_moment(connsim: World, kind: Kind, timeout: float, age: float) -> None:
    """A reply that is due at the moment of a time-out comes too late, however odd both and the world's age are."""
    url = slow_connection(connsim, timeout)
    time.sleep(age)
    begun = connsim.clock.elapsed()

    with kind.open(timeout) as poll, pytest.raises(kind.timed_out):
        poll(url)

    assert connsim.clock.elapsed() - begun == round(timeout * SECOND, -3)


@pytest.mark.parametrize("timeout", ODD, ids=str)
def test_a_reply_wins_before_a_time_out(connsim: World, kind: Kind, timeout: float) -> None:
    """A reply that is due two microseconds before a time-out is in time."""
    delay = round(timeout - 2e-6, 6)
    url = slow_connection(connsim, delay)

    with kind.open(timeout) as poll:
        poll(url)

    assert connsim.clock.elapsed() == int(delay * SECOND)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("timeout", [*ODD, 7.7, 30.000001], ids=str)
def test_a_scope_of_anyio_wins_at_its_moment(connsim: World, backend: str, timeout: float) -> None:
    """``anyio.fail_after`` around a request ends it at its moment, also if the reply is due then."""
    url = slow_connection(connsim, timeout)

    async def main() -> None:
        async with httpx.AsyncClient(timeout=None, headers=KEY, verify=False) as http:
            with anyio.fail_after(timeout):
                await http.get(url)

    with pytest.raises(TimeoutError):
        anyio.run(main, backend=backend)

    assert connsim.clock.elapsed() == round(timeout * SECOND, -3)
