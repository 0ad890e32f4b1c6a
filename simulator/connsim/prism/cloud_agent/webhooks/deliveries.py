"""The delivery of one event to one receiver: its attempts, their time limit, and the sender that an attempt needs.

An event is delivered when the receiver answers 2xx. Otherwise it is sent again, three times in all, and then dropped.
An attempt takes at most five seconds from its beginning; the next one begins five seconds after the failure. So a
receiver that refuses gets the event at 0, 5 and 10 seconds, one that never answers at 0, 10 and 20.

::

    worker --> Delivery --try_next()--> Attempt --send()---> Sender (a door, outside of this core)
                  ^                     |      ^                |
                  +----- outcome -------+      +- sent, ended --+

The core does no I/O: a `Sender` sends, and calls the attempt's `sent` and `ended`, from any thread.
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
"""How an attempt ended: the status of the answer, or why there was no answer."""

Headers = tuple[tuple[str, str], ...]


class Event(NamedTuple):
    """An event for the receivers.

    Attributes:
        connection: The id of the connection, for the journal.
        state: The state of the connection, for the journal.
    """

    wallet: str
    connection: str
    state: str
    body: bytes


class WebhookRequest(NamedTuple):
    """A ``POST`` that is to be sent.

    Attributes:
        headers: In the agent's order; ``host`` and ``content-length`` are left to the sender.
    """

    url: str
    headers: Headers
    body: bytes


class Sender(Protocol):
    """Sends requests. Each door of the agent brings its own."""

    def send(self, request: WebhookRequest, attempt: "Attempt") -> Callable[[], None]:
        """Begin to send, and return at once with a function that gives up.

        The caller holds the world's lock and may keep the clock from advancing, so this must not wait for anything.
        """


@dataclass(eq=False)
class Delivery:
    """The delivery of one event to one receiver.

    Attributes:
        on_end: Called when the event is delivered or dropped, with the delivery and the moment.
    """

    world: World
    event: Event
    request: WebhookRequest
    on_end: "Callable[[Delivery, int], None]"
    tries: int = 0
    attempt: "Attempt | None" = None

    def try_next(self, sender: Sender, at: int) -> None:
        """Begin the next attempt."""
        self.tries += 1
        self.attempt = Attempt(self.world, at, partial(self._tried, sender))
        self.attempt.begin(sender, self.request)

    def _tried(self, sender: Sender, outcome: Outcome, at: int) -> None:
        url, event = self.request.url, self.event
        self.world.journal.add_notification(at, url, event.connection, event.state, self.tries, outcome)
        if (isinstance(outcome, int) and 200 <= outcome < 300) or self.tries == TRIES:
            self.on_end(self, at)
        else:
            self.world.clock.at(at + PAUSE, partial(self.try_next, sender))

    def stop(self) -> None:
        """Abandon the running attempt. The caller has removed a planned one from the clock's agenda."""
        if self.attempt is not None:
            self.attempt.drop()


class Attempt:
    """One attempt. Reports that arrive after its end are ignored.

    Args:
        at: When it begins.
        on_end: Called with the outcome and the moment.
    """

    def __init__(self, world: World, at: int, on_end: Callable[[Outcome, int], None]) -> None:
        self._world = world
        self._at = at
        self._on_end = on_end
        self._is_over = False
        self._limit: Due | None = None
        self._give_up: Callable[[], None] = lambda: None

    def begin(self, sender: Sender, request: WebhookRequest) -> None:
        """Hand the request to the sender."""
        if self._world.clock.running:
            self._set_limit(self._at)
        give_up = sender.send(request, self)
        self._give_up = give_up

    def sent(self) -> None:
        """Report that the request was written, or that connecting takes long: the time limit starts now.

        A clock that is advanced by hand may pass hours before the sender starts; these do not count.
        """
        with self._world.lock:
            if self._limit is None and not self._is_over:
                self._set_limit(self._world.clock.now())

    def ended(self, outcome: Outcome) -> None:
        """Report that an answer arrived, or that no answer will arrive."""
        with self._world.lock:
            at = self._world.clock.settle()
            if not self._is_over:
                self._end(outcome, at)

    def drop(self) -> None:
        """Give up without an outcome."""
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
        self._on_end(outcome, at)
