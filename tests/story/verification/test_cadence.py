"""Expectations about pauses between requests, with pauses drawn by Hypothesis."""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connsim.core.durations import SECOND
from connsim.errors import Unmet
from connsim.story.verification.requests import Requests
from tests.story.verification.conftest import HandMade, met

PAUSES = st.lists(st.integers(1, 10**12), min_size=2, max_size=12)


def at_pauses(pauses: Sequence[int]) -> Requests:
    """Return polls with these pauses between them, in nanoseconds."""
    journal = HandMade()
    journal.polled(*accumulate(pauses, initial=7))
    return journal.requests(polls=True)


@given(pause=st.integers(1, 10**12), count=st.integers(1, 12), data=st.data())
def test_only_even_pauses_are_even(pause: int, count: int, data: st.DataObject) -> None:
    """Requests at equal pauses are even, and with one pause of another length they are not."""
    pauses = [pause] * count
    at_pauses(pauses).every(f"{pause} ns")

    pauses[data.draw(st.integers(0, count - 1))] += 1

    with pytest.raises(Unmet, match="Expected exactly"):
        at_pauses(pauses).every(f"{pause} ns")


@given(pauses=PAUSES)
def test_only_growing_pauses_back_off(pauses: list[int]) -> None:
    """A client backs off if no pause is shorter than the one before and the last is longer than the first."""
    grows = all(later >= earlier for earlier, later in pairwise(pauses)) and pauses[-1] > pauses[0]

    assert met(lambda: at_pauses(pauses).backs_off(tolerance="0s")) == grows


@given(pauses=PAUSES)
def test_sorted_pauses_back_off_up_to_the_longest(pauses: list[int]) -> None:
    """Sorted, different pauses back off up to the longest of them, and not up to less."""
    pauses = sorted({*pauses, max(pauses) + 2})
    if len(pauses) < 2:
        return
    longest = pauses[-1]

    at_pauses(pauses).backs_off(up_to=f"{longest} ns", tolerance="0s")
    assert not met(lambda: at_pauses(pauses).backs_off(up_to=f"{longest - 1} ns", tolerance="0s"))


@given(first=st.integers(1, 10**9), by=st.integers(2, 4), count=st.integers(3, 8), longest=st.integers(2, 10**12))
def test_a_factor_is_kept_up_to_the_longest_pause(first: int, by: int, count: int, longest: int) -> None:
    """Pauses that are multiplied up to a limit back off by that factor, and by no other."""
    longest = max(longest, first + 1)
    pauses = [min(first * by**number, longest) for number in range(count)]

    at_pauses(pauses).backs_off(by=by, up_to=f"{longest} ns", tolerance="0s")
    if pauses[1] < longest:
        assert not met(lambda: at_pauses(pauses).backs_off(by=by + 1, up_to=f"{longest} ns", tolerance="0s"))


@given(pauses=PAUSES, least=st.integers(1, 10**12))
def test_the_shortest_pause_decides(pauses: list[int], least: int) -> None:
    """The least distance of requests is their shortest pause."""
    assert met(lambda: at_pauses(pauses).no_closer_than(f"{least} ns")) == (min(pauses) >= least)


@pytest.mark.parametrize(
    ("pauses", "arguments", "message"),
    [
        (
            [1, 2, 1],
            {},
            "waited 1 second after a pause of 2 seconds, from 3 seconds after .*Expected a pause that is no",
        ),
        ([1, 2, 3], {"by": 2}, "waited 3 seconds after a pause of 2 seconds,.* Expected 4 seconds, 2 times as long."),
        ([1, 2, 3], {"by": 2, "up_to": "4s"}, "Expected 4 seconds, 2 times as long up to 4 seconds."),
        ([1, 2, 9], {"up_to": "8s"}, "waited 9 seconds, from 3 seconds after .* Expected at most 8 seconds."),
    ],
)
def test_other_pauses_are_no_back_off(pauses: list[int], arguments: dict[str, Any], message: str) -> None:
    """The failure shows the first pause that breaks the rule, and what it should have been."""
    journal = HandMade()
    journal.polled(*accumulate((pause * SECOND for pause in pauses), initial=0))

    with pytest.raises(Unmet, match=message):
        journal.requests().backs_off(**arguments)
