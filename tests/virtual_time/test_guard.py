"""What virtual time can not see is told, not waited for."""

import queue
import threading
import time

import httpx
import pytest

from connsim import World
from connsim.errors import GuardExpired
from connsim.virtual_time import guard


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch, connsim: World) -> None:
    """A limit that a test can wait for, once the agent's port is open."""
    assert connsim.prism.url
    monkeypatch.setattr(guard, "LIMIT", 0.05)


def test_a_wait_for_a_hidden_wait_is_ended(connsim: World) -> None:
    """Somebody who waits for a party in a bare lock is told, with what to look for."""
    lock = threading.Lock()
    lock.acquire()

    def hidden() -> None:
        lock.acquire()

    thread = threading.Thread(target=hidden)
    thread.start()
    with pytest.raises(
        GuardExpired, match="The clock has not moved(.|\n)*1 party is busy(.|\n)*MainThread(.|\n)*bare Lock"
    ):
        thread.join()
    lock.release()
    thread.join()

    assert connsim.clock.elapsed() == 0


def test_a_hidden_wait_of_the_main_thread_is_ended(connsim: World) -> None:
    """The test's own thread is taken out of a wait that virtual time can not see."""
    lock = threading.Lock()
    lock.acquire()

    with pytest.raises(GuardExpired, match="Parties that wait: none"):
        lock.acquire()

    time.sleep(1)
    assert connsim.clock.elapsed() == 10**9


def test_a_simple_queue_is_a_hidden_wait(connsim: World) -> None:
    """The C queue is not covered, and said to be."""
    with pytest.raises(GuardExpired, match="SimpleQueue"):
        queue.SimpleQueue[str]().get()

    assert connsim.clock.elapsed() == 0


def test_polling_without_a_pause_is_ended(connsim: World) -> None:
    """A client that asks and asks at one moment lets no time pass, and is told so."""

    def poll() -> None:
        with httpx.Client(base_url=connsim.prism.url) as http:
            while http.get("/_system/health").is_success:
                pass

    with pytest.raises(GuardExpired, match="polls without a pause"):
        poll()
