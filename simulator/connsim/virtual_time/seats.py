"""Seats: which coordinator counts a party.

A party's thread sits on a `Seat`. The seat, and not the thread, names the coordinator, because other threads change it:
when a world ends, the seats of threads that outlive it are freed, and the next world's coordinator takes them over
(`connsim.virtual_time.survivors`).
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from connsim.core.clock import Clock
from connsim.virtual_time.real_locks import Gate


class WorldOver(SystemExit):
    """Ends a thread whose world has been closed.

    A `SystemExit`, because `threading` ends a thread with one silently.
    """


class Barrier(Protocol):
    """What parties know of the coordinator of their world; see `connsim.virtual_time.coordinator.Coordinator`."""

    clock: Clock
    closed: bool
    alarm: int | None
    on_interrupt: Callable[[], None]

    def enter(self) -> None:
        """Count one more running party."""

    def leave(self) -> None:
        """Count one running party less."""

    def busy(self) -> AbstractContextManager[None]:
        """Count a block of real work as a party of its own."""

    def working(self, what: str) -> AbstractContextManager[None]:
        """Name the real work that the calling thread does, for messages."""

    def park(self, gate: Gate, what: str | Callable[[], str], until: int | None) -> bool:
        """Block the calling party until a gate is opened, or until a moment; returns whether the moment came first."""

    def wait(self, wait: Any, block: Callable[[], object]) -> bool:
        """Block the calling party until its wait is over; returns whether its deadline ended it."""

    def begin(self, wait: Any) -> None:
        """Count the party of a wait as waiting. The caller holds the mutex."""

    def finish(self, wait: Any) -> None:
        """Count the party of a wait as running again. The caller holds the mutex."""

    def adopt_running(self, taken: "Seat") -> None:
        """Take over a party that runs. The caller holds the mutex."""

    def join(self, taken: "Seat") -> None:
        """Count the party of a seat as running, unless it is counted already."""

    def resume(self, wait: Any) -> None:
        """Count the party of a wait as running, after something that the coordinator does not see has ended it."""

    def check(self) -> None:
        """Move the clock if it may go on."""

    def real_time_left(self) -> float | None:
        """Return the seconds of real time after which the clock may go on despite real work; ``None``: never."""


class Seat:
    """One party's seat.

    Attributes:
        coordinator: Counts the party; ``None`` while no world is frozen, and on `NOBODY`.
        loop: The event loop that the party runs, if it is one of asyncio's.
        is_survivor: Whether the party has outlived a world. It does not get the errors of later ones.
        is_idle: Whether a survivor has been seen to wait for work, and not for time.
    """

    __slots__ = ("coordinator", "is_idle", "is_survivor", "loop")

    def __init__(self, coordinator: Barrier | None) -> None:
        self.coordinator = coordinator
        self.loop: asyncio.AbstractEventLoop | None = None
        self.is_survivor = False
        self.is_idle = False


NOBODY = Seat(None)
"""The seat of every thread that is no party."""

SEATED: dict[int, Seat] = {}
"""The seats on which threads sit, by the threads' identifiers."""


class Frozen:
    """What is frozen now.

    Attributes:
        coordinator: The frozen world's coordinator, once all waits are replaced.
    """

    coordinator: Barrier | None = None


FROZEN = Frozen()


class _ThisThread(threading.local):
    seat = NOBODY
    kept = NOBODY  # the last seat: a party that does real work for a while comes back to it


_this_thread = _ThisThread()


def seat() -> Seat:
    """The seat of the calling thread."""
    return _this_thread.seat


def sit(on: Seat) -> None:
    """Let the calling thread sit on a seat; on `NOBODY`, it is no party."""
    _this_thread.seat = on
    if on is NOBODY:
        SEATED.pop(threading.get_ident(), None)
    else:
        _this_thread.kept = on
        SEATED[threading.get_ident()] = on


def party() -> Barrier | None:
    """The coordinator of the calling thread; ``None`` if the thread is not a party."""
    return _this_thread.seat.coordinator


def joined(*, has_deadline: bool) -> Barrier | None:
    """The coordinator of the calling thread, which is about to wait; a party of an earlier world becomes one of this.

    Args:
        has_deadline: Whether the wait has a time limit. A thread that paused or polled when its world ended, and has
            not waited for work since, does not live on in the next world.
    """
    here = _this_thread.seat
    now = FROZEN.coordinator
    if here.is_survivor and here.coordinator is None and now is not None:
        here.is_idle = here.is_idle or not has_deadline
        if not here.is_idle:
            raise WorldOver(
                "The frozen world of this thread is over, and another one has begun. Expected threads that pause or "
                "poll to end before their world does. Stop the thread at the end of the test, by an Event that it "
                "waits for, and join it."
            )
        now.join(here)
    return here.coordinator


def become_party(coordinator: Barrier | None) -> None:
    """Make the calling thread a party of a coordinator, or with ``None`` no party. Does not count it."""
    if coordinator is None:
        sit(NOBODY)
    elif _this_thread.kept.coordinator is coordinator:
        sit(_this_thread.kept)
    else:
        sit(Seat(coordinator))
