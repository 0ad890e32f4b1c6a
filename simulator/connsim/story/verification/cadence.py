"""Checks of the intervals between requests: even, of a minimum length, or growing.

Each check takes the moments of at least two requests, in order and in nanoseconds, and returns a `Finding`, or ``None``
if the intervals are as expected.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from connsim.core.durations import spoken


class Finding(NamedTuple):
    """An interval that is not as expected.

    Attributes:
        happened: What the client did, to follow its name in a message.
        expected: What was expected, to follow "Expected".
        at: The index of the moment at which the wrong interval begins; ``None`` if it is about all of them.
    """

    happened: str
    expected: str
    at: int | None = None


def even(moments: Sequence[int], pause: int, tolerance: int) -> Finding | None:
    """Check that every interval is ``pause``, within the tolerance."""
    for index, waited in enumerate(_pauses(moments)):
        if abs(waited - pause) > tolerance:
            give = f", give or take {spoken(tolerance)}" if tolerance else ""
            return Finding(f"waited {spoken(waited)}", f"exactly {spoken(pause)}{give}", index)
    return None


def apart(moments: Sequence[int], least: int) -> Finding | None:
    """Check that no interval is shorter than ``least``; the finding is about the shortest."""
    pauses = _pauses(moments)
    shortest = min(pauses)
    if shortest >= least:
        return None
    return Finding(f"waited only {spoken(shortest)}", f"at least {spoken(least)}", pauses.index(shortest))


def backing_off(moments: Sequence[int], by: float | None, up_to: int | None, tolerance: int) -> Finding | None:
    """Check that intervals never shrink, and that the last is longer than the first.

    Args:
        moments: Three or more.
        by: The factor from each interval to the next; ``None`` accepts any growth.
        up_to: The longest interval, at which growth ends; ``None`` for no limit.
        tolerance: The tolerance of every comparison.
    """
    pauses = _pauses(moments)
    for index, waited in enumerate(pauses):
        if up_to is not None and waited > up_to + tolerance:
            return Finding(f"waited {spoken(waited)}", f"at most {spoken(up_to)}", index)
    for index, (before, waited) in enumerate(pairwise(pauses), start=1):
        after = f"waited {spoken(waited)} after a pause of {spoken(before)}"
        if by is not None:
            wanted = round(before * by) if up_to is None else min(round(before * by), up_to)
            if abs(waited - wanted) > tolerance:
                return Finding(after, f"{spoken(wanted)}, {by:g} times as long{_limit(up_to)}", index)
        elif waited < before - tolerance:
            return Finding(after, "a pause that is no shorter", index)
    if pauses[-1] - pauses[0] <= tolerance:
        return Finding(f"waited {spoken(pauses[0])} at first and {spoken(pauses[-1])} at last", "pauses that grow")
    return None


def _limit(up_to: int | None) -> str:
    return "" if up_to is None else f" up to {spoken(up_to)}"


def _pauses(moments: Sequence[int]) -> list[int]:
    return [later - earlier for earlier, later in pairwise(moments)]
