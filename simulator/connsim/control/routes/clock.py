"""The routes of the clock."""

from dataclasses import dataclass
from typing import Annotated, Literal

from connsim.core.clock import Rank, as_datetime
from connsim.core.durations import duration, spoken
from connsim.core.shapes import Rules
from connsim.world import World


@dataclass(frozen=True, slots=True)
class ClockView:
    """The present moment of a world."""

    now: Annotated[str, Rules(format="date-time"), "The date in UTC, cut to microseconds."]
    ns: Annotated[int, "The same in nanoseconds since 1970."]
    start: Annotated[int, "The world's start, likewise."]
    elapsed: Annotated[str, "The time since the world's start, in words."]
    running: Annotated[bool, "Whether the clock moves with real time."]
    due: Annotated[int | None, "When the next item of the agenda is due, in nanoseconds since 1970; null if none is."]


@dataclass(frozen=True, slots=True)
class Advance:
    """How far to advance the clock."""

    by: Annotated[str, Rules(format="connsim-duration", examples=["24h", "90 seconds"]), "A duration."]
    last: Annotated[
        Literal["record", "reply"],
        "What still happens at the very moment of arrival. With `record`, replies that are due then stay held "
        "back, for clients whose time-out ends at that moment.",
    ] = "reply"


def show_clock(world: World) -> ClockView:
    """Show the present moment, and whether the clock runs."""
    clock = world.clock
    now = clock.now()
    return ClockView(
        f"{as_datetime(now).isoformat(timespec='microseconds').removesuffix('+00:00')}Z",
        now,
        clock.start,
        spoken(now - clock.start),
        clock.running,
        clock.next_due(),
    )


def advance_clock(world: World, body: Advance) -> ClockView:
    """Advance the clock; everything that falls due on the way happens, each item at its moment."""
    if body.last == "record":
        world.clock.advance_ns(duration(body.by), Rank.RECORD)
    else:
        world.clock.advance(body.by)
    return show_clock(world)


def rest(world: World) -> ClockView:
    """Wait, in real time, until every request to the fakes is answered or held back; then show the clock.

    A client that advances a standing clock calls this first: a request still on its way would otherwise arrive late.
    """
    return show_clock(world)
