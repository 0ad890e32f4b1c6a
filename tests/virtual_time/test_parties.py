"""Many parties, one clock: each wait ends at its own moment, and nothing ends early."""

import asyncio
import concurrent.futures
import queue
import threading
import time
from collections.abc import Callable

import httpx
import pytest
import requests

from connsim import World
from connsim.core.durations import DAY, SECOND
from connsim.errors import Deadlock, StillPolling

KEY = {"apikey": "k"}


class Diary:
    """What happened, and at which second of the world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.entries: list[tuple[str, float]] = []

    def note(self, what: str) -> None:
        """Write down that something happened now."""
        self.entries.append((what, self.world.clock.elapsed() / SECOND))


@pytest.fixture
def diary(connsim: World) -> Diary:
    """A diary of the test's world."""
    return Diary(connsim)


def in_threads(*work: Callable[[], object]) -> None:
    """Run each in a thread of its own, to its end."""
    threads = [threading.Thread(target=job, name=f"worker-{n}") for n, job in enumerate(work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_threads_sleep_side_by_side(diary: Diary) -> None:
    """Two threads with different pauses take turns, and the test's thread waits for both."""

    def worker(name: str, pause: int, times: int) -> None:
        for _ in range(times):
            time.sleep(pause)
            diary.note(name)

    in_threads(lambda: worker("two", 2, 3), lambda: worker("five", 5, 2))

    assert diary.entries == [("two", 2), ("two", 4), ("five", 5), ("two", 6), ("five", 10)]


def test_threads_poll_over_real_sockets(connsim: World) -> None:
    """Polls of several threads happen each at its own moment, while others are on their way."""
    url = f"{connsim.prism.url}/connections"

    def poller(pause: int, until: int) -> None:
        with requests.Session() as http:
            while connsim.clock.elapsed() < until * SECOND:
                assert http.get(url, headers={"apikey": str(pause)}, timeout=5).status_code == 200
                time.sleep(pause)

    in_threads(*(lambda pause=pause: poller(pause, 600) for pause in (2, 3, 7, 60)))

    for pause in (2, 3, 7, 60):
        moments = [e.at - connsim.clock.start for e in connsim.journal.exchanges(client=str(pause))]
        assert moments == list(range(0, 600 * SECOND, pause * SECOND))


def test_a_loop_and_a_thread_share_the_clock(connsim: World, diary: Diary) -> None:
    """An asyncio client and a thread with a blocking client live on one clock."""

    def thread() -> None:
        with httpx.Client(base_url=connsim.prism.url, headers=KEY) as http:
            for _ in range(3):
                time.sleep(3)
                http.get("/_system/health")
                diary.note("thread")

    async def main() -> None:
        worker = threading.Thread(target=thread)
        worker.start()
        async with httpx.AsyncClient(base_url=connsim.prism.url, headers=KEY) as http:
            for _ in range(5):
                await asyncio.sleep(2)
                await http.get("/_system/health")
                diary.note("loop")
        worker.join()

    asyncio.run(main())

    assert sorted(diary.entries) == sorted(
        [*(("loop", 2 * n) for n in range(1, 6)), *(("thread", 3 * n) for n in (1, 2, 3))]
    )


def test_stop_event_of_a_worker(diary: Diary) -> None:
    """``while not stop.wait(60)`` works once a minute until it is told to stop."""
    stop = threading.Event()

    def worker() -> None:
        while not stop.wait(60):
            diary.note("work")
        diary.note("stop")

    thread = threading.Thread(target=worker)
    thread.start()
    time.sleep(200)
    stop.set()
    thread.join()

    assert diary.entries == [("work", 60), ("work", 120), ("work", 180), ("stop", 200)]


def test_queue_with_a_time_out(diary: Diary) -> None:
    """``queue.get(timeout)`` ends with the item or at its time-out, exactly."""
    letters: queue.Queue[str] = queue.Queue()

    def sender() -> None:
        time.sleep(90)
        letters.put("letter")

    thread = threading.Thread(target=sender)
    thread.start()
    with pytest.raises(queue.Empty):
        letters.get(timeout=60)
    diary.note("empty")
    assert letters.get(timeout=60) == "letter"
    diary.note("letter")
    thread.join()

    assert diary.entries == [("empty", 60), ("letter", 90)]


def slept(pause: float, result: object) -> object:
    """Sleep, and hand the result over."""
    time.sleep(pause)
    return result


def test_future_with_a_time_out(diary: Diary) -> None:
    """``Future.result(timeout)`` ends with the result or at its time-out, exactly."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        job = pool.submit(slept, 90, "done")
        with pytest.raises(TimeoutError):
            job.result(timeout=60)
        diary.note("time-out")
        assert job.result(timeout=60) == "done"
        diary.note("done")

    assert diary.entries == [("time-out", 60), ("done", 90)]


def test_as_completed(diary: Diary) -> None:
    """Jobs are handed over as they end; the pool's idle threads hold nobody up."""
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(slept, pause, pause) for pause in (30, 10, 20)]
        for job in concurrent.futures.as_completed(jobs, timeout=60):
            diary.note(str(job.result()))
        time.sleep(5)
        diary.note("rest")

    assert diary.entries == [("10", 10), ("20", 20), ("30", 30), ("rest", 35)]


def test_executor_jobs_hold_time(connsim: World, diary: Diary) -> None:
    """While a job computes or asks, no time passes; a job that sleeps lets it pass."""

    def compute() -> None:
        sum(range(300_000))
        diary.note("computed")

    def ask() -> None:
        httpx.get(f"{connsim.prism.url}/_system/health").raise_for_status()
        diary.note("asked")

    def rest() -> None:
        time.sleep(5)
        diary.note("rested")

    async def main() -> None:
        async def wake(seconds: int) -> None:
            await asyncio.sleep(seconds)
            diary.note(f"woke {seconds}")

        await asyncio.gather(wake(3), *(asyncio.to_thread(job) for job in (compute, ask, rest)), wake(7))

    asyncio.run(main())

    assert sorted(diary.entries[:2]) == [("asked", 0), ("computed", 0)]
    assert diary.entries[2:] == [("woke 3", 3), ("rested", 5), ("woke 7", 7)]


def test_sleeping_inside_a_coroutine_stops_its_loop(diary: Diary) -> None:
    """``time.sleep`` in a coroutine holds its loop up, as it does in real time."""

    async def main() -> None:
        async def wake() -> None:
            await asyncio.sleep(1)
            diary.note("timer")

        task = asyncio.create_task(wake())
        await asyncio.sleep(0)
        time.sleep(10)  # noqa: ASYNC251 (the mistake is the point)
        diary.note("blocked")
        await task

    asyncio.run(main())

    assert diary.entries == [("blocked", 10), ("timer", 10)]


def test_background_clients_live_through_an_advance(connsim: World, diary: Diary) -> None:
    """``clock.advance`` means that this thread sleeps: a client in another thread goes on polling meanwhile."""

    def client() -> None:
        for _ in range(24):
            httpx.get(f"{connsim.prism.url}/_system/health")
            time.sleep(3600)
        diary.note("over")

    thread = threading.Thread(target=client)
    thread.start()
    connsim.clock.advance("12 hours")
    polls = len(connsim.journal.exchanges())
    connsim.clock.advance("24 hours")
    thread.join()

    assert polls in (12, 13)  # the thirteenth falls on the very moment
    assert diary.entries == [("over", 24 * 3600)]
    assert connsim.clock.elapsed() == 36 * 3600 * SECOND


def test_busy_blocks_hold_the_clock(diary: Diary, connsim: World) -> None:
    """Real work in a ``with clock.busy():`` block takes no time, even if everybody else sleeps."""
    begun, over = threading.Event(), threading.Event()

    def stranger_work() -> None:
        with connsim.clock.busy():
            begun.set()
            sum(range(500_000))
            diary.note("worked")
        over.set()

    def sleeper() -> None:
        begun.wait()
        time.sleep(60)
        diary.note("slept")

    in_threads(stranger_work, sleeper)

    assert diary.entries == [("worked", 0), ("slept", 60)]
    assert over.is_set()


def test_semaphores_conditions_and_timers(diary: Diary) -> None:
    """What stands on conditions is virtual too."""
    gate, ready = threading.Semaphore(0), threading.Condition()
    threading.Timer(30, gate.release).start()
    assert not gate.acquire(timeout=10)
    diary.note("closed")
    assert gate.acquire(timeout=60)
    diary.note("open")
    with ready:
        assert not ready.wait_for(lambda: False, timeout=15)
    diary.note("given up")

    assert diary.entries == [("closed", 10), ("open", 30), ("given up", 45)]


def test_joining_with_a_time_out(diary: Diary) -> None:
    """``Thread.join(timeout)`` returns at its time-out, and the thread lives on."""
    thread = threading.Thread(target=time.sleep, args=(60,))
    thread.start()
    thread.join(timeout=20)
    diary.note(f"alive: {thread.is_alive()}")
    thread.join()
    diary.note(f"alive: {thread.is_alive()}")

    assert diary.entries == [("alive: True", 20), ("alive: False", 60)]


def test_a_client_without_an_end_meets_the_horizon(connsim: World) -> None:
    """A poller that would never stop is stopped after 40 days, with its polls and the last state."""
    connection = connsim.prism.cloud_agent.create(connsim.prism.cloud_agent.wallet("k"))

    def poll_for_ever() -> None:
        with httpx.Client(base_url=connsim.prism.url, headers=KEY) as http:
            while http.get(f"/connections/{connection.id}").is_success:
                time.sleep(3600)

    with pytest.raises(StillPolling, match="still waits 40 days after .* last of 961 polls showed InvitationGenerated"):
        poll_for_ever()

    assert connsim.clock.elapsed() == 40 * DAY


def test_a_deadlock_names_everybody(connsim: World) -> None:
    """When nothing can ever happen, every party is told at once what all of them wait for."""
    told: list[str] = []

    def worker() -> None:
        try:
            queue.Queue[str]().get()
        except Deadlock as deadlock:
            told.append(str(deadlock))

    thread = threading.Thread(target=worker, name="worker")
    thread.start()

    with pytest.raises(
        Deadlock,
        match=r"Every party waits(?=(.|\n)*worker: a condition, event)(?=(.|\n)*MainThread: a condition, event)",
    ):
        thread.join()

    thread.join()
    assert len(told) == 1
    assert connsim.clock.elapsed() == 0


def test_a_loop_from_before_is_virtual() -> None:
    """A loop that was made before the world was frozen waits in virtual time too."""
    loop = asyncio.new_event_loop()
    try:
        with World().frozen() as world:
            loop.run_until_complete(asyncio.sleep(3600))
    finally:
        loop.close()

    assert world.clock.elapsed() == 3600 * SECOND


def test_errors_in_threads_leave_the_clock_usable(diary: Diary, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that dies is no party any more."""
    monkeypatch.setattr(threading, "excepthook", lambda _: None)

    def dies() -> None:
        time.sleep(5)
        raise OSError("unlucky")

    in_threads(dies)
    time.sleep(5)
    diary.note("alive")

    assert diary.entries == [("alive", 10)]


def test_threads_end_with_their_world() -> None:
    """A poller that is left in the background ends when its world does, and does not reach into the next."""
    ended: list[str] = []

    def poller() -> None:
        try:
            while True:
                time.sleep(60)
        finally:
            ended.append("poller")

    thread = threading.Thread(target=poller)
    with World().frozen():
        thread.start()
    thread.join()

    assert ended == ["poller"]
    with World().frozen() as world:
        time.sleep(5)
        assert world.clock.elapsed() == 5 * SECOND
