"""Signals and system clocks: alarms count virtual time, and the clocks of the system tell it."""

import signal
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import NoReturn

import httpx
import pytest

from connsim import World
from connsim.core.durations import HOUR, MICROSECOND, SECOND
from tests.virtual_time.conftest import Moments
from tests.virtual_time.test_matrix import KEY, slow_connection

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="a system without alarms")


class Alarm(Exception):
    """What the handler of these tests raises."""


@pytest.fixture(autouse=True)
def raising() -> Iterator[None]:
    """An alarm that raises; afterwards no alarm is set."""

    def ring(number: int, frame: FrameType | None) -> NoReturn:
        raise Alarm

    before = signal.signal(signal.SIGALRM, ring)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def by_alarm(seconds: int) -> None:
    """Set it in whole seconds."""
    signal.alarm(seconds)


def by_timer(seconds: int) -> None:
    """Set it by a timer."""
    signal.setitimer(signal.ITIMER_REAL, seconds)


@pytest.mark.parametrize("set_alarm", [by_alarm, by_timer])
def test_an_alarm_ends_a_sleep(connsim: World, set_alarm: Callable[[int], None]) -> None:
    """An alarm rings at its exact moment, in the middle of a virtual wait."""
    set_alarm(3)

    with pytest.raises(Alarm):
        time.sleep(3600)

    assert connsim.clock.elapsed() == 3 * SECOND


@pytest.mark.parametrize("set_alarm", [by_alarm, by_timer])
def test_an_alarm_does_not_ring_early(connsim: World, set_alarm: Callable[[int], None]) -> None:
    """An alarm that is turned off in time never rings, however much real time has passed."""
    set_alarm(3)
    time.sleep(2.999999)
    set_alarm(0)
    time.sleep(3600)

    assert connsim.clock.elapsed() == HOUR + 2_999_999 * MICROSECOND


def test_an_alarm_ends_a_slow_request(connsim: World) -> None:
    """An alarm is a time-out of clients that have none."""
    url = slow_connection(connsim, None)
    signal.alarm(60)

    with pytest.raises(Alarm):
        httpx.get(url, headers=KEY, timeout=None)

    assert connsim.clock.elapsed() == 60 * SECOND


def test_what_is_left_of_an_alarm(connsim: World) -> None:
    """``alarm`` returns the virtual seconds that were left of the former one."""
    signal.alarm(60)
    time.sleep(20)

    assert signal.alarm(0) == 40
    assert signal.alarm(0) == 0


def test_a_timer_that_repeats(connsim: World, moments: Moments) -> None:
    """An interval timer rings at each of its moments."""
    signal.signal(signal.SIGALRM, lambda *_: moments.note("ring"))
    signal.setitimer(signal.ITIMER_REAL, 10, 60)
    time.sleep(100)
    assert signal.getitimer(signal.ITIMER_REAL) == (30.0, 60.0)
    time.sleep(40)
    signal.setitimer(signal.ITIMER_REAL, 0)
    time.sleep(3600)

    assert moments.entries == [("ring", 10 * SECOND), ("ring", 70 * SECOND), ("ring", 130 * SECOND)]


def test_pause_waits_for_an_alarm(connsim: World) -> None:
    """``signal.pause`` ends when an alarm rings."""
    signal.alarm(60)

    with pytest.raises(Alarm):
        signal.pause()

    assert connsim.clock.elapsed() == 60 * SECOND


def test_waiting_for_a_signal(connsim: World) -> None:
    """``sigtimedwait`` gives up at its exact moment."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    try:
        assert signal.sigtimedwait([signal.SIGUSR1], 60) is None
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

    assert connsim.clock.elapsed() == 60 * SECOND


def test_an_alarm_does_not_outlive_its_world() -> None:
    """An alarm of one world rings neither after it nor in the next."""
    with World().frozen():
        signal.alarm(1)
    with World().frozen() as second:
        time.sleep(3600)
        assert second.clock.elapsed() == HOUR

    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


CLOCKS = ["CLOCK_REALTIME", "CLOCK_MONOTONIC", "CLOCK_BOOTTIME", "CLOCK_MONOTONIC_RAW", "CLOCK_TAI"]


@pytest.mark.parametrize("name", CLOCKS)
def test_the_clocks_of_the_system(connsim: World, name: str) -> None:
    """``clock_gettime`` of each clock that tells time passes with the world."""
    number = getattr(time, name, None)
    if number is None:
        pytest.skip(f"a system without {name}")
    before = (time.clock_gettime(number), time.clock_gettime_ns(number))
    time.sleep(3600)

    assert time.clock_gettime(number) - before[0] == pytest.approx(3600, abs=1e-6)  # floats
    assert time.clock_gettime_ns(number) - before[1] == HOUR


def test_the_system_tells_what_python_tells(connsim: World) -> None:
    """The clocks of the system are those of ``time``."""
    time.sleep(1.5)

    assert time.clock_gettime(time.CLOCK_REALTIME) == time.time()
    assert time.clock_gettime(time.CLOCK_MONOTONIC) == time.monotonic()


def test_what_a_process_has_computed_is_real(connsim: World) -> None:
    """Clocks that count the work of the processor are not about waiting: they stay real."""
    before = (time.process_time(), time.thread_time())
    time.sleep(3600)

    assert time.process_time() - before[0] < 3600
    assert time.thread_time() - before[1] < 3600
