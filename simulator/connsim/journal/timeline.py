"""Writes a journal as lines of text: one per event, with equal consecutive polls folded into one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from connsim.journal.entries import Entry, Exchange, Notification, Transition, moment


def timeline(entries: Iterable[Entry], start: int) -> Iterator[str]:
    """Write entries as lines of text.

    Args:
        entries: In the order in which they happened.
        start: The moment that counts as zero, in nanoseconds since 1970.
    """
    folded: _Fold | None = None
    for entry in entries:
        if isinstance(entry, Exchange) and (entry.method == "GET" or entry.poll):
            if folded is not None and folded.takes(entry):
                folded.last, folded.count = entry, folded.count + 1
                continue
            if folded is not None:
                yield folded.line(start)
            folded = _Fold(entry, entry)
            continue
        if folded is not None:
            yield folded.line(start)
            folded = None
        yield line(entry, start)
    if folded is not None:
        yield folded.line(start)


def line(entry: Entry, start: int) -> str:
    """Write one entry."""
    at = moment(entry.at - start)
    match entry:
        case Transition():
            return f"{at}  {entry.role}: {entry.target} ({entry.event})"
        case Notification():
            again = f", attempt {entry.attempt}" if entry.attempt > 1 else ""
            return f"{at}  webhook {entry.url}: {entry.state} -> {entry.outcome}{again}"
    return f"{at}  {_exchange(entry)}"


@dataclass(slots=True)
class _Fold:
    """Consecutive polls of one client with equal replies: a client that waits for an hour fills one line, not 720."""

    first: Exchange
    last: Exchange
    count: int = 1

    def takes(self, entry: Exchange) -> bool:
        return _exchange(self.last) == _exchange(entry) and self.last.client == entry.client

    def line(self, start: int) -> str:
        text = line(self.first, start)
        return text if self.count == 1 else f"{text}, {self.count} times until {moment(self.last.at - start)}"


def _exchange(exchange: Exchange) -> str:
    request = f"{exchange.method} {exchange.target}{f' {exchange.message}' if exchange.message else ''}"
    # A POST to PRISM changes the state, which the line of the transition shows.
    shows_state = exchange.method == "GET" or exchange.message
    state = f" {exchange.state}" if exchange.state and shows_state else ""
    note = f" ({exchange.note})" if exchange.note else ""
    if exchange.hung_up is not None:
        return f"{request} -> the client hung up{note}"
    if exchange.open and exchange.status is not None:
        return f"{request} -> {exchange.status}{state}, not sent yet{note}"
    return f"{request} -> {exchange.status or 'no answer'}{state}{note}"
