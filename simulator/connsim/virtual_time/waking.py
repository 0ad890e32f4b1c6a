"""When a sleeper wakes: on the grid of what it can read.

Client code reads microseconds (freezegun's resolution) out of a clock that counts nanoseconds. It computes how long to
wait from floats that are a fraction of a microsecond off at today's date. Taken literally, "until my deadline" would
end a few hundred nanoseconds before or after it. So waits are counted in the microseconds that the sleeper sees:
rounded to the nearest, and at least one, so that every wait gets somewhere.
"""

from connsim.core.clock import Clock
from connsim.core.durations import MICROSECOND
from connsim.errors import Misuse

_LONGEST = 10**12  # seconds; beyond it the calendar ends, whatever the clock says


def waking(clock: Clock, seconds: float) -> int:
    """The moment at which somebody wakes who now lies down to sleep.

    Args:
        seconds: More than zero.

    Returns:
        Nanoseconds since 1970: later than now, and on the clock's microsecond grid.

    Raises:
        Misuse: The sleep would outlast the calendar.
    """
    if not seconds < _LONGEST:
        raise Misuse(f"Client code waits for {seconds} seconds. Expected a wait that ends before the year 9999.")
    seen = clock.now() // MICROSECOND
    steps = max(1, round(seconds * 1_000_000))
    return (seen + steps) * MICROSECOND + clock.start % MICROSECOND
