"""What a journal holds: exchanges with clients, transitions of records, and what receivers were told."""

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

    Two that differ in ``real`` only are equal: it is the one thing that a seed does not repeat.

    Attributes:
        number: Position in the journal, shared with the other kinds.
        at: When it came, in nanoseconds since 1970, on the world's clock.
        real: The same on the machine's.
        client: Who asked: the API key, or the agent of a VCX client; empty if it did not say.
        route: The template of the route that matched, or ``None``.
        connection: The id of the connection that was asked for or changed, or ``None``.
        status: ``None`` if no answer is ever sent, which a script can want.
        state: The state that the reply showed, or ``None``.
        message: What the request is called inside, where every request is posted to one URL.
        poll: Whether a client looked how the connection stands.
        note: What the reply does not tell, such as why it is a refusal.
        headers: Those of the request, in their order.
        before: The connection's state when the request came; ``None`` if there was no connection yet.
        after: The same when it was answered: an answer can end a step, and an acceptance makes a record.
        answered: When the answer was sent, or ``None``.
        hung_up: When the client went away without an answer, or ``None``.
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
        """Whether the client still waits for its answer."""
        return self.answered is None and self.hung_up is None

    @property
    def size(self) -> int:
        """Bytes of both bodies."""
        return len(self.request) + len(self.reply)

    def header(self, name: str) -> str | None:
        """The value of a request's header, its lines joined by commas; ``None`` if there is none."""
        values = [value for other, value in self.headers if other.lower() == name.lower()]
        return ", ".join(values) if values else None


@dataclass(slots=True)
class Transition:
    """A record that went from one state to the next.

    Attributes:
        source: The state that was left; ``None`` if the record is new.
        event: What caused it, as the role's table names it.
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
    """One try to tell a receiver of a change, over its webhook.

    Attributes:
        at: When its outcome was known, in nanoseconds since 1970.
        state: The state that was told.
        attempt: 1 for the first try.
        outcome: The status of the answer, or why there was none.
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
    """An entry as the control API and an export show it.

    Args:
        start: The moment that counts as zero, in nanoseconds since 1970.
        tenant: Whose world it happened in.

    Returns:
        Its members; ``moment`` is the time since the start, ``real`` a date, and a body that is no text is told as
        ``{"base64": ...}``: an agency's are encrypted.
    """
    told: dict[str, Any] = {"kind": type(entry).__name__.lower(), "tenant": tenant}
    for name in entry.__slots__:
        value = getattr(entry, name)
        told[name] = _body(value) if isinstance(value, bytes) else value
    told["moment"] = moment(entry.at - start)
    told["real"] = as_datetime(entry.real).isoformat(timespec="microseconds")
    if isinstance(entry, Exchange):
        told["headers"] = [list(line) for line in entry.headers]
        told["open"] = entry.open
    return told


def from_json(told: Mapping[str, Any]) -> Entry:
    """The entry that `as_json` has told; ``real`` to the microsecond, and zero where it was left out.

    Raises:
        Misuse: It is no entry.
    """
    kind = KINDS.get(str(told.get("kind")))
    if kind is None:
        raise Misuse(f"{told.get('kind')!r} is no kind of entry. Expected one of: {', '.join(KINDS)}.")
    try:
        members = {name: told[name] for name in kind.__slots__ if name != "real"}
        members["real"] = _nanoseconds(told["real"]) if "real" in told else 0
        if kind is Exchange:
            members |= {name: _bytes(told[name]) for name in ("request", "reply")}
            members["headers"] = tuple((name, value) for name, value in told["headers"])
    except (LookupError, TypeError, ValueError, AttributeError) as bad:
        raise Misuse(f"This is no {told['kind']} of a journal ({bad!r}). Expected one as it was exported.") from bad
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
    """Write nanoseconds since a start as ``+1d 00:00:00.000``, the form of all timelines."""
    days, rest = divmod(ns, 86_400 * SECOND)
    clock = as_datetime(rest).strftime("%H:%M:%S.%f")[:-3]
    return f"+{f'{days}d ' if days else ''}{clock}"
