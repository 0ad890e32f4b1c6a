"""References to clocks and waits that client code keeps: they are virtual in a world, wherever they are kept."""

import datetime as dates
import functools
import logging
import sched
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from time import monotonic as imported_monotonic
from time import sleep as imported_sleep

import cachetools
import pytest

from connsim import World
from connsim.core.clock import Clock
from connsim.core.durations import HOUR, MINUTE, SECOND

Wait = Callable[[float], object]


def by_default_argument(seconds: float, sleep: Wait = time.sleep) -> None:
    """Sleep by a default argument."""
    sleep(seconds)


def by_default_keyword(seconds: float, *, sleep: Wait = time.sleep) -> None:
    """Sleep by a default argument that is given by name."""
    sleep(seconds)


def _closing_over(sleep: Wait) -> Wait:
    def wait(seconds: float) -> None:
        sleep(seconds)

    return wait


class Sleeper:
    """Keeps sleeps as a class and as an object."""

    of_class = staticmethod(time.sleep)

    def __init__(self) -> None:
        self.of_object = time.sleep

    def by_class(self, seconds: float) -> None:
        """Sleep by an attribute of the class."""
        self.of_class(seconds)

    def by_object(self, seconds: float) -> None:
        """Sleep by an attribute of the object."""
        self.of_object(seconds)


@dataclass
class Pauses:
    """Keeps sleeps as a dataclass."""

    sleep: Wait = time.sleep
    made: Wait = field(default_factory=lambda: time.sleep)


class Slotted:
    """Keeps a sleep where no dictionary is."""

    __slots__ = ("sleep",)

    def __init__(self) -> None:
        self.sleep = time.sleep


SLEEPS: dict[str, Wait] = {
    "imported": imported_sleep,
    "default": by_default_argument,
    "keyword": by_default_keyword,
    "closure": _closing_over(time.sleep),
    "partial": functools.partial(time.sleep),
    "class": Sleeper().by_class,
    "object": Sleeper().by_object,
    "dataclass": Pauses().sleep,
    "factory": Pauses().made,
    "slot": Slotted().sleep,
    "list": [time.sleep][0],
    "dictionary": {"sleep": time.sleep}["sleep"],
    "getattr": functools.partial(getattr(time, "sleep")),  # noqa: B009 (as code that is configured by names does)
    "map": lambda seconds: list(map(time.sleep, [seconds])),
}


@pytest.mark.parametrize("sleep", SLEEPS.values(), ids=SLEEPS)
def test_a_kept_sleep(connsim: World, sleep: Wait) -> None:
    """A reference to ``time.sleep`` from before the world moves its clock."""
    sleep(3600)

    assert connsim.clock.elapsed() == HOUR


@dataclass
class Stamp:
    """Knows when it was made."""

    made: float = field(default_factory=time.time)
    date: datetime = field(default_factory=functools.partial(datetime.now, UTC))


def by_default_clock(clock: Callable[[], float] = time.monotonic) -> float:
    """Read a clock that is a default argument."""
    return clock()


NOW = datetime.now
UTCNOW = datetime.utcnow
TODAY = date.today
CLOCKS: dict[str, Callable[[], float]] = {
    "time": time.time,
    "monotonic": imported_monotonic,
    "perf_counter": time.perf_counter,
    "default": by_default_clock,
    "partial": functools.partial(time.time),
    "stamp": lambda: Stamp().made,
    "nanoseconds": functools.partial(lambda clock: clock() / 10**9, time.monotonic_ns),
    "now": lambda: NOW().timestamp(),
    "now-in-zone": lambda: NOW(UTC).timestamp(),
    "utcnow": lambda: UTCNOW().replace(tzinfo=UTC).timestamp(),
    "stamp-date": lambda: Stamp().date.timestamp() + 0,
    "module": lambda: dates.datetime.now(dates.UTC).timestamp(),
    "log-record": lambda: logging.makeLogRecord({}).created,
    "gmtime": lambda gmtime=time.gmtime: float(gmtime().tm_hour * 3600),  # type: ignore[misc]
}


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
@pytest.mark.parametrize("clock", CLOCKS.values(), ids=CLOCKS)
def test_a_kept_clock(connsim: World, clock: Callable[[], float]) -> None:
    """A reference to a clock from before the world tells the world's time."""
    before = clock()
    connsim.clock.advance("1 hour")

    assert clock() - before == pytest.approx(3600, abs=1e-6)  # floats


def test_kept_dates(connsim: World) -> None:
    """Bound methods of ``datetime`` and ``date`` from before the world tell its date."""
    assert NOW(UTC) == connsim.clock.datetime()
    assert TODAY() == connsim.clock.datetime().astimezone().date()


CACHE: cachetools.TTLCache[str, str] = cachetools.TTLCache(10, ttl=60)
"""As a client keeps its token: made when its module is imported, by a clock that is a default argument."""


def test_a_cache_expires(connsim: World) -> None:
    """An entry of ``cachetools.TTLCache`` expires in virtual time, also in a cache from before the world."""
    for cache in (CACHE, cachetools.TTLCache[str, str](10, ttl=60)):
        cache["token"] = "t"
        time.sleep(59)
        assert cache.get("token") == "t"
        time.sleep(1)
        assert cache.get("token") is None


def test_a_cached_function_expires(connsim: World) -> None:
    """``cachetools.cached`` calls again when the time of a result is up."""
    calls = []

    @cachetools.cached(cachetools.TTLCache(10, ttl=60))
    def token() -> int:
        calls.append(connsim.clock.elapsed())
        return len(calls)

    for _ in range(5):
        token()
        time.sleep(30)

    assert calls == [0, 60 * SECOND, 120 * SECOND]


SCHEDULER = sched.scheduler()
"""Its default arguments are a clock and a sleep."""


def test_a_scheduler(connsim: World) -> None:
    """``sched.scheduler`` calls at the exact moments, with its default arguments, also if made before the world."""
    for scheduler in (SCHEDULER, sched.scheduler(), sched.scheduler(time.time, time.sleep)):
        begun, called = connsim.clock.elapsed(), []
        for delay in (3600, 60, 10):
            scheduler.enter(delay, 1, lambda: called.append(connsim.clock.elapsed() - begun))  # noqa: B023
        scheduler.run()
        assert called == [10 * SECOND, MINUTE, HOUR]


class Client:
    """A client with an injectable clock, as client libraries have it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, sleep: Wait = time.sleep) -> None:
        self._clock = clock
        self._sleep = sleep

    def give_up_after(self, seconds: float) -> None:
        """Wait, ten seconds at a time, until so many have passed."""
        begun = self._clock()
        while self._clock() - begun < seconds:
            self._sleep(10)


CLIENT = Client()


def test_an_injectable_clock(connsim: World) -> None:
    """A client whose clock and sleep can be replaced, and are not, gives up in virtual time."""
    CLIENT.give_up_after(3600)

    assert connsim.clock.elapsed() == HOUR


def test_called_by_compiled_code(connsim: World) -> None:
    """A sleep that compiled code calls is virtual: as a job, as a thread's target, in a map and in a filter."""
    with ThreadPoolExecutor() as pool:
        pool.submit(time.sleep, 10).result()
    thread = threading.Thread(target=time.sleep, args=(10,))
    thread.start()
    thread.join()
    list(map(time.sleep, (5, 5)))
    OrderedDict.fromkeys(filter(time.sleep, [10]))

    assert connsim.clock.elapsed() == 40 * SECOND


def test_references_outlive_their_worlds() -> None:
    """A reference that was taken inside one world is virtual in the next, and real in between."""
    first, second = World(), World()
    with first.frozen():
        sleep, clock, now = time.sleep, time.monotonic, datetime.now
        sleep(60)
    real = abs(now(UTC).timestamp() - Clock(running=True).now() / SECOND)
    with second.frozen():
        begun = clock()
        sleep(60)
        assert clock() - begun == 60
        assert now(UTC) == second.clock.datetime()

    assert real < 60
    assert (first.clock.elapsed(), second.clock.elapsed()) == (MINUTE, MINUTE)


# --- what tests replace themselves ---------------------------------------------------------------------------------


@pytest.fixture
def replaced(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A sleep that a fixture replaced before the world."""
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    return pauses


def test_a_sleep_that_was_replaced_before(replaced: list[float], connsim: World) -> None:
    """What a fixture has put in place of ``time.sleep`` stays there in the world."""
    time.sleep(3)

    assert replaced == [3]
    assert connsim.clock.elapsed() == 0


def test_a_sleep_that_was_replaced_inside(connsim: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test puts in place of ``time.sleep`` in its world is called, and what it takes back is virtual again."""
    pauses: list[float] = []
    with monkeypatch.context() as patch:
        patch.setattr(time, "sleep", pauses.append)
        time.sleep(3)
    time.sleep(5)

    assert pauses == [3]
    assert connsim.clock.elapsed() == 5 * SECOND


ORDERS = """
    import time
    import pytest

    REAL = time.sleep

    @pytest.fixture
    def before(monkeypatch):
        monkeypatch.setattr(time, "sleep", lambda seconds: None)

    @pytest.fixture
    def after(connsim, monkeypatch):
        monkeypatch.setattr(time, "sleep", lambda seconds: None)

    @pytest.fixture
    def clock(monkeypatch):
        monkeypatch.setattr(time, "time", lambda: 7.0)

    def virtual(connsim):
        time.sleep(3)
        REAL(3)
        return connsim.clock.elapsed() == 6 * 10**9

    def test_1(before, connsim):
        time.sleep(3)
        assert connsim.clock.elapsed() == 0
        REAL(3)
        assert connsim.clock.elapsed() == 3 * 10**9

    def test_2(connsim):
        assert virtual(connsim)

    def test_3(after, connsim):
        time.sleep(3)
        assert connsim.clock.elapsed() == 0

    def test_4(connsim):
        assert virtual(connsim)

    def test_5(clock, connsim):
        assert time.time() == 7.0

    def test_6(connsim):
        begun = time.time()
        time.sleep(3)
        assert time.time() - begun == 3

    def test_7():
        assert time.sleep is REAL
        assert time.time() != 7.0
"""


def test_fixtures_that_patch_harm_no_later_test(pytester: pytest.Pytester) -> None:
    """Patches that fixtures make before or after a world begins are in force in their own test only."""
    pytester.makepyfile(ORDERS)

    pytester.runpytest().assert_outcomes(passed=7)
