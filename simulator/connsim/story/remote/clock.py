"""The clock of a world in another process: it stands still until this process advances it.

In frozen time the coordinator of this process decides when to jump, as for a world in this process. Only the other
process can see whether every request of a client is answered or held back. So before each jump,
this process asks it to wait until it is idle; the reply also says when its next item is due.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from connsim.control.client.client import ControlClient
from connsim.control.routes.clock import ClockView
from connsim.core.clock import Clock, Rank
from connsim.errors import Misuse
from connsim.virtual_time.coordinator import become_party, party


@contextmanager
def in_real_time() -> Iterator[None]:
    """Make the waits of the calling thread real for a ``with`` block: requests to the control API are not client code.

    In virtual time, waiting for the reply would advance the same clock that the request controls.
    """
    coordinator = party()
    become_party(None)
    try:
        yield
    finally:
        become_party(coordinator)


class RemoteClock(Clock):
    """Controls the clock of another world, and shows its time.

    Args:
        control: The control API of that one world.

    Raises:
        Misuse: That clock runs by itself.
    """

    def __init__(self, control: ControlClient) -> None:
        view = control.clock()
        if view.running:
            raise Misuse(
                "The clock of that world runs by itself, so no test can control it. Expected one that stands still. "
                "Make a tenant: its clock stands still by default."
            )
        super().__init__(view.start)
        self._control = control
        self._remote_due: int | None = None
        self._follow(view)

    def wait_until_idle(self) -> None:
        """Wait, in real time, until the other process has answered or held back every request."""
        self._follow(self._control.rest())

    def next_due(self) -> int | None:
        """Return when the next item is due, in either process; ``None`` if no item is due."""
        due = [moment for moment in (super().next_due(), self._remote_due) if moment is not None]
        return min(due, default=None)

    def advance_ns(self, by: int, last: Rank = Rank.REPLY) -> None:
        """Advance the other clock, and then this one; see `Clock.advance_ns`."""
        super().advance_ns(0, last)  # runs what is due here already, before the other clock moves
        if by < 0:
            return super().advance_ns(by)
        with self.lock:  # a receiver here that gets a webhook meanwhile waits, and then sees the new time
            view = self._control.advance(f"{by} ns", last=last.name.lower())
            super().advance_ns(view.ns - self.now(), last)
            self._follow(view)

    def settle(self) -> int:
        """Return the present moment; the other world settles itself."""
        return self.now()

    def _follow(self, view: ClockView) -> None:
        """Adopt the time of the other clock, which another client of the control API may have moved."""
        self._remote_due = view.due
        if view.ns > self.now():
            super().advance_ns(view.ns - self.now())


class RemoteDoor:
    """The entrance for clients of the other world."""

    def __init__(self, clock: RemoteClock) -> None:
        self._clock = clock

    def is_idle(self, otherwise: Callable[[], None]) -> bool:
        """Wait until the other world is idle, and return that it is."""
        self._clock.wait_until_idle()
        return True

    def drop(self) -> None:
        """Do nothing: the other process hangs up on its clients itself when it resets."""
