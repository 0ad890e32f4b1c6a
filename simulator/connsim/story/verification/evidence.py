"""What a test's verdict rests on: the entries of a journal, and how they are shown to whoever reads the verdict."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from connsim.core.clock import Clock
from connsim.errors import Misuse
from connsim.journal import Journal
from connsim.journal.entries import Entry, Exchange
from connsim.journal.timeline import line, timeline

_EDGE = 5  # lines at the beginning and at the end of what is cut
_NAMES = 5  # of clients and of connections that are told


class Journalled(Protocol):
    """A world, in this process or another, as far as a verdict needs it."""

    @property
    def lock(self) -> AbstractContextManager[object]:
        """Held while its state is read."""
        ...

    @property
    def clock(self) -> Clock:
        """Its time."""
        ...

    @property
    def journal(self) -> Journal:
        """What has happened in it."""
        ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """Entries of a journal, oldest first, wherever it is kept.

    Attributes:
        start: When the world began, in nanoseconds since 1970.
        dropped: How many entries the journal had no room for.
    """

    entries: Sequence[Entry]
    start: int = 0
    dropped: int = 0

    @classmethod
    def of(cls, world: Journalled) -> "Evidence":
        """What has happened in a world so far."""
        with world.lock:
            world.clock.settle()
            return cls(world.journal.entries(), world.clock.start, world.journal.dropped)

    def check(self) -> None:
        """Refuse to be counted, if it is not whole.

        Raises:
            Misuse: Some entries were dropped, so that every count could be wrong.
        """
        if self.dropped:
            raise Misuse(
                f"The journal has dropped its oldest {self.dropped} entries, so requests can not be verified. Make the "
                f"world with a larger journal_limit, or clear the journal between the parts of the test."
            )

    @property
    def exchanges(self) -> list[Exchange]:
        """The exchanges, oldest first."""
        return [entry for entry in self.entries if isinstance(entry, Exchange)]

    def beginning(self, connection: str) -> int:
        """When a connection began.

        Raises:
            Misuse: Nothing is known of it.
        """
        for entry in self.entries:
            if entry.connection == connection:
                return entry.at
        raise Misuse(
            f"The journal knows no connection {connection!r}. {self.knows()} Expected the id that the agent gave: a "
            f"connectionId, a connReqId, or the inviter's pairwise DID of an Aries connection."
        )

    def owner(self, connection: str) -> str | None:
        """The client whose connection it is, who is not the only one to write about it to a VCX agency."""
        about = [exchange for exchange in self.exchanges if exchange.connection == connection]
        first = next((exchange for exchange in about if exchange.poll), about[0] if about else None)
        return None if first is None else first.client

    def knows(self) -> str:
        """Say whose requests there are at all."""
        exchanges = self.exchanges
        if not exchanges:
            return "No request has come at all."
        clients = _names("client", (repr(one.client) for one in exchanges if one.client))
        connections = _names("connection", (one.connection for one in exchanges if one.connection))
        return f"Requests came of {clients}, about {connections}."

    def told(self, connection: str | None, marked: Sequence[Exchange] = ()) -> list[str]:
        """The timeline of one connection or of all, with a mark before some entries; a long one is cut.

        Args:
            connection: Its entries are told, and the marked ones.
        """
        marks = {exchange.number for exchange in marked}
        pieces: list[list[Entry]] = [[]]
        for entry in self.entries:
            if entry.number in marks:
                pieces += [[entry], []]
            elif connection is None or entry.connection == connection:
                pieces[-1].append(entry)
        told = []
        for index, piece in enumerate(pieces):
            if index % 2:
                told.append(f"> {line(piece[0], self.start)}")
            else:
                told += [f"  {one}" for one in _cut(list(timeline(piece, self.start)))]
        return told


def _cut(lines: list[str]) -> list[str]:
    left_out = len(lines) - 2 * _EDGE
    if left_out <= 1:  # the line that says so would take the place of one
        return lines
    return [*lines[:_EDGE], f"... {left_out} lines more ...", *lines[-_EDGE:]]


def _names(what: str, names: Iterable[str]) -> str:
    known = list(dict.fromkeys(names))
    if not known:
        return f"no {what} with a name" if what == "client" else f"no {what}"
    more = f" and {len(known) - _NAMES} more" if len(known) > _NAMES else ""
    return f"{what}{'' if len(known) == 1 else 's'} {', '.join(known[:_NAMES])}{more}"
