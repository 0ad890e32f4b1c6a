"""What the coordinator knows of a party that waits, and the words in which it is told that its wait has no end."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from connsim.core.clock import Clock
from connsim.core.durations import SECOND, spoken
from connsim.errors import Deadlock, GuardExpired, StillPolling
from connsim.journal import Journal
from connsim.virtual_time.seats import WorldOver, seat
from connsim.virtual_time.where import name_of, place_of, tasks_of
from connsim.world.world import Door


class Freezable(Protocol):
    """A world, in this process or another: the part of it that virtual time needs."""

    @property
    def clock(self) -> Clock:
        """The clock that is moved by waits."""
        ...

    @property
    def doors(self) -> Sequence[Door]:
        """Its connections to real clients; the clock does not jump while one of them has work to do."""
        ...

    @property
    def journal(self) -> Journal:
        """Its journal."""
        ...

    def timeline(self) -> str:
        """The journal as text, for error messages."""
        ...


class Wait:
    """One party's wait.

    Args:
        what: What it waits for, for messages; a function if that takes time to find out.
        deadline: When it ends by itself, in nanoseconds since 1970; ``None`` means never.
        ready: Returns whether it is over for another reason: bytes have arrived, a lock was released.
        wake: Unblocks the party; called from another thread.

    Attributes:
        seat: The party.
        holds: Whether the wait may end by real work, so that the clock does not jump meanwhile. Set before it begins.
        loop: The event loop that waits for its next event, if it is one. It may be woken at any time, and then goes on
            waiting by itself.
        expires: Whether it ends at the end of its world as if its time-out had passed.
        over: Whether the coordinator has ended it.
        interrupted: Whether the coordinator has interrupted it, to go on after `Coordinator.on_interrupt`.
        error: What the party raises instead of continuing.
    """

    __slots__ = (
        *(
            "_what",
            "deadline",
            "error",
            "expires",
            "holds",
            "interrupted",
            "loop",
            "over",
            "ready",
            "seat",
            "thread",
            "wake",
        ),
    )

    def __init__(
        self,
        what: str | Callable[[], str],
        deadline: int | None,
        ready: Callable[[], bool],
        wake: Callable[[], None],
    ) -> None:
        self._what = what
        self.thread = threading.get_ident()
        self.seat = seat()
        self.deadline = deadline
        self.ready = ready
        self.wake = wake
        self.holds = False
        self.loop: asyncio.AbstractEventLoop | None = None
        self.expires = False
        self.over = False
        self.interrupted = False
        self.error: BaseException | None = None

    @property
    def what(self) -> str:
        """What it waits for."""
        return self._what if isinstance(self._what, str) else self._what()

    @property
    def is_ended(self) -> bool:
        """Whether the coordinator has ended or interrupted it."""
        return self.over or self.interrupted

    def __str__(self) -> str:
        return at(self.thread, self.what) + tasks_of(self.loop)


def at(thread: int, what: str) -> str:
    """What a thread does or waits for, with its name and its place in client code."""
    place = place_of(thread)
    return f"{name_of(thread)}: {what}" + (f", at {place}" if place else "")


def world_over(wait: Wait) -> WorldOver:
    """The error of a wait that its world does not outlive."""
    return WorldOver(
        f"The frozen world is over, and so is this wait ({wait}), because the clock that would end it stands still "
        f"now. Expected threads that pause or poll to end before their world does. Stop the thread at the end of the "
        f"test, by an Event that it waits for, and join it. A thread that waits without a time limit, such as in "
        f"queue.get(), and the event loop of a thread go on in the next world."
    )


def deadlock(waits: Sequence[Wait], world: Freezable) -> Deadlock:
    """The error of waits that nothing can end."""
    listed = "\n".join(f"  {wait}" for wait in waits)
    return Deadlock(
        f"Every party waits, nothing is due, and nothing is on its way:\n{listed}\n"
        f"Expected a reply, a deadline or an event. What happened so far:\n{world.timeline()}"
    )


def still_polling(waits: Sequence[Wait], world: Freezable) -> StillPolling:
    """The error of waits that have reached the horizon."""
    polls = [e for e in world.journal.entries() if getattr(e, "method", "") == "GET"]
    last = f" The last of {len(polls)} polls showed {getattr(polls[-1], 'state', None)}." if polls else ""
    listed = "; ".join(str(wait) for wait in waits)
    return StillPolling(
        f"A client still waits {spoken(world.clock.elapsed() // SECOND * SECOND)} after the world began: {listed}."
        f"{last} Expected it to give up by then. Give it an expiry, or expect it with 'is still asking after'."
    )


def guard_expired(seconds: float, running: Sequence[str], waits: Sequence[Wait]) -> GuardExpired:
    """The error of a world whose clock has stood still for too long."""
    busy = "".join(f"\n  {one}" for one in running) or " none"
    holding = "".join(f"\n  {wait}" for wait in waits if wait.holds) or " none"
    waiting = "".join(f"\n  {wait}" for wait in waits if not wait.holds) or " none"
    return GuardExpired(
        f"The clock has not moved for {seconds:g} seconds of real time. Parties that are busy:{busy}\n"
        f"Parties that wait for something outside of virtual time:{holding}\nParties that wait:{waiting}\n"
        f"Expected every wait to be virtual, or to end sooner. Look for a peer or a child process that does not "
        f"answer, a long computation, a wait inside of compiled code, or a client that polls without a pause. If the "
        f"work takes that long, set a longer limit: connsim_guard = 300 in pytest's configuration, or "
        f"frozen(guard=300)."
    )
