"""How the built-in behaviours are written down."""

from connsim.core.durations import MILLISECOND, SECOND
from connsim.core.ends import After, Ends, Ever, For
from connsim.faults.delay import Delay
from connsim.script.sequence import Sequence, Step

ON_THE_WAY = 10 * MILLISECOND
"""How long a state lasts that an agent only passes through."""


def after(ns: int) -> For:
    """The end of a step that lasts for so many nanoseconds."""
    return For(ns, ns)


PARAMETER = After()
AT_ONCE = after(0)
PASSING = after(ON_THE_WAY)
SCAN = after(1 * SECOND)
"""How long a holder who simply accepts takes to scan the invitation."""
EVER = Ever()


def shown(*steps: tuple[str, Ends], fault: Delay | None = None) -> Sequence:
    """States or acts, each with what ends it; the fault, if there is one, is that of all."""
    return Sequence(tuple(Step(state, ends, fault) for state, ends in steps))


def holder(*acts: str) -> Sequence:
    """A holder who does nothing for a while, and then these things at once; the last is how it stays."""
    return shown(("ignore", PARAMETER), *((act, AT_ONCE) for act in acts[:-1]), (acts[-1], EVER))
