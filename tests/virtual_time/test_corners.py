"""Corners of virtual time: each states in a sentence what client code may rely on."""

import asyncio
import concurrent.futures
import http.client
import queue
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from datetime import datetime

import aiohttp
import anyio
import anyio.to_thread
import freezegun
import httpx
import pytest

from connsim import World
from connsim.core.durations import SECOND
from connsim.core.ends import Ever
from connsim.errors import Deadlock, StillPolling
from connsim.faults.delay import Delay
from connsim.script.sequence import Sequence, Step
from connsim.virtual_time import guard
from connsim.virtual_time.coordinator import Wait, party

KEY = {"apikey": "k"}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the guard end soon what would hang."""
    monkeypatch.setattr(guard, "LIMIT", 10)


def seconds(world: World) -> float:
    """How long the world has lived."""
    return world.clock.elapsed() / SECOND


def slow(world: World, delay: int | None) -> str:
    """The URL of a connection whose every reply is held back so many seconds."""
    fault = Delay(None if delay is None else delay * SECOND)
    world.script("prism-inviter", Sequence((Step("InvitationGenerated", Ever(), fault),)))
    record = world.prism.cloud_agent.create(world.prism.cloud_agent.wallet("k"))
    return f"{world.prism.url}/connections/{record.id}"


def in_thread(work: Callable[[], object]) -> threading.Thread:
    """Start a thread."""
    thread = threading.Thread(target=work)
    thread.start()
    return thread


# Executors


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
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        begun = threading.Event()
        pool.submit(lambda: begun.set() or time.sleep(10))
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


# asyncio


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


# Threads and locks


def test_a_barrier(connsim: World) -> None:
    """A barrier opens when the last has come, and breaks at its time-out."""
    barrier = threading.Barrier(2)
    thread = in_thread(lambda: time.sleep(30) or barrier.wait())
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


# Sockets and HTTP


def test_http_client(connsim: World) -> None:
    """``http.client`` gets a late reply at its moment, and gives up at its own."""
    url = httpx.URL(slow(connsim, 30))
    for limit, end in ((60, 30), (10, 40)):
        http_ = http.client.HTTPConnection(url.host, url.port, timeout=limit)
        http_.request("GET", url.path, headers=KEY)
        if end == 30:
            assert http_.getresponse().read()
        else:
            with pytest.raises(TimeoutError):
                http_.getresponse()
        http_.close()
        assert seconds(connsim) == end


def test_urllib(connsim: World) -> None:
    """``urllib.request`` reads a late reply at its moment."""
    request = urllib.request.Request(slow(connsim, 30), headers=KEY)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as reply:
        assert reply.read()

    assert seconds(connsim) == 30


def test_streaming(connsim: World) -> None:
    """A streamed reply is read without time passing."""
    url = slow(connsim, 30)
    with httpx.Client(headers=KEY, timeout=60, verify=False) as http_, http_.stream("GET", url) as reply:
        assert b"".join(reply.iter_raw(chunk_size=7))

    assert seconds(connsim) == 30


def test_sockets_that_do_not_block(connsim: World) -> None:
    """A socket that does not block says at once that there is nothing, whether by its setting or by a flag."""
    left, right = socket.socketpair()
    with left, right:
        with pytest.raises(BlockingIOError):
            left.recv(1, socket.MSG_DONTWAIT)
        left.settimeout(0)
        with pytest.raises(BlockingIOError):
            left.recv(1)

    assert seconds(connsim) == 0


def test_a_closed_socket(connsim: World) -> None:
    """Reading from a closed socket is the ``OSError`` that it always was."""
    left, right = socket.socketpair()
    left.close()
    right.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        left.recv(1)


def test_a_socket_is_closed_while_it_is_read(connsim: World, impatient: None) -> None:
    """Whoever reads a socket that another thread closes is done at its time-out, as ever."""
    left, right = socket.socketpair()
    left.settimeout(60)

    def close() -> None:
        time.sleep(5)
        left.close()

    thread = in_thread(close)
    with right, pytest.raises(OSError, match=r"timed out|Bad file descriptor"):
        left.recv(1)
    thread.join()

    assert seconds(connsim) == 60


def test_two_threads_talk(connsim: World) -> None:
    """Bytes between two parties arrive at the moment at which they are sent."""
    left, right = socket.socketpair()
    with left, right:
        thread = in_thread(lambda: time.sleep(5) or right.sendall(b"!"))
        left.settimeout(60)
        assert left.recv(1) == b"!"
        thread.join()

    assert seconds(connsim) == 5


# Processes


def test_a_process_takes_no_time(connsim: World) -> None:
    """A child process is real work: its time-outs are not reached, and no time passes while it runs."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
        assert process.wait(timeout=30) == 0

    assert seconds(connsim) == 0


@pytest.mark.xfail(
    sys.version_info >= (3, 12),
    reason="from 3.12 on asyncio watches a child by a descriptor, and nobody sees that it is still at work",
    run=False,
    strict=True,
)
def test_a_process_on_a_loop_takes_no_time(connsim: World) -> None:
    """A child process of a loop is waited for; nobody calls it a deadlock."""

    async def main() -> int:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
        return await asyncio.wait_for(process.wait(), 60)

    assert asyncio.run(main()) == 0
    assert seconds(connsim) == 0


# One world after the other, and freezegun


def test_a_thread_of_the_first_world_ends_in_the_second() -> None:
    """A thread that outlives its world neither moves nor holds up the next one's clock."""
    with World().frozen():
        thread = in_thread(lambda: [time.sleep(60) for _ in range(10**9)])
    second = World()
    with second.frozen():
        time.sleep(1000)
        thread.join()

    assert seconds(second) == 1000


def test_a_user_freezes_around() -> None:
    """Inside somebody's ``freeze_time``, client code reads the world's time; afterwards, that somebody's again."""
    with freezegun.freeze_time("2001-02-03"):
        world = World()
        with world.frozen():
            time.sleep(3600)
            assert datetime.now().timestamp() == pytest.approx(world.clock.now() / SECOND)
        assert datetime.now() == datetime(2001, 2, 3)

    assert datetime.now().year > 2020


def test_a_user_freezes_inside() -> None:
    """Somebody's ``freeze_time`` inside a world hides its date; waits last as long as ever."""
    world = World()
    with world.frozen():
        with freezegun.freeze_time("2001-02-03"):
            time.sleep(3600)
            asyncio.run(asyncio.sleep(3600))
            assert datetime.now() == datetime(2001, 2, 3)
        assert datetime.now().timestamp() == pytest.approx(world.clock.now() / SECOND)

    assert seconds(world) == 7200


def test_a_user_freezes_inside_with_real_asyncio(impatient: None) -> None:
    """``freeze_time(real_asyncio=True)`` inside a world leaves its loops virtual."""
    world = World()
    with world.frozen(), freezegun.freeze_time("2001-02-03", real_asyncio=True):
        asyncio.run(asyncio.sleep(3600))

    assert seconds(world) == 3600


def test_a_user_freezes_before_a_world_that_is_kept(pytester: pytest.Pytester) -> None:
    """A fixture that freezes time and is older than ``connsim`` neither shows its date there nor in the next test."""
    pytester.makepyfile(
        """
        import time
        import freezegun, pytest

        @pytest.fixture
        def older():
            with freezegun.freeze_time("2001-02-03"):
                yield

        def is_the_worlds(world):
            time.sleep(60)
            return abs(time.time() - world.clock.now() / 10**9) < 1e-3

        def test_first(older, connsim):
            assert is_the_worlds(connsim)

        def test_second(connsim):
            assert is_the_worlds(connsim)

        def test_third(older, connsim):
            assert is_the_worlds(connsim)

        def test_fourth(connsim):
            assert is_the_worlds(connsim)
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "default").assert_outcomes(passed=4)


def test_modules_that_are_imported_while_frozen(connsim: World, tmp_path: object) -> None:
    """A module that is first imported inside a world sleeps virtually there, and really afterwards."""
    import types

    module = types.ModuleType("connsim_corner")
    sys.modules["connsim_corner"] = module
    try:
        exec("from time import sleep, monotonic\nfrom queue import time as clock", vars(module))
        before = module.monotonic(), module.clock()
        module.sleep(3600)
        assert (module.monotonic() - before[0], module.clock() - before[1]) == (3600, 3600)
    finally:
        del sys.modules["connsim_corner"]

    assert seconds(connsim) == 3600
