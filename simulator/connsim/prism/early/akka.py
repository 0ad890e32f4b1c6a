"""The refusals of Akka HTTP 10.2.9 itself: the order of its checks, and its texts.

Read in its sources. The order is: request line, path, method, ``Content-Type``, size, body; then the logic runs, and
only a success is checked against ``Accept``. So a connection exists even if its answer is a 406. Every error is
sent as text, whatever the client accepts. The methods that a 405 lists, and their order, are deduced from the generator
that wrote the agent's routes.

Source: docs/protocol/prism-agent.md, 5.5.
"""

from collections.abc import Mapping

from connsim.core.exchange import Profile, Reply, Request, match
from connsim.prism.early import media_types, spray
from connsim.prism.refusals import FixedRefusal

LARGEST_BODY = 8 * 1024 * 1024
"""Bytes, the server's default."""

INTERNAL_ERROR = "There was an internal server error."

_KNOWN = ("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE")
_GENERATED = ("GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "TRACE")  # in the order of a path's routes
_TOO_LARGE = (
    "EntityStreamSizeException: incoming entity size ({}) exceeded size limit ({} bytes)! This may have been a parser "
    "limit (set via `akka.http.[server|client].parsing.max-content-length`), a decoder limit (set via "
    "`akka.http.routing.decode-max-size`), or a custom limit set with `withSizeLimit`."
)


def refused(status: int, text: str, headers: tuple[tuple[str, str], ...] = ()) -> FixedRefusal:
    """Make an error as the framework sends it: plain text, always in UTF-8."""
    return FixedRefusal(Reply(status, text.encode("utf-8", "replace"), "text/plain; charset=UTF-8", headers=headers))


def segments(path: str) -> list[str]:
    """Split a path as the exact matchers do: every slash counts, and no route has an empty segment.

    A path with an empty segment gives no segments at all, so that it matches no route.
    """
    parts = path.removeprefix("/").split("/")
    return parts if all(parts) else []


def misrouted(profile: Profile, request: Request) -> FixedRefusal:
    """Return the answer to a request that matches no route: 404, 405 or 501.

    ``HEAD`` and ``OPTIONS`` get no special treatment, and no route has them.

    Args:
        profile: Its routes determine the methods of the path.
        request: The request, whose target comes without the gateway's prefix.
    """
    if request.method not in _KNOWN:
        return refused(501, "Unsupported HTTP method")
    path = request.target.partition("?")[0]
    methods = ", ".join(method for method in _GENERATED if match(profile, method, path))
    if not methods:
        return refused(404, "The requested resource could not be found.")
    return refused(405, f"HTTP method not allowed, supported methods: {methods}", (("Allow", methods),))


def read(request: Request, members: Mapping[str, bool]) -> dict[str, str]:
    """Read a body that must be JSON.

    Akka HTTP has a text for an empty body, which is played here. By the sources of 10.2.9, spray-json would run first
    and report malformed JSON; no recording decides between the two.

    Args:
        members: As for `spray.decode`.

    Raises:
        FixedRefusal: A 415, 413 or 400.
    """
    unsupported = media_types.not_json(request.headers.get("content-type"), bool(request.body))
    if unsupported:
        text = f"The request's Content-Type [{unsupported}] is not supported. Expected:\napplication/json"
        raise refused(415, text)
    if not request.body:
        raise refused(400, "Request entity expected but not supplied")
    if len(request.body) > LARGEST_BODY:
        raise _malformed(413, _TOO_LARGE.format(len(request.body), LARGEST_BODY))
    try:
        return spray.decode(request.body, members)
    except spray.Malformed as bad:
        raise _malformed(400, str(bad)) from None


def check_accept(request: Request) -> None:
    """Check ``Accept``: to be called after the logic, and only if it succeeded.

    Raises:
        FixedRefusal: A 406.
    """
    if not media_types.accepts_json(request.all_of("accept")):
        raise refused(406, "Resource representation is only available with these types:\napplication/json")


def failed() -> FixedRefusal:
    """Return the answer to an exception in the logic."""
    return refused(500, INTERNAL_ERROR)


def _malformed(status: int, text: str) -> FixedRefusal:
    return refused(status, f"The request content was malformed:\n{text}")
