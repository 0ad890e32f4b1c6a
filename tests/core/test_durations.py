from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connsim.core.durations import DAY, HOUR, LONGEST, MILLISECOND, MINUTE, SECOND, duration, spoken
from connsim.errors import BadDuration


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("90s", 90 * SECOND),
        ("1h30m", 90 * MINUTE),
        ("24 hours", DAY),
        ("1 day", DAY),
        ("2 weeks", 14 * DAY),
        ("2 hours and 30 minutes", 150 * MINUTE),
        ("1 hour, 1 second", HOUR + SECOND),
        ("250 ms", 250 * MILLISECOND),
        ("1.5 h", 90 * MINUTE),
        ("0.1s", 100 * MILLISECOND),
        ("7 us", 7_000),
        ("1 min", MINUTE),
        (" 5 secs ", 5 * SECOND),
        ("0s", 0),
    ],
)
def test_reads_both_forms(text: str, ns: int) -> None:
    """The compact form of scenario files and the spoken form of features are one grammar."""
    assert duration(text) == ns


def test_finer_than_a_nanosecond_is_rounded_up() -> None:
    """A clock may be late but never early."""
    assert duration("0.0000000001s") == 1


@pytest.mark.parametrize("text", ["", "   ", "soon", "90", "-5s", "5 parsecs", "5s later", "1e3s", "s", "5 s x", "½h"])
def test_refuses_what_is_no_duration(text: str) -> None:
    """The message shows the text and what would be right."""
    with pytest.raises(BadDuration, match=r"is not a duration. Expected a number and a unit, such as '90s'"):
        duration(text)


@pytest.mark.parametrize("value", ["2000000 weeks", timedelta(seconds=-1)], ids=["too-long", "negative"])
def test_refuses_what_is_out_of_range(value: str | timedelta) -> None:
    """Negative durations and those of a thousand years are slips."""
    with pytest.raises(BadDuration, match="out of range. Expected a duration from 0 to 1000 years"):
        duration(value)


@given(st.integers(0, LONGEST))
def test_spoken_is_read_back(ns: int) -> None:
    """What is spoken is exact: reading it gives the same number of nanoseconds."""
    assert duration(spoken(ns)) == ns


@given(st.timedeltas(timedelta(0), timedelta(days=300_000)))
def test_timedeltas_are_exact(value: timedelta) -> None:
    """A timedelta is taken to the microsecond, without a float on the way."""
    assert duration(value) == value // timedelta(microseconds=1) * 1000


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (DAY, "24 hours"),
        (2 * DAY, "48 hours"),
        (3 * DAY, "3 days"),
        (90 * SECOND, "1 minute 30 seconds"),
        (0, "0 seconds"),
        (1, "1 nanosecond"),
    ],
)
def test_spoken_prefers_what_a_person_would_say(ns: int, text: str) -> None:
    """Up to two days, whole hours stay hours."""
    assert spoken(ns) == text
