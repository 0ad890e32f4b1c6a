"""What happened in a world, in order: exchanges with clients, transitions of records, and what receivers were told.

It is bounded: the newest entries are held, `LIMIT` of each kind unless told otherwise, and of the exchanges no more
than have `BODIES` bytes of bodies together. What had to be dropped is counted, and a count over a journal that has
dropped something is refused rather than wrong.
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
"""Bytes; about sixteen of the largest bodies that are taken, or a full journal of ordinary ones."""

_HEADERS = 1000  # sets of headers that are known; a client sends the same ones with every poll


class Journal:
    """The record of one world.

    Args:
        limit: How many entries of each kind are held.
        real: The machine's clock, in nanoseconds since 1970.

    Attributes:
        tenant: Whose world this is.
    """

    def __init__(self, limit: int = LIMIT, real: Callable[[], int] = lambda: 0, *, bodies: int = BODIES) -> None:
        if limit < 1:
            raise Misuse(f"A journal of {limit} entries can tell nothing. Expected a limit of at least 1.")
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
        """Record a request and its answer, with the attributes of an `Exchange`.

        Args:
            poll: Whether the request is a poll; ``None`` if every GET is one.
            waits: Whether the answer is held back; the door that sends it sets the exchange's ``answered``.
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
        """Write down that a record changed its state."""
        if len(self._transitions) == self._limit:
            self.dropped_transitions += 1
        self._transitions.append(
            Transition(next(self._number), at, self._real(), role, connection, source, target, event)
        )

    def add_notification(
        self, at: int, url: str, connection: str, state: str, attempt: int, outcome: int | str
    ) -> None:
        """Write down how a try to tell a receiver ended."""
        if len(self._notifications) == self._limit:
            self.dropped_notifications += 1
        self._notifications.append(
            Notification(next(self._number), at, self._real(), url, connection, state, attempt, outcome)
        )

    def clear(self) -> None:
        """Forget everything."""
        self._exchanges: deque[Exchange] = deque()
        self._transitions: deque[Transition] = deque(maxlen=self._limit)
        self._notifications: deque[Notification] = deque(maxlen=self._limit)
        self._held = 0
        self.dropped_exchanges = self.dropped_transitions = self.dropped_notifications = 0

    # --- reading ----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Fetch what is not here yet: nothing, where a journal is written."""

    @property
    def dropped(self) -> int:
        """How many entries, of whatever kind, had to make room."""
        return self.dropped_exchanges + self.dropped_transitions + self.dropped_notifications

    def find(self, query: Query | None = None, limit: int | None = None) -> list[Entry]:
        """The entries that are asked for and still held, oldest first.

        Args:
            limit: At most so many.
        """
        found = self.entries() if query is None else [entry for entry in self.entries() if query.fits(entry)]
        return found if limit is None else found[:limit]

    def count(self, query: Query | None = None) -> int:
        """How many entries are asked for.

        Raises:
            Misuse: Some were dropped, so that the answer could be wrong.
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
        """The exchanges that fit, oldest first.

        Raises:
            Misuse: Some were dropped, so that the answer would be short.
        """
        self.refresh()
        self._refuse_if(self.dropped_exchanges, "exchanges")
        query = Query(connection=connection, client=client, method=method, route=route)
        return [exchange for exchange in self._exchanges if query.fits(exchange)]

    def polls(self, connection: str) -> list[Exchange]:
        """The client's reads of one connection, oldest first."""
        return [e for e in self.exchanges(connection=connection) if e.poll and e.status in (200, None)]

    def last_exchange(self) -> Exchange | None:
        """The newest exchange."""
        self.refresh()
        return self._exchanges[-1] if self._exchanges else None

    def transitions(self, connection: str | None = None) -> list[Transition]:
        """The transitions of one record, or of all, oldest first."""
        self.refresh()
        return [t for t in self._transitions if connection is None or t.connection == connection]

    def notifications(self, connection: str | None = None) -> list[Notification]:
        """The tries to tell of one record, or of all, oldest first."""
        self.refresh()
        return [n for n in self._notifications if connection is None or n.connection == connection]

    def entries(self) -> list[Entry]:
        """Everything that is still held, in the order in which it happened."""
        self.refresh()
        merged: list[Entry] = [*self._exchanges, *self._transitions, *self._notifications]
        return sorted(merged, key=lambda entry: entry.number)

    def timeline(self, start: int, connection: str | None = None) -> list[str]:
        """The story in lines that a person can read, polls that showed the same thing folded into one.

        Args:
            start: The moment that counts as zero, in nanoseconds since 1970.
            connection: Only this connection; ``None`` for all.
        """
        return list(timeline(self.find(Query(connection=connection)), start))

    def story(self, start: int, connection: str | None = None) -> str:
        """The same as one text, which says so if nothing has happened yet."""
        return "\n".join(self.timeline(start, connection)) or "Nothing has happened yet."

    def lines(self, start: int, query: Query | None = None, *, real: bool = True) -> Iterator[str]:
        """The entries that are asked for as JSON Lines, each with its line's end.

        Args:
            start: The moment that counts as zero, in nanoseconds since 1970.
            real: Whether to tell the machine's time, too; without it, the same seed gives the same bytes.
        """
        for entry in self.find(query):
            told = as_json(entry, start, self.tenant)
            if not real:
                del told["real"]
            yield f"{json.dumps(told, ensure_ascii=False)}\n"

    def _refuse_if(self, dropped: int, what: str) -> None:
        if dropped:
            raise Misuse(
                f"The journal has dropped its oldest {dropped} {what}, so they can not be counted. Make the world with "
                f"a larger journal_limit, or clear the journal between the parts of the test."
            )
