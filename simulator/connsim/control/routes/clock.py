"""The routes of the clock."""

from dataclasses import dataclass
from typing import Annotated, Literal

from connsim.core.clock import Rank, as_datetime
from connsim.core.durations import duration, spoken
from connsim.core.shapes import Rules
from connsim.world import World


@dataclass(frozen=True, slots=True)
class ClockView:
    """The present moment of a world.

    Attributes:
        now: As a date in UTC, cut to microseconds.
        ns: In nanoseconds since 1970.
        start: When the world began, likewise.
        elapsed: How much time has passed since the world's start, in words.
        running: Whether the clock moves with real time.
        due: When something happens next by itself, in nanoseconds since 1970; null if nothing is due.
    """

    now: Annotated[str, Rules(format="date-time")]
    ns: int
    start: int
    elapsed: str
    running: bool
    due: int | None


@dataclass(frozen=True, slots=True)
class Advance:
    """How much time is to pass.

    Attributes:
        by: A duration.
        last: What still happens at the very moment of arrival. With `record`, replies that are due then stay held
            back, for clients whose time-out ends at that moment.
    """

    by: Annotated[str, Rules(format="connsim-duration", examples=["24h", "90 seconds"])]
    last: Literal["record", "reply"] = "reply"


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
    """Let time pass; what falls due on the way happens, each at its own moment."""
    if body.last == "record":
        world.clock.advance_ns(duration(body.by), Rank.RECORD)
    else:
        world.clock.advance(body.by)
    return show_clock(world)


def rest(world: World) -> ClockView:
    """Wait, in real time, until everything that was sent to the fakes is answered or held back; then show the clock.

    Whoever pushes a standing clock from elsewhere asks this before: what is on its way would else come too late.
    """
    return show_clock(world)
