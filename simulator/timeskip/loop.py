"""An asyncio loop whose waiting costs nothing: when nothing is in flight, it jumps to its next deadline."""

import asyncio
import selectors
from collections.abc import Callable
from typing import Any, TypeVar

from simulator.clock import Rank
from simulator.durations import SECOND
from simulator.errors import Deadlock
from simulator.timeskip.waking import waking
from simulator.world import World

T = TypeVar("T")


class PartySelector(selectors.DefaultSelector):
    """Waits on the world's clock instead of the machine's."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self.jobs = 0  # executor jobs whose results have not been delivered yet

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for events, or until ``timeout`` virtual seconds have passed."""
        if timeout is not None and timeout <= 0:
            return super().select(timeout)
        clock = self._world.clock
        deadline = None if timeout is None else waking(clock, timeout)
        while True:
            ready = super().select(0)
            if ready:
                return ready
            if self.jobs:
                return super().select()  # a thread is at work for this loop, and time waits for it
            if not all(door.quiet() for door in self._world.doors):
                continue
            ready = super().select(0)  # whatever the doors have answered until then has arrived
            if ready:
                return ready
            if self._jump(deadline):
                return super().select(0)

    def _jump(self, deadline: int | None) -> bool:
        """Go to the next thing that happens; tell whether that is the deadline."""
        clock = self._world.clock
        with clock.lock:
            due = clock.next_due()
            if due is not None and (deadline is None or due < deadline):
                clock.advance_ns(max(0, due - clock.now()))
                return False
            if deadline is None:
                raise Deadlock(
                    "The client's event loop waits without a time-out, and nothing is due or on its way to it. "
                    f"Expected a reply, a deadline or an event. What happened so far:\n{self._world.timeline()}"
                )
            clock.advance_ns(max(0, deadline - clock.now()), Rank.RECORD)
            return True


class PartyLoop(asyncio.SelectorEventLoop):
    """A loop for client code inside a frozen world. ``time()`` counts from the world's start."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._party_selector = PartySelector(world)
        super().__init__(self._party_selector)

    def time(self) -> float:
        """Seconds on the world's clock."""
        return self._world.clock.elapsed() / SECOND

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> "asyncio.Future[T]":  # type: ignore[override]
        """Run a job in a thread; time stands still until its result is delivered."""
        self._party_selector.jobs += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._delivered)
        return future

    async def shutdown_default_executor(self, *args: Any, **kwargs: Any) -> None:
        """End the executor's threads; time stands still meanwhile."""
        self._party_selector.jobs += 1
        try:
            await super().shutdown_default_executor(*args, **kwargs)
        finally:
            self._delivered(None)

    def _delivered(self, _: object) -> None:
        self._party_selector.jobs -= 1
