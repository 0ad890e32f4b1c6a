"""A receiver of webhook events for tests: it keeps every request, and answers with the statuses that a test plans."""

import json
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from connsim.core.durations import spoken
from connsim.core.exchange import Reply, Request
from connsim.errors import Misuse, Unmet, did_you_mean
from connsim.script.machines.prism import State
from connsim.world import World


class Received(NamedTuple):
    """One request to the receiver.

    Attributes:
        at: When it arrived, in nanoseconds since 1970.
        event: Its body.
        answer: The status of the answer; ``None`` if it was never answered.
    """

    at: int
    headers: Mapping[str, str]
    event: dict[str, Any]
    answer: int | None

    @property
    def connection(self) -> str:
        """The id of the connection that the event is about."""
        return str(self.event["data"]["connectionId"])

    @property
    def state(self) -> str:
        """The state that the connection has entered."""
        return str(self.event["data"]["state"])


class WebhookReceiver:
    """Takes webhook events, and answers 200 unless a test plans another status.

    Attributes:
        url: Its address, once its port is open.
        otherwise: The status of each answer that `answer` has not planned; ``None`` means never to answer.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._received: list[Received] = []
        self._plan: deque[int | None] = deque()
        self.url = ""
        self.otherwise: int | None = 200

    def answer(self, *statuses: int | None) -> None:
        """Plan the next answers: a status each, or ``None`` for a request that is never answered."""
        self._plan.extend(statuses)

    @property
    def requests(self) -> list[Received]:
        """All requests so far, those of failed attempts too. In frozen time, none is still on its way."""
        self._world.clock.wait_ns(0)
        return list(self._received)

    @property
    def events(self) -> list[Received]:
        """The delivered events: the requests that were answered with 2xx."""
        return [one for one in self.requests if one.answer is not None and 200 <= one.answer < 300]

    def handle(self, request: Request) -> Reply:
        """Record and answer one request."""
        world = self._world
        with world.lock:
            at = world.clock.settle()
            status = self._plan.popleft() if self._plan else self.otherwise
            self._received.append(Received(at, dict(request.headers), json.loads(request.body), status))
        return Reply(status or 200, content_type=None, wait=None if status is None else 0)

    # --- for sentences --------------------------------------------------------------------------------------------

    def states_of(self, connection: str) -> list[str]:
        """Return the states of one connection that were delivered, in order."""
        return [one.state for one in self.events if one.connection == connection]

    def expect_events(self, connection: str, states: Iterable[str]) -> None:
        """Fail unless exactly these states of a connection were delivered, in this order."""
        expected = list(states)
        _check_states(expected)
        got = self.states_of(connection)
        if got != expected:
            raise Unmet(
                f"The receiver was notified of {', '.join(got) or 'nothing'}. "
                f"Expected {', '.join(expected) or 'nothing'}."
            )

    def expect_event_at(self, connection: str, state: str, at: int, since: int) -> None:
        """Fail unless a state was delivered at one moment.

        Args:
            at: The moment, in nanoseconds since 1970.
            since: The moment from which the error message counts, in nanoseconds since 1970.
        """
        _check_states([state])
        moments = [one.at for one in self.events if (one.connection, one.state) == (connection, state)]
        if at not in moments:
            when = ", ".join(spoken(moment - since) for moment in moments)
            happened = (
                f"was notified of {state} {when} after the invitation" if moments else f"was not notified of {state}"
            )
            raise Unmet(f"The receiver {happened}. Expected it exactly {spoken(at - since)} after the invitation.")

    expect_told, expect_told_at = expect_events, expect_event_at  # the former names


def _check_states(states: Iterable[str]) -> None:
    known = [str(state) for state in State]
    for state in states:
        if state not in known:
            raise Misuse(
                f"{state!r} is not a state of a connection.{did_you_mean(state, known, cutoff=0.4)} "
                f"Expected one of: {', '.join(known)}."
            )
