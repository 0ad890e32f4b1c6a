"""When a fault strikes: which requests it is meant for, which of those, and how often."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from connsim.core.exchange import Reply
from connsim.core.nth import Nth
from connsim.errors import BadFault
from connsim.faults.parameters import CHANCE, FLAG, GLOB, LONG, METHOD, NTH, SPAN, one_of, parameter, whole

AGENTS = ("prism", "agency")

MATCHED = ("connection", "client", "message", "state", "route", "method", "agent")
"""The conditions that are a value or a pattern, the most telling first."""

_GLOB = frozenset("*?[")


def exact(pattern: str) -> bool:
    """Whether a pattern fits one value only."""
    return _GLOB.isdisjoint(pattern)


class Call(NamedTuple):
    """What a fault can know of a request, or of an event that is told by webhook.

    Attributes:
        agent: Which fake is asked: ``prism`` or ``agency``.
        route: The template of the route.
        client: Who asks: the API key, or the DID of a VCX owner.
        connection: The id of the connection that is asked for; ``None`` if there is none yet.
        state: In which state it is.
        message: What the request is called inside, where every request is posted to one URL.
        poll: Whether the client looks how one connection stands.
        at: When, in nanoseconds since 1970.
        past: Gives the answer that would have been given at an earlier moment, where the fake can tell.
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
        """All that conditions are about but the time."""
        return self[:8]


@dataclass(frozen=True, slots=True)
class When:
    """The conditions of a fault; what is left out does not matter.

    Attributes:
        times: How often it strikes at most.
        nth: Which of the requests that fit all other conditions, counted from 1; ``every`` is each such one.
        since: From when on, counted from the world's start; ``until`` is the moment at which it is over.
    """

    times: int | None = parameter(whole(1), "how often it strikes at most", default=None)
    probability: float = parameter(CHANCE, "how likely it strikes, drawn from the seed", default=1.0)
    nth: Nth | None = parameter(NTH, "which of the requests it is meant for, counted from 1", default=None)
    every: int | None = parameter(whole(1), "only every so many of them: `3` is the 3rd and the 6th", default=None)
    agent: str | None = parameter(one_of(*AGENTS), "who is asked: `prism` or `agency`", default=None)
    method: str | None = parameter(METHOD, "the HTTP method", default=None)
    route: str | None = parameter(
        GLOB, "the template of the route, such as `/connections/{connectionId}`", default=None
    )
    message: str | None = parameter(GLOB, "the message to the agency, such as `GET_MSGS`", default=None)
    poll: bool | None = parameter(FLAG, "whether the client looks how one connection stands", default=None)
    client: str | None = parameter(GLOB, "the client's API key, or its owner DID at the agency", default=None)
    connection: str | None = parameter(GLOB, "the id of the connection", default=None)
    state: str | None = parameter(
        GLOB, "the state of the connection; at the agency `MS-102` and the like", default=None
    )
    since: int = parameter(SPAN, "from when on, since the world's start", key="from", default=0)
    until: int | None = parameter(LONG, "until when, since the world's start", key="to", default=None)

    def __post_init__(self) -> None:
        if self.until is not None and self.until <= self.since:
            raise BadFault("The fault is over ('to') before it begins ('from'). Expected the earlier moment in 'from'.")
        if self.message is not None and self.agent == "prism":
            raise BadFault("The fault is for a message to the agency, and for the agent prism. Leave one of them out.")


ALWAYS = When()
