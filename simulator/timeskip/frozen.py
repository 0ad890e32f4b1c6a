"""Freezes what client code reads of time, and turns its sleeping into moves of the world's clock.

This covers one client thread and the asyncio loops that are started on it. Waiting of other threads is real.
"""

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import freezegun
import freezegun.api

from simulator.clock import as_datetime
from simulator.errors import Misuse
from simulator.timeskip.loop import PartyLoop
from simulator.timeskip.waking import waking
from simulator.world import World

# pytest measures with these; frozen, it would report nonsense durations.
_REAL_TIME_FOR = ["_pytest.timing", "pytest_bdd.reporting"]

_frozen: World | None = None


@contextmanager
def frozen(world: World) -> Iterator[World]:
    """Freeze time for client code at the world's clock, for the length of a ``with`` block.

    Inside, ``time.sleep`` on this thread and every wait of an asyncio loop that is started on it move the clock and
    return at once. Clients, sessions and loops should be made inside: they live no longer than their world.

    Raises:
        Misuse: The clock runs by itself, or another world is frozen already.
    """
    global _frozen  # noqa: PLW0603 (frozen time is the one thing that a process has only one of)
    if world.clock.running:
        raise Misuse(
            "A world whose clock runs can not be frozen. Expected a clock that stands still: World() makes one."
        )
    if _frozen is not None:
        raise Misuse(
            f"{_frozen!r} is frozen already. Expected one frozen world per process: time.time() tells one time. "
            f"Leave the first one's frozen() block before."
        )
    _frozen = world
    limit = freezegun.api.call_stack_inspection_limit
    # With the default of 5, a thread would see real time, because freezegun finds `threading` on its stack.
    freezegun.api.call_stack_inspection_limit = 1
    freezer = freezegun.freeze_time(_naive(world.clock.now()), ignore=_REAL_TIME_FOR, real_asyncio=True)
    factory = freezer.start()
    forget = world.clock.on_move(lambda now: factory.move_to(_naive(now)))
    restore = [*_replace(time.sleep, _sleeper(world)), *_replace(asyncio.new_event_loop, lambda: PartyLoop(world))]
    try:
        yield world
    finally:
        for undo in reversed(restore):
            undo()
        forget()
        freezer.stop()
        freezegun.api.call_stack_inspection_limit = limit
        _frozen = None


def _naive(now: int) -> datetime:
    return as_datetime(now).replace(tzinfo=None)


def _sleeper(world: World) -> Callable[[float], None]:
    really, party, clock = time.sleep, threading.get_ident(), world.clock

    def sleep(seconds: float) -> None:
        if threading.get_ident() != party:
            really(seconds)
            return
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        if seconds > 0:
            clock.advance_ns(waking(clock, seconds) - clock.now())

    return sleep


def _replace(function: Any, by: Any) -> Iterator[Callable[[], None]]:
    """Replace a function wherever a module has it under any name; yields what puts each back."""
    for module in tuple(sys.modules.values()):
        for name, value in tuple(getattr(module, "__dict__", {}).items()):
            if value is function:
                setattr(module, name, by)
                yield lambda module=module, name=name: setattr(module, name, function)  # type: ignore[misc]
