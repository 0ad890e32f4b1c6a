"""The clock of a world in another process: it stands still there until this process moves it.

In frozen time the coordinator of this process decides when to jump, as for a world of its own. Whether everything that
its clients have sent is answered or held back, only the other process can see; so before each jump it is asked to come
to rest, and says in the same breath what is due there.
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
    here = party()
    become_party(None)
    try:
        yield
    finally:
        become_party(here)


class RemoteClock(Clock):
    """Follows, and leads, the clock of another world.

    Args:
        control: The control API of that world, and of no other.

    Raises:
        Misuse: That clock runs by itself.
    """

    def __init__(self, control: ControlClient) -> None:
        with in_real_time():
            told = control.clock()
        if told.running:
            raise Misuse(
                "The clock of that world runs by itself, so no test can lead it. Expected one that stands: make a "
                "tenant, whose clock stands unless told otherwise."
            )
        super().__init__(told.start)
        self._control = control
        self._due_there: int | None = None
        self._follow(told)

    def rest(self) -> None:
        """Wait, in real time, until all that was sent there is answered or held back."""
        with in_real_time():
            self._follow(self._control.rest())

    def next_due(self) -> int | None:
        """When something is due next, there or here."""
        due = [moment for moment in (super().next_due(), self._due_there) if moment is not None]
        return min(due, default=None)

    def advance_ns(self, by: int, last: Rank = Rank.REPLY) -> None:
        """Let time pass there, and then here."""
        super().advance_ns(0, last)  # refuses what no clock can do, before the other one has done it
        if by < 0:
            return super().advance_ns(by)
        with self.lock:  # who is told here of what happens on the way, such as a webhook, finds the clock moved
            with in_real_time():
                told = self._control.advance(f"{by} ns", last=last.name.lower())
            super().advance_ns(told.ns - self.now(), last)
            self._follow(told)

    def settle(self) -> int:
        """Nothing is left to do that the other world has not done."""
        return self.now()

    def _follow(self, told: ClockView) -> None:
        """Take what the other clock says; somebody else may have moved it."""
        self._due_there = told.due
        if told.ns > self.now():
            super().advance_ns(told.ns - self.now())


class RemoteDoor:
    """Where the clients of the other world come in."""

    def __init__(self, clock: RemoteClock) -> None:
        self._clock = clock

    def is_idle(self, otherwise: Callable[[], None]) -> bool:
        """Wait for the other world to come to rest; it is then."""
        self._clock.rest()
        return True

    def drop(self) -> None:
        """Nothing: a reset there hangs up."""
