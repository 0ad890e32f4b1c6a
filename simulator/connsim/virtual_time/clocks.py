"""What client code reads of time in a frozen world.

Dates (``time.time``, ``datetime.now`` and what is computed from them) show the world's date to every thread of the
process. The monotonic clocks (``time.monotonic``, ``time.perf_counter``) show virtual time to parties only: they
measure waits, and the waits of other threads are real. A party's monotonic clock goes on from the machine's, so that
deadlines that an event loop computed before the world was frozen stay what they are.

The frozen date is the top of freezegun's stack (``freezegun.api.freeze_factories``). So ``freeze_time`` around a world
or inside one works as its users expect: the innermost date is shown. What freezegun does beyond the stack, replacing
names in modules and the classes of `datetime`, is bypassed; the reasons are in
docs/decisions/0007-clocks-are-replaced-in-place.md.

Local time is the machine's zone, as for every other program: ``datetime.now()`` agrees with ``time.localtime()`` and
with ``datetime.now(UTC).astimezone()``.
"""

import datetime
import sys
import threading
import time
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import freezegun.api
import freezegun.config

from connsim.core.clock import Clock
from connsim.core.durations import MICROSECOND, SECOND
from connsim.core.machine import Machine, original
from connsim.virtual_time.in_place import Replacement, Undo, bound_methods, copied, replace_method
from connsim.virtual_time.seats import Barrier, become_party, party
from connsim.virtual_time.steps import reading, zero_wait
from connsim.virtual_time.world_date import MEASURES_REAL_TIME, LocalOffset, Shown, WorldDate

_IS_MONOTONIC = frozenset(
    getattr(time, name)
    for name in ("CLOCK_MONOTONIC", "CLOCK_MONOTONIC_RAW", "CLOCK_BOOTTIME", "CLOCK_UPTIME", "CLOCK_UPTIME_RAW")
    if hasattr(time, name)
)
_IS_DATE = frozenset(getattr(time, name) for name in ("CLOCK_REALTIME", "CLOCK_TAI") if hasattr(time, name))

_NAMES = (
    "time time_ns monotonic monotonic_ns perf_counter perf_counter_ns localtime gmtime strftime ctime asctime "
    "clock_gettime clock_gettime_ns"
)
_ORIGINALS = {name: original(name) for name in _NAMES.split() if hasattr(time, name)}
_REAL: dict[str, Any] = {name: copied(function) for name, function in _ORIGINALS.items()}
_DATETIME: Any = freezegun.api.real_datetime  # its own module's names may be frozen by a test
_FROM_TIMESTAMP = vars(_DATETIME)["fromtimestamp"]
_REAL_NOW, _REAL_UTCNOW = vars(_DATETIME)["now"], vars(_DATETIME)["utcnow"]


@contextmanager
def reporting() -> Iterator[None]:
    """Show real time to the calling thread for a ``with`` block: to hooks of pytest that report a test."""
    coordinator = party()
    become_party(None)
    Shown.reporting = threading.get_ident()
    try:
        yield
    finally:
        Shown.reporting = None
        become_party(coordinator)


def ahead_ns() -> int:
    """By how many nanoseconds the monotonic clock of parties is ahead of the machine's."""
    world = Shown.world
    return 0 if world is None else world.monotonic_ns() - Machine.monotonic_ns()


def measures() -> bool:
    """Return whether the caller of the caller of the caller measures the run itself."""
    module = sys._getframe(3).f_globals.get("__name__") or ""
    return module.partition(".")[0] in Shown.measuring or module in Shown.measuring


def _date() -> int | None:
    """Return the shown date in nanoseconds since 1970; ``None`` if the caller of the caller is to see the real one."""
    world = Shown.world
    if world is None or (Shown.reporting is not None and Shown.reporting == threading.get_ident()):
        return None
    module = sys._getframe(2).f_globals.get("__name__") or ""
    if module.partition(".")[0] in Shown.measuring or module in Shown.measuring:
        return None
    top = freezegun.api.freeze_factories[-1]
    if top is world:
        return world.date_ns()
    return round((top() - datetime.datetime(1970, 1, 1)) / datetime.timedelta(microseconds=1)) * MICROSECOND


def _elapsed() -> int | None:
    """Return the party's monotonic clock in nanoseconds; ``None`` for those who are to see the real one."""
    world, coordinator = Shown.world, party()
    if world is None or coordinator is None:
        return None
    module = sys._getframe(2).f_globals.get("__name__") or ""
    if module.partition(".")[0] in Shown.measuring or module in Shown.measuring:
        return None
    reading(coordinator)
    return world.monotonic_ns()


def _in_seconds(ns: int) -> float:
    world = Shown.world
    return ns / SECOND if world is None else world.seconds(ns)


def nudge(seconds: float) -> None:
    """Show this moment as later by less than a microsecond, to code that waits for no more than that.

    A deadline is the float sum of a reading and a time-out. At that moment, the reading may be smaller than the sum by
    the last bit, and the code waits for the difference once more (anyio does). If the clock moved for that, a reply of
    the same moment would arrive before the time-out. So the reading is corrected instead.

    Args:
        seconds: The difference.
    """
    if Shown.world is not None:
        Shown.world.nudge(seconds)


def ends_now(coordinator: Barrier, seconds: float | None) -> bool:
    """Return whether a wait ends at the moment at which it begins: it takes less than half a microsecond."""
    if seconds is None or round(seconds * 1_000_000) > 0:
        return False
    if seconds > 0:
        nudge(seconds)
    zero_wait(coordinator)
    return True


def time_() -> float:
    """``time.time``."""
    ns = _date()
    return _REAL["time"]() if ns is None else _in_seconds(ns)


def time_ns() -> int:
    """``time.time_ns``."""
    ns = _date()
    return _REAL["time_ns"]() if ns is None else ns


def monotonic() -> float:
    """``time.monotonic``."""
    ns = _elapsed()
    return Machine.monotonic() if ns is None else _in_seconds(ns)


def monotonic_ns() -> int:
    """``time.monotonic_ns``."""
    ns = _elapsed()
    return Machine.monotonic_ns() if ns is None else ns


def perf_counter() -> float:
    """``time.perf_counter``."""
    ns = _elapsed()
    return _REAL["perf_counter"]() if ns is None else _in_seconds(ns)


def perf_counter_ns() -> int:
    """``time.perf_counter_ns``."""
    ns = _elapsed()
    return _REAL["perf_counter_ns"]() if ns is None else ns


def localtime(seconds: float | None = None, /) -> time.struct_time:
    """``time.localtime``."""
    ns = _date() if seconds is None else None
    return _REAL["localtime"](seconds if ns is None else ns // SECOND)  # type: ignore[no-any-return]


def gmtime(seconds: float | None = None, /) -> time.struct_time:
    """``time.gmtime``."""
    ns = _date() if seconds is None else None
    return _REAL["gmtime"](seconds if ns is None else ns // SECOND)  # type: ignore[no-any-return]


def ctime(seconds: float | None = None, /) -> str:
    """``time.ctime``."""
    ns = _date() if seconds is None else None
    return _REAL["ctime"](seconds if ns is None else ns // SECOND)  # type: ignore[no-any-return]


def strftime(*args: Any) -> Any:
    """``time.strftime``."""
    ns = _date() if len(args) == 1 else None
    return _REAL["strftime"](*args) if ns is None else _REAL["strftime"](*args, _REAL["localtime"](ns // SECOND))


def asctime(*args: Any) -> Any:
    """``time.asctime``."""
    ns = _date() if not args else None
    return _REAL["asctime"](*args) if ns is None else _REAL["asctime"](_REAL["localtime"](ns // SECOND))


def clock_gettime_ns(clock: int, /) -> int:
    """``time.clock_gettime_ns``."""
    ns = _date() if clock in _IS_DATE else _elapsed() if clock in _IS_MONOTONIC else None
    return _REAL["clock_gettime_ns"](clock) if ns is None else ns


def clock_gettime(clock: int, /) -> float:
    """``time.clock_gettime``."""
    ns = _date() if clock in _IS_DATE else _elapsed() if clock in _IS_MONOTONIC else None
    return _REAL["clock_gettime"](clock) if ns is None else _in_seconds(ns)


def now(cls: Any, tz: datetime.tzinfo | None = None) -> Any:
    """``datetime.now``."""
    ns = _date()
    if ns is None:
        return _REAL_NOW.__get__(None, cls)(tz)
    # From whole seconds: those who round a float to microseconds disagree about halves.
    date = _FROM_TIMESTAMP.__get__(None, cls)(ns // SECOND, tz)
    return date.replace(microsecond=ns % SECOND // MICROSECOND)


def utcnow(cls: Any) -> Any:
    """``datetime.utcnow``; deprecated since Python 3.12."""
    ns = _date()
    if sys.version_info >= (3, 12):
        warnings.warn(
            "datetime.datetime.utcnow() is deprecated and scheduled for removal in a future version. Use "
            "timezone-aware objects to represent datetimes in UTC: datetime.datetime.now(datetime.UTC).",
            DeprecationWarning,
            stacklevel=2,
        )
    if ns is None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return _REAL_UTCNOW.__get__(None, cls)()
    date = _FROM_TIMESTAMP.__get__(None, cls)(ns // SECOND, datetime.UTC)
    return date.replace(microsecond=ns % SECOND // MICROSECOND, tzinfo=None)


_FUNCTIONS = [Replacement(_ORIGINALS[name], globals()["time_" if name == "time" else name]) for name in _ORIGINALS]


class _Kept:
    """Methods of `datetime.datetime` that client code bound and kept, such as ``NOW = datetime.now``.

    Finding them means going through all objects (some 10 ms), so it is done again only when modules were imported.
    """

    def __init__(self) -> None:
        self._modules = 0
        self._replacements: dict[int, Replacement] = {}

    def find(self) -> list[Replacement]:
        """Return a replacement for each of them."""
        if len(sys.modules) != self._modules:
            self._modules = len(sys.modules)
            for kept in bound_methods(_DATETIME, frozenset({"now", "utcnow"})):
                if id(kept) not in self._replacements:
                    by = partial(now if kept.__name__ == "now" else utcnow, _DATETIME)
                    self._replacements[id(kept)] = Replacement(kept, by)
        return list(self._replacements.values())


_KEPT = _Kept()


def show(clock: Clock) -> Iterator[Undo]:
    """Show a world's date; yields what takes back each step that has been done."""
    world = WorldDate(clock)
    api = freezegun.api
    ignored = set(freezegun.config.settings.default_ignore_list) - set(freezegun.config.DEFAULT_IGNORE_LIST)
    limit = api.call_stack_inspection_limit
    # With the default of 5, freezegun finds `threading` below a thread's target and gives it real time.
    api.call_stack_inspection_limit = 1
    yield lambda: setattr(api, "call_stack_inspection_limit", limit)
    stacks: list[tuple[list[Any], Any]] = [
        (api.freeze_factories, world),
        (api.tz_offsets, LocalOffset()),
        (api.ignore_lists, tuple(freezegun.config.settings.default_ignore_list)),
        (api.tick_flags, False),
    ]
    for stack, entry in stacks:
        stack.append(entry)
        yield partial(_remove, stack, entry)
    Shown.world, Shown.measuring = world, MEASURES_REAL_TIME | ignored
    yield lambda: setattr(Shown, "world", None)
    for replacement in (*_FUNCTIONS, *_KEPT.find()):
        yield replacement.put()
    yield replace_method(_DATETIME, "now", classmethod(now))
    yield replace_method(_DATETIME, "utcnow", classmethod(utcnow))
    # uuid1() is made of the date: by Python, and not by a library that reads the machine's clock.
    for name in ("_generate_time_safe", "_UuidCreate", "_last_timestamp"):
        if hasattr(uuid, name):
            before = getattr(uuid, name)
            setattr(uuid, name, None)
            yield partial(setattr, uuid, name, before)


def _remove(stack: list[Any], entry: object) -> None:
    """Take an entry off one of freezegun's stacks; it is not the top if a test's own freeze outlives the world."""
    for index, found in enumerate(stack):
        if found is entry:
            del stack[index]
            return
