"""Waiting costs nothing: the first form, for one client thread and its loops."""

import asyncio
import threading
import time
from datetime import UTC, datetime
from time import sleep as imported_sleep

import httpx
import pytest

from connsim import World
from connsim.core.clock import Clock
from connsim.core.durations import SECOND
from connsim.core.ends import Ever
from connsim.errors import Deadlock, Misuse
from connsim.faults.delay import Delay
from connsim.script.sequence import Sequence, Step

KEY = {"apikey": "k"}


def test_client_code_reads_the_clock() -> None:
    """Dates and both kinds of clock show the world's time, to the microsecond."""
    world = World()
    with world.frozen():
        before = (time.time(), time.monotonic())
        world.clock.advance("24 hours")
        after = (time.time(), time.monotonic())

        assert datetime.now(UTC) == world.clock.datetime()
        assert time.time_ns() // 1000 == world.clock.now() // 1000

    assert [b - a for a, b in zip(before, after, strict=True)] == [86_400, 86_400]


def test_sleeping_moves_the_clock() -> None:
    """``time.sleep`` returns at once, an exact while later, however it was imported."""
    world = World()
    with world.frozen():
        imported_sleep(3600)
        time.sleep(0.1)
        time.sleep(0)

    assert world.clock.elapsed() == 3600 * SECOND + 100_000_000


def test_a_negative_sleep_is_refused_as_ever() -> None:
    """What Python refuses stays refused."""
    with World().frozen(), pytest.raises(ValueError, match="non-negative"):
        time.sleep(-1)


def test_back_off_ends_exactly() -> None:
    """However odd the pauses, a deadline by ``time.monotonic`` is met to the nanosecond."""
    world = World()
    with world.frozen():
        deadline, pause = time.monotonic() + 3600, 0.1
        while (left := deadline - time.monotonic()) > 0:
            time.sleep(min(pause, left))
            pause *= 1.37

    assert world.clock.elapsed() == 3600 * SECOND


def test_strangers_sleep_really() -> None:
    """A thread that was there before is no party: it sleeps in real time, and nobody waits for it."""
    world, begin, end = World(), threading.Event(), threading.Event()

    def stranger() -> None:
        begin.wait()
        time.sleep(0.001)
        end.set()

    thread = threading.Thread(target=stranger)
    thread.start()
    with world.frozen():
        begin.set()
        with world.clock.busy():
            end.wait()
    thread.join()

    assert world.clock.elapsed() == 0


def test_tasks_of_a_loop_each_wake_in_time() -> None:
    """Several tasks with different deadlines wake each at its own moment, beyond asyncio's 24 hours too."""
    world = World()
    woken: list[tuple[str, int]] = []

    async def sleeper(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        woken.append((name, world.clock.elapsed()))

    async def main() -> None:
        await asyncio.gather(sleeper("days", 3 * 86_400), sleeper("minute", 60), sleeper("hour", 3600))

    with world.frozen():
        asyncio.run(main())

    assert woken == [("minute", 60 * SECOND), ("hour", 3600 * SECOND), ("days", 3 * 86_400 * SECOND)]


def test_a_time_out_ends_a_wait_exactly() -> None:
    """``asyncio.timeout`` is virtual too."""
    world = World()

    async def main() -> None:
        async with asyncio.timeout(86_400):
            await asyncio.Event().wait()

    with world.frozen(), pytest.raises(TimeoutError):
        asyncio.run(main())

    assert world.clock.elapsed() == 86_400 * SECOND


def test_time_waits_for_executor_jobs() -> None:
    """While a thread works for the loop, no time passes."""
    world = World()

    async def main() -> tuple[int, int]:
        job = asyncio.create_task(asyncio.to_thread(sum, range(100_000)))
        await asyncio.sleep(60)
        assert job.done()
        return await job, world.clock.elapsed()

    with world.frozen():
        assert asyncio.run(main()) == (4_999_950_000, 60 * SECOND)


def test_nothing_can_come_is_said_at_once() -> None:
    """A loop that waits for what nobody will send fails at once, with the story so far."""
    world = World()

    async def main() -> None:
        await asyncio.Event().wait()

    with (
        world.frozen(),
        pytest.raises(
            Deadlock, match="Every party waits, nothing is due(.|\n)*an event loop(.|\n)*Nothing has happened"
        ),
    ):
        asyncio.run(main())


def test_an_async_client_polls_for_a_day(connsim: World) -> None:
    """Real requests and virtual pauses take turns; no pause ends while a request is on its way."""
    connsim.script("prism-inviter", "accepts after 60 seconds")

    async def main() -> list[str]:
        async with httpx.AsyncClient(base_url=connsim.prism.url, headers=KEY) as http:
            made = (await http.post("/connections", json={})).json()
            seen = []
            for _ in range(120):
                seen.append((await http.get(f"/connections/{made['connectionId']}")).json()["state"])
                await asyncio.sleep(1)
            return seen

    seen = asyncio.run(main())

    assert seen == ["InvitationGenerated"] * 60 + ["ConnectionRequestReceived"] + ["ConnectionResponseSent"] * 59
    assert connsim.clock.elapsed() == 120 * SECOND


@pytest.mark.parametrize(("delay", "limit"), [(10, 5), (5, 5), (None, 5)], ids=["longer", "equal", "never"])
def test_an_async_client_times_out_exactly(connsim: World, delay: int | None, limit: int) -> None:
    """The read time-out of an async client is virtual, and wins over a reply that is due at the same moment."""
    hold(connsim, delay)

    with pytest.raises(httpx.ReadTimeout):
        asyncio.run(poll(connsim, limit))

    assert connsim.clock.elapsed() == limit * SECOND


def test_an_async_client_gets_a_late_reply_at_its_moment(connsim: World) -> None:
    """A reply that comes before the time-out comes exactly when it is due."""
    hold(connsim, 4)

    assert asyncio.run(poll(connsim, 5)) == "InvitationGenerated"
    assert connsim.clock.elapsed() == 4 * SECOND


def hold(world: World, seconds: int | None) -> None:
    """Let the agent hold back every reply about an inviter."""
    fault = Delay(None if seconds is None else seconds * SECOND)
    world.script("prism-inviter", Sequence((Step("InvitationGenerated", Ever(), fault),)))


async def poll(world: World, limit: int) -> str:
    """Make an invitation and ask for it once."""
    async with httpx.AsyncClient(base_url=world.prism.url, headers=KEY, timeout=limit) as http:
        made = (await http.post("/connections", json={})).json()
        return str((await http.get(f"/connections/{made['connectionId']}")).json()["state"])


def test_one_frozen_world_per_process() -> None:
    """A second frozen world is refused with the reason, and harms nothing."""
    world = World("first")
    with world.frozen():
        with pytest.raises(Misuse, match="seed='first'.* is frozen already. Expected one frozen world per process"):
            World().frozen().__enter__()
        time.sleep(1)

    assert world.clock.elapsed() == SECOND


def test_a_running_clock_can_not_be_frozen() -> None:
    """Frozen time needs a clock that stands still."""
    with pytest.raises(Misuse, match="whose clock runs cannot be frozen"):
        World(clock=Clock(running=True)).frozen().__enter__()


def test_nothing_stays_patched() -> None:
    """After the block everything is as it was, also after an error inside."""
    before = (time.time, time.sleep, imported_sleep, asyncio.new_event_loop, datetime)

    with pytest.raises(ZeroDivisionError), World().frozen():
        1 / 0  # noqa: B018

    assert (time.time, time.sleep, imported_sleep, asyncio.new_event_loop, datetime) == before
    loop = asyncio.new_event_loop()
    assert abs(loop.time() - time.monotonic()) < 60
    loop.close()
