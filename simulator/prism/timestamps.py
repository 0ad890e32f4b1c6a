"""Moments as the agent prints them."""

from simulator.clock import as_datetime
from simulator.durations import MICROSECOND, SECOND


def nanoseconds(at: int) -> str:
    """The form of a record that was just made: up to nine digits of fraction, trailing zeros trimmed."""
    text = as_datetime(at).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{at % SECOND:09}".rstrip("0")
    return f"{text}.{fraction}Z" if fraction else f"{text}Z"


def microseconds(at: int) -> str:
    """The form of a record that was read back: the database keeps microseconds, rounded half up."""
    return nanoseconds((at + MICROSECOND // 2) // MICROSECOND * MICROSECOND)
