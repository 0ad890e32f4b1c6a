"""Jobs run on threads of their own, one at a time, and their waits are virtual in a frozen world."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest

from connsim import World
from connsim.clients.agency_wire import AgencyError
from connsim.core.durations import SECOND
from connsim.core.exchange import Reply
from connsim.errors import StillPolling
from connsim.libvcx.errors import VcxError
from connsim.libvcx.transport import post
from connsim.libvcx.workers import Workers
from connsim.virtual_time.frozen import frozen

SOON = 10  # real seconds; stops a test that hangs


def done(workers: Workers) -> threading.Event:
    """Return an event that is set when all jobs so far are done."""
    event = threading.Event()
    workers.run("last", event.set)
    return event


def test_the_caller_is_not_blocked() -> None:
    """A job may wait for something that the caller does after the call."""
    workers, go, seen = Workers(), threading.Event(), []

    workers.run("waits", lambda: seen.append((go.wait(SOON), threading.current_thread())))
    go.set()

    assert done(workers).wait(SOON)
    assert [result for result, _ in seen] == [True]
    assert seen[0][1] is not threading.current_thread()


def test_jobs_run_in_the_order_of_their_calls() -> None:
    """A slow job is not overtaken by a later one."""
    workers, go = Workers(), threading.Event()
    seen: list[int] = []
    workers.run("slow", lambda: seen.append(go.wait(SOON)))
    for number in range(20):
        workers.run(str(number), partial(seen.append, number))
    last = done(workers)

    go.set()

    assert last.wait(SOON)
    assert seen == [True, *range(20)]


def test_no_thread_remains() -> None:
    """A thread ends with its job, and does not keep the process from ending."""
    workers = Workers()
    threads = []
    workers.run("a", lambda: threads.append(threading.current_thread()))
    done(workers).wait(SOON)
    threads[0].join(SOON)

    assert not threads[0].is_alive()
    assert threads[0].daemon


def test_a_thread_that_cannot_start_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """If a thread cannot start, the call is 1085, and the next call runs."""
    workers = Workers()

    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        with pytest.raises(VcxError) as caught:
            workers.run("none", lambda: None)

    assert caught.value.code == 1085
    assert done(workers).wait(SOON)


def test_a_job_that_raises_gives_up_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception is reported like that of any thread, and the next job runs."""
    reported: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", reported.append)
    workers = Workers()

    def fail() -> None:
        raise ZeroDivisionError

    workers.run("fails", fail)

    assert done(workers).wait(SOON)
    assert [args.exc_type for args in reported] == [ZeroDivisionError]


def test_waiting_for_an_answer_moves_the_clock(connsim: World, serve: Callable[[Reply], str]) -> None:
    """Two jobs wait 50 seconds each, one after the other, while the caller's time continues."""
    url = serve(Reply(200, wait=None))
    workers, moments = Workers(), []

    def ask() -> None:
        with suppress(AgencyError):
            post(url, b"x")
        moments.append(connsim.clock.elapsed())

    workers.run("first", ask)
    workers.run("second", ask)
    time.sleep(60)
    moments.append(connsim.clock.elapsed())

    assert done(workers).wait(1000)
    assert moments == [50 * SECOND, 60 * SECOND, 100 * SECOND]


def test_time_stands_still_while_a_job_works(connsim: World) -> None:
    """A pause of the caller does not end before the worker has done what takes no time."""
    workers, seen = Workers(), []

    def work() -> None:
        for _ in range(50_000):  # long enough for the caller to begin its pause
            pass
        seen.append(connsim.clock.elapsed())

    for _ in range(20):
        workers.run("works", work)
    time.sleep(1)

    assert seen == [0] * 20


def test_a_world_that_ends_ends_its_jobs() -> None:
    """When a world ends, its waiting and queued jobs end, and the jobs of the next world run."""
    workers = Workers()
    seen: list[str] = []

    def sleep_and_record(pause: float, name: str) -> None:
        time.sleep(pause)
        seen.append(name)

    with frozen(World("one")):
        workers.run("sleeps", partial(sleep_and_record, 3600, "slept"))
        workers.run("in line", partial(sleep_and_record, 1, "waited"))
        time.sleep(60)  # until both wait
    with frozen(World("two")) as world:
        workers.run("next", partial(sleep_and_record, 5, "next"))
        assert done(workers).wait(100)
        assert world.clock.elapsed() == 5 * SECOND

    assert seen == ["next"]


def test_jobs_of_other_worlds_are_not_awaited() -> None:
    """Jobs of a frozen world do not wait for a job that was started in real time."""
    workers, go = Workers(), threading.Event()
    seen: list[bool | str] = []
    workers.run("real", lambda: seen.append(go.wait(SOON)))

    with frozen(World()):
        workers.run("virtual", lambda: seen.append("virtual"))
        assert done(workers).wait(100)
    go.set()

    assert done(workers).wait(SOON)
    assert seen[0] == "virtual"


@pytest.mark.parametrize("queue", [1, 2])
def test_the_horizon_is_reported_to_the_client_only(connsim: World, queue: int) -> None:
    """A worker that waits at the horizon, for the clock or for its turn, ends silently."""
    workers = Workers()
    never = threading.Event()

    def poll() -> None:
        while True:
            time.sleep(3600)

    for _ in range(queue):
        workers.run("polls", poll)

    with pytest.raises(StillPolling):
        never.wait()
