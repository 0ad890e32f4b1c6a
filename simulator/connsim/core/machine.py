"""The machine's own clocks and sleep, for connsim itself: no replacement for client code reaches them.

A frozen world replaces the functions of `time` in place (`connsim.virtual_time.in_place`), and freezegun replaces every
module attribute that is bound to one. So connsim takes real time from this class only: freezegun searches no classes,
and before the first replacement in place, `connsim.virtual_time.in_place` puts copies of the functions here.
"""

import gc
import time
import types
from collections.abc import Callable
from typing import Any

COPIES: list[Any] = []
"""The copies of functions that `connsim.virtual_time.in_place` has made."""


def original(name: str) -> Any:
    """Return a function of `time` as the interpreter made it, even if a test has replaced the name in the meantime."""
    found = getattr(time, name)
    if isinstance(found, types.BuiltinFunctionType) and found.__name__ == name:
        return found
    copies = set(map(id, COPIES))
    return next(
        kept
        for kept in gc.get_objects()
        if type(kept) is types.BuiltinFunctionType
        and kept.__self__ is time
        and kept.__name__ == name
        and id(kept) not in copies
    )


class Machine:
    """The machine's clocks and sleep.

    Attributes:
        time_ns: Nanoseconds since 1970.
        monotonic: Seconds since an arbitrary moment.
        monotonic_ns: The same in nanoseconds.
        sleep: Blocks for a number of seconds of real time.
    """

    time_ns: Callable[[], int] = staticmethod(original("time_ns"))
    monotonic: Callable[[], float] = staticmethod(original("monotonic"))
    monotonic_ns: Callable[[], int] = staticmethod(original("monotonic_ns"))
    sleep: Callable[[float], None] = staticmethod(original("sleep"))
