"""Local time: what client code reads agrees with the zone of its machine, whichever that is."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from connsim import World
from connsim.core.clock import START, as_datetime
from connsim.core.durations import SECOND
from tests.virtual_time.conftest import GUARD
from tests.virtual_time.test_matrix import KEY

ZONES = {
    "UTC": timedelta(0),
    "America/New_York": timedelta(hours=-5),
    "Asia/Kolkata": timedelta(hours=5, minutes=30),
    "Pacific/Kiritimati": timedelta(hours=14),
}
"""Zones, and how far they are from UTC when a world begins."""


@pytest.fixture(params=ZONES)
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The zone of the machine."""
    name: str = request.param
    monkeypatch.setenv("TZ", name)
    time.tzset()
    yield name
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def connsim_horizon() -> str:
    """Long enough to see the clocks change."""
    return "300 days"


@pytest.fixture
def here(zone: str, connsim: World) -> World:
    """A frozen world on a machine in that zone."""
    return connsim


def wall(world: World) -> datetime:
    """What a clock on the wall shows."""
    return world.clock.datetime().astimezone().replace(tzinfo=None)


def test_the_wall_clock(zone: str, here: World) -> None:
    """A naive ``now`` is UTC and the distance of the zone."""
    expected = as_datetime(START).replace(tzinfo=None) + ZONES[zone]

    assert datetime.now() == expected
    assert datetime.today() == expected
    assert date.today() == expected.date()


def test_the_wall_clock_of_every_hour(here: World) -> None:
    """All ways to read local time agree, on both sides of midnight."""
    for _ in range(25):
        now = time.time()
        assert datetime.now() == wall(here)
        assert datetime.now().timestamp() == pytest.approx(now, abs=1e-6)
        assert datetime.now().astimezone() == here.clock.datetime()
        assert datetime.now(UTC) == here.clock.datetime()
        assert datetime.fromtimestamp(now) == pytest.approx(wall(here), abs=timedelta(microseconds=1))
        assert date.today() == date.fromtimestamp(now) == wall(here).date()
        assert time.mktime(time.localtime()) == int(now)
        assert time.localtime() == time.localtime(now)
        assert time.localtime()[:8] == wall(here).timetuple()[:8]
        assert time.gmtime() == time.gmtime(now)
        assert time.strftime("%Y-%m-%d %H:%M:%S") == wall(here).strftime("%Y-%m-%d %H:%M:%S")
        assert time.ctime() == time.asctime() == time.ctime(now) == wall(here).ctime()
        here.clock.advance("1 hour")


def test_the_age_of_a_record(here: World) -> None:
    """What the agent says in UTC, and client code turns into local time, is as old as it is."""
    with httpx.Client(base_url=here.prism.url, headers=KEY) as http:
        made = http.post("/connections", json={}).json()
    here.clock.advance("90 seconds")

    created = datetime.fromisoformat(made["createdAt"])
    age = datetime.now() - created.astimezone().replace(tzinfo=None)

    assert abs(age - timedelta(seconds=90)) < timedelta(microseconds=2)  # each is cut to microseconds
    assert datetime.now().astimezone() - created == age


def test_the_clocks_change(monkeypatch: pytest.MonkeyPatch, connsim: World) -> None:
    """In a zone with summer time, the wall clock changes when the world comes to summer."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        winter = (datetime.now().astimezone().utcoffset(), time.localtime().tm_isdst)
        connsim.clock.advance("150 days")
        summer = (datetime.now().astimezone().utcoffset(), time.localtime().tm_isdst)
        assert datetime.now() == wall(connsim)
    time.tzset()

    assert (winter, summer) == ((timedelta(hours=-5), 0), (timedelta(hours=-4), 1))


ELSEWHERE = """
    import time
    from datetime import datetime, timedelta

    def test_now(connsim):
        assert abs(datetime.now().astimezone().timestamp() - time.time()) < 1
        assert datetime.now().astimezone().utcoffset() == timedelta(minutes={minutes})
        assert time.localtime()[3:5] == (datetime.now().hour, datetime.now().minute)

    def test_a_wait(connsim):
        before = datetime.now()
        time.sleep(86_400)
        assert datetime.now() - before == timedelta(days=1)
"""


@pytest.mark.parametrize("name", ZONES)
def test_a_machine_elsewhere(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A process that was started in a zone sees local time from its first moment on."""
    monkeypatch.setenv("TZ", name)
    pytester.makepyfile(ELSEWHERE.format(minutes=ZONES[name] // timedelta(minutes=1)))

    pytester.runpytest_subprocess(timeout=GUARD).assert_outcomes(passed=2)


def test_a_world_moves_with_its_zone(here: World) -> None:
    """The zone changes what is read, not what passes."""
    begun = (time.time(), time.monotonic(), datetime.now(UTC))
    time.sleep(3600)

    assert time.time() - begun[0] == time.monotonic() - begun[1] == 3600
    assert datetime.now(UTC) - begun[2] == timedelta(hours=1)
    assert here.clock.elapsed() == 3600 * SECOND
