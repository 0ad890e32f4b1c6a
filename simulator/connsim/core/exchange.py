"""HTTP as values: requests, replies, and tables of routes.

The real agents match paths in ways that no Python router does: Tapir, the router of the PRISM agent, finds
``//connections`` and answers a wrong method with 404 rather than 405. So each fake has a `Profile`: its routes, and the
function that splits a path into segments.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any, NamedTuple, Protocol
from urllib.parse import unquote

_SHOWN = 100  # characters of a client's text that a message quotes

LARGEST_BODY = 16 * 1024 * 1024
"""Bytes; a larger body is refused with a 413 of our own. No limit of the real systems is known."""


class Request(NamedTuple):
    """A request as received.

    Attributes:
        target: Path and query, undecoded, as in the request line.
        headers: By lower-case name.
        params: The path parameters, decoded; filled in once the route is found.
    """

    method: str
    target: str
    headers: Mapping[str, str] = {}
    body: bytes = b""
    params: Mapping[str, str] = {}

    def all_of(self, name: str) -> str | None:
        """The value of a header, its lines joined by commas (RFC 9110, 5.3); ``None`` if it was not sent."""
        getall = getattr(self.headers, "getall", None)  # aiohttp's multidict keeps the lines of a header apart
        return self.headers.get(name) if getall is None else ", ".join(getall(name, ())) or None


class Network(NamedTuple):
    """The effect of a network failure on a reply. The doors carry it out.

    Attributes:
        head: Whether status and headers are sent; if not, nothing is.
        kept: How many bytes of the body are sent before the connection ends; ``None`` sends all.
        reset: Whether the connection ends with a TCP reset; otherwise it is closed in order.
        drip: Virtual nanoseconds over which the body is spread; the last piece is sent when they have passed.
        pieces: The number of pieces that the body is cut into if it is spread.
    """

    head: bool = True
    kept: int | None = None
    reset: bool = False
    drip: int = 0
    pieces: int = 1

    @property
    def breaks(self) -> bool:
        """Whether the connection ends before the reply is complete."""
        return not self.head or self.kept is not None

    def schedule(self, body: bytes) -> Iterator[tuple[int, bytes]]:
        """The pieces of a body that are sent, each with its delay after the headers in nanoseconds."""
        size, pieces = len(body), max(1, min(self.pieces, len(body)))
        kept = size if self.kept is None else min(self.kept, size)
        for number in range(pieces):
            start, end = size * number // pieces, size * (number + 1) // pieces
            if start < kept:
                yield self.drip * (number + 1) // pieces, body[start : min(end, kept)]


class Ending(Protocol):
    """Where a door notes the outcome of a delayed reply: the journal's entry.

    Attributes:
        answered: When the reply was sent, in nanoseconds since 1970; ``None`` before.
        hung_up: When the client closed the connection without waiting for it, likewise.
    """

    answered: int | None
    hung_up: int | None


WaitUntilIdle = Callable[[Any], Awaitable[None]]
"""Waits, in real time, until every request to the given world is answered or held back."""


class Reply(NamedTuple):
    """A reply, with its delay and its fate on the network.

    Attributes:
        content_type: ``None`` sends no ``Content-Type``.
        wait: Virtual nanoseconds until the reply is sent; ``None`` if it never is.
        about: The id of the connection that was requested or changed, for the journal; never sent.
        state: The state that the reply shows, for the journal; never sent.
        record: The fake's record of that connection, for the callbacks after the reply; never sent.
        headers: Headers beside ``Date``, ``Content-Type`` and ``Content-Length``, which the door writes.
        entry: Where a door notes when a delayed reply was sent.
        network: What a network failure does to the reply; ``None`` if it arrives as it is.
        unseen: Whether a fault hides the record's state from the client, so that the reply counts as no poll.
        note: Which faults struck, for the journal; never sent.
        later: Makes the reply to send in place of this one, for requests that wait until a world is idle. The door
            passes the function that waits, because only a door knows whether its loop is idle.
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
    later: "Callable[[WaitUntilIdle], Awaitable[Reply]] | None" = None

    @property
    def arrives(self) -> bool:
        """Whether the client gets a status."""
        return self.wait is not None and (self.network is None or self.network.head)

    @property
    def drips(self) -> bool:
        """Whether the body is sent in pieces."""
        return self.network is not None and self.network.drip > 0

    @property
    def waits(self) -> bool:
        """Whether the reply takes virtual time to send."""
        return self.wait != 0 or self.drips

    @property
    def shows(self) -> bool:
        """Whether the client sees the record's state."""
        return self.wait is not None and not self.unseen


class Service(Protocol):
    """Something that a door can serve: a fake, the control API, or a receiver of webhooks."""

    def handle(self, request: Request) -> Reply:
        """Answer one request; takes the world's lock itself."""


Endpoint = Callable[[Any, Request], Reply]


class Route(NamedTuple):
    """One row of a fake's table: ``Route("GET", "/connections/{id}", endpoint)``."""

    method: str
    template: str
    endpoint: Endpoint


class Profile:
    """The routes of one fake, indexed by method and number of segments.

    Args:
        name: The version of the real system, such as ``1.40.0``.
        prefix: The path prefix that the agent's gateway (APISIX for PRISM) strips, such as ``/cloud-agent``.
        routes: The table.
        segments: Splits an undecoded path into segments as the real system does.
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
        """Remove the gateway's prefix from a request target, if any: clients use the agent with and without gateway."""
        if target.startswith(f"{self.prefix}/"):
            return target[len(self.prefix) :]
        return target


def match(profile: Profile, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Find the route of a request, and the values of its path parameters.

    Args:
        path: Undecoded, without query, without the gateway's prefix.

    Returns:
        ``None`` if no route matches.
    """
    segments = profile.segments(path)
    for route, parts in profile._rows.get((method, len(segments)), ()):
        params = {}
        for part, segment in zip(parts, segments, strict=True):
            value = unquote(segment) if "%" in segment else segment  # most have no escapes, and every poll comes here
            if part[:1] == "{":
                params[part[1:-1]] = value
            elif part != value:
                break
        else:
            return route, params
    return None


def explain(profile: Profile, method: str, path: str) -> str:
    """Describe, for the journal, the nearest route of a request that matched none, and the differences."""
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
            yield f"{segment[:_SHOWN]!r} in place of {part!r}"


def _parts(route: Route) -> list[str]:
    return route.template.strip("/").split("/")
