"""Child processes, pipes and forks: they are real work, and their time-outs pass in real time."""

import asyncio
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

import pytest
import requests

from connsim import World
from connsim.core.durations import HOUR, MICROSECOND, MINUTE
from tests.virtual_time.conftest import Moments, in_thread

SLEEP = "/bin/sleep"
LATE = "0.05"
"""Seconds of real time for which a child works."""

SHORT = 0.05
"""Seconds of real time until a parent gives up."""

pytestmark = pytest.mark.skipif(not os.path.exists(SLEEP), reason="a system without /bin/sleep")


def run() -> None:
    """Run a child to its end."""
    subprocess.run([SLEEP, LATE], check=True)


def run_with_time_out() -> None:
    """Run a child that ends before its time-out."""
    subprocess.run([SLEEP, LATE], check=True, timeout=5)


def communicate() -> None:
    """Read what a child writes, with a time-out that it does not reach."""
    command = ["/bin/sh", "-c", f"sleep {LATE}; echo done"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.communicate(timeout=5) == ("done\n", "")


def read_line() -> None:
    """Read a line that a child writes."""
    with subprocess.Popen(["/bin/sh", "-c", f"sleep {LATE}; echo done"], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "done\n"


def wait() -> None:
    """Wait for a child, with and without a time-out that it does not reach."""
    for timeout in (5, None):
        with subprocess.Popen([SLEEP, LATE]) as child:
            assert child.wait(timeout) == 0


def system() -> None:
    """Run a command of the shell."""
    assert os.system(f"sleep {LATE}") == 0


def wait_by_number() -> None:
    """Wait for a child by its number."""
    pid = os.spawnv(os.P_NOWAIT, SLEEP, [SLEEP, LATE])
    assert os.waitpid(pid, 0)[0] == pid


def on_a_loop() -> None:
    """Read what a child of a loop writes, with a time-out that it does not reach."""

    async def main() -> bytes:
        child = await asyncio.create_subprocess_exec(
            "/bin/sh", "-c", f"sleep {LATE}; echo done", stdout=asyncio.subprocess.PIPE
        )
        return (await asyncio.wait_for(child.communicate(), 5))[0]

    assert asyncio.run(main()) == b"done\n"


CHILDREN = [run, run_with_time_out, communicate, read_line, wait, system, wait_by_number, on_a_loop]


@pytest.mark.parametrize("child", CHILDREN)
def test_a_child_takes_no_time(connsim: World, child: Callable[[], None]) -> None:
    """While a child works, time stands still, however it is waited for."""
    child()

    assert connsim.clock.elapsed() == 0


@pytest.mark.parametrize("child", CHILDREN)
def test_a_sleeper_beside_a_child(connsim: World, moments: Moments, child: Callable[[], None]) -> None:
    """While one thread waits for a child, the sleep of another does not end."""

    def sleeper() -> None:
        time.sleep(60)
        moments.note("slept")

    thread = in_thread(sleeper)
    child()
    moments.note("child")
    thread.join()

    assert moments.entries == [("child", 0), ("slept", MINUTE)]


def test_time_outs_of_children_come() -> None:
    """The time-outs of ``subprocess`` pass in real time, and the child is ended."""
    with World().frozen():
        for pipes in ({}, {"capture_output": True}):
            with pytest.raises(subprocess.TimeoutExpired):
                subprocess.run([SLEEP, "3600"], check=False, timeout=SHORT, **pipes)  # type: ignore[call-overload]


def test_waiting_for_a_child_is_given_up(connsim: World) -> None:
    """``Popen.wait`` and ``communicate`` give up, and the child lives on."""
    with subprocess.Popen([SLEEP, "3600"], stdout=subprocess.PIPE) as child:
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(SHORT)
        with pytest.raises(subprocess.TimeoutExpired):
            child.communicate(timeout=SHORT)
        assert child.poll() is None
        child.kill()


def test_a_loop_gives_a_child_up(connsim: World) -> None:
    """``wait_for`` around a child of a loop passes in real time."""

    async def main() -> None:
        child = await asyncio.create_subprocess_exec(SLEEP, "3600")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(child.wait(), SHORT)
        child.kill()
        await child.wait()

    asyncio.run(main())

    assert connsim.clock.elapsed() < HOUR


def test_time_passes_after_a_child(connsim: World) -> None:
    """A child that is over, or that nobody waits for, holds no clock."""
    run()
    with subprocess.Popen([SLEEP, "3600"]) as child:
        time.sleep(3600)
        child.kill()

    assert connsim.clock.elapsed() == HOUR


# --- pipes ---------------------------------------------------------------------------------------------------------


def test_a_pipe_between_threads(connsim: World, moments: Moments) -> None:
    """Who reads a pipe gets the bytes at the moment at which another thread writes them."""
    reading, writing = os.pipe()

    def reader() -> None:
        with os.fdopen(reading, "rb") as file:
            assert file.read(6) == b"letter"
        moments.note("letter")

    thread = in_thread(reader)
    time.sleep(60)
    os.write(writing, b"letter")
    thread.join()
    os.close(writing)

    assert moments.entries == [("letter", MINUTE)]


def test_a_pipe_of_multiprocessing(connsim: World) -> None:
    """``Connection.poll(timeout)`` between threads ends when its deadline is past: it says ``< 0``."""
    ours, theirs = multiprocessing.Pipe()
    with ours, theirs:
        assert not ours.poll(60)
        assert connsim.clock.elapsed() == MINUTE + MICROSECOND
        theirs.send("letter")
        assert ours.poll(60)
        assert ours.recv() == "letter"

    assert connsim.clock.elapsed() == MINUTE + MICROSECOND


# --- processes of multiprocessing ----------------------------------------------------------------------------------

POLLS = 50


def poll(url: str, done: Connection) -> None:
    """Ask an agent again and again, from another process, whose sleeps are real."""
    begun = time.monotonic()
    with requests.Session() as http:
        for _ in range(POLLS):
            http.get(url, timeout=5).raise_for_status()
    time.sleep(0.01)
    done.send(time.monotonic() - begun)


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_process_of_its_own_is_real(connsim: World, method: str) -> None:
    """However a process was started, its waits are real: no time-out ends early, and its clock runs."""
    context = multiprocessing.get_context(method)
    ours, theirs = context.Pipe()
    process = context.Process(target=poll, args=(f"{connsim.prism.url}/_system/health", theirs))  # type: ignore[attr-defined]
    process.start()
    took = ours.recv()
    process.join()

    assert process.exitcode == 0
    assert took > 0.005
    assert len(connsim.journal.exchanges()) == POLLS
    assert connsim.clock.elapsed() == 0


def test_a_child_in_python_is_real(connsim: World) -> None:
    """An interpreter that a test starts sees the time of its machine."""
    code = "import time; begun = time.monotonic(); time.sleep(0.01); print(time.monotonic() - begun > 0.005)"

    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert ended.stdout == "True\n"
    assert connsim.clock.elapsed() == 0
