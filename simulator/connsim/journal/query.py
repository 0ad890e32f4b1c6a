"""The filter for entries of a journal."""

from dataclasses import dataclass

from connsim.errors import Misuse
from connsim.journal.entries import KINDS, Entry, Exchange, Notification

_OF_EXCHANGES = ("client", "method", "route", "status", "message", "open", "poll")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A filter for entries; an attribute that is ``None`` does not filter.

    Attributes:
        kind: ``exchange``, ``transition`` or ``notification``. An attribute that only exchanges have excludes the
            other kinds.
        state: The state that an exchange or a notification showed, or that a transition led to.
        open: Whether the client still waits for its reply.
        poll: Whether the request reads the state of one connection.
        header: A name and a value; an empty value matches any.
        since: The first moment, in nanoseconds since 1970.
        until: The last moment, likewise.
        after: Entries with a greater number only.
    """

    kind: str | None = None
    connection: str | None = None
    client: str | None = None
    method: str | None = None
    route: str | None = None
    status: int | None = None
    message: str | None = None
    state: str | None = None
    open: bool | None = None
    poll: bool | None = None
    header: tuple[str, str] | None = None
    since: int | None = None
    until: int | None = None
    after: int = 0

    def __post_init__(self) -> None:
        if self.kind is not None and self.kind not in KINDS:
            raise Misuse(f"The journal has no entries of the kind {self.kind!r}. Expected one of: {', '.join(KINDS)}.")

    def fits(self, entry: Entry) -> bool:
        """Whether an entry passes the filter."""
        return (
            entry.number > self.after
            and (self.kind is None or isinstance(entry, KINDS[self.kind]))
            and (self.connection is None or entry.connection == self.connection)
            and (self.since is None or entry.at >= self.since)
            and (self.until is None or entry.at <= self.until)
            and (self.state is None or self.state == _state(entry))
            and (not self._exchanges_only or (isinstance(entry, Exchange) and self._fits_exchange(entry)))
        )

    @property
    def _exchanges_only(self) -> bool:
        return self.header is not None or any(getattr(self, name) is not None for name in _OF_EXCHANGES)

    def _fits_exchange(self, entry: Exchange) -> bool:
        wanted = all(getattr(self, name) in (None, getattr(entry, name)) for name in _OF_EXCHANGES)
        return wanted and (self.header is None or has_header(entry, *self.header))


def has_header(entry: Exchange, name: str, value: str = "") -> bool:
    """Whether a request had a header; an empty value matches any."""
    found = entry.header(name)
    return found is not None and value in ("", found)


def _state(entry: Entry) -> str | None:
    if isinstance(entry, Exchange | Notification):
        return entry.state
    return entry.target
