"""The journal of a world in another process, loaded as it grows."""

from connsim.control.client.client import ControlClient
from connsim.journal import Journal
from connsim.journal.entries import Exchange, Notification, Transition
from connsim.journal.query import Query


class RemoteJournal(Journal):
    """A read-only copy of that journal. Each read loads new entries, and the outcome of requests that were open."""

    def __init__(self, control: ControlClient) -> None:
        self._control = control
        self._last = 0
        super().__init__(limit=10_000_000)

    def clear(self) -> None:
        """Drop all entries, there and here."""
        if self._last:
            self._control.clear_journal()
        super().clear()

    def refresh(self) -> None:
        """Load missing entries."""
        still = [number for number, exchange in enumerate(self._exchanges) if exchange.open]
        after = min([self._last, *(self._exchanges[number].number - 1 for number in still)])
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
            if self._last and entry.number > self._last + 1:  # numbers have no gaps: the journal there dropped these
                self.dropped_exchanges += entry.number - self._last - 1
            self._last = max(self._last, entry.number)
