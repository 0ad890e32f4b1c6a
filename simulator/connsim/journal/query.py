"""The filter for entries of a journal."""

from dataclasses import dataclass
from typing import Annotated, Any

from connsim.core.shapes import Kind, Rules
from connsim.errors import Misuse
from connsim.journal.entries import KINDS, Entry, Exchange, Transition

_OF_EXCHANGES = ("client", "method", "route", "status", "message", "open", "poll")


def _read_header(given: Any) -> tuple[str, str]:
    if not isinstance(given, str) or not given:
        raise ValueError
    name, _, value = given.partition(":")
    return name, value.strip()


_HEADER = Kind(
    _read_header,
    lambda header: ":".join(filter(None, header)),
    {"type": "string", "minLength": 1, "examples": ["apikey:issuer"]},
    'a text that is not empty, such as "apikey:issuer"',
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A filter for entries; an attribute that is ``None`` does not filter.

    Attributes that only exchanges have exclude the other kinds. They are also the parameters of the control API.
    """

    kind: Annotated[Annotated[str, Rules(enum=[*KINDS])] | None, "Only entries of this kind."] = None
    connection: Annotated[str | None, "Only entries about this connection."] = None
    client: Annotated[str | None, "Only requests of this API key, or of a VCX client with this agent DID."] = None
    method: Annotated[str | None, "Only requests with this method."] = None
    route: Annotated[str | None, "Only requests for this route, such as `/connections/{connectionId}`."] = None
    status: Annotated[Annotated[int, Rules(minimum=100, maximum=599)] | None, "Only replies with this status."] = None
    message: Annotated[str | None, "Only requests with this message inside, such as `GET_MSGS`."] = None
    state: Annotated[str | None, "Only what showed this state, or led to it."] = None
    open: Annotated[bool | None, "Only requests that wait for their reply, or only the others."] = None
    poll: Annotated[bool | None, "Only requests that read the state of one connection, or only the others."] = None
    header: Annotated[
        Annotated[tuple[str, str], _HEADER] | None,
        "Only requests with this header: `name:value`, or `name` for any value.",
    ] = None
    since: Annotated[int | None, "The first moment, in nanoseconds since 1970."] = None
    until: Annotated[int | None, "The last moment, likewise."] = None
    after: Annotated[int, Rules(minimum=0, maximum=2**63 - 1), "Only entries with a greater number."] = 0

    def __post_init__(self) -> None:
        if self.kind is not None and self.kind not in KINDS:
            raise Misuse(f"The journal has no entries of the kind {self.kind!r}. Expected one of: {', '.join(KINDS)}.")

    def fits(self, entry: Entry) -> bool:
        """Whether an entry passes the filter."""
        state = entry.target if isinstance(entry, Transition) else entry.state
        return (
            entry.number > self.after
            and (self.kind is None or isinstance(entry, KINDS[self.kind]))
            and (self.connection is None or entry.connection == self.connection)
            and (self.since is None or entry.at >= self.since)
            and (self.until is None or entry.at <= self.until)
            and (self.state is None or state == self.state)
            and all(
                getattr(entry, name, None) == value
                for name in _OF_EXCHANGES
                if (value := getattr(self, name)) is not None
            )
            and (self.header is None or (isinstance(entry, Exchange) and has_header(entry, *self.header)))
        )


def has_header(entry: Exchange, name: str, value: str = "") -> bool:
    """Whether a request had a header; an empty value matches any."""
    found = entry.header(name)
    return found is not None and value in ("", found)
