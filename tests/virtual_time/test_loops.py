"""Event loops of test plugins, of background threads and of factories: each is virtual in a world, and real outside.

A loop may be older than the world and may outlive it. A test that uses no connsim never meets an error of ours.
"""

import asyncio
import selectors
import threading
import time
from collections.abc import Callable

import pytest

from connsim import World
from connsim.core.durations import HOUR, MILLISECOND, MINUTE
from tests.virtual_time.conftest import GUARD, Moments, in_thread


@pytest.fixture
def with_asyncio(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A user's folder in which pytest-asyncio and anyio are loaded."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:cacheprovider -p no:faker -p no:respx -p no:hypothesispytest")
    return pytester


TURNS = """
    import asyncio, time
    import pytest

    HOUR = 3600 * 10**9

    async def test_1_without():
        begun = time.monotonic()
        await asyncio.sleep(0.01)
        assert 0.005 < time.monotonic() - begun < 60

    async def test_2_with(connsim):
        await asyncio.sleep(3600)
        assert connsim.clock.elapsed() == HOUR

    async def test_3_without():
        begun = time.monotonic()
        await asyncio.sleep(0.01)
        assert 0.005 < time.monotonic() - begun < 60

    async def test_4_with(connsim):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3600):
                await asyncio.Event().wait()
        assert connsim.clock.elapsed() == HOUR

    class TestClass:
        async def test_5_with(self, connsim):
            await asyncio.to_thread(time.sleep, 3600)
            assert connsim.clock.elapsed() == HOUR

        async def test_6_without(self):
            await asyncio.to_thread(time.sleep, 0.001)

        def test_7_with(self, connsim):
            asyncio.run(asyncio.sleep(3600))
            assert connsim.clock.elapsed() == HOUR

    def test_8_with(connsim):
        time.sleep(3600)
        assert connsim.clock.elapsed() == HOUR
"""


@pytest.mark.parametrize("scope", ["function", "class", "module", "package", "session"])
def test_a_loop_of_pytest_asyncio(with_asyncio: pytest.Pytester, scope: str) -> None:
    """Whatever the scope of its loop, a test with a world waits in virtual time, and one without in real time."""
    with_asyncio.makepyfile(TURNS)
    with_asyncio.makeini(
        f"""
        [pytest]
        asyncio_mode = auto
        asyncio_default_fixture_loop_scope = {scope}
        asyncio_default_test_loop_scope = {scope}
        """
    )

    with_asyncio.runpytest_subprocess(timeout=GUARD).assert_outcomes(passed=8)


SHARED = """
    import asyncio, time
    import httpx, pytest, pytest_asyncio

    @pytest_asyncio.fixture(scope="session", loop_scope="session")
    async def http():
        async with httpx.AsyncClient(headers={"apikey": "k"}, timeout=5) as client:
            yield client

    @pytest_asyncio.fixture(scope="session", loop_scope="session")
    async def ticks():
        seen = []

        async def tick():
            while True:
                await asyncio.sleep(60)
                seen.append(time.monotonic())

        task = asyncio.create_task(tick())
        yield seen
        task.cancel()

    @pytest.mark.parametrize("turn", range(3))
    async def test_it(http, ticks, connsim, turn):
        made = (await http.post(f"{connsim.prism.url}/connections", json={})).json()
        before = len(ticks)
        for _ in range(60):
            await asyncio.sleep(60)
            await http.get(f"{connsim.prism.url}/connections/{made['connectionId']}")
        assert connsim.clock.elapsed() == 3600 * 10**9
        assert 59 <= len(ticks) - before <= 61

    async def test_after(http):
        await asyncio.sleep(0.001)
"""


def test_a_client_of_a_whole_session(with_asyncio: pytest.Pytester) -> None:
    """A client and a task that live on the loop of a session serve one world after the other."""
    with_asyncio.makepyfile(SHARED)
    with_asyncio.makeini(
        """
        [pytest]
        asyncio_mode = auto
        asyncio_default_fixture_loop_scope = session
        asyncio_default_test_loop_scope = session
        """
    )

    with_asyncio.runpytest_subprocess(timeout=GUARD).assert_outcomes(passed=4)


WITH_ANYIO = """
    import time
    import anyio, pytest

    pytestmark = pytest.mark.anyio

    @pytest.fixture(scope="{scope}")
    def anyio_backend():
        return "{backend}"

    @pytest.fixture(scope="{scope}")
    async def resource(anyio_backend):
        await anyio.sleep(0)
        yield "resource"
        await anyio.sleep(0)

    async def test_1_without(resource):
        await anyio.sleep(0.001)

    async def test_2_with(resource, connsim):
        await anyio.sleep(3600)
        assert connsim.clock.elapsed() == 3600 * 10**9

    async def test_3_without(resource):
        await anyio.sleep(0.001)

    async def test_4_with(resource, connsim):
        with pytest.raises(TimeoutError), anyio.fail_after(3600):
            await anyio.sleep_forever()
        assert connsim.clock.elapsed() == 3600 * 10**9

    async def test_5_with(connsim):
        await anyio.to_thread.run_sync(time.sleep, 3600)
        assert connsim.clock.elapsed() == 3600 * 10**9
"""


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("scope", ["function", "module", "session"])
def test_a_loop_of_anyio(with_asyncio: pytest.Pytester, scope: str, backend: str) -> None:
    """Whatever the scope and the backend of anyio's plugin, tests with a world wait in virtual time."""
    with_asyncio.makepyfile(WITH_ANYIO.format(scope=scope, backend=backend))

    with_asyncio.runpytest_subprocess("-p", "no:asyncio", timeout=GUARD).assert_outcomes(passed=5)


BACKGROUND = """
    import asyncio, threading, time
    import pytest

    LOOP = asyncio.new_event_loop()  # as libraries do that hide asyncio from their users
    threading.Thread(target=LOOP.run_forever, daemon=True).start()

    def call(coroutine, timeout=None):
        return asyncio.run_coroutine_threadsafe(coroutine, LOOP).result(timeout)

    async def wait(seconds):
        await asyncio.sleep(seconds)
        return "waited"

    def test_1_without():
        assert call(wait(0.001), 60) == "waited"

    @pytest.mark.parametrize("turn", range(2))
    def test_2_with(connsim, turn):
        assert call(wait(3600)) == "waited"
        assert connsim.clock.elapsed() == 3600 * 10**9

    def test_3_with(connsim):
        with pytest.raises(TimeoutError):
            call(wait(3600), 60)
        assert connsim.clock.elapsed() == 60 * 10**9

    def test_4_without():
        assert call(wait(0.001), 60) == "waited"
"""


def test_a_loop_in_a_background_thread(pytester: pytest.Pytester) -> None:
    """A loop in a thread that is older than all worlds waits in the time of each world that uses it."""
    pytester.makepyfile(BACKGROUND)

    pytester.runpytest_subprocess(timeout=GUARD).assert_outcomes(passed=5)


LAZY = BACKGROUND.replace(
    """    LOOP = asyncio.new_event_loop()  # as libraries do that hide asyncio from their users
    threading.Thread(target=LOOP.run_forever, daemon=True).start()

    def call(coroutine, timeout=None):
        return""",
    """    LOOP = None

    def call(coroutine, timeout=None):
        global LOOP
        if LOOP is None:
            LOOP = asyncio.new_event_loop()
            threading.Thread(target=LOOP.run_forever, daemon=True).start()
        return""",
).replace("    def test_1_without", "    def no_test")


def test_a_loop_of_the_first_world(pytester: pytest.Pytester) -> None:
    """A loop in a background thread that the first world began lives on in the second, and in real time after it."""
    pytester.makepyfile(LAZY)

    pytester.runpytest_subprocess(timeout=GUARD).assert_outcomes(passed=4)


# --- in one world --------------------------------------------------------------------------------------------------

FACTORIES: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "new_event_loop": asyncio.new_event_loop,
    "SelectorEventLoop": asyncio.SelectorEventLoop,
    "select": lambda: asyncio.SelectorEventLoop(selectors.SelectSelector()),
    "poll": lambda: asyncio.SelectorEventLoop(selectors.PollSelector()),
    "policy": lambda: asyncio.DefaultEventLoopPolicy().new_event_loop(),
}


@pytest.fixture(params=FACTORIES)
def factory(request: pytest.FixtureRequest) -> Callable[[], asyncio.AbstractEventLoop]:
    """A way to make a loop, as libraries do."""
    name: str = request.param
    return FACTORIES[name]


@pytest.mark.filterwarnings("ignore:.*DefaultEventLoopPolicy.*:DeprecationWarning")
@pytest.mark.parametrize("before", [True, False], ids=["from-before", "made-inside"])
def test_a_loop_of_any_factory(
    connsim_world: World, factory: Callable[[], asyncio.AbstractEventLoop], before: bool
) -> None:
    """However and whenever a loop was made, its waits are virtual in the world."""
    made = factory() if before else None
    with connsim_world.frozen():
        loop = made or factory()
        loop.run_until_complete(asyncio.sleep(3600))
        with pytest.raises(TimeoutError):
            loop.run_until_complete(asyncio.wait_for(loop.create_future(), 60))
        loop.close()

    assert connsim_world.clock.elapsed() == HOUR + MINUTE


def test_a_factory_in_a_thread(connsim: World, moments: Moments) -> None:
    """A server in a thread that names a factory for its loop, as uvicorn does, runs beside the test."""
    started, stop = threading.Event(), threading.Event()

    async def serve() -> None:
        await asyncio.sleep(2.01)
        started.set()
        while not stop.is_set():  # noqa: ASYNC110 (as uvicorn does)
            await asyncio.sleep(0.1)

    def run() -> None:
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(serve())

    thread = in_thread(run)
    while not started.is_set():
        time.sleep(0.05)
    moments.note("started")
    time.sleep(60)
    stop.set()
    thread.join()

    assert moments.entries == [("started", 2050 * MILLISECOND)]  # the test looks every 50 ms


def test_a_loop_from_before_in_a_thread(connsim_world: World) -> None:
    """A loop that was made before the world and is run by a thread of the test waits in its time."""
    loop = asyncio.new_event_loop()
    with connsim_world.frozen():
        thread = in_thread(loop.run_forever)
        assert asyncio.run_coroutine_threadsafe(asyncio.sleep(3600, "slept"), loop).result() == "slept"
        assert connsim_world.clock.elapsed() == HOUR
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
    loop.close()


def test_a_world_in_a_running_loop() -> None:
    """A world can be frozen inside a coroutine: from then on the loop's waits are virtual, and afterwards real."""
    world = World()

    async def main() -> None:
        with world.frozen():
            await asyncio.sleep(3600)
            async with asyncio.timeout(3600):
                await asyncio.sleep(60)
        begun = time.monotonic()
        await asyncio.sleep(0.001)
        assert time.monotonic() - begun < 60

    asyncio.run(main())

    assert world.clock.elapsed() == HOUR + MINUTE


def test_a_timer_from_before(connsim_world: World) -> None:
    """A timer that a loop set before the world fires in it when its rest has passed there, to the microsecond."""
    fired: list[int] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        done = asyncio.Event()

        def fire() -> None:
            fired.append(connsim_world.clock.elapsed())
            done.set()

        loop.call_later(0.05, fire)
        with connsim_world.frozen():
            await asyncio.sleep(3600)
        await asyncio.wait_for(done.wait(), 60)

    asyncio.run(main())

    assert connsim_world.clock.elapsed() == HOUR
    assert 0 <= fired[0] <= 50 * MILLISECOND  # some of it had passed in real time before


def test_tasks_that_yield_let_others_be_exact(connsim: World, moments: Moments) -> None:
    """A task that yields for ever does not keep another's time-out from its exact moment once it waits."""

    async def worker() -> None:
        for _ in range(100):
            await asyncio.sleep(0)
        await asyncio.sleep(60)
        moments.note("worked")

    async def main() -> None:
        task = asyncio.create_task(worker())
        await asyncio.sleep(30)
        moments.note("slept")
        await task

    asyncio.run(main())

    assert [what for what, _ in moments.entries] == ["slept", "worked"]


WEBHOOKS = """
    import http.server, threading, time
    import httpx

    def test_it(connsim):
        got = []

        class Receiver(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                got.append(connsim.clock.elapsed())
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.{server}(("127.0.0.1", 0), Receiver)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        connsim.script("prism-inviter", "accepts after 60 seconds")
        with httpx.Client(base_url=connsim.prism.url, headers={{"apikey": "k"}}) as agent:
            agent.post("/events/webhooks", json={{"url": "http://127.0.0.1:{{}}".format(server.server_port)}})
            agent.post("/connections", json={{}})
            time.sleep(3600)
        server.shutdown()
        thread.join()
        server.server_close()
        assert got[0] == 0
        assert got[1] == 60 * 10**9
        assert connsim.clock.elapsed() - 3600 * 10**9 <= 10**9
"""


@pytest.mark.parametrize("server", ["HTTPServer", "ThreadingHTTPServer"])
def test_a_receiver_of_webhooks_in_a_thread(pytester: pytest.Pytester, server: str) -> None:
    """A receiver of the test's own, on the server of the standard library, gets each event at its moment."""
    pytester.makepyfile(WEBHOOKS.format(server=server))
    pytester.makeini("[pytest]\nconnsim_guard = 5\n")

    pytester.runpytest_subprocess(timeout=GUARD).assert_outcomes(passed=1)
