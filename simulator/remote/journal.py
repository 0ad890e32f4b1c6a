"""The journal of a world in another process, fetched as it grows."""

from simulator.control.client import ControlClient
from simulator.entries import Entry, Exchange, Notification, Transition
from simulator.journal import Journal
from simulator.query import Query
from simulator.remote.clock import really


class RemoteJournal(Journal):
    """What happened there. Reading it fetches what is new, and how those requests ended that were open before.

    Nothing is written from here.
    """

    def __init__(self, control: ControlClient) -> None:
        self._control = control
        self._last = 0
        super().__init__(limit=10_000_000)

    def clear(self) -> None:
        """Forget everything, there and here."""
        if self._last:
            with really():
                self._control.clear_journal()
        super().clear()

    def exchanges(
        self,
        *,
        connection: str | None = None,
        client: str | None = None,
        method: str | None = None,
        route: str | None = None,
    ) -> list[Exchange]:
        """The exchanges that fit, oldest first."""
        self._fetch()
        return super().exchanges(connection=connection, client=client, method=method, route=route)

    def last_exchange(self) -> Exchange | None:
        """The newest exchange."""
        self._fetch()
        return super().last_exchange()

    def transitions(self, connection: str | None = None) -> list[Transition]:
        """The transitions of one record, or of all, oldest first."""
        self._fetch()
        return super().transitions(connection)

    def notifications(self, connection: str | None = None) -> list[Notification]:
        """The tries to tell of one record, or of all, oldest first."""
        self._fetch()
        return super().notifications(connection)

    def entries(self) -> list[Entry]:
        """Everything, in the order in which it happened."""
        self._fetch()
        return super().entries()

    def _fetch(self) -> None:
        still = [number for number, exchange in enumerate(self._exchanges) if exchange.open]
        after = min([self._last, *(self._exchanges[number].number - 1 for number in still)])
        with really():
            fetched = self._control.journal(Query(after=after))
        known = {self._exchanges[number].number: number for number in still}
        for entry in fetched:
            match entry:
                case Exchange() if entry.number in known:
                    self._exchanges[known[entry.number]] = entry
                case _ if entry.number <= self._last:
                    continue
                case Exchange():
                    self._exchanges.append(entry)
                case Transition():
                    self._transitions.append(entry)
                case Notification():
                    self._notifications.append(entry)
            if self._last and entry.number > self._last + 1:  # numbers have no gaps: what is missing had to make room
                self.dropped_exchanges += entry.number - self._last - 1
            self._last = max(self._last, entry.number)
