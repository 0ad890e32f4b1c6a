"""Moments as the agent prints them.

Source: docs/protocol/prism-agent.md, 3.4.
"""

from connsim.core.clock import as_datetime
from connsim.core.durations import MICROSECOND, SECOND


def nanoseconds(at: int) -> str:
    """Print a moment of a new record: up to nine digits of fraction, without trailing zeros."""
    text = as_datetime(at).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{at % SECOND:09}".rstrip("0")
    return f"{text}.{fraction}Z" if fraction else f"{text}Z"


def microseconds(at: int) -> str:
    """Print a moment of a record from the database, which keeps microseconds, rounded half up."""
    return nanoseconds((at + MICROSECOND // 2) // MICROSECOND * MICROSECOND)


def instant(at: int) -> str:
    """Print a moment like Java's ``Instant``: the fraction in groups of three digits."""
    return f"{as_datetime(at):%Y-%m-%dT%H:%M:%S}{_in_groups(at)}Z"


def offset_date_time(at: int) -> str:
    """Print a moment like Java's ``OffsetDateTime``: as ``Instant``, but without seconds when they are zero."""
    if at % (60 * SECOND) == 0:
        return f"{as_datetime(at):%Y-%m-%dT%H:%M}Z"
    return instant(at)


def _in_groups(at: int) -> str:
    fraction = f"{at % SECOND:09}"
    while fraction.endswith("000"):
        fraction = fraction[:-3]
    return f".{fraction}" if fraction else ""
