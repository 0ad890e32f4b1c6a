"""The conditions of a fault: which requests it is meant for, which ordinals of those, and how often."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from connsim.core.exchange import Reply
from connsim.core.nth import Nth
from connsim.errors import BadFault
from connsim.faults.parameters import CHANCE, FLAG, GLOB, LONG, METHOD, NTH, SPAN, integer, one_of, parameter

AGENTS = ("prism", "agency")

MATCHED = ("connection", "client", "message", "state", "route", "method", "agent")
"""The conditions that are a value or a pattern, the most selective first: the index files a fault under the first."""

_GLOB = frozenset("*?[")


def exact(pattern: str) -> bool:
    """Whether a pattern matches one value only."""
    return _GLOB.isdisjoint(pattern)


class Call(NamedTuple):
    """The traits of a request, or of a webhook event, that faults depend on.

    Attributes:
        agent: The fake: ``prism`` or ``agency``.
        route: The template of the route.
        client: The API key, or the DID of a VCX owner.
        connection: The id of the requested connection; ``None`` if it does not exist yet.
        state: The connection's state.
        message: The message type inside the request, for the VCX agency, whose requests all go to one URL.
        poll: Whether the request reads the state of one connection.
        at: When the request arrived, in nanoseconds since 1970.
        past: Returns the reply that the fake would have given at an earlier moment; ``None`` if it keeps no history.
    """

    agent: str
    method: str
    route: str
    client: str
    connection: str | None
    state: str | None
    message: str
    poll: bool
    at: int
    past: Callable[[int], Reply] | None = None

    @property
    def key(self) -> "tuple[str | bool | None, ...]":
        """Everything that conditions depend on, except the time: all fields before ``at``."""
        return self[:8]


@dataclass(frozen=True, slots=True)
class When:
    """The conditions of a fault; one that is not given always holds.

    Attributes:
        times: The greatest number of strikes.
        nth: The ordinals, from 1, among the requests that meet all other conditions.
        every: Strikes only every n-th of them.
        since: The first moment, in nanoseconds since the world's start.
        until: The first moment at which the fault is over, likewise; ``None`` if it never is.
    """

    times: int | None = parameter(integer(1), "the greatest number of strikes", default=None)
    probability: float = parameter(CHANCE, "the probability of a strike, drawn from the seed", default=1.0)
    nth: Nth | None = parameter(NTH, "the ordinals, from 1, among the requests that meet the rest", default=None)
    every: int | None = parameter(integer(1), "every n-th of those requests: `3` is the 3rd and the 6th", default=None)
    agent: str | None = parameter(one_of(*AGENTS), "the agent: `prism` or `agency`", default=None)
    method: str | None = parameter(METHOD, "the HTTP method", default=None)
    route: str | None = parameter(
        GLOB, "the template of the route, such as `/connections/{connectionId}`", default=None
    )
    message: str | None = parameter(GLOB, "the message to the agency, such as `GET_MSGS`", default=None)
    poll: bool | None = parameter(FLAG, "whether the request reads the state of one connection", default=None)
    client: str | None = parameter(GLOB, "the client's API key, or its owner DID at the agency", default=None)
    connection: str | None = parameter(GLOB, "the id of the connection", default=None)
    state: str | None = parameter(
        GLOB, "the state of the connection; at the agency `MS-102` and the like", default=None
    )
    since: int = parameter(SPAN, "the moment at which the fault begins, since the world's start", key="from", default=0)
    until: int | None = parameter(
        LONG, "the moment at which the fault is over, since the world's start", key="to", default=None
    )

    def __post_init__(self) -> None:
        if self.until is not None and self.until <= self.since:
            raise BadFault("The fault is over ('to') before it begins ('from'). Expected the earlier moment in 'from'.")
        if self.message is not None and self.agent == "prism":
            raise BadFault("The fault is for a message to the agency, and for the agent prism. Leave one of them out.")


ALWAYS = When()
