"""Frozen worlds beside other kinds of tests: nothing stays patched, and reports show real durations."""

import re

import pytest

OTHERS = """
import asyncio, concurrent.futures, queue, socket, threading, time
import anyio, pytest

def state():
    return (
        time.time, time.sleep, time.monotonic, asyncio.new_event_loop, asyncio.BaseEventLoop.run_forever,
        asyncio.SelectorEventLoop.time, threading.Condition.wait, threading.Thread.start, threading.Thread.join,
        threading._time, queue.time, concurrent.futures.ThreadPoolExecutor.submit,
        socket.socket.recv, socket.socket.recv_into,
        {name: value for name, value in vars(socket.socket).items() if name in ("recv", "recv_into")},
    )

REAL = state()

@pytest.mark.parametrize("turn", range(3))
class TestTurns:
    def test_frozen(self, connsim, turn):
        time.sleep(86_400)
        asyncio.run(asyncio.sleep(86_400))
        assert connsim.clock.elapsed() == 2 * 86_400 * 10**9

    @pytest.mark.asyncio
    async def test_asyncio(self, turn):
        assert state() == REAL
        began = time.monotonic()
        await asyncio.sleep(0.01)
        assert 0.005 < time.monotonic() - began < 60

    @pytest.mark.anyio
    async def test_anyio(self, turn, anyio_backend_name):
        assert state() == REAL
        await anyio.sleep(0.01)

    def test_plain(self, turn):
        assert state() == REAL

@pytest.mark.asyncio
async def test_a_world_is_frozen_inside_a_loop(request):
    connsim = request.getfixturevalue("connsim")
    await asyncio.sleep(86_400)
    assert connsim.clock.elapsed() == 86_400 * 10**9

@pytest.fixture
def anyio_backend():
    return "asyncio"
"""


@pytest.mark.parametrize(
    "arguments",
    [pytest.param((), id="one-process"), pytest.param(("-n", "2"), id="xdist", marks=pytest.mark.slow)],
)
def test_takes_turns_with_asyncio_and_anyio(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """Tests with and without frozen worlds alternate in one run; each sees the time that is meant for it."""
    monkeypatch.delenv("PYTEST_ADDOPTS")  # the plugins that are left out elsewhere are what this is about
    pytester.makepyfile(OTHERS)
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")

    result = pytester.runpytest_subprocess("--durations=0", "-vv", *arguments)

    result.assert_outcomes(passed=13)
    durations = [
        float(seconds) for seconds in re.findall(r"^([0-9.]+)s (?:call|setup|teardown)", result.stdout.str(), re.M)
    ]
    assert durations
    assert max(durations) < 60


def test_durations_of_scenarios_are_real(pytester: pytest.Pytester) -> None:
    """pytest-bdd's own report of a scenario that waits for days tells the real time of its steps."""
    pytester.makefile(
        ".feature",
        days="Feature: Days\n  Scenario: Three days\n    Given a holder who never responds\n"
        "    When the inviter invites the holder\n    And 3 days pass\n",
    )
    pytester.makepyfile("from pytest_bdd import scenarios\nscenarios('days.feature')\n")

    result = pytester.runpytest("--cucumberjson=report.json")

    result.assert_outcomes(passed=1)
    report = (pytester.path / "report.json").read_text()
    durations = [int(ns) for ns in re.findall(r'"duration": (\d+)', report)]
    assert len(durations) == 3
    assert max(durations) < 60 * 10**9
