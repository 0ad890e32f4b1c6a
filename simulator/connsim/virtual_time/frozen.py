"""Installs and removes the patches behind a frozen world: freezegun, and the replacements of this package.

Installing takes tens of milliseconds, because freezegun searches every imported module. So the patches can stay in
place from one world to the next: `Freezer.install` makes them once, and `Freezer.hold` lends them to a world.
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
    """``asyncio.new_event_loop``: a `PartyLoop` for a party."""
    coordinator = party()
    return _REAL_NEW_LOOP() if coordinator is None else PartyLoop(coordinator)


# Functions, not attributes: client modules may have imported them under any name, so all modules are searched.
_FUNCTIONS = [(threads.REAL_SLEEP, threads.sleep), (_REAL_NEW_LOOP, _new_event_loop)]


class Freezer:
    """The patches of this process.

    Attributes:
        world: The world that is frozen now, if any.
    """

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
        """Put the patches in place. Does nothing if they are."""
        if self.installed:
            return
        limit = freezegun.api.call_stack_inspection_limit
        # With the default of 5, freezegun finds `threading` below a thread's target and gives it real time.
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
        """Remove all patches, also from modules that were imported in the meantime."""
        while self._undo:
            self._undo.pop()()

    @contextmanager
    def hold(self, world: W) -> Iterator[W]:
        """Show the time of this world for the length of a ``with`` block, and make this thread its first party."""
        if world.clock.running:
            raise Misuse(
                "A world whose clock runs cannot be frozen. Expected one that stands still: World() makes one."
            )
        if self.world is not None:
            raise Misuse(
                f"{self.world!r} is frozen already. Expected one frozen world per process: time.time() tells one time. "
                f"Leave the frozen() block of the first one before."
            )
        if asyncio._get_running_loop() is not None:
            raise NotVirtual(
                "A world cannot be frozen inside a running event loop, because that loop's waits are real. "
                "Expected frozen() around asyncio.run, not inside it."
            )
        # freezegun shows the time of its newest freeze. If the test froze time after our patches were installed (by
        # @freeze_time, say), ours are not the newest: freeze once more, for this world only.
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
        self._factory.time_to_freeze = _naive(now)  # what move_to does, without the cost of parsing a date


FREEZER = Freezer()


@contextmanager
def frozen(world: W, *, keep: bool = False) -> Iterator[W]:
    """Freeze time for client code at the world's clock, for the length of a ``with`` block.

    Inside, the clock is moved by the waits of this thread, of the threads that it starts and of their event loops. Make
    clients, sessions and loops inside the block: none of them may outlive its world.

    Args:
        world: A world whose clock stands still.
        keep: Leave the patches in place at the end, for the next world; `FREEZER.uninstall` removes them.

    Raises:
        Misuse: The clock runs by itself, or another world is frozen already.
        NotVirtual: An event loop is running in this thread.
    """
    kept = FREEZER.installed
    # Freezes end in reverse order: patches that were installed inside the test's own freeze must go before it does.
    keep = keep and (kept or not freezegun.api.freeze_factories)
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
    """Replace a function in every imported module, under any name."""
    ours = {threads.__name__, __name__}
    for module_name, module in sys.modules.copy().items():  # a copy: other threads may import in the meantime
        if module_name in ours:
            continue
        for name, value in getattr(module, "__dict__", {}).copy().items():
            if value is function:
                setattr(module, name, by)
