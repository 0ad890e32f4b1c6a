"""Lets other threads see that a server's loop is idle.

The clock of a frozen world may jump only when every request is answered or parked. A loop has then run all callbacks
and blocks in the ``select`` of its selector, and the kernel has no events for it. Bytes that were sent over loopback
are visible at the receiver's next poll, so no grace period is needed.
"""

import asyncio
import select
import selectors
from collections.abc import Callable

ENOUGH = 100
"""Rounds of a loop after which it has answered all requests that had arrived before them: a request takes five or six
rounds."""


class IdleSelector(selectors.DefaultSelector):
    """A selector that lets other threads see whether its loop is idle."""

    def __init__(self) -> None:
        super().__init__()
        self._events = select.poll()
        self._events.register(self.fileno(), select.POLLIN)  # an epoll or kqueue descriptor is readable with events
        self._blocked = False
        self._callbacks: list[Callable[[], None]] = []
        self._rounds = 0
        self._with_limit: list[tuple[int, Callable[[], None]]] = []

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for events; before blocking, call the callbacks of `is_idle` and `call_when_idle`."""
        self._rounds += 1
        if self._with_limit and self._with_limit[0][0] <= self._rounds:
            self._with_limit.pop(0)[1]()
        if timeout is not None and timeout <= 0:
            return super().select(timeout)
        ready = super().select(0)
        if ready:
            return ready
        self._blocked = True  # before the callbacks are taken: a thread that asks later sees it
        try:
            callbacks, self._callbacks = self._callbacks, []
            callbacks += (callback for _, callback in self._with_limit)
            self._with_limit.clear()
            for callback in callbacks:  # a callback that finds new events registers again, for the round after them
                callback()
            return super().select(timeout)
        finally:
            self._blocked = False

    def is_idle(self, otherwise: Callable[[], None]) -> bool:
        """Return whether the loop is blocked without events; if not, call back when it is about to block next.

        Only one thread at a time may ask: the coordinator does so under its mutex.
        """
        if self._is_idle():
            return True
        if otherwise not in self._callbacks:
            self._callbacks.append(otherwise)
        return self._is_idle()  # again: it may have blocked before the callback was registered

    def call_when_idle(self, callback: Callable[[], None]) -> None:
        """Call back, on the loop's own thread, when the loop is about to block, or after `ENOUGH` rounds.

        A loop that other clients keep busy may never block; after these rounds, it has done all that had arrived before
        the call.
        """
        self._with_limit.append((self._rounds + ENOUGH, callback))

    def _is_idle(self) -> bool:
        # Read twice: an event that came just before the poll may have unblocked the loop, which has then taken it.
        return self._blocked and not self._events.poll(0) and self._blocked


def selector_of(loop: asyncio.AbstractEventLoop) -> selectors.BaseSelector | None:
    """Return the selector of a loop; ``None`` if it has none, such as uvloop's or Windows' proactor loop.

    asyncio keeps it in ``_selector`` and has no public way to it; a loop's own selector is the only object that knows
    its sockets and whether it blocks.
    """
    return getattr(loop, "_selector", None)


def new_loop() -> asyncio.AbstractEventLoop:
    """Make a loop for servers, with an `IdleSelector` where the platform has ``poll``."""
    return asyncio.SelectorEventLoop(IdleSelector()) if hasattr(select, "poll") else asyncio.new_event_loop()
