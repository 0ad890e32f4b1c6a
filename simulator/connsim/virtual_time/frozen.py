"""Freezes what client code reads of time, and turns its waiting into moves of the world's clock.

The patches are costly to make (freezegun looks into every module), so they can be kept from one world to the next:
`Freezer` makes them once, and `hold` lets a world use them.
"""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

import freezegun
import freezegun.api

from connsim.core.clock import as_datetime
from connsim.errors import Misuse, NotVirtual
from connsim.virtual_time import executors, sockets, threads
from connsim.virtual_time.coordinator import Coordinator, Freezable, become_party, party
from connsim.virtual_time.guard import Guard
from connsim.virtual_time.loop import PartyLoop, run_forever

# pytest measures with these; frozen, it would report nonsense durations.
_REAL_TIME_FOR = ["_pytest.timing", "pytest_bdd.reporting"]
_ATTRIBUTES = [
    *threads.ATTRIBUTES,
    *executors.ATTRIBUTES,
    *sockets.ATTRIBUTES,
    (asyncio.BaseEventLoop, "run_forever", run_forever),
]
_REAL_NEW_LOOP = asyncio.new_event_loop

W = TypeVar("W", bound=Freezable)


def _new_event_loop() -> asyncio.AbstractEventLoop:
    """``asyncio.new_event_loop``: a virtual one for a party."""
    here = party()
    return _REAL_NEW_LOOP() if here is None else PartyLoop(here)


# Functions that modules may have imported under any name.
_FUNCTIONS = [(threads.REAL_SLEEP, threads.sleep), (_REAL_NEW_LOOP, _new_event_loop)]


class Freezer:
    """The patches of this process."""

    def __init__(self) -> None:
        self.world: Freezable | None = None
        self._guard = Guard()
        self._undo: list[Callable[[], None]] = []
        self._factory: Any = None

    @property
    def installed(self) -> bool:
        """Whether the patches are in place."""
        return bool(self._undo)

    def install(self, world: Freezable) -> None:
        """Put the patches in place; harmless if they are."""
        if self.installed:
            return
        limit = freezegun.api.call_stack_inspection_limit
        # With the default of 5, a thread would see real time, because freezegun finds `threading` on its stack.
        freezegun.api.call_stack_inspection_limit = 1
        freezer = freezegun.freeze_time(_naive(world.clock.now()), ignore=_REAL_TIME_FOR, real_asyncio=True)
        self._factory = freezer.start()

        def thaw() -> None:
            freezer.stop()
            freezegun.api.call_stack_inspection_limit = limit

        self._undo.append(thaw)
        for owner, name, replacement in _ATTRIBUTES:
            self._undo.append(_replace_attribute(owner, name, replacement))
        for function, replacement in _FUNCTIONS:
            _replace_function(function, replacement)
            self._undo.append(lambda function=function, by=replacement: _replace_function(by, function))  # type: ignore[misc]

    def uninstall(self) -> None:
        """Take all patches back, also from modules that were imported meanwhile."""
        while self._undo:
            self._undo.pop()()

    @contextmanager
    def hold(self, world: W) -> Iterator[W]:
        """Let a world have the frozen time, and make this thread its first party."""
        if world.clock.running:
            raise Misuse(
                "A world whose clock runs can not be frozen. Expected one that stands still: World() makes one."
            )
        if self.world is not None:
            raise Misuse(
                f"{self.world!r} is frozen already. Expected one frozen world per process: time.time() tells one time. "
                f"Leave the first one's frozen() block before."
            )
        if asyncio._get_running_loop() is not None:
            raise NotVirtual(
                "A world can not be frozen inside a running event loop, because that loop's waits are real. "
                "Expected frozen() around asyncio.run, not inside it."
            )
        # Patches that are kept lie below what somebody else has frozen since: put one more on top, for this world only.
        kept = self._factory if self.installed and freezegun.api.freeze_factories[-1] is not self._factory else None
        self.install(world)
        if kept is not None:
            top = freezegun.freeze_time(_naive(world.clock.now()), ignore=_REAL_TIME_FOR, real_asyncio=True)
            self._factory = top.start()
        self.world = world
        self._show(world.clock.now())
        coordinator = Coordinator(world)
        coordinator.enter()
        become_party(coordinator)
        forget = world.clock.on_move(self._show)
        world.clock.waiter = coordinator
        try:
            with self._guard.watch(coordinator):
                yield world
        finally:
            world.clock.waiter = None
            forget()
            become_party(None)
            coordinator.close()
            self.world = None
            if kept is not None:
                top.stop()
                self._factory = kept

    def _show(self, now: int) -> None:
        self._factory.time_to_freeze = _naive(now)  # what move_to does, without reading a date of any form first


FREEZER = Freezer()


@contextmanager
def frozen(world: W, *, keep: bool = False) -> Iterator[W]:
    """Freeze time for client code at the world's clock, for the length of a ``with`` block.

    Inside, the waits of this thread, of threads that it starts and of event loops that they make move the clock.
    Clients, sessions and loops should be made inside: they live no longer than their world.

    Args:
        world: One whose clock stands still.
        keep: Leave the patches in place at the end, for the next world; `FREEZER.uninstall` takes them back.

    Raises:
        Misuse: The clock runs by itself, or another world is frozen already.
        NotVirtual: An event loop runs already.
    """
    kept = FREEZER.installed
    keep = keep and (kept or not freezegun.api.freeze_factories)  # what lies on somebody else's freeze goes before it
    try:
        with FREEZER.hold(world):
            yield world
    finally:
        if FREEZER.world is None and not keep and not kept:
            FREEZER.uninstall()


def _naive(now: int) -> datetime:
    return as_datetime(now).replace(tzinfo=None)


def _replace_attribute(owner: Any, name: str, by: Any) -> Callable[[], None]:
    inherited = name not in vars(owner)
    before = getattr(owner, name)
    setattr(owner, name, by)
    return lambda: delattr(owner, name) if inherited else setattr(owner, name, before)


def _replace_function(function: Any, by: Any) -> None:
    """Replace a function wherever a module has it, under any name."""
    ours = {threads.__name__, __name__}
    for module_name, module in sys.modules.copy().items():  # other threads may import meanwhile
        if module_name in ours:
            continue
        for name, value in getattr(module, "__dict__", {}).copy().items():
            if value is function:
                setattr(module, name, by)
