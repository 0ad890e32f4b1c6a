"""What happened in a world, in order: exchanges with clients and transitions of records.

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
        number: Position in the journal, shared with the transitions.
        at: When it came, in nanoseconds since 1970.
        client: Who asked: the API key, or the agent of a VCX client; empty if it did not say.
        route: The template of the route that matched, or ``None``.
        connection: The id of the connection that was asked for or changed, or ``None``.
        status: ``None`` if no answer was ever sent, which a script can want.
        state: The state that the reply showed, or ``None``.
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


class Journal:
    """The record of one world."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=limit)
        self._transitions: deque[Transition] = deque(maxlen=limit)
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
    ) -> None:
        """Write down a request and what was answered."""
        if len(self._exchanges) == self._exchanges.maxlen:
            self.dropped_exchanges += 1
        self._exchanges.append(
            Exchange(next(self._number), at, client, method, target, route, connection, status, state, request, reply)
        )

    def add_transition(self, at: int, role: str, connection: str, source: str | None, target: str, event: str) -> None:
        """Write down that a record changed its state."""
        if len(self._transitions) == self._transitions.maxlen:
            self.dropped_transitions += 1
        self._transitions.append(Transition(next(self._number), at, role, connection, source, target, event))

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
        return [e for e in self.exchanges(connection=connection, method="GET") if e.status in (200, None)]

    def last_exchange(self) -> Exchange | None:
        """The newest exchange."""
        return self._exchanges[-1] if self._exchanges else None

    def transitions(self, connection: str | None = None) -> list[Transition]:
        """The transitions of one record, or of all, oldest first."""
        return [t for t in self._transitions if connection is None or t.connection == connection]

    def entries(self) -> list[Exchange | Transition]:
        """Everything that is still held, in the order in which it happened."""
        merged: list[Exchange | Transition] = [*self._exchanges, *self._transitions]
        return sorted(merged, key=lambda entry: entry.number)

    def clear(self) -> None:
        """Forget everything."""
        self._exchanges.clear()
        self._transitions.clear()
        self.dropped_exchanges = self.dropped_transitions = 0

    def timeline(self, start: int, connection: str | None = None) -> list[str]:
        """The story in lines that a person can read, polls that showed the same thing folded into one.

        Args:
            start: The moment that counts as zero, in nanoseconds since 1970.
            connection: Only this connection; ``None`` for all.
        """
        chosen = (entry for entry in self.entries() if connection is None or entry.connection == connection)
        return list(_lines(chosen, start))


def _lines(entries: Iterator[Exchange | Transition], start: int) -> Iterator[str]:
    folded: list[Exchange] = []
    for entry in entries:
        if isinstance(entry, Exchange) and entry.method == "GET":
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
        else:
            yield f"{moment(entry.at - start)}  {entry.method} {entry.target} -> {entry.status}"
    yield from _fold(folded, start)


def _same(one: Exchange, other: Exchange) -> bool:
    return one[2:9] == other[2:9]


def _fold(exchanges: list[Exchange], start: int) -> Iterator[str]:
    if not exchanges:
        return
    first, last = exchanges[0], exchanges[-1]
    shown = f" {first.state}" if first.state else ""
    line = f"{moment(first.at - start)}  {first.method} {first.target} -> {first.status or 'no answer'}{shown}"
    if len(exchanges) > 1:
        line += f", {len(exchanges)} times until {moment(last.at - start)}"
    yield line


def moment(ns: int) -> str:
    """Write nanoseconds since a start as ``+1d 00:00:00.000``, the form of all timelines."""
    days, rest = divmod(ns, 86_400 * SECOND)
    clock = as_datetime(rest).strftime("%H:%M:%S.%f")[:-3]
    return f"+{f'{days}d ' if days else ''}{clock}"
