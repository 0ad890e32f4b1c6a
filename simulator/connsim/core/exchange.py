"""HTTP as values: a request comes in, a reply goes out, a route is a row of a table.

The real agents match paths in ways that no router at hand does (``//connections`` is found, a wrong method is a 404),
so each fake brings a `Profile`: its routes, and how it cuts a path into segments.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any, NamedTuple, Protocol
from urllib.parse import unquote

_SHOWN = 100  # characters of what a client sent, in a text for people

LARGEST_BODY = 16 * 1024 * 1024
"""Bytes; a larger body is refused with a 413 of our own. No limit of the real systems is known."""


class Request(NamedTuple):
    """A request as it came.

    Attributes:
        target: Path and query, undecoded, as in the request line.
        headers: Looked up by lower-case name.
        params: The path parameters, decoded; filled in by the match.
    """

    method: str
    target: str
    headers: Mapping[str, str] = {}
    body: bytes = b""
    params: Mapping[str, str] = {}

    def all_of(self, name: str) -> str | None:
        """A header that may be sent in several lines, as the one list that they are; ``None`` if there is none."""
        getall = getattr(self.headers, "getall", None)  # where the door keeps lines apart
        return self.headers.get(name) if getall is None else ", ".join(getall(name, ())) or None


class Network(NamedTuple):
    """How the network spoils a reply. The doors play it.

    Attributes:
        head: Whether anything is sent at all.
        kept: How many bytes of the body are sent; ``None`` is all. After fewer the connection ends.
        reset: Whether it ends with a reset; if not, it is closed as if all had been said.
        drip: Virtual nanoseconds over which the body is spread; the last piece comes when they are over.
        pieces: Into how many the body is cut then.
    """

    head: bool = True
    kept: int | None = None
    reset: bool = False
    drip: int = 0
    pieces: int = 1

    @property
    def breaks(self) -> bool:
        """Whether the connection ends before all is sent."""
        return not self.head or self.kept is not None

    def schedule(self, body: bytes) -> Iterator[tuple[int, bytes]]:
        """The pieces of a body that are sent, each with how many nanoseconds after the head."""
        whole, pieces = len(body), max(1, min(self.pieces, len(body)))
        kept = whole if self.kept is None else min(self.kept, whole)
        for number in range(pieces):
            start, end = whole * number // pieces, whole * (number + 1) // pieces
            if start < kept:
                yield self.drip * (number + 1) // pieces, body[start : min(end, kept)]


class Ending(Protocol):
    """Where a door notes how a reply that was held back ended: the journal's entry.

    Attributes:
        answered: When it was sent, in nanoseconds since 1970; ``None`` while it is open.
        hung_up: When the client hung up before.
    """

    answered: int | None
    hung_up: int | None


class Reply(NamedTuple):
    """What is answered, and how long the client is kept waiting for it.

    Attributes:
        content_type: ``None`` sends no ``Content-Type`` at all.
        wait: Virtual nanoseconds until the reply is sent; ``None`` is never.
        about: The id of the connection that was asked for or changed, for the journal; never sent.
        state: The state that the reply shows, for the journal; never sent.
        record: What the fake keeps of that connection, for what it does once it has answered; never sent.
        headers: What is sent beside ``Date``, ``Content-Type`` and ``Content-Length``.
        entry: Where a door that holds the reply back notes when it is sent.
        wire: How the network spoils it, if it does.
        unseen: Whether a fault keeps the client from seeing what the agent has to show.
        note: Which faults struck, for the journal; never sent.
        later: Makes the reply that is sent in place of this one.
    """

    status: int
    body: bytes = b""
    content_type: str | None = "application/json"
    wait: int | None = 0
    about: str | None = None
    state: str | None = None
    record: object = None
    headers: tuple[tuple[str, str], ...] = ()
    entry: Ending | None = None
    network: Network | None = None
    unseen: bool = False
    note: str = ""
    later: "Callable[[], Awaitable[Reply]] | None" = None

    @property
    def arrives(self) -> bool:
        """Whether the client gets a status."""
        return self.wait is not None and (self.network is None or self.network.head)

    @property
    def drips(self) -> bool:
        """Whether it comes in pieces."""
        return self.network is not None and self.network.drip > 0

    @property
    def waits(self) -> bool:
        """Whether it is not over at once."""
        return self.wait != 0 or self.drips

    @property
    def shows(self) -> bool:
        """Whether the client sees what the agent has to show."""
        return self.wait is not None and not self.unseen


class Service(Protocol):
    """What a door serves: a fake, the control API, or a receiver of webhooks."""

    def handle(self, request: Request) -> Reply:
        """Answer one request; takes the world's lock itself."""
        ...


Endpoint = Callable[[Any, Request], Reply]


class Route(NamedTuple):
    """One row of a fake's table: ``Route("GET", "/connections/{id}", endpoint)``."""

    method: str
    template: str
    endpoint: Endpoint


class Profile:
    """The routes of one fake, indexed.

    Args:
        name: The name of the version that is played, such as ``1.40.0``.
        prefix: What a gateway puts before every path and strips again, such as ``/cloud-agent``.
        routes: The table.
        segments: Cuts an undecoded path into segments the way the real system does.
    """

    def __init__(self, name: str, prefix: str, routes: Iterable[Route], segments: Callable[[str], list[str]]) -> None:
        self.name = name
        self.prefix = prefix
        self.routes = tuple(routes)
        self.segments = segments
        self._rows: dict[tuple[str, int], list[tuple[Route, list[str]]]] = {}
        for route in self.routes:
            parts = _parts(route)
            self._rows.setdefault((route.method, len(parts)), []).append((route, parts))

    def strip(self, target: str) -> str:
        """Take the gateway's prefix off a request target."""
        if target.startswith(f"{self.prefix}/"):
            return target[len(self.prefix) :]
        return target


def match(profile: Profile, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Find the route of a request, and the values of its path parameters.

    Args:
        path: Undecoded, without query, without the gateway's prefix.
    """
    segments = profile.segments(path)
    for route, parts in profile._rows.get((method, len(segments)), ()):
        params = {}
        for part, segment in zip(parts, segments, strict=True):
            value = unquote(segment) if "%" in segment else segment
            if part[:1] == "{":
                params[part[1:-1]] = value
            elif part != value:
                break
        else:
            return route, params
    return None


def explain(profile: Profile, method: str, path: str) -> str:
    """Say which route a request that matched none comes nearest to, and what differs."""
    segments = profile.segments(path)

    def distance(route: Route) -> tuple[int, float]:
        missing = abs(len(_parts(route)) - len(segments))
        differs = len(list(_differences(route, method, segments)))
        return differs + missing, -SequenceMatcher(None, route.template, path[:_SHOWN]).ratio()

    route = min(profile.routes, key=distance)
    differs = _differences(route, method, segments)
    return f"no route; the nearest is {route.method} {route.template}: {', '.join(differs)}"


def _differences(route: Route, method: str, segments: list[str]) -> Iterator[str]:
    if method != route.method:
        yield f"the method is {method[:_SHOWN]}, not {route.method}"
    parts = _parts(route)
    if len(parts) != len(segments):
        yield f"the path has {len(segments)} segments, not {len(parts)}"
    for part, segment in zip(parts, segments, strict=False):
        if part[:1] != "{" and unquote(segment) != part:
            yield f"{segment[:_SHOWN]!r} stands for {part!r}"


def _parts(route: Route) -> list[str]:
    return route.template.strip("/").split("/")
