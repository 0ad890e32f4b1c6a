"""How a good client reacts to a server that refuses for some time."""

from itertools import islice

import pytest

from connsim import World
from connsim.clients.patience import LONGEST, TRIES, MayPass, Pace, asked_pause, pause_before_retry, poll_until
from connsim.clients.plug import Outcome
from connsim.core.durations import SECOND


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        ("30", 30.0),
        (" 0 ", 0.0),
        ("Mon, 05 Jan 2026 09:01:00 GMT", 59.876544),
        ("Mon, 05 Jan 2026 08:59:00 GMT", 0.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("Mon, 99 Jan 2026 09:01:00 GMT", None),
    ],
)
def test_retry_after(connsim: World, header: str | None, pause: float | None) -> None:
    """Retry-After is a number of seconds or a date; any other value is ignored."""
    asked = asked_pause(header)

    assert asked == (pause if pause is None else pytest.approx(pause, abs=1e-6))


@pytest.mark.parametrize(
    ("status", "asked", "tries", "pause"),
    [
        (503, None, 1, 1.0),
        (429, 30.0, 1, 30.0),
        (503, 30.0, TRIES, None),
        (503, LONGEST + 1, 1, None),
        (500, 30.0, 1, None),
        (504, None, 1, None),
        (None, None, 1, None),
        (200, 30.0, 1, None),
    ],
)
def test_when_to_send_again(status: int | None, asked: float | None, tries: int, pause: float | None) -> None:
    """Only a busy server is asked again, a limited number of times, and not after too long a pause."""
    assert pause_before_retry(status, asked, tries, 1.0) == pause


@pytest.mark.parametrize(
    ("pace", "pauses"),
    [(Pace(1, 2, 5), [1, 2, 4, 5, 5]), (Pace.evenly(3), [3, 3, 3, 3, 3])],
    ids=["backing off", "evenly"],
)
def test_pauses_grow_up_to_the_longest(pace: Pace, pauses: list[float]) -> None:
    """Each pause is the one before times the factor, up to the longest, without end."""
    assert list(islice(pace.pauses(), 5)) == pauses


@pytest.mark.parametrize(
    ("answers", "ended", "seconds"),
    [
        pytest.param(["a", "b", "c"], Outcome("c", expired=False), 2, id="last state"),
        pytest.param(["a"] * 9, Outcome("a", expired=True), 3.5, id="expired"),
        pytest.param([MayPass("busy", 9)], Outcome("?", expired=True, trouble="busy"), 3.5, id="asked for too much"),
        pytest.param(["a", MayPass("down", 2), "c"], Outcome("c", expired=False), 3, id="passed"),
    ],
)
def test_polls_until(connsim: World, answers: list[str | MayPass], ended: Outcome, seconds: float) -> None:
    """A wait ends with a last state or at its expiry; a temporary failure does not end it."""
    left = iter(answers)

    def ask() -> str:
        answer = next(left)
        if isinstance(answer, MayPass):
            raise answer
        return answer

    outcome = poll_until(ask, lambda state: state == "c", Pace.evenly(1), 3.5, state="?")

    assert outcome == ended
    assert connsim.clock.elapsed() == seconds * SECOND
