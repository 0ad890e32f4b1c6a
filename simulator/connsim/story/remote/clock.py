"""The clock of a world in another process: it stands still there until this process moves it.

In frozen time the coordinator of this process decides when to jump, as for a world in this process. Only the other
process can see whether every request of a client is answered or held back. So before each jump it is asked to wait
until it is idle; its reply also says when the next item is due there.
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
    """Make the waits of the calling thread real for a ``with`` block: requests to the control API are no client code.

    In virtual time, the wait for a reply would move the very clock that the request is about.
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
        there = control.clock()
        if there.running:
            raise Misuse(
                "The clock of that world runs by itself, so no test can control it. Expected one that stands still: "
                "make a tenant, whose clock stands still by default."
            )
        super().__init__(there.start)
        self._control = control
        self._due_there: int | None = None
        self._follow(there)

    def rest(self) -> None:
        """Wait, in real time, until every request there is answered or held back."""
        self._follow(self._control.rest())

    def next_due(self) -> int | None:
        """Return when the next item is due, there or here; ``None`` if there is none."""
        due = [moment for moment in (super().next_due(), self._due_there) if moment is not None]
        return min(due, default=None)

    def advance_ns(self, by: int, last: Rank = Rank.REPLY) -> None:
        """Advance the clock there, and then here; see `Clock.advance_ns`."""
        super().advance_ns(0, last)  # runs what is due here already, before the clock there moves
        if by < 0:
            return super().advance_ns(by)
        with self.lock:  # a receiver here that gets a webhook during the advance waits, and then sees the new time
            there = self._control.advance(f"{by} ns", last=last.name.lower())
            super().advance_ns(there.ns - self.now(), last)
            self._follow(there)

    def settle(self) -> int:
        """Return the present moment; the other world settles itself."""
        return self.now()

    def _follow(self, there: ClockView) -> None:
        """Take over the time of the other clock: another client of the control API may have moved it."""
        self._due_there = there.due
        if there.ns > self.now():
            super().advance_ns(there.ns - self.now())


class RemoteDoor:
    """The entrance for clients of the other world."""

    def __init__(self, clock: RemoteClock) -> None:
        self._clock = clock

    def is_idle(self, otherwise: Callable[[], None]) -> bool:
        """Wait until the other world is idle, and return that it is."""
        self._clock.rest()
        return True

    def drop(self) -> None:
        """Do nothing: a reset there hangs up on its clients."""
