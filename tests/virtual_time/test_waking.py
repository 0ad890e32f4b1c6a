import pytest
from hypothesis import given
from hypothesis import strategies as st

from connsim.core.clock import Clock
from connsim.core.durations import MICROSECOND, SECOND
from connsim.errors import Misuse
from connsim.virtual_time.waking import waking


@given(st.lists(st.floats(1e-9, 1e5), min_size=1, max_size=50))
def test_sleepers_wake_on_the_grid(sleeps: list[float]) -> None:
    """Whatever is slept, the clock stays on the microseconds that client code reads, and always moves."""
    clock = Clock()
    for seconds in sleeps:
        before = clock.now()
        clock.advance_ns(waking(clock, seconds) - before)

        assert clock.now() > before
        assert clock.elapsed() % MICROSECOND == 0
        assert abs(clock.now() - before - seconds * SECOND) <= MICROSECOND


@given(st.integers(1, 10**6), st.integers(0, 999))
def test_an_odd_moment_leads_back_to_the_grid(micros: int, odd: int) -> None:
    """After something happened between two microseconds, a sleeper still wakes when its own reading says."""
    clock = Clock()
    clock.advance_ns(odd)
    seen = clock.now() // MICROSECOND

    wakes = waking(clock, micros / 1_000_000)

    assert wakes // MICROSECOND == seen + micros


@pytest.mark.parametrize("seconds", [float("inf"), float("nan"), 1e13], ids=["infinity", "nan", "ages"])
def test_refuses_to_outlast_the_calendar(seconds: float) -> None:
    """A wait that no calendar holds is refused with its length."""
    with pytest.raises(Misuse, match="Expected a wait that ends before the year 9999"):
        waking(Clock(), seconds)
