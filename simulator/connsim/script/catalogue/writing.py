"""Shorthand for the sequences of the built-in behaviours."""

from connsim.core.durations import MILLISECOND, SECOND
from connsim.core.ends import After, Ends, Ever, For
from connsim.faults.delay import Delay
from connsim.script.sequence import Sequence, Step

ON_THE_WAY = 10 * MILLISECOND
"""Nanoseconds that a transient state lasts, such as one within a single call of the agent.

Not zero, so that timelines and webhooks show the transitions at distinct moments, as with a real agent.
"""


def after(ns: int) -> For:
    """The end of a step after ``ns`` nanoseconds."""
    return For(ns, ns)


PARAMETER = After()
AT_ONCE = after(0)
PASSING = after(ON_THE_WAY)
SCAN = after(1 * SECOND)
"""The default time that a holder takes to scan the invitation."""
EVER = Ever()


def shown(*steps: tuple[str, Ends], fault: Delay | None = None) -> Sequence:
    """A sequence of states or acts, each with its end; every step has the fault."""
    return Sequence(tuple(Step(state, ends, fault) for state, ends in steps))


def holder(*acts: str) -> Sequence:
    """A holder who ignores the invitation for the time of the parameter, then acts; the last act has no end."""
    return shown(("ignore", PARAMETER), *((act, AT_ONCE) for act in acts[:-1]), (acts[-1], EVER))
