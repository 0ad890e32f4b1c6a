"""How other threads see that a server's loop has nothing left to do."""

import select
import selectors
from collections.abc import Callable


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

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for events; about to block, answer whoever has asked."""
        if timeout is not None and timeout <= 0:
            return super().select(timeout)
        ready = super().select(0)
        if ready:
            return ready
        self._blocked = True  # before the askers: who asks after this sees it
        try:
            askers, self._askers = self._askers, []
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

    def _is_idle(self) -> bool:
        return self._blocked and not self._events.poll(0) and self._blocked
