"""The entries of a journal: exchanges with clients, transitions of records, and deliveries of webhooks."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from connsim.core.clock import as_datetime
from connsim.core.durations import SECOND
from connsim.errors import Misuse

Headers = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Exchange:
    """A request and its reply.

    Equality ignores ``real``, the only attribute that differs between runs with the same seed.

    Attributes:
        number: Position in the journal, in one sequence with the other kinds.
        at: When the request arrived on the world's clock, in nanoseconds since 1970.
        real: The same moment on the machine's clock.
        client: The API key, or the agent DID of a VCX client; empty if the request names neither.
        route: The template of the route that matched, or ``None``.
        connection: The id of the connection that was requested or changed, or ``None``.
        status: ``None`` if no reply is ever sent, as by the fault ``delay: ever``.
        state: The state that the reply showed, or ``None``.
        message: The message type inside the request, for the VCX agency, whose requests all go to one URL.
        poll: Whether the request reads the state of one connection.
        note: An explanation that the reply itself lacks, such as the reason of a refusal.
        headers: The request's headers, in their order.
        before: The connection's state when the request arrived; ``None`` if the connection did not exist.
        after: The connection's state after the reply, which can end a step or create a record.
        answered: When the reply was sent, or ``None``.
        hung_up: When the client closed the connection without a reply, or ``None``.
    """

    number: int
    at: int
    real: int = field(compare=False)
    client: str
    method: str
    target: str
    route: str | None
    connection: str | None
    status: int | None
    state: str | None
    request: bytes
    reply: bytes
    message: str = ""
    poll: bool = False
    note: str = ""
    headers: Headers = ()
    before: str | None = None
    after: str | None = None
    answered: int | None = None
    hung_up: int | None = None

    @property
    def open(self) -> bool:
        """Whether the client still waits for its reply."""
        return self.answered is None and self.hung_up is None

    @property
    def size(self) -> int:
        """The length of both bodies in bytes."""
        return len(self.request) + len(self.reply)

    def header(self, name: str) -> str | None:
        """The value of a request header, its lines joined by commas; ``None`` if it was not sent."""
        values = [value for other, value in self.headers if other.lower() == name.lower()]
        return ", ".join(values) if values else None


@dataclass(slots=True)
class Transition:
    """A change of a record's state.

    Attributes:
        source: The state that was left; ``None`` if the record is new.
        event: The event that caused it, as the role's table names it.
    """

    number: int
    at: int
    real: int = field(compare=False)
    role: str
    connection: str
    source: str | None
    target: str
    event: str


@dataclass(slots=True)
class Notification:
    """One attempt to deliver a change to a webhook.

    Attributes:
        at: When its outcome was known, in nanoseconds since 1970.
        state: The state in the event.
        attempt: The ordinal of the attempt, from 1.
        outcome: The status of the receiver's reply, or the reason why no reply came.
    """

    number: int
    at: int
    real: int = field(compare=False)
    url: str
    connection: str
    state: str
    attempt: int
    outcome: int | str


Entry = Exchange | Transition | Notification

KINDS: dict[str, type[Entry]] = {"exchange": Exchange, "transition": Transition, "notification": Notification}


def as_json(entry: Entry, start: int, tenant: str = "") -> dict[str, Any]:
    """Write an entry as the control API and an export show it.

    Args:
        start: The moment that counts as zero, in nanoseconds since 1970.
        tenant: The tenant whose world the entry is from.

    Returns:
        The members of a JSON object; ``moment`` is the time since the start, ``real`` a date, and a body that is not
        UTF-8, such as the agency's encrypted ones, is ``{"base64": ...}``.
    """
    row: dict[str, Any] = {"kind": type(entry).__name__.lower(), "tenant": tenant}
    for name in entry.__slots__:
        value = getattr(entry, name)
        row[name] = _body(value) if isinstance(value, bytes) else value
    row["moment"] = moment(entry.at - start)
    row["real"] = as_datetime(entry.real).isoformat(timespec="microseconds")
    if isinstance(entry, Exchange):
        row["headers"] = [list(line) for line in entry.headers]
        row["open"] = entry.open
    return row


def from_json(row: Mapping[str, Any]) -> Entry:
    """Read an entry that `as_json` wrote; ``real`` to the microsecond, and zero where the export left it out.

    Raises:
        Misuse: The row does not describe an entry.
    """
    kind = KINDS.get(str(row.get("kind")))
    if kind is None:
        raise Misuse(f"{row.get('kind')!r} is not a kind of entry. Expected one of: {', '.join(KINDS)}.")
    try:
        members = {name: row[name] for name in kind.__slots__ if name != "real"}
        members["real"] = _nanoseconds(row["real"]) if "real" in row else 0
        if kind is Exchange:
            members |= {name: _bytes(row[name]) for name in ("request", "reply")}
            members["headers"] = tuple((name, value) for name, value in row["headers"])
    except (LookupError, TypeError, ValueError, AttributeError) as bad:
        raise Misuse(
            f"A row of the kind {row['kind']!r} is malformed ({bad!r}). Expected an entry as it was exported."
        ) from bad
    return kind(**members)


def _nanoseconds(date: str) -> int:
    return (datetime.fromisoformat(date) - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1) * 1000


def _bytes(body: str | Mapping[str, str]) -> bytes:
    return body.encode() if isinstance(body, str) else b64decode(body["base64"], validate=True)


def _body(body: bytes) -> str | dict[str, str]:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(body).decode()}


def moment(ns: int) -> str:
    """Write nanoseconds since a start as ``+1d 00:00:00.000``, the form of all timelines, cut to milliseconds."""
    days, rest = divmod(ns, 86_400 * SECOND)
    clock = as_datetime(rest).strftime("%H:%M:%S.%f")[:-3]
    return f"+{f'{days}d ' if days else ''}{clock}"
