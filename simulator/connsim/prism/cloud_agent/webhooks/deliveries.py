"""One event on its way to one receiver: who sends it, how often it is tried, and what ends a try.

An event is delivered when the receiver answers 2xx. Else it is sent again, three times in all, and then dropped. A try
takes at most five seconds, counted from its beginning; the next one begins five seconds after the failure, or after
those five seconds. So a receiver that refuses is asked at 0, 5 and 10 seconds, one that never answers at 0, 10 and 20.

Sending itself is somebody else's work, outside of this core: see `Sender`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, Protocol

from connsim.core.clock import Due
from connsim.core.durations import SECOND, spoken
from connsim.world import World

TRIES = 3
LIMIT = 5 * SECOND
PAUSE = 5 * SECOND

Outcome = int | str
"""How a try ended: with an answer of this status, or why there was none."""

Headers = tuple[tuple[str, str], ...]


class Event(NamedTuple):
    """What is told.

    Attributes:
        state: The state of the connection, for the journal; likewise its id.
    """

    wallet: str
    connection: str
    state: str
    body: bytes


class Delivery(NamedTuple):
    """A ``POST`` that is to be sent.

    Attributes:
        headers: In the agent's order; ``host`` and ``content-length`` are left to the sender.
    """

    url: str
    headers: Headers
    body: bytes


class Watch(Protocol):
    """Who is told how a try goes, from any thread."""

    def sent(self) -> None:
        """The request has left, or is too long about connecting to be waited for: from now on the time limit counts."""
        ...

    def ended(self, outcome: Outcome) -> None:
        """An answer has come, or none ever will."""
        ...


class Sender(Protocol):
    """Sends requests. Whoever opens a door of the agent brings one."""

    def send(self, delivery: Delivery, watch: Watch) -> Callable[[], None]:
        """Begin to send, and return at once with a function that gives up.

        The caller holds the world's lock, and maybe holds up the clock: nothing may be waited for here.
        """
        ...


@dataclass(eq=False)
class Telling:
    """One event on its way to one receiver.

    Attributes:
        over: Called at the end, with this and the moment.
    """

    world: World
    event: Event
    delivery: Delivery
    over: "Callable[[Telling, int], None]"
    tries: int = 0
    attempt: "_Attempt | None" = None

    def try_next(self, sender: Sender, at: int) -> None:
        """Send the event."""
        self.tries += 1
        self.attempt = _Attempt(self.world, at, partial(self._tried, sender))
        self.attempt.begin(sender, self.delivery)

    def _tried(self, sender: Sender, outcome: Outcome, at: int) -> None:
        url, event = self.delivery.url, self.event
        self.world.journal.add_notification(at, url, event.connection, event.state, self.tries, outcome)
        if (isinstance(outcome, int) and 200 <= outcome < 300) or self.tries == TRIES:
            self.over(self, at)
        else:
            self.world.clock.at(at + PAUSE, partial(self.try_next, sender))

    def stop(self) -> None:
        """Forget about the try that is on its way; the clock has forgotten about the next one."""
        if self.attempt is not None:
            self.attempt.drop()


class _Attempt:
    """One try; what is told after its end is not heard.

    Args:
        at: When it begins.
        tell: Called with the outcome and the moment.
    """

    def __init__(self, world: World, at: int, tell: Callable[[Outcome, int], None]) -> None:
        self._world = world
        self._at = at
        self._tell = tell
        self._is_over = False
        self._limit: Due | None = None
        self._give_up: Callable[[], None] = lambda: None

    def begin(self, sender: Sender, delivery: Delivery) -> None:
        """Hand the request to the sender."""
        if self._world.clock.running:
            self._set_limit(self._at)
        give_up = sender.send(delivery, self)
        self._give_up = give_up

    def sent(self) -> None:
        """The request is on its way.

        A clock that is pushed by hand may have passed hours before the sender got to work: those do not count.
        """
        with self._world.lock:
            if self._limit is None and not self._is_over:
                self._set_limit(self._world.clock.now())

    def ended(self, outcome: Outcome) -> None:
        """An answer has come, or none ever will."""
        with self._world.lock:
            at = self._world.clock.settle()
            if not self._is_over:
                self._end(outcome, at)

    def drop(self) -> None:
        """Give up, and tell nobody."""
        self._is_over = True
        if self._limit is not None:
            self._limit.cancel()
        self._give_up()

    def _set_limit(self, since: int) -> None:
        self._limit = self._world.clock.at(since + LIMIT, self._expire)

    def _expire(self, at: int) -> None:
        self._end(f"no answer within {spoken(LIMIT)}", at)

    def _end(self, outcome: Outcome, at: int) -> None:
        self.drop()
        self._tell(outcome, at)
