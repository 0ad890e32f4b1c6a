"""Event loops in virtual time. Each test states in a sentence what client code may rely on."""

import asyncio
import time

import aiohttp
import anyio
import anyio.to_thread
import httpx
import pytest

from connsim import World
from connsim.errors import Deadlock
from tests.virtual_time.corners.conftest import KEY, in_thread, seconds, slow


def test_giving_up_on_a_thread(connsim: World, impatient: None) -> None:
    """``wait_for(to_thread(...))`` gives up at its moment; ``asyncio.run`` then waits for the thread, as ever."""
    gave_up = []

    async def main() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.to_thread(time.sleep, 100), 10)
        gave_up.append(seconds(connsim))

    asyncio.run(main())

    assert gave_up == [10]
    assert seconds(connsim) == 100


def test_a_blocked_loop_with_a_job_that_is_done(connsim: World, impatient: None) -> None:
    """A job whose result can not be delivered yet, because its loop is blocked, holds nobody up."""

    async def main() -> None:
        job = asyncio.create_task(asyncio.to_thread(sum, [1, 2]))
        await asyncio.sleep(0)
        time.sleep(10)  # noqa: ASYNC251 (the mistake is the point)
        assert seconds(connsim) == 10
        assert await job == 3

    asyncio.run(main())

    assert seconds(connsim) == 10


def test_a_job_ends_while_its_loop_rests(connsim: World, impatient: None) -> None:
    """Between two runs of a loop, its jobs live on, and their end holds nobody up."""

    async def begin() -> "asyncio.Future[None]":
        return asyncio.get_running_loop().run_in_executor(None, time.sleep, 5)

    async def end(job: "asyncio.Future[None]") -> None:
        await job

    with asyncio.Runner() as runner:
        job = runner.run(begin())
        time.sleep(20)
        assert seconds(connsim) == 20
        runner.run(end(job))

    assert seconds(connsim) == 20


def test_a_loop_is_closed_with_a_job_pending(connsim: World) -> None:
    """A job that outlives its loop is a party until it ends."""
    loop = asyncio.new_event_loop()

    async def main() -> None:
        loop.run_in_executor(None, time.sleep, 5)

    loop.run_until_complete(main())
    loop.close()
    time.sleep(3)
    time.sleep(10)

    assert seconds(connsim) == 13


def test_threads_call_a_loop(connsim: World) -> None:
    """``call_soon_threadsafe`` reaches a waiting loop at the caller's moment."""

    async def main() -> None:
        loop, called = asyncio.get_running_loop(), asyncio.Event()

        def call() -> None:
            time.sleep(7)
            loop.call_soon_threadsafe(called.set)

        thread = in_thread(call)
        async with asyncio.timeout(60):
            await called.wait()
        assert seconds(connsim) == 7
        thread.join()

    asyncio.run(main())


def test_coroutines_from_another_thread(connsim: World) -> None:
    """``run_coroutine_threadsafe`` and its future's time-out are virtual."""
    loop = asyncio.new_event_loop()
    thread = in_thread(loop.run_forever)
    job = asyncio.run_coroutine_threadsafe(asyncio.sleep(50, "done"), loop)
    with pytest.raises(TimeoutError):
        job.result(timeout=20)
    assert seconds(connsim) == 20
    assert job.result(timeout=60) == "done"
    assert seconds(connsim) == 50
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_a_loop_in_a_thread(connsim: World) -> None:
    """``asyncio.run`` in a thread is a party of its own, beside the main thread's."""
    woken: list[float] = []

    async def nap(pause: float) -> None:
        await asyncio.sleep(pause)
        woken.append(seconds(connsim))

    thread = in_thread(lambda: asyncio.run(nap(10)))
    asyncio.run(nap(5))
    asyncio.run(nap(15))
    thread.join()

    assert woken == [5, 10, 20]


@pytest.mark.parametrize("pause", [0.1, 1 / 3, 5.5, 86_400.25])
def test_many_tasks_share_a_pool_of_connections(connsim: World, pause: float) -> None:
    """Fifty tasks poll over five connections; nobody is held up beyond the polls themselves."""

    async def main() -> None:
        limits = httpx.Limits(max_connections=5)
        async with httpx.AsyncClient(base_url=connsim.prism.url, headers=KEY, limits=limits, verify=False) as http:

            async def poll() -> None:
                for _ in range(2):
                    (await http.get("/_system/health")).raise_for_status()
                    await asyncio.sleep(pause)

            await asyncio.gather(*(poll() for _ in range(50)))

    asyncio.run(main())

    assert seconds(connsim) == pytest.approx(2 * pause, abs=2.1e-6)


def test_the_pool_time_out(connsim: World) -> None:
    """A task that finds no free connection gives up at its pool time-out, exactly."""
    url = slow(connsim, 30)

    async def main() -> None:
        limits = httpx.Limits(max_connections=1)
        timeout = httpx.Timeout(60, pool=10)
        async with httpx.AsyncClient(headers=KEY, limits=limits, timeout=timeout, verify=False) as http:
            first = asyncio.create_task(http.get(url))
            await asyncio.sleep(0)
            with pytest.raises(httpx.PoolTimeout):
                await http.get(url)
            assert seconds(connsim) == 10
            assert (await first).is_success

    asyncio.run(main())

    assert seconds(connsim) == 30


def test_long_time_outs_of_aiohttp(connsim: World) -> None:
    """A time-out over five seconds ends at the next whole second of the loop, because aiohttp rounds it up."""
    url = slow(connsim, None)

    async def main() -> None:
        async with aiohttp.ClientSession(headers=KEY, timeout=aiohttp.ClientTimeout(total=10)) as http:
            await asyncio.sleep(0.25)
            with pytest.raises(TimeoutError):
                await http.get(url)

    asyncio.run(main())

    assert seconds(connsim) == 11


def test_a_deadlock_on_a_loop_lets_it_clean_up(connsim: World) -> None:
    """After a deadlock, ``asyncio.run`` still cancels its tasks, and their clean-up may take its (virtual) time."""
    cleaned = []

    async def main() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(5)
            cleaned.append(seconds(connsim))

    with pytest.raises(Deadlock):
        asyncio.run(main())

    assert cleaned == [5]


def test_anyio_threads(connsim: World) -> None:
    """Worker threads of anyio are parties while they work, and idle ones hold nobody up."""

    async def main() -> None:
        with anyio.move_on_after(60):
            await anyio.to_thread.run_sync(time.sleep, 7)
        assert seconds(connsim) == 7
        with anyio.move_on_after(10):
            await anyio.to_thread.run_sync(time.sleep, 100, abandon_on_cancel=True)
        assert seconds(connsim) == 17
        await anyio.sleep(1000)

    anyio.run(main)

    assert seconds(connsim) == 1017
