"""The evidence for a test's verdict: the entries of a journal, and the timeline below a message."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from connsim.core.clock import Clock
from connsim.errors import Misuse
from connsim.journal import Journal
from connsim.journal.entries import Entry, Exchange
from connsim.journal.timeline import line, timeline

_EDGE = 5  # lines that are shown at the beginning and at the end of a long stretch
_NAMES = 5  # clients, and connections, that a message names


@dataclass(frozen=True, slots=True)
class Evidence:
    """The entries of a journal.

    Attributes:
        entries: The entries, oldest first.
        start: When the world began, in nanoseconds since 1970.
        dropped: How many entries the journal has dropped because it was full.
    """

    entries: Sequence[Entry]
    start: int = 0
    dropped: int = 0

    @classmethod
    def of(cls, clock: Clock, journal: Journal) -> "Evidence":
        """Return the evidence so far of the world with this clock and this journal."""
        with clock.lock:
            clock.settle()
            return cls(journal.entries(), clock.start, journal.dropped)

    def check_complete(self) -> None:
        """Refuse incomplete evidence.

        Raises:
            Misuse: Some entries were dropped, so that any count could be wrong.
        """
        if self.dropped:
            raise Misuse(
                f"The journal has dropped its oldest {self.dropped} entries, so requests cannot be verified. Expected "
                f"all of them. Make the world with a larger journal_limit, or clear the journal between the parts of "
                f"the test."
            )

    @property
    def exchanges(self) -> list[Exchange]:
        """The exchanges, oldest first."""
        return [entry for entry in self.entries if isinstance(entry, Exchange)]

    def beginning(self, connection: str) -> int:
        """Return when a connection began, in nanoseconds since 1970.

        Raises:
            Misuse: No entry is about it.
        """
        for entry in self.entries:
            if entry.connection == connection:
                return entry.at
        raise Misuse(
            f"The journal has no connection {connection!r}. {self.summary()} Expected the id that the agent gave: a "
            f"connectionId, a connReqId, or the inviter's pairwise DID of an Aries connection."
        )

    def owner(self, connection: str) -> str | None:
        """Return the client that owns a connection: the one that polls it, or else the first that sent something.

        The other side of a VCX connection also sends messages about it to the agency.
        """
        about = [exchange for exchange in self.exchanges if exchange.connection == connection]
        first = next((exchange for exchange in about if exchange.poll), about[0] if about else None)
        return None if first is None else first.client

    def summary(self) -> str:
        """Name the clients and connections of the requests, in a sentence."""
        exchanges = self.exchanges
        if not exchanges:
            return "There are no requests."
        clients = _names("client", (repr(one.client) for one in exchanges if one.client))
        connections = _names("connection", (one.connection for one in exchanges if one.connection))
        return f"The requests are from {clients}, about {connections}."

    def timeline(self, connection: str | None, marked: Sequence[Exchange] = ()) -> list[str]:
        """Return the lines of a timeline, with ``>`` before marked entries; long stretches between them are cut.

        Args:
            connection: The connection whose entries are shown beside the marked ones; ``None`` shows all.
            marked: The entries to mark.
        """
        marks = {exchange.number for exchange in marked}
        pieces: list[list[Entry]] = [[]]
        for entry in self.entries:
            if entry.number in marks:
                pieces += [[entry], []]
            elif connection is None or entry.connection == connection:
                pieces[-1].append(entry)
        lines = []
        for index, piece in enumerate(pieces):
            if index % 2:
                lines.append(f"> {line(piece[0], self.start)}")
            else:
                lines += [f"  {one}" for one in _cut(list(timeline(piece, self.start)))]
        return lines


def _cut(lines: list[str]) -> list[str]:
    left_out = len(lines) - 2 * _EDGE
    if left_out <= 1:  # the line in their place would be as long
        return lines
    return [*lines[:_EDGE], f"... {left_out} more lines ...", *lines[-_EDGE:]]


def _names(what: str, names: Iterable[str]) -> str:
    known = list(dict.fromkeys(names))
    if not known:
        return f"no {'named ' if what == 'client' else ''}{what}"
    more = f" and {len(known) - _NAMES} more" if len(known) > _NAMES else ""
    return f"{what}{'' if len(known) == 1 else 's'} {', '.join(known[:_NAMES])}{more}"
