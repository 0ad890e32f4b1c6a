"""When a wait of client code ends: at a whole microsecond, the resolution of what it can read.

Client code reads microseconds (freezegun's resolution) from a clock that counts nanoseconds, and computes its waits
from floats, whose error at today's date is a fraction of a microsecond. Taken literally, "until my deadline" would end
up to a few hundred nanoseconds before or after it. So waits are rounded to the nearest microsecond, and last at least
one, so that a loop of waits makes progress. See ``docs/decisions/0001-waits-are-counted-in-microseconds.md``.
"""

from connsim.core.clock import Clock
from connsim.core.durations import MICROSECOND
from connsim.errors import Misuse

_LONGEST = 10**12  # seconds, some 31,700 years: past the year 9999 from any start of the clock


def waking(clock: Clock, seconds: float) -> int:
    """Compute the moment at which a wait that begins now ends.

    Args:
        seconds: More than zero.

    Returns:
        Nanoseconds since 1970: later than now, and a whole number of microseconds after the clock's start.

    Raises:
        Misuse: The wait would end after the year 9999.
    """
    if not seconds < _LONGEST:
        raise Misuse(f"Client code waits for {seconds} seconds. Expected a wait that ends before the year 9999.")
    seen = clock.now() // MICROSECOND
    steps = max(1, round(seconds * 1_000_000))
    return (seen + steps) * MICROSECOND + clock.start % MICROSECOND
