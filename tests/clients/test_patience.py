"""What a good client makes of a server that refuses for a while."""

import pytest

from connsim import World
from connsim.clients.patience import LONGEST, TRIES, asked_pause, pause_before_retry


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
def test_what_is_asked_for(connsim: World, header: str | None, pause: float | None) -> None:
    """A number of seconds, or the time until a date; what is neither asks for nothing."""
    told = asked_pause(header)

    assert told == (pause if pause is None else pytest.approx(pause, abs=1e-6))


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
    """Only a server that says that it is busy is asked again, a few times, and not after too long a pause."""
    assert pause_before_retry(status, asked, tries, 1.0) == pause
