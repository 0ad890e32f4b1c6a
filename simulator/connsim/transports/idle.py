"""How other threads see that a server's loop has nothing left to do."""

import asyncio
import select
import selectors
from collections.abc import Callable

ENOUGH = 100
"""Rounds of a loop in which it does everything that it knew of at their beginning: a request takes it five or six."""


class IdleSelector(selectors.DefaultSelector):
    """A selector that can tell other threads whether its loop has anything left to do.

    Bytes that were sent over loopback are visible at the receiver's next poll, so no grace period is needed.
    """

    def __init__(self) -> None:
        super().__init__()
        self._events = select.poll()
        self._events.register(self.fileno(), select.POLLIN)  # an epoll or kqueue is readable when it has events
        self._blocked = False
        self._askers: list[Callable[[], None]] = []
        self._rounds = 0
        self._hurried: list[tuple[int, Callable[[], None]]] = []

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for events; about to block, answer whoever has asked."""
        self._rounds += 1
        if self._hurried and self._hurried[0][0] <= self._rounds:
            self._hurried.pop(0)[1]()
        if timeout is not None and timeout <= 0:
            return super().select(timeout)
        ready = super().select(0)
        if ready:
            return ready
        self._blocked = True  # before the askers: who asks after this sees it
        try:
            askers, self._askers = self._askers, []
            askers += (answer for _, answer in self._hurried)
            self._hurried.clear()
            for answer in askers:  # one that finds new events asks again, for the round after those
                answer()
            return super().select(timeout)
        finally:
            self._blocked = False

    def is_idle(self, otherwise: Callable[[], None]) -> bool:
        """Tell whether the loop is blocked and no event has come; if not, call back when it is about to block next.

        One thread at a time may ask.
        """
        if self._is_idle():
            return True
        if otherwise not in self._askers:
            self._askers.append(otherwise)
        return self._is_idle()  # it may have come to rest while we put ourselves down

    def tell_when_idle(self, answer: Callable[[], None]) -> None:
        """Call back, on the loop's own thread, when the loop is about to block, or has gone round often enough.

        A loop that others keep busy may never come to rest. What had come in before this was asked is done by then.
        """
        self._hurried.append((self._rounds + ENOUGH, answer))

    def _is_idle(self) -> bool:
        return self._blocked and not self._events.poll(0) and self._blocked


def new_loop() -> asyncio.AbstractEventLoop:
    """A loop for servers, which can say whether it has anything left to do; where that is possible."""
    return asyncio.SelectorEventLoop(IdleSelector()) if hasattr(select, "poll") else asyncio.new_event_loop()
