from datetime import UTC, datetime

import freezegun
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connsim.core.clock import START, Clock, Rank, as_datetime
from connsim.core.durations import DAY, SECOND
from connsim.errors import BadDuration, Misuse


def test_stands_still_at_a_fixed_date() -> None:
    """A standing clock starts at a date of its own, with a fraction that is not zero."""
    clock = Clock()

    assert (clock.now(), clock.elapsed()) == (START, 0)
    assert clock.datetime() == datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=UTC)


def test_moves_by_exactly_what_is_said() -> None:
    """Time is counted in whole nanoseconds."""
    clock = Clock()

    clock.advance("24 hours")
    clock.advance("1ns")

    assert clock.elapsed() == DAY + 1


def test_never_goes_back() -> None:
    """A negative move is refused and changes nothing."""
    clock = Clock()

    with pytest.raises(
        Misuse, match="cannot go back by 5 ns. Expected zero or more nanoseconds: time only moves forward"
    ):
        clock.advance_ns(-5)

    assert clock.elapsed() == 0


def test_stays_inside_the_calendar() -> None:
    """A move past the year 9999 is refused and changes nothing."""
    clock = Clock(as_datetime_ns(9999))

    with pytest.raises(Misuse, match="The clock cannot pass the year 9999. Expected a moment that fits a date."):
        clock.advance("1 day")

    assert clock.elapsed() == 0


def as_datetime_ns(year: int) -> int:
    """The last second of a year."""
    return int(datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()) * SECOND


def test_bad_duration_changes_nothing() -> None:
    """A text that is not a duration does not move the clock."""
    clock = Clock()

    with pytest.raises(BadDuration, match="not a duration"):
        clock.advance("a while")

    assert clock.elapsed() == 0


@given(st.lists(st.integers(0, 50), max_size=20), st.lists(st.integers(0, 20), max_size=10))
def test_everything_due_happens_at_its_own_moment(dues: list[int], moves: list[int]) -> None:
    """However the clock is moved, items run in order of their dues, each with the clock at its due."""
    clock = Clock()
    ran: list[tuple[int, int]] = []
    for due in dues:
        clock.at(START + due, lambda at: ran.append((at - START, clock.elapsed())))

    for by in moves:
        clock.advance_ns(by)

    expected = sorted(due for due in dues if due <= sum(moves)) if moves else []
    assert ran == [(due, due) for due in expected]


def test_items_of_one_moment_keep_their_order() -> None:
    """At one moment records change first, then held replies go out, each kind in order of arrival."""
    clock = Clock()
    ran: list[str] = []
    clock.at(START + 5, lambda _: ran.append("reply"), Rank.REPLY)
    clock.at(START + 5, lambda _: ran.append("first"))
    clock.at(START + 5, lambda _: ran.append("second"))

    clock.advance_ns(5)

    assert ran == ["first", "second", "reply"]


def test_replies_may_stay_held_at_the_moment_of_arrival() -> None:
    """A client whose time-out falls on the moment of the reply gives up first."""
    clock = Clock()
    ran: list[str] = []
    clock.at(START + 5, lambda _: ran.append("reply"), Rank.REPLY)

    clock.advance_ns(5, Rank.RECORD)
    assert ran == []

    clock.settle()
    assert ran == ["reply"]


def test_an_item_may_put_down_another() -> None:
    """What an item puts on the agenda runs in the same move, if it falls due in it."""
    clock = Clock()
    ran: list[int] = []

    def first(at: int) -> None:
        clock.at(at + 1, lambda at: ran.append(at - START))

    clock.at(START + 1, first)

    clock.advance_ns(10)

    assert ran == [2]


def test_cancelled_items_do_not_run() -> None:
    """An item that was cancelled is neither run nor awaited."""
    clock = Clock()
    ran: list[int] = []
    clock.at(START + 1, ran.append).cancel()

    assert clock.next_due() is None
    clock.advance_ns(10)

    assert ran == []


def test_tells_who_listens() -> None:
    """Whoever mirrors the clock hears of every move until it stops listening."""
    clock = Clock()
    heard: list[int] = []
    stop = clock.on_move(lambda now: heard.append(now - START))

    clock.advance_ns(3)
    stop()
    clock.advance_ns(3)

    assert heard == [3]


def test_a_running_clock_ignores_freezegun() -> None:
    """Real time is real even where the test has frozen it."""
    clock = Clock(running=True)
    with freezegun.freeze_time("2001-01-01"):
        frozen = clock.now()

    assert frozen >= clock.start
    assert as_datetime(frozen).year > 2001


def test_a_running_clock_settles_late_but_exactly() -> None:
    """What fell due while nobody looked still happens at its own moment."""
    clock = Clock(running=True)
    ran: list[int] = []
    due = clock.now() - SECOND
    clock.at(due, ran.append)

    clock.settle()

    assert ran == [due]


def test_a_running_clock_can_be_pushed() -> None:
    """Moving a running clock forward does not stop it."""
    clock = Clock(running=True)

    clock.advance("1 day")

    assert clock.elapsed() >= DAY
    assert clock.now() <= clock.now()
