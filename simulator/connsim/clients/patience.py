"""When a good client repeats a request: the polls of a wait, and retries after 429, 503 and ``Retry-After``.

A poll changes nothing, so it is repeated after any failure that may be temporary. A request that changes something is
repeated only after a reply that proves that the server did nothing.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from connsim.clients.plug import Outcome

BUSY = frozenset({429, 503})
"""The statuses by which a server says that it has done nothing, and that a later attempt may succeed."""

TRIES = 3
"""The total number of attempts of a request that changes something, while the server is busy."""

LONGEST = 120.0
"""The longest pause before such an attempt, in seconds. If the server asks for more, the client gives up."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often to poll, in seconds.

    Attributes:
        first: The pause after the first poll.
        factor: The factor from each pause to the next; 1 polls evenly.
        longest: The upper limit of the pauses.
    """

    first: float = 1
    factor: float = 1.5
    longest: float = 60

    @classmethod
    def evenly(cls, seconds: float) -> "Pace":
        """Poll at a fixed interval, without back-off."""
        return cls(seconds, 1, seconds)

    def pauses(self) -> Iterator[float]:
        """The pauses between polls; the iterator never ends."""
        pause = self.first
        while True:
            yield pause
            pause = min(pause * self.factor, self.longest)


class MayPass(Exception):
    """A poll failed, and the next one may succeed.

    Attributes:
        pause: The seconds that the server asked the client to wait; 0 if it did not ask.
    """

    def __init__(self, what: str, pause: float = 0) -> None:
        super().__init__(what)
        self.pause = pause


def poll_until(
    ask: Callable[[], str], is_last: Callable[[str], bool], pace: Pace, expiry: float, *, state: str = ""
) -> Outcome:
    """Poll until a state ends the wait, or the wait expires.

    The last poll happens exactly at expiry, so that an answer that came just in time counts. It is left out if the
    server asks for a pause beyond the expiry.

    Args:
        ask: Polls once; returns the state, or raises `MayPass`. Any other exception ends the wait.
        is_last: Returns whether a state ends the wait.
        expiry: Seconds from now.
        state: The state in the outcome if no poll succeeds.
    """
    deadline = time.monotonic() + expiry
    trouble = ""
    for pause in pace.pauses():
        asked = 0.0
        try:
            state, trouble = ask(), ""
            if is_last(state):
                return Outcome(state, expired=False)
        except MayPass as failed:
            trouble, asked = str(failed), failed.pause
        left = deadline - time.monotonic()
        if left <= 0:
            break
        time.sleep(min(max(pause, asked), left))
        if asked > left:
            break
    return Outcome(state, expired=True, trouble=trouble)


def asked_pause(retry_after: str | None) -> float | None:
    """The seconds in ``Retry-After``, given as a number or as a date; ``None`` if it is absent or unreadable."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def pause_before_retry(status: int | None, asked: float | None, tries: int, usual: float) -> float | None:
    """The seconds to wait before a request that changes something is sent again; ``None`` means to give up.

    Only after a reply that says "busy" is it certain that the server did nothing. After a time-out or a lost connection
    the client cannot know, and a repeated request could be carried out twice.

    Args:
        asked: The seconds in ``Retry-After``.
        tries: The number of attempts so far.
        usual: The pause in seconds, if the server asked for none.
    """
    pause = usual if asked is None else asked
    return pause if status in BUSY and tries < TRIES and pause <= LONGEST else None
