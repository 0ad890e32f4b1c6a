"""What virtual time can not see is told, not waited for. The guard's own clock is played by the tests."""

import _thread
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from connsim import World
from connsim.core.machine import Machine
from connsim.errors import GuardExpired
from connsim.virtual_time.coordinator import Coordinator, party
from connsim.virtual_time.guard import Standstill
from connsim.virtual_time.real_locks import ACQUIRE
from tests.virtual_time.corners.conftest import in_thread


class Stranger(threading.Thread):
    is_party = False


@pytest.fixture
def here(connsim: World) -> Coordinator:
    """The coordinator of the test's world."""
    assert connsim.prism.url
    found = party()
    assert isinstance(found, Coordinator)
    return found


@pytest.fixture
def expire_when(here: Coordinator) -> Iterator[Callable[[Callable[[], bool]], None]]:
    """Let the guard's time be up as soon as something is the case."""
    threads = []

    def expire_when(is_so: Callable[[], bool]) -> None:
        def watch() -> None:
            while not is_so():
                Machine.sleep(0.001)
            here.expire(60)

        thread = Stranger(target=watch)
        thread.start()
        threads.append(thread)

    yield expire_when
    for thread in threads:
        thread.join()


def hide(lock: _thread.LockType, begun: list[bool]) -> None:
    """Wait as compiled code does, unseen."""
    begun.append(True)
    ACQUIRE(lock)


def test_a_wait_for_a_hidden_wait_is_ended(
    connsim: World, here: Coordinator, expire_when: Callable[[Callable[[], bool]], None]
) -> None:
    """Somebody who waits for a party in a hidden wait is told who it is, what it does, and where."""
    lock, begun = _thread.allocate_lock(), list[bool]()
    lock.acquire()
    thread = threading.Thread(target=hide, args=(lock, begun), name="hidden")
    thread.start()
    expire_when(lambda: bool(begun) and bool(here._waiting) and not here._busy)

    with pytest.raises(
        GuardExpired,
        match=r"busy:\n  hidden: a computation, or a wait that is not virtual, in hide\(\) of test_guard.py, at "
        r"tests/virtual_time/test_guard.py:\d+\n(.|\n)*MainThread: a condition",
    ):
        thread.join()
    lock.release()
    thread.join()

    assert connsim.clock.elapsed() == 0


def test_a_hidden_wait_of_the_main_thread_is_ended(
    connsim: World, expire_when: Callable[[Callable[[], bool]], None]
) -> None:
    """The test's own thread is taken out of a wait that virtual time can not see."""
    lock, begun = _thread.allocate_lock(), list[bool]()
    lock.acquire()
    expire_when(lambda: bool(begun))

    with pytest.raises(GuardExpired, match=r"busy:\n  MainThread(.|\n)*Parties that wait:"):
        hide(lock, begun)

    time.sleep(1)
    assert connsim.clock.elapsed() == 10**9


def test_polling_without_a_pause_is_ended(connsim: World, expire_when: Callable[[Callable[[], bool]], None]) -> None:
    """A client that asks and asks at one moment lets no time pass, and is told so."""
    expire_when(lambda: len(connsim.journal.exchanges()) > 3)

    def poll() -> None:
        with httpx.Client(base_url=connsim.prism.url, verify=False) as http:
            while http.get("/_system/health").is_success:
                pass

    with pytest.raises(GuardExpired, match="polls without a pause"):
        poll()


class Watched:
    """A guard whose clock is played, and what it has said and done."""

    def __init__(self, coordinator: Coordinator, limit: float, monkeypatch: pytest.MonkeyPatch) -> None:
        self.said: list[str] = []
        self.expired: list[float] = []
        monkeypatch.setattr(coordinator, "expire", self.expired.append)
        self.look = Standstill(coordinator, limit, self.said.append).look


def test_the_guard_gives_up_after_its_limit(here: Coordinator, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock may stand still for as long as the limit says, and not longer."""
    guard = Watched(here, 60, monkeypatch)

    for now in (100, 130, 160):
        guard.look(now)
    assert guard.expired == []
    guard.look(161)

    assert guard.expired == [60]


def test_a_clock_that_moves_begins_anew(here: Coordinator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the time since the clock's last move counts."""
    guard = Watched(here, 60, monkeypatch)

    for now in (100, 150, 200, 250):
        guard.look(now)
        time.sleep(1)

    assert (guard.expired, guard.said) == ([], [])


def test_without_a_limit_the_guard_never_gives_up(here: Coordinator, monkeypatch: pytest.MonkeyPatch) -> None:
    """0 switches it off, for a debugger."""
    guard = Watched(here, 0, monkeypatch)

    guard.look(100)
    guard.look(100_000)

    assert guard.expired == []


def test_the_guard_says_once_what_is_awaited(here: Coordinator, monkeypatch: pytest.MonkeyPatch) -> None:
    """After five seconds, one line names who is busy and where."""
    guard = Watched(here, 60, monkeypatch)

    for now in (100, 105, 106, 120):
        guard.look(now)

    assert len(guard.said) == 1
    assert guard.said[0].startswith(
        "connsim: the clock has stood still for 6 seconds of real time, because of MainThread: a computation"
    )
    assert "at tests/virtual_time/test_guard.py:" in guard.said[0]
    assert guard.said[0].count("\n") == 1


def test_a_busy_block_is_named(connsim: World, here: Coordinator) -> None:
    """Real work of a ``with clock.busy():`` block is told as what it is."""
    begun, end = threading.Event(), _thread.allocate_lock()
    end.acquire()

    def work() -> None:
        with connsim.clock.busy():
            begun.set()
            ACQUIRE(end)

    thread = in_thread(work)
    begun.wait()

    assert any("a block of clock.busy()" in one for one in here.running())
    end.release()
    thread.join()


def test_a_bad_limit_is_refused(pytester: pytest.Pytester) -> None:
    """A limit that is no number is named, with what to write."""
    pytester.makeini("[pytest]\nconnsim_guard = soon\n")
    pytester.makepyfile("def test_it(connsim): pass")

    result = pytester.runpytest("-p", "no:cacheprovider")

    result.stdout.fnmatch_lines(["*connsim_guard is 'soon' in pytest's configuration. Expected seconds*"])
