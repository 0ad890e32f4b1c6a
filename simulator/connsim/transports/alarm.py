"""The timer of a world whose clock runs: it fires when the next item of the agenda is due."""

import asyncio

from connsim.core.clock import Clock
from connsim.core.durations import SECOND


class Alarm:
    """Settles a running clock when an item falls due. A standing clock needs no alarm: every advance settles it.

    Args:
        loop: The loop that runs the timer.
    """

    def __init__(self, clock: Clock, loop: asyncio.AbstractEventLoop) -> None:
        self._clock = clock
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None
        self._unsubscribe = clock.on_sooner(self._sooner) if clock.running else None
        if clock.running:
            self._set()

    def stop(self) -> None:
        """Cancel the timer."""
        if self._unsubscribe is not None:
            self._unsubscribe()
        if self._timer is not None:
            self._timer.cancel()

    def _sooner(self) -> None:
        self._loop.call_soon_threadsafe(self._set)

    def _set(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due = self._clock.next_due()
        if due is not None:
            self._timer = self._loop.call_later(max(0, due - self._clock.now()) / SECOND, self._fire)

    def _fire(self) -> None:
        self._clock.settle()
        self._set()
