"""Neighbours of frozen worlds: other plugins, other libraries, and what happens between two tests.

Between two tests everybody reads real time, and ``datetime.datetime`` is the real class, also inside a world.
"""

import copy
import json
import pickle
import re
import subprocess
import sys
import time
import typing
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from connsim import World
from connsim.core.durations import HOUR, MINUTE
from tests.virtual_time.conftest import GUARD

# --- between two tests ---------------------------------------------------------------------------------------------

OBSERVER = """
    import datetime, json, os, time
    import pytest

    KEPT = (time.time, time.monotonic, time.perf_counter, time.sleep, datetime.datetime, datetime.date)
    REAL = datetime.datetime
    SEEN = []

    def by_the_disk():
        with open("stamp", "w") as file:
            file.write("!")
        return os.stat("stamp").st_mtime

    def observe(when):
        now = by_the_disk()
        begun = KEPT[1]()
        time.sleep(0.001)
        SEEN.append({
            "when": when,
            "clocks": [abs(clock() - now) < 60 for clock in (time.time, KEPT[0], lambda: REAL.now().timestamp())],
            "sleeps": 0.0005 < time.monotonic() - begun < 60,
            "same": (time.time, time.monotonic, time.perf_counter, time.sleep, datetime.datetime, datetime.date)
            == KEPT,
            "class": type(datetime.datetime.now()) is REAL is datetime.datetime,
        })

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(nodeid):
        observe(f"before {nodeid}")

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(nodeid):
        observe(f"after {nodeid}")

    def pytest_runtest_logreport(report):
        observe(f"report {report.when}")
        SEEN.append({"duration": report.duration, "stop": abs(report.stop - by_the_disk()) < 60})

    def pytest_sessionfinish():
        observe("end")
        with open("seen.json", "w") as file:
            json.dump(SEEN, file)
"""

WAITING = """
    import asyncio, datetime, time

    def test_1(connsim):
        time.sleep(86_400)
        assert type(datetime.datetime.now()) is datetime.datetime

    def test_2(connsim):
        asyncio.run(asyncio.sleep(86_400))

    def test_3():
        time.sleep(0.001)

    def test_4(connsim):
        time.sleep(86_400)
"""


def test_plugins_see_real_time_between_tests(pytester: pytest.Pytester) -> None:
    """Hooks that run between tests, and reports, read real clocks and real durations, through whatever they keep."""
    pytester.makeconftest(OBSERVER)
    pytester.makepyfile(WAITING)

    pytester.runpytest_subprocess(timeout=GUARD).assert_outcomes(passed=4)

    seen = json.loads((pytester.path / "seen.json").read_text())
    observed = [entry for entry in seen if "when" in entry]
    reports = [entry for entry in seen if "duration" in entry]
    assert len(observed) == 4 * (2 + 3) + 1
    for entry in observed:
        assert entry == {"when": entry["when"], "clocks": [True] * 3, "sleeps": True, "same": True, "class": True}
    assert len(reports) == 12
    for entry in reports:
        assert 0 <= entry["duration"] < 60
        assert entry["stop"]


def test_a_limit_of_the_session_is_real(pytester: pytest.Pytester) -> None:
    """A plugin that ends a session after a time, by a clock that it keeps, measures real time in its hooks."""
    pytester.makeconftest(
        """
        import pytest, time

        END = time.time() + 3600

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_protocol(item):
            yield
            if time.time() > END or time.time() < END - 7200:
                item.session.shouldfail = "session time-out"
            return True
        """
    )
    pytester.makepyfile(WAITING)

    pytester.runpytest_subprocess(timeout=GUARD).assert_outcomes(passed=4)


def test_durations_of_reports_are_real(pytester: pytest.Pytester) -> None:
    """The report in JUnit's form tells real durations and the real date."""
    pytester.makepyfile(WAITING)

    pytester.runpytest("--junitxml=report.xml").assert_outcomes(passed=4)

    report = (pytester.path / "report.xml").read_text()
    durations = [float(seconds) for seconds in re.findall(r' time="([-0-9.]+)"', report)]
    stamp = re.search(r'timestamp="([^"]+)"', report)
    assert len(durations) == 5
    assert all(0 <= seconds < 60 for seconds in durations)
    assert stamp is not None
    assert abs(datetime.fromisoformat(stamp[1]).astimezone() - datetime.now(UTC)) < timedelta(hours=1)


def test_unittest_and_its_clock(pytester: pytest.Pytester) -> None:
    """Tests in classes of ``unittest`` take turns with worlds, also where these are frozen in ``setUp``."""
    pytester.makepyfile(
        """
        import time, unittest
        from connsim import World

        class Tests(unittest.TestCase):
            def setUp(self):
                self.world = self.enterContext(World().frozen())

            def test_1(self):
                time.sleep(3600)
                self.assertEqual(self.world.clock.elapsed(), 3600 * 10**9)

            test_2 = test_1

        class Others(unittest.TestCase):
            def test_3(self):
                begun = time.monotonic()
                time.sleep(0.001)
                self.assertLess(time.monotonic() - begun, 60)
        """
    )

    pytester.runpytest("--durations=0").assert_outcomes(passed=3)


# --- other plugins -------------------------------------------------------------------------------------------------


@settings(deadline=timedelta(seconds=10), max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(60, 86_400))
def test_deadlines_of_hypothesis_are_real(seconds: int) -> None:
    """An example that waits for hours in a world takes no time by hypothesis' clock."""
    with World().frozen() as world:
        time.sleep(seconds)
        assert world.clock.elapsed() == seconds * 10**9


RERUN = """
    import time

    tries = []

    def test_flaky(connsim):
        tries.append(1)
        time.sleep(3600)
        assert connsim.clock.elapsed() == 3600 * 10**9
        assert len(tries) > 1

    def test_after():
        begun = time.monotonic()
        time.sleep(0.001)
        assert time.monotonic() - begun < 60
"""


@pytest.mark.parametrize("delay", [(), ("--reruns-delay=0.01",)], ids=["at-once", "later"])
def test_a_second_run_has_a_world_of_its_own(pytester: pytest.Pytester, delay: tuple[str, ...]) -> None:
    """A test that pytest-rerunfailures runs again begins at the first moment of a new world."""
    pytest.importorskip("pytest_rerunfailures", reason="run: pip install pytest-rerunfailures")
    pytester.makepyfile(RERUN)

    result = pytester.runpytest("--reruns=1", *delay)

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*2 passed*1 rerun*"])


# --- classes -------------------------------------------------------------------------------------------------------


def test_dates_are_of_the_real_class(connsim: World) -> None:
    """What a world tells is an instance of the one class ``datetime``, which is the same inside and outside."""
    import datetime as module

    for moment in (datetime.now(), datetime.now(UTC), datetime.today(), datetime.fromtimestamp(0, UTC)):
        assert type(moment) is datetime is module.datetime
    assert type(date.today()) is date is module.date
    assert isinstance(datetime.now(), date)
    assert not isinstance(date.today(), datetime)
    assert type(datetime.now() + timedelta(days=1)) is datetime
    assert type(datetime.now() - datetime.now()) is timedelta


class Moment(datetime):
    """A subclass, as pendulum and pandas have."""


def test_subclasses_of_dates(connsim: World) -> None:
    """A subclass of ``datetime`` tells the world's time, whether it is older than the world or not."""

    class Later(datetime):
        pass

    for kind in (Moment, Later):
        assert type(kind.now(UTC)) is kind
        assert kind.now(UTC) == connsim.clock.datetime()
    assert issubclass(Later, date)


def test_dates_can_be_kept(connsim: World) -> None:
    """Dates of a world are pickled and copied as any."""
    moment = datetime.now(UTC)

    assert pickle.loads(pickle.dumps(moment)) == moment == copy.deepcopy(moment)


def test_classes_that_are_made_inside(connsim: World) -> None:
    """A dataclass and a model of pydantic with dates can be made inside a world."""

    @dataclass
    class Plain:
        made: datetime

    class Model(BaseModel):
        made: datetime
        on: date | None = None

    assert typing.get_type_hints(Plain)["made"] is datetime
    assert Plain(datetime.now(UTC)).made == connsim.clock.datetime()
    assert Model(made=datetime.now(UTC)).made == connsim.clock.datetime()
    assert Model.model_validate_json('{"made": "2020-01-01T00:00:00Z"}').made == datetime(2020, 1, 1, tzinfo=UTC)


# --- imports -------------------------------------------------------------------------------------------------------

LIBRARIES = {
    "pandas": "module.Timestamp.now(); module.DataFrame({'at': [module.Timestamp('2020-01-01')]}).to_json()",
    "numpy": "module.datetime64('now')",
    "fastapi": "module.FastAPI().get('/')(lambda: None)",
    "cachetools": "module.TTLCache(1, 60)",
    "trio": "module.run(module.sleep, 60)",
    "uvloop": "module.new_event_loop().close()",
    "sqlite3": "module.connect(':memory:').execute('select 1')",
    "concurrent.futures.process": "module.ProcessPoolExecutor",
    "email.utils": "module.localtime()",
    "xmlrpc.client": "module.DateTime()",
}
"""Libraries, and something that each does with what it finds when it is imported."""

IMPORTING = """
import importlib, sys, time
from connsim import World

assert {name!r} not in sys.modules or {name!r}.partition(".")[0] in sys.stdlib_module_names
with World().frozen() as world:
    module = importlib.import_module({name!r})
    {use}
    before = world.clock.elapsed()
    time.sleep(60)
    assert world.clock.elapsed() - before == 60 * 10**9
importlib.import_module({name!r})
with World().frozen() as world:
    time.sleep(60)
    assert world.clock.elapsed() == 60 * 10**9
begun = time.monotonic()
time.sleep(0.001)
assert time.monotonic() - begun < 60
print("done")
"""


@pytest.mark.parametrize(("name", "use"), LIBRARIES.items(), ids=LIBRARIES)
def test_a_first_import_in_a_world(name: str, use: str) -> None:
    """A library that is imported for the first time inside a world works there, and after it."""
    top = name.partition(".")[0]
    if top not in sys.stdlib_module_names:
        found = subprocess.run([sys.executable, "-c", f"import {top}"], capture_output=True, check=False)
        if found.returncode:
            pytest.skip(f"{top} is not installed; run: pip install {top}")

    code = IMPORTING.format(name=name, use=use)
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=GUARD)

    assert (ended.returncode, ended.stdout) == (0, "done\n"), ended.stderr


def test_a_route_that_is_made_in_a_world() -> None:
    """A route of FastAPI with a date in its signature can be made inside a world."""
    fastapi = pytest.importorskip("fastapi", reason="fastapi is not installed; run: pip install fastapi")
    with World().frozen():
        app = fastapi.FastAPI()

        def route(since: datetime, until: date | None = None) -> datetime:
            return since

        app.get("/")(route)
        assert app.openapi()["paths"]["/"]["get"]["parameters"][0]["schema"]["format"] == "date-time"


# --- whoever calls a clock -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("clock", [time.time, time.monotonic, time.perf_counter], ids=lambda clock: clock.__name__)
def test_clocks_are_real_outside(clock: Callable[[], float]) -> None:
    """Before, between and after two worlds a clock is real: it goes on by itself, and never backwards."""
    moments = [clock()]
    for _ in range(2):
        with World().frozen() as world:
            time.sleep(3600)
            assert world.clock.elapsed() == HOUR
        moments.append(clock())
        time.sleep(0.001)
        moments.append(clock())

    assert moments == sorted(moments)
    assert moments[-1] - moments[0] < 60


def test_a_freeze_of_freezegun_is_its_own(connsim: World) -> None:
    """A client's own ``freeze_time`` shows its date inside a world, and the world's afterwards."""
    freezegun = pytest.importorskip("freezegun", reason="freezegun is not installed; run: pip install freezegun")
    with freezegun.freeze_time("2001-02-03"):
        assert datetime.now().date() == date(2001, 2, 3)
        time.sleep(60)

    assert datetime.now(UTC) == connsim.clock.datetime()
    assert connsim.clock.elapsed() == MINUTE
