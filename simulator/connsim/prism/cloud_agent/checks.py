"""The checks that every endpoint makes before its own logic."""

from connsim.core.exchange import Reply, Request
from connsim.prism.cloud_agent import problems
from connsim.prism.jvm import reading
from connsim.prism.problems import Problem
from connsim.prism.refusals import FixedRefusal

_NOT_ACCEPTABLE = Reply(406, content_type=None)


def shown_path(request: Request) -> str:
    """Return method, path and query as the agent's errors quote them: without the gateway's prefix."""
    return f"{request.method} {request.target}"


def invalid(request: Request, what: str) -> Problem:
    """Make a 400: one of the request's values does not decode."""
    return problems.not_decodable(path=shown_path(request), details=f"Invalid value for: {what}")


def check_accept(request: Request, media: str = "application/json") -> None:
    """Refuse a request whose ``Accept`` excludes JSON.

    Raises:
        FixedRefusal: A 406.
    """
    if not reading.accepts(request.all_of("accept"), media):
        raise FixedRefusal(_NOT_ACCEPTABLE)
