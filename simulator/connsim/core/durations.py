"""Parses durations such as ``90s`` or ``24 hours`` into integer nanoseconds, and writes them back.

``90s``, ``1h30m``, ``24 hours``, ``2 hours and 30 minutes``, ``250 ms``, ``1.5 h``: the compact form of scenario
files and the spoken form of feature files are one grammar. Values are exact: fractions are parsed as decimals, never
as floats, and fractions of a nanosecond are rounded up, because a clock may be late but never early.
"""

import math
import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from connsim.core.shapes import Kind
from connsim.errors import BadDuration

NANOSECOND = 1
MICROSECOND = 1_000
MILLISECOND = 1_000_000
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY

_UNITS = {
    "ns": NANOSECOND,
    "us": MICROSECOND,
    "ms": MILLISECOND,
    "s": SECOND,
    "m": MINUTE,
    "h": HOUR,
    "d": DAY,
    "w": WEEK,
}
_SPOKEN = {
    "nanosecond": NANOSECOND,
    "microsecond": MICROSECOND,
    "µs": MICROSECOND,
    "millisecond": MILLISECOND,
    "sec": SECOND,
    "second": SECOND,
    "min": MINUTE,
    "minute": MINUTE,
    "hour": HOUR,
    "day": DAY,
    "week": WEEK,
}
_WRITTEN = ("day", "hour", "minute", "second", "millisecond", "microsecond", "nanosecond")
_PART = re.compile(r"\s*(?:(?:,|and)\s+)?([0-9]+(?:\.[0-9]+)?)\s*([a-zµ]+)")

_NAMES = "|".join(sorted((*_UNITS, *(f"{name}s?" for name in _SPOKEN)), key=len, reverse=True))
PATTERN = rf"(?:(?:\s*(?:,|and)\s+|\s*)[0-9]{{1,18}}(?:\.[0-9]{{1,18}})?\s*(?:{_NAMES})(?![a-zµ]))+"
"""A duration as a regular expression that is valid in Python and in JSON Schema (ECMA 262), for editors."""

LONGEST = 1_000 * 365 * DAY
"""A thousand years. A longer duration is refused as a typing error, long before a date runs out of years."""


def duration(value: str | timedelta) -> int:
    """Parse a duration.

    Args:
        value: A text such as ``"24 hours"`` or ``"1h30m"``, or a ``timedelta``.

    Returns:
        The duration in nanoseconds, zero or more.

    Raises:
        BadDuration: The text does not parse, or the duration is negative or longer than a thousand years.
    """
    ns = _of_timedelta(value) if isinstance(value, timedelta) else _of_text(value)
    if not 0 <= ns <= LONGEST:
        raise BadDuration(f"{str(value)!r} is out of range. Expected a duration from 0 to 1000 years.")
    return ns


def _of_timedelta(value: timedelta) -> int:
    return (value.days * 86_400 + value.seconds) * SECOND + value.microseconds * MICROSECOND


def _of_text(text: str) -> int:
    total = Decimal(0)
    position = 0
    rest = text.strip()
    while position < len(rest):
        part = _PART.match(rest, position)
        unit = part and _unit(part[2])
        if part is None or unit is None:
            position = 0
            break
        total += Decimal(part[1]) * unit
        position = part.end()
    if position == 0:
        raise BadDuration(
            f"{text!r} is not a duration. Expected a number and a unit, such as '90s', '24 hours' or '1h30m'. "
            f"Units: {', '.join(_UNITS)}, or spelled out."
        )
    return math.ceil(total)


def _unit(word: str) -> int | None:
    return _UNITS.get(word) or _SPOKEN.get(word) or _SPOKEN.get(word.removesuffix("s"))


def spoken(ns: int) -> str:
    """Write a duration in words, exactly: ``24 hours``, ``1 minute 30 seconds``.

    Whole hours up to two days are written in hours (``24 hours``, not ``1 day``).

    Args:
        ns: Nanoseconds, zero or more.
    """
    if ns == 0:
        return "0 seconds"
    in_hours = ns % HOUR == 0 and ns <= 2 * DAY
    parts = []
    rest = ns
    for name in _WRITTEN[in_hours:]:
        count, rest = divmod(rest, _SPOKEN[name])
        if count:
            parts.append(f"{count} {name}{'' if count == 1 else 's'}")
    return " ".join(parts)


def _read_ns(given: object) -> int:
    """Read the duration in a setting: a text, or nanoseconds."""
    if isinstance(given, int) and not isinstance(given, bool) and given >= 0:
        return given
    if not isinstance(given, str):
        raise TypeError
    return duration(given)


Ns = Annotated[int, Kind(_read_ns, spoken, {"type": ["string", "integer"], "minimum": 0}, "a duration ('5m')")]
"""The type of a setting that is a duration: rows write it as ``"5m"``, or as nanoseconds."""
