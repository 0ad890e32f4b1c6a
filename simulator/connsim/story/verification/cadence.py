"""How the moments of requests lie: evenly, apart, or ever farther apart. Each judge returns what is wrong, or `None`.

All take the moments in their order, in nanoseconds, and at least two of them.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from connsim.core.durations import spoken


class Finding(NamedTuple):
    """What is wrong.

    Attributes:
        happened: Follows the name of who did it.
        expected: Follows "Expected".
        at: The index of the moment after which the wait was wrong; `None` if all of it is.
    """

    happened: str
    expected: str
    at: int | None = None


def even(moments: Sequence[int], pause: int, tolerance: int) -> Finding | None:
    """Tell whether every pause is this one, give or take the tolerance."""
    for index, waited in enumerate(_pauses(moments)):
        if abs(waited - pause) > tolerance:
            give = f", give or take {spoken(tolerance)}" if tolerance else ""
            return Finding(f"waited {spoken(waited)}", f"exactly {spoken(pause)}{give}", index)
    return None


def apart(moments: Sequence[int], least: int) -> Finding | None:
    """Tell whether no pause is shorter; of several that are, the shortest is told."""
    pauses = _pauses(moments)
    shortest = min(pauses)
    if shortest >= least:
        return None
    return Finding(f"waited only {spoken(shortest)}", f"at least {spoken(least)}", pauses.index(shortest))


def backing_off(moments: Sequence[int], by: float | None, up_to: int | None, tolerance: int) -> Finding | None:
    """Tell whether pauses never shrink, grow in all, and keep to a factor and to a longest one if there are any."""
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
