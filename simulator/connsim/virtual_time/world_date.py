"""The date of a frozen world: an entry of freezegun's stack, and who reads it."""

import datetime
from typing import Any

import freezegun.api

from connsim.core.clock import Clock, as_datetime
from connsim.core.durations import MICROSECOND, SECOND
from connsim.core.machine import Machine, original
from connsim.virtual_time.in_place import copied

MEASURES_REAL_TIME = frozenset(
    (
        *("_pytest", "pytest", "pytest_bdd.reporting", "hypothesis", "execnet", "xdist", "coverage", "behave"),
        *("allure_pytest", "allure_commons", "freezegun", "pytest_timeout", "pytest_rerunfailures", "pytest_html"),
        *("pytest_jsonreport", "pytest_metadata", "pytest_benchmark"),
    )
)
"""Modules and packages that measure the run itself: to them, every clock shows real time."""


_REAL_LOCALTIME = copied(original("localtime"))


class WorldDate(freezegun.api.FrozenDateTimeFactory):
    """The date of a world, as an entry of freezegun's stack."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # From a whole second on: aiohttp rounds its time-outs up to whole seconds of the loop's clock.
        self._nudge = (-1, 0.0)
        self._ahead = (Machine.monotonic_ns() // SECOND + 1) * SECOND - clock.now()

    def __call__(self) -> datetime.datetime:
        """Return the world's date in UTC, without a zone: freezegun's form."""
        return as_datetime(self._clock.now()).replace(tzinfo=None)

    def tick(self, delta: Any = 1) -> datetime.datetime:
        """Refuse to move, because the date is that of the world's clock."""
        raise TypeError("The date of a frozen world moves with its clock. Use connsim.clock.advance('1 minute').")

    def move_to(self, target_datetime: Any) -> None:
        """Refuse to move, because the date is that of the world's clock."""
        self.tick()

    def date_ns(self) -> int:
        """Nanoseconds since 1970, in whole microseconds: the resolution of what client code reads."""
        return self._clock.now() // MICROSECOND * MICROSECOND

    def monotonic_ns(self) -> int:
        """Nanoseconds of the monotonic clock, in whole microseconds."""
        return self._clock.now() + self._ahead

    def seconds(self, ns: int) -> float:
        """Turn a reading into seconds, as the functions show it that return a float."""
        at, by = self._nudge
        return ns / SECOND + by if at == self._clock.now() else ns / SECOND

    def nudge(self, seconds: float) -> None:
        """Show this moment as so much later, in readings that are floats. See `nudge`."""
        at, by = self._nudge
        now = self._clock.now()
        self._nudge = now, (by if at == now else 0.0) + seconds


class LocalOffset:
    """The machine's zone, where freezegun keeps its ``tz_offset``.

    It is used by freezegun's own classes only, where a test froze time around the world. freezegun adds its offset to
    dates with a zone too; a world's date must not be moved by that.
    """

    def total_seconds(self) -> float:
        """Seconds to add to UTC now."""
        now = 0 if Shown.world is None else Shown.world.date_ns() // SECOND
        return float(_REAL_LOCALTIME(now).tm_gmtoff)

    def __radd__(self, date: datetime.datetime) -> datetime.datetime:
        return date if date.tzinfo is not None else date + datetime.timedelta(seconds=self.total_seconds())

    def __rsub__(self, since_1970: datetime.timedelta) -> datetime.timedelta:
        return since_1970 - datetime.timedelta(seconds=self.total_seconds())


class Shown:
    """What client code reads now; the attributes are set while a world is frozen.

    Attributes:
        world: The frozen world's date.
        reporting: The thread in which pytest runs hooks that report a test; it reads real time.
        measuring: The modules that read real time, by their names or those of their packages.
    """

    world: WorldDate | None = None
    reporting: int | None = None
    measuring: frozenset[str] = MEASURES_REAL_TIME
