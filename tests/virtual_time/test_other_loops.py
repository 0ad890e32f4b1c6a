"""Loops of other libraries: each waits in virtual time, or is refused at once, by its name and with the way out."""

import asyncio
import socket
import sys
import time
from collections.abc import Callable

import httpx
import pytest

from connsim import World
from connsim.core.durations import HOUR, MINUTE, SECOND
from tests.virtual_time.conftest import GUARD, Moments, Stranger, in_thread
from tests.virtual_time.test_matrix import KEY, slow_connection

trio = pytest.importorskip("trio", reason="trio is not installed; run: pip install trio")

# --- trio ----------------------------------------------------------------------------------------------------------


def test_trio_sleeps(connsim: World) -> None:
    """``trio.sleep``, ``trio.sleep_until`` and ``trio.current_time`` are virtual."""

    async def main() -> None:
        begun = trio.current_time()
        await trio.sleep(3600)
        await trio.sleep_until(begun + 7200)
        assert trio.current_time() - begun == pytest.approx(7200, abs=1e-6)

    trio.run(main)

    assert connsim.clock.elapsed() == 2 * HOUR


def test_trio_gives_up(connsim: World) -> None:
    """``move_on_after`` and ``fail_after`` end a wait at their exact moment."""

    async def main() -> None:
        with trio.move_on_after(60) as scope:
            await trio.sleep_forever()
        assert scope.cancelled_caught
        assert connsim.clock.elapsed() == MINUTE
        with pytest.raises(trio.TooSlowError), trio.fail_after(60):
            await trio.sleep_forever()

    trio.run(main)

    assert connsim.clock.elapsed() == 2 * MINUTE


def test_tasks_of_trio(connsim: World, moments: Moments) -> None:
    """Tasks, threads and the worker threads of trio share the clock."""

    async def sleep(seconds: float) -> None:
        await trio.sleep(seconds)
        moments.note(f"task {seconds}")

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for seconds in (90, 30):
                nursery.start_soon(sleep, seconds)
            await trio.to_thread.run_sync(time.sleep, 60)
            moments.note("worker")

    def sleep_in_thread() -> None:
        time.sleep(45)
        moments.note("thread")

    thread = in_thread(sleep_in_thread)
    trio.run(main)
    thread.join()

    assert moments.entries == [
        ("task 30", 30 * SECOND),
        ("thread", 45 * SECOND),
        ("worker", 60 * SECOND),
        ("task 90", 90 * SECOND),
    ]


@pytest.mark.parametrize(("delay", "timeout"), [(3, 5), (5, 5), (8, 5), (None, 5)])
def test_a_client_on_trio(connsim: World, delay: float | None, timeout: float) -> None:
    """A client of httpx on trio gets a reply at its moment, and gives up at its own, which wins if both are one."""
    url = slow_connection(connsim, delay)
    late = delay is None or delay >= timeout

    async def main() -> None:
        async with httpx.AsyncClient(headers=KEY, timeout=timeout, verify=False) as http:
            if late:
                with pytest.raises(httpx.ReadTimeout):
                    await http.get(url)
            else:
                assert (await http.get(url)).is_success

    trio.run(main)

    assert connsim.clock.elapsed() == (timeout if late else delay or 0) * SECOND


def test_a_stranger_on_trio(connsim: World, stranger: Stranger) -> None:
    """An answer of a stranger is awaited in real time, for which the clock stands still."""

    async def main() -> None:
        stream = await trio.open_tcp_stream(*stranger.tcp)
        async with stream:
            await stream.send_all(b"0.05\n")
            with trio.fail_after(5):
                assert await stream.receive_some(100) == b"late\n"

    trio.run(main)

    assert connsim.clock.elapsed() == 0


# --- libraries that this project does not install ------------------------------------------------------------------

Run = Callable[[str, str], pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Run a test that needs a library, in a process of its own: these libraries change it for good."""

    def run_it(library: str, code: str) -> pytest.RunResult:
        pytest.importorskip(library, reason=f"{library} is not installed; run: pip install {library}")
        pytester.makepyfile(code)
        pytester.makeini("[pytest]\nconnsim_guard = 5\n")
        # pytest-rerunfailures breaks what gevent patches, with and without a world.
        arguments = ("-W", "ignore::DeprecationWarning", "-p", "no:rerunfailures")
        return pytester.runpytest_subprocess(*arguments, timeout=GUARD)

    return run_it


def works_or_is_refused(result: pytest.RunResult, name: str, passed: int) -> None:
    """Expect that all tests passed, or that each that did not was told by which library, and what to do."""
    if result.parseoutcomes() == {"passed": passed}:
        return
    result.stdout.fnmatch_lines([f"*NotVirtual: *{name}*Expected*"])
    result.stdout.no_fnmatch_line("*GuardExpired*")
    result.stdout.no_fnmatch_line("*WorldOver*")


UVLOOP = """
    import asyncio, time
    import uvloop

    def waits(connsim):
        begun = time.monotonic()
        asyncio.run(asyncio.sleep(3600))

    def test_run(connsim):
        uvloop.run(asyncio.sleep(3600))
        assert connsim.clock.elapsed() == 3600 * 10**9

    def test_factory(connsim):
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(asyncio.sleep(3600))
        assert connsim.clock.elapsed() == 3600 * 10**9

    def test_policy(connsim):
        before = asyncio.get_event_loop_policy()
        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
        try:
            asyncio.run(asyncio.sleep(3600))
        finally:
            asyncio.set_event_loop_policy(before)
        assert connsim.clock.elapsed() == 3600 * 10**9
"""


def test_uvloop(run: Run) -> None:
    """A loop in C is virtual or is refused by name, however it was asked for."""
    works_or_is_refused(run("uvloop", UVLOOP), "uvloop", 3)


def test_uvloop_without_a_world(run: Run) -> None:
    """A test without a world uses uvloop as ever, also after one with a world."""
    code = """
        import asyncio, time
        import uvloop

        def test_1(connsim):
            time.sleep(60)

        def test_2():
            begun = time.monotonic()
            uvloop.run(asyncio.sleep(0.01))
            assert 0.005 < time.monotonic() - begun < 60
    """

    run("uvloop", code).assert_outcomes(passed=2)


GEVENT = """
    import gevent

    def test_sleep(connsim):
        gevent.sleep(3600)
        assert connsim.clock.elapsed() == 3600 * 10**9

    def test_greenlets(connsim):
        gevent.joinall([gevent.spawn(gevent.sleep, 60) for _ in range(3)], timeout=3600)
        assert connsim.clock.elapsed() == 60 * 10**9
"""


def test_gevent(run: Run) -> None:
    """gevent, whose loop is in C, is virtual or is refused by name."""
    works_or_is_refused(run("gevent", GEVENT), "gevent", 2)


def test_gevent_that_has_patched_everything(run: Run) -> None:
    """After ``gevent.monkey.patch_all`` a world works or is refused by name, and a test without one runs as ever."""
    code = """
        from gevent import monkey
        monkey.patch_all()
        import time

        def test_with(connsim):
            time.sleep(3600)
            assert connsim.clock.elapsed() == 3600 * 10**9

        def test_without():
            time.sleep(0.001)
    """
    result = run("gevent", code)

    works_or_is_refused(result, "gevent", 2)
    assert result.parseoutcomes()["passed"] >= 1


TWISTED = """
    import time
    from twisted.internet import defer, reactor, task, threads

    def test_it(connsim):
        seen = []

        def note(what):
            seen.append((what, connsim.clock.elapsed() / 10**9))

        async def main():
            loop = task.LoopingCall(note, "tick")
            loop.start(60, now=False)
            await task.deferLater(reactor, 150, note, "later")
            loop.stop()
            await threads.deferToThread(time.sleep, 30)
            note("thread")
            try:
                await defer.Deferred().addTimeout(20, reactor)
            except defer.TimeoutError:
                note("time-out")
            reactor.stop()

        reactor.callWhenRunning(lambda: defer.ensureDeferred(main()).addErrback(lambda e: (note(e), reactor.stop())))
        reactor.run(installSignalHandlers=False)
        assert seen == [("tick", 60), ("tick", 120), ("later", 150), ("thread", 180), ("time-out", 200)]
"""


@pytest.mark.parametrize("reactor", ["epoll", "poll", "select", "asyncio"])
def test_twisted(run: Run, reactor: str) -> None:
    """Each of Twisted's reactors calls at the exact moments, and its threads and time-outs are virtual."""
    install = f"from twisted.internet import {reactor}reactor; {reactor}reactor.install()\n"
    run("twisted", install + "\n".join(line[4:] for line in TWISTED.splitlines())).assert_outcomes(passed=1)


NESTED = """
    import asyncio
    import nest_asyncio, pytest

    nest_asyncio.apply()

    def wait(seconds):
        asyncio.get_event_loop().run_until_complete(asyncio.sleep(seconds))

    def test_run(connsim):
        asyncio.run(asyncio.sleep(3600))
        assert connsim.clock.elapsed() == 3600 * 10**9

    def test_nested(connsim):
        async def main():
            wait(60)
            await asyncio.sleep(60)
            with pytest.raises(TimeoutError):
                asyncio.run(asyncio.wait_for(asyncio.Event().wait(), 60))

        asyncio.run(main())
        assert connsim.clock.elapsed() == 180 * 10**9

    def test_without():
        asyncio.run(asyncio.sleep(0.001))
"""


def test_nest_asyncio(run: Run) -> None:
    """Loops that ``nest_asyncio`` lets run within each other are virtual."""
    run("nest_asyncio", NESTED).assert_outcomes(passed=3)


UVICORN = """
    import threading, time
    import httpx, uvicorn

    async def app(scope, receive, send):
        if scope["type"] == "http":
            await receive()
            GOT.append(scope["path"])
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})

    GOT = []

    def test_it(connsim):
        config = uvicorn.Config(app, port=0, log_level="error", loop="LOOP", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(base_url=connsim.prism.url, headers={"apikey": "k"}) as agent:
            agent.post("/events/webhooks", json={"url": f"http://127.0.0.1:{port}/hook"})
            agent.post("/connections", json={})
            time.sleep(60)
        server.should_exit = True
        thread.join()
        assert GOT == ["/hook"]
        assert connsim.clock.elapsed() < 3600 * 10**9
"""


def test_uvicorn_in_a_thread(run: Run) -> None:
    """A receiver of webhooks on uvicorn, in a thread of the test, gets its event."""
    run("uvicorn", UVICORN.replace("LOOP", "asyncio")).assert_outcomes(passed=1)


def test_uvicorn_on_uvloop_in_a_thread(run: Run) -> None:
    """A thread whose loop is refused does not hang the test: the test is told of it."""
    pytest.importorskip("uvicorn", reason="uvicorn is not installed; run: pip install uvicorn")
    works_or_is_refused(run("uvloop", UVICORN.replace("LOOP", "uvloop")), "uvloop", 1)


# --- without a library ---------------------------------------------------------------------------------------------


def test_a_loop_that_is_entered_again(connsim: World) -> None:
    """A loop that a callback runs once more, as code does that cannot wait for its end, is virtual inside as well."""
    loop = asyncio.new_event_loop()

    def once_more(future: "asyncio.Future[None]") -> None:
        running = asyncio._get_running_loop()
        task = asyncio.current_task(loop)
        assert task is not None
        leave(task)
        while not future.done():
            loop._run_once()  # type: ignore[attr-defined]
        asyncio._set_running_loop(running)
        enter(task)

    def leave(task: "asyncio.Task[object]") -> None:
        asyncio.tasks._leave_task(loop, task)

    def enter(task: "asyncio.Task[object]") -> None:
        asyncio.tasks._enter_task(loop, task)

    async def main() -> None:
        await asyncio.sleep(60)
        once_more(asyncio.ensure_future(asyncio.sleep(60)))
        await asyncio.sleep(60)

    try:
        loop.run_until_complete(main())
    finally:
        loop.close()

    assert connsim.clock.elapsed() == 3 * MINUTE


@pytest.mark.skipif(sys.platform != "linux", reason="a system without epoll")
def test_a_loop_of_nobodys(connsim: World) -> None:
    """A loop that is written by hand on ``epoll`` waits in virtual time."""
    import select

    ours, theirs = socket.socketpair()
    with select.epoll() as epoll, ours, theirs:
        epoll.register(ours, select.EPOLLIN)
        begun = time.monotonic()
        while (left := begun + 3600 - time.monotonic()) > 0:
            assert epoll.poll(min(60, left)) == []

    assert connsim.clock.elapsed() == HOUR
