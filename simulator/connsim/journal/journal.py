"""The journal of a world: exchanges with clients, transitions of records, and deliveries of webhooks, in order.

The journal is bounded, because a `connsim serve` runs for weeks: it keeps the newest entries, by default `LIMIT` of
each kind, and drops the oldest exchanges while their bodies have more than `BODIES` bytes in total. Once entries were
dropped, the journal refuses to count: a wrong number would look like a defect of the client.
"""

import itertools
import json
from collections import deque
from collections.abc import Callable, Iterator

from connsim.errors import Misuse
from connsim.journal.entries import Entry, Exchange, Headers, Notification, Transition, as_json
from connsim.journal.query import Query
from connsim.journal.timeline import timeline

LIMIT = 100_000

BODIES = 256 * 1024 * 1024
"""Bytes: sixteen of the largest bodies that a door accepts (`LARGEST_BODY`), or a full journal of ordinary ones."""

_HEADERS = 1000  # sets of headers that are shared between entries: a client sends the same ones with every poll


class Journal:
    """The record of one world.

    Args:
        limit: The number of entries of each kind that are kept.
        real: The machine's clock, in nanoseconds since 1970.
        bodies: The bytes of bodies that are kept.

    Attributes:
        tenant: The tenant that the world belongs to; empty for the world of a test or of the command line.
    """

    def __init__(self, limit: int = LIMIT, real: Callable[[], int] = lambda: 0, *, bodies: int = BODIES) -> None:
        if limit < 1:
            raise Misuse(f"A journal of {limit} entries cannot hold anything. Expected a limit of at least 1.")
        self.tenant = ""
        self._limit = limit
        self._bodies = bodies
        self._real = real
        self._number = itertools.count(1)
        self._headers: dict[Headers, Headers] = {}
        self.clear()

    # --- writing ----------------------------------------------------------------------------------------------------

    def add_exchange(
        self,
        at: int,
        *,
        client: str = "",
        method: str,
        target: str,
        route: str | None = None,
        connection: str | None = None,
        status: int | None,
        state: str | None = None,
        request: bytes = b"",
        reply: bytes = b"",
        message: str = "",
        poll: bool | None = None,
        note: str = "",
        headers: Headers = (),
        before: str | None = None,
        waits: bool = False,
    ) -> Exchange:
        """Record a request and its reply; the arguments are the attributes of `Exchange`.

        Args:
            poll: Whether the request is a poll; ``None`` if every GET is one, as for the PRISM agent.
            waits: Whether the reply is delayed; the door that sends it then sets the exchange's ``answered``.
        """
        known = self._headers.get(headers)
        if known is None:
            if len(self._headers) == _HEADERS:
                self._headers.clear()
            known = self._headers[headers] = headers
        exchange = Exchange(
            number=next(self._number),
            at=at,
            real=self._real(),
            client=client,
            method=method,
            target=target,
            route=route,
            connection=connection,
            status=status,
            state=state,
            request=request,
            reply=reply,
            message=message,
            poll=method == "GET" if poll is None else poll,
            note=note,
            headers=known,
            before=before,
            answered=None if waits else at,
        )
        self._exchanges.append(exchange)
        self._held += exchange.size
        while len(self._exchanges) > self._limit or (self._held > self._bodies and len(self._exchanges) > 1):
            self._held -= self._exchanges.popleft().size
            self.dropped_exchanges += 1
        return exchange

    def add_transition(self, at: int, role: str, connection: str, source: str | None, target: str, event: str) -> None:
        """Record a change of a record's state."""
        if len(self._transitions) == self._limit:
            self.dropped_transitions += 1
        self._transitions.append(
            Transition(next(self._number), at, self._real(), role, connection, source, target, event)
        )

    def add_notification(
        self, at: int, url: str, connection: str, state: str, attempt: int, outcome: int | str
    ) -> None:
        """Record the outcome of one attempt to deliver a webhook."""
        if len(self._notifications) == self._limit:
            self.dropped_notifications += 1
        self._notifications.append(
            Notification(next(self._number), at, self._real(), url, connection, state, attempt, outcome)
        )

    def clear(self) -> None:
        """Drop all entries. Numbering continues, so that a reader that asks for "all after 17" gets all new entries."""
        self._exchanges: deque[Exchange] = deque()
        self._transitions: deque[Transition] = deque(maxlen=self._limit)
        self._notifications: deque[Notification] = deque(maxlen=self._limit)
        self._held = 0
        self.dropped_exchanges = self.dropped_transitions = self.dropped_notifications = 0

    # --- reading ----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Load missing entries: a no-op here, a request to the served simulator in a remote world."""

    @property
    def dropped(self) -> int:
        """The number of entries, of all kinds, that were dropped to make room."""
        return self.dropped_exchanges + self.dropped_transitions + self.dropped_notifications

    def find(self, query: Query | None = None, limit: int | None = None) -> list[Entry]:
        """The matching entries that were not dropped, oldest first.

        Args:
            limit: The greatest number to return.
        """
        found = self.entries() if query is None else [entry for entry in self.entries() if query.fits(entry)]
        return found if limit is None else found[:limit]

    def count(self, query: Query | None = None) -> int:
        """The number of entries that match.

        Raises:
            Misuse: Entries were dropped, so the number could be wrong.
        """
        self.refresh()
        self._refuse_if(self.dropped, "entries")
        return len(self.find(query))

    def exchanges(
        self,
        *,
        connection: str | None = None,
        client: str | None = None,
        method: str | None = None,
        route: str | None = None,
    ) -> list[Exchange]:
        """The exchanges that match, oldest first.

        Raises:
            Misuse: Exchanges were dropped, so the list could be incomplete.
        """
        self.refresh()
        self._refuse_if(self.dropped_exchanges, "exchanges")
        query = Query(connection=connection, client=client, method=method, route=route)
        return [exchange for exchange in self._exchanges if query.fits(exchange)]

    def polls(self, connection: str) -> list[Exchange]:
        """The polls of one connection that succeeded or were never answered, oldest first."""
        return [e for e in self.exchanges(connection=connection) if e.poll and e.status in (200, None)]

    def last_exchange(self) -> Exchange | None:
        """The newest exchange, or ``None``."""
        self.refresh()
        return self._exchanges[-1] if self._exchanges else None

    def transitions(self, connection: str | None = None) -> list[Transition]:
        """The transitions of one record, or of all, oldest first."""
        self.refresh()
        return [t for t in self._transitions if connection is None or t.connection == connection]

    def notifications(self, connection: str | None = None) -> list[Notification]:
        """The delivery attempts for one record, or for all, oldest first."""
        self.refresh()
        return [n for n in self._notifications if connection is None or n.connection == connection]

    def entries(self) -> list[Entry]:
        """All entries that were not dropped, in the order in which they happened."""
        self.refresh()
        merged: list[Entry] = [*self._exchanges, *self._transitions, *self._notifications]
        return sorted(merged, key=lambda entry: entry.number)

    def timeline(self, start: int, connection: str | None = None) -> list[str]:
        """The journal in readable lines, with equal consecutive polls folded into one.

        Args:
            start: The moment that counts as zero, in nanoseconds since 1970.
            connection: Only this connection; ``None`` for all.
        """
        return list(timeline(self.find(Query(connection=connection)), start))

    def timeline_text(self, start: int, connection: str | None = None) -> str:
        """The timeline as one text; ``Nothing has happened yet.`` if the journal is empty."""
        return "\n".join(self.timeline(start, connection)) or "Nothing has happened yet."

    def lines(self, start: int, query: Query | None = None, *, real: bool = True) -> Iterator[str]:
        """The matching entries as JSON Lines, each with its line feed.

        Args:
            start: The moment that counts as zero, in nanoseconds since 1970.
            real: Whether to include the machine's time; without it, the same seed gives the same bytes.
        """
        for entry in self.find(query):
            row = as_json(entry, start, self.tenant)
            if not real:
                del row["real"]
            yield f"{json.dumps(row, ensure_ascii=False)}\n"

    def _refuse_if(self, dropped: int, what: str) -> None:
        if dropped:
            raise Misuse(
                f"The journal has dropped its oldest {dropped} {what}, so a count could be wrong. Expected a complete "
                f"journal. Make the world with a larger journal_limit, or clear the journal between the parts of the "
                f"test."
            )
