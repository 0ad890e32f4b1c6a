"""What happened in a world, in order: exchanges with clients, transitions of records, and what receivers were told.

The journal holds the newest entries, `LIMIT` of each kind unless told otherwise, and counts what it had to drop: a
count over a journal that has dropped something is refused rather than wrong.
"""

import itertools
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from simulator.clock import as_datetime
from simulator.durations import SECOND
from simulator.errors import Misuse

LIMIT = 100_000


class Exchange(NamedTuple):
    """A request and its reply.

    Attributes:
        number: Position in the journal, shared with the other kinds.
        at: When it came, in nanoseconds since 1970.
        client: Who asked: the API key, or the agent of a VCX client; empty if it did not say.
        route: The template of the route that matched, or ``None``.
        connection: The id of the connection that was asked for or changed, or ``None``.
        status: ``None`` if no answer was ever sent, which a script can want.
        state: The state that the reply showed, or ``None``.
        message: What the request is called inside, where every request is posted to one URL.
        poll: Whether a client looked how the connection stands.
        note: What the reply does not tell, such as why it is a refusal.
    """

    number: int
    at: int
    client: str
    method: str
    target: str
    route: str | None
    connection: str | None
    status: int | None
    state: str | None
    request: bytes
    reply: bytes
    message: str = ""
    poll: bool = False
    note: str = ""


class Transition(NamedTuple):
    """A record that went from one state to the next.

    Attributes:
        source: The state that was left; ``None`` if the record is new.
        event: What caused it, as the role's table names it.
    """

    number: int
    at: int
    role: str
    connection: str
    source: str | None
    target: str
    event: str


class Notification(NamedTuple):
    """One try to tell a receiver of a change, over its webhook.

    Attributes:
        at: When its outcome was known, in nanoseconds since 1970.
        state: The state that was told.
        attempt: 1 for the first try.
        outcome: The status of the answer, or why there was none.
    """

    number: int
    at: int
    url: str
    connection: str
    state: str
    attempt: int
    outcome: int | str


Entry = Exchange | Transition | Notification


class Journal:
    """The record of one world."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=limit)
        self._transitions: deque[Transition] = deque(maxlen=limit)
        self._notifications: deque[Notification] = deque(maxlen=limit)
        self._number = itertools.count(1)
        self.dropped_exchanges = 0
        self.dropped_transitions = 0

    def add_exchange(
        self,
        at: int,
        client: str,
        method: str,
        target: str,
        route: str | None,
        connection: str | None,
        status: int | None,
        state: str | None,
        request: bytes,
        reply: bytes,
        message: str = "",
        poll: bool | None = None,
        note: str = "",
    ) -> None:
        """Write down a request and what was answered; unless ``poll`` says otherwise, every GET is a poll."""
        if len(self._exchanges) == self._exchanges.maxlen:
            self.dropped_exchanges += 1
        asked = (client, method, target, route, connection, status, state, request, reply)
        self._exchanges.append(
            Exchange(next(self._number), at, *asked, message, method == "GET" if poll is None else poll, note)
        )

    def add_transition(self, at: int, role: str, connection: str, source: str | None, target: str, event: str) -> None:
        """Write down that a record changed its state."""
        if len(self._transitions) == self._transitions.maxlen:
            self.dropped_transitions += 1
        self._transitions.append(Transition(next(self._number), at, role, connection, source, target, event))

    def add_notification(
        self, at: int, url: str, connection: str, state: str, attempt: int, outcome: int | str
    ) -> None:
        """Write down how a try to tell a receiver ended."""
        self._notifications.append(Notification(next(self._number), at, url, connection, state, attempt, outcome))

    def exchanges(
        self,
        *,
        connection: str | None = None,
        client: str | None = None,
        method: str | None = None,
        route: str | None = None,
    ) -> list[Exchange]:
        """The exchanges that fit, oldest first.

        Raises:
            Misuse: Some were dropped, so that the answer would be short.
        """
        if self.dropped_exchanges:
            raise Misuse(
                f"The journal has dropped its oldest {self.dropped_exchanges} exchanges, so they can not be counted. "
                f"Make the world with a larger journal_limit, or clear the journal between the parts of the test."
            )
        return [
            e
            for e in self._exchanges
            if (connection is None or e.connection == connection)
            and (client is None or e.client == client)
            and (method is None or e.method == method)
            and (route is None or e.route == route)
        ]

    def polls(self, connection: str) -> list[Exchange]:
        """The client's reads of one connection, oldest first."""
        return [e for e in self.exchanges(connection=connection) if e.poll and e.status in (200, None)]

    def last_exchange(self) -> Exchange | None:
        """The newest exchange."""
        return self._exchanges[-1] if self._exchanges else None

    def transitions(self, connection: str | None = None) -> list[Transition]:
        """The transitions of one record, or of all, oldest first."""
        return [t for t in self._transitions if connection is None or t.connection == connection]

    def notifications(self, connection: str | None = None) -> list[Notification]:
        """The tries to tell of one record, or of all, oldest first."""
        return [n for n in self._notifications if connection is None or n.connection == connection]

    def entries(self) -> list[Entry]:
        """Everything that is still held, in the order in which it happened."""
        merged: list[Entry] = [*self._exchanges, *self._transitions, *self._notifications]
        return sorted(merged, key=lambda entry: entry.number)

    def clear(self) -> None:
        """Forget everything."""
        self._exchanges.clear()
        self._transitions.clear()
        self._notifications.clear()
        self.dropped_exchanges = self.dropped_transitions = 0

    def timeline(self, start: int, connection: str | None = None) -> list[str]:
        """The story in lines that a person can read, polls that showed the same thing folded into one.

        Args:
            start: The moment that counts as zero, in nanoseconds since 1970.
            connection: Only this connection; ``None`` for all.
        """
        chosen = (entry for entry in self.entries() if connection is None or entry.connection == connection)
        return list(_lines(chosen, start))


def _lines(entries: Iterator[Entry], start: int) -> Iterator[str]:
    folded: list[Exchange] = []
    for entry in entries:
        if isinstance(entry, Exchange) and (entry.method == "GET" or entry.poll):
            if folded and _same(folded[-1], entry):
                folded.append(entry)
                continue
            yield from _fold(folded, start)
            folded = [entry]
            continue
        yield from _fold(folded, start)
        folded = []
        if isinstance(entry, Transition):
            yield f"{moment(entry.at - start)}  {entry.role}: {entry.target} ({entry.event})"
        elif isinstance(entry, Notification):
            again = f", try {entry.attempt}" if entry.attempt > 1 else ""
            yield f"{moment(entry.at - start)}  told {entry.url} of {entry.state} -> {entry.outcome}{again}"
        else:
            yield f"{moment(entry.at - start)}  {_told(entry)}"
    yield from _fold(folded, start)


def _same(one: Exchange, other: Exchange) -> bool:
    return one[2:9] == other[2:9] and one[11:] == other[11:]


def _fold(exchanges: list[Exchange], start: int) -> Iterator[str]:
    if not exchanges:
        return
    first, last = exchanges[0], exchanges[-1]
    line = f"{moment(first.at - start)}  {_told(first)}"
    if len(exchanges) > 1:
        line += f", {len(exchanges)} times until {moment(last.at - start)}"
    yield line


def _told(exchange: Exchange) -> str:
    asked = f"{exchange.method} {exchange.target}{f' {exchange.message}' if exchange.message else ''}"
    tells_state = exchange.method == "GET" or exchange.message
    shown = f" {exchange.state}" if exchange.state and tells_state else ""
    return f"{asked} -> {exchange.status or 'no answer'}{shown}{f' ({exchange.note})' if exchange.note else ''}"


def moment(ns: int) -> str:
    """Write nanoseconds since a start as ``+1d 00:00:00.000``, the form of all timelines."""
    days, rest = divmod(ns, 86_400 * SECOND)
    clock = as_datetime(rest).strftime("%H:%M:%S.%f")[:-3]
    return f"+{f'{days}d ' if days else ''}{clock}"
