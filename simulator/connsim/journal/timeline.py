"""A journal as a story: one line per event, polls that showed the same thing folded into one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from connsim.journal.entries import Entry, Exchange, Notification, Transition, moment


def timeline(entries: Iterable[Entry], start: int) -> Iterator[str]:
    """Tell entries in lines that a person can read.

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
    """Tell one entry."""
    at = moment(entry.at - start)
    match entry:
        case Transition():
            return f"{at}  {entry.role}: {entry.target} ({entry.event})"
        case Notification():
            again = f", try {entry.attempt}" if entry.attempt > 1 else ""
            return f"{at}  told {entry.url} of {entry.state} -> {entry.outcome}{again}"
    return f"{at}  {_told(entry)}"


@dataclass(slots=True)
class _Fold:
    """Polls that showed the same thing."""

    first: Exchange
    last: Exchange
    count: int = 1

    def takes(self, entry: Exchange) -> bool:
        return _told(self.last) == _told(entry) and self.last.client == entry.client

    def line(self, start: int) -> str:
        told = line(self.first, start)
        return told if self.count == 1 else f"{told}, {self.count} times until {moment(self.last.at - start)}"


def _told(exchange: Exchange) -> str:
    asked = f"{exchange.method} {exchange.target}{f' {exchange.message}' if exchange.message else ''}"
    tells_state = exchange.method == "GET" or exchange.message
    shown = f" {exchange.state}" if exchange.state and tells_state else ""
    note = f" ({exchange.note})" if exchange.note else ""
    if exchange.hung_up is not None:
        return f"{asked} -> the client hung up{note}"
    if exchange.open and exchange.status is not None:
        return f"{asked} -> {exchange.status}{shown}, not sent yet{note}"
    return f"{asked} -> {exchange.status or 'no answer'}{shown}{note}"
