"""The journal of a world in another process, loaded as it grows."""

from connsim.control.client.client import ControlClient
from connsim.journal import Journal
from connsim.journal.entries import Exchange, Notification, Transition
from connsim.journal.query import Query


class RemoteJournal(Journal):
    """A read-only copy of that journal. Each read loads new entries, and the outcomes of open requests."""

    def __init__(self, control: ControlClient) -> None:
        self._control = control
        self._last = 0
        super().__init__(limit=10_000_000)

    def clear(self) -> None:
        """Drop all entries, in both processes."""
        if self._last:
            self._control.clear_journal()
        super().clear()

    def refresh(self) -> None:
        """Load the new entries, and those whose request was still open."""
        open_ones = [index for index, exchange in enumerate(self._exchanges) if exchange.open]
        after = min([self._last, *(self._exchanges[index].number - 1 for index in open_ones)])
        fetched = self._control.journal(Query(after=after))
        known = {self._exchanges[index].number: index for index in open_ones}
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
            if (
                self._last and entry.number > self._last + 1
            ):  # numbers have no gaps, so the other journal has dropped these
                self.dropped_exchanges += entry.number - self._last - 1
            self._last = max(self._last, entry.number)
