"""Freezes a world: client code sees its time, for the length of a ``with`` block."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import ClassVar, TypeVar

from connsim.errors import Misuse, NotVirtual
from connsim.virtual_time import (
    clocks,
    descriptors,
    executors,
    files,
    in_place,
    locks,
    loops,
    signals,
    sockets,
    survivors,
    threads,
)
from connsim.virtual_time.coordinator import MUTEX, Coordinator, Freezable, become_party
from connsim.virtual_time.guard import LIMIT, Guard
from connsim.virtual_time.in_place import Undo
from connsim.virtual_time.seats import FROZEN, NOBODY, sit

W = TypeVar("W", bound=Freezable)

_GUARD = Guard()
_PUTS = (threads.put, executors.put, descriptors.put, files.put, sockets.put, loops.put, locks.put, signals.put)


class _Frozen:
    """The world that is frozen now.

    Attributes:
        world: The world, if any.
        undo: What takes back each replacement, in the order in which they were made.
    """

    world: Freezable | None = None
    undo: ClassVar[list[Undo]] = []


def _restore() -> None:
    while _Frozen.undo:
        _Frozen.undo.pop()()


def _thaw_child() -> None:
    """Make a forked child wholly real: the threads that its parent's coordinator counts do not exist in it."""
    descriptors.renew()
    _GUARD.renew()
    world, _Frozen.world = _Frozen.world, None
    if world is not None:
        _restore()
        MUTEX.renew()
        sit(NOBODY)
        FROZEN.coordinator = None
        world.clock.waiter = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_thaw_child)


@contextmanager
def frozen(world: W, *, guard: float = LIMIT) -> Iterator[W]:
    """Freeze time for client code at the world's clock, for the length of a ``with`` block.

    Inside, the clock is moved by the waits of this thread, of the threads that it starts and of their event loops.

    Args:
        world: A world whose clock stands still.
        guard: Seconds of real time for which the clock may stand still before `GuardExpired` ends the waits; 0 means
            no limit.

    Raises:
        Misuse: The clock runs by itself, or another world is frozen already.
        NotVirtual: This interpreter's functions cannot be replaced.
    """
    _check(world)
    with ExitStack() as stack:
        stack.callback(setattr, _Frozen, "world", None)
        _Frozen.world = world
        coordinator = Coordinator(world)
        stack.callback(_restore)
        _Frozen.undo.extend(clocks.show(world.clock))
        for put in _PUTS:
            _Frozen.undo.extend(put())
        coordinator.enter()
        become_party(coordinator)
        world.clock.waiter = coordinator
        FROZEN.coordinator = coordinator
        if (loop := asyncio._get_running_loop()) is not None:
            survivors.LOOPS.add(loop)
        survivors.enter(coordinator, clocks.ahead_ns())
        stack.callback(_end, coordinator)  # while everything is replaced: threads that go on find what they knew
        stack.enter_context(_GUARD.watch(coordinator, guard))
        yield world


def _end(coordinator: Coordinator) -> None:
    coordinator.clock.waiter = None
    FROZEN.coordinator = None
    become_party(None)
    survivors.leave(clocks.ahead_ns())
    coordinator.close()


def _check(world: Freezable) -> None:
    if not in_place.SUPPORTED:
        raise NotVirtual(
            f"Time cannot be frozen in {sys.version}, because its functions cannot be replaced in place. Expected "
            f"CPython with a global interpreter lock. Use 'connsim serve --clock standing' and the control API there."
        )
    if world.clock.running:
        raise Misuse("A world whose clock runs cannot be frozen. Expected one that stands still: World() makes one.")
    if _Frozen.world is not None:
        raise Misuse(
            f"{_Frozen.world!r} is frozen already. Expected one frozen world per process: time.time() tells one time. "
            f"Leave the frozen() block of the first one before."
        )
