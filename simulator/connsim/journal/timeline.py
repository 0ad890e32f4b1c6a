"""Writes a journal as lines of text: one per event, with equal consecutive polls folded into one."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from connsim.journal.entries import Entry, Exchange, Notification, Transition, moment


def timeline(entries: Iterable[Entry], start: int) -> Iterator[str]:
    """Write entries as lines of text.

    Args:
        entries: In the order in which they happened.
        start: The moment that counts as zero, in nanoseconds since 1970.
    """
    for _, alike in groupby(entries, _alike):
        first, *rest = alike
        text = line(first, start)
        yield f"{text}, {1 + len(rest)} times until {moment(rest[-1].at - start)}" if rest else text


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


def _alike(entry: Entry) -> object:
    """The key of equal polls by one client, so that an hour of them fills one line; any other entry has its own key."""
    if isinstance(entry, Exchange) and (entry.method == "GET" or entry.poll):
        return entry.client, _exchange(entry)
    return id(entry)


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
