"""The REST API of profile P1: the routes, and each endpoint in the order of checks of Akka HTTP."""

from typing import TYPE_CHECKING

from simulator.exchange import Profile, Reply, Request, Route
from simulator.prism.problems import dumps
from simulator.prism.refusals import Plain, Refused

if TYPE_CHECKING:
    from simulator.prism.early_agent import EarlyAgent

INTERNAL_ERROR = "There was an internal server error."


def health(agent: "EarlyAgent", request: Request) -> Reply:
    """``GET /_system/health``: the version."""
    return Reply(200, dumps({"version": agent.settings.version}))


def segments(path: str) -> list[str]:
    """Cut a path as Akka HTTP's exact matchers do: every slash counts."""
    return path.removeprefix("/").split("/")


P1 = Profile("P1", "/prism-agent", (Route("GET", "/_system/health", health),), segments)


def not_found(request: Request) -> Refused:
    """No such path."""
    return Plain(Reply(404, b"The requested resource could not be found.", "text/plain; charset=UTF-8"))


def failed() -> Refused:
    """Whatever is thrown in the agent's logic."""
    return Plain(Reply(500, INTERNAL_ERROR.encode(), "text/plain; charset=UTF-8"))
