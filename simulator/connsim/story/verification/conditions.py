"""Conditions on requests. A condition that is not fulfilled describes what the exchange has instead."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from operator import attrgetter
from typing import Any, Protocol, TypedDict, Unpack

from connsim.core.durations import MINUTE, spoken
from connsim.errors import Misuse, did_you_mean
from connsim.journal.entries import Exchange
from connsim.story.verification import words


class Wanted(TypedDict, total=False):
    """The conditions by which requests are selected. One that is not given selects all requests.

    Attributes:
        connection: The id of the connection that a request is about.
        client: The client: its API key, or the owner's DID of a VCX client.
        method: The HTTP method.
        route: The template of the route, such as ``/connections/{connectionId}``.
        message: The name of the VCX message inside, such as ``GET_MSGS``; a VCX client posts all messages to one URL.
        header: A header's name, or its name and value.
        status: The status of the reply.
        state: The state of the connection that the reply showed.
        polls: Whether the request is a poll: it reads the state of a connection, whatever the reply.
    """

    connection: str | None
    client: str | None
    method: str | None
    route: str | None
    message: str | None
    header: str | tuple[str, str] | None
    status: int | None
    state: str | None
    polls: bool | None


class Condition(Protocol):
    """One condition on a request. Its ``str`` names it in messages."""

    def problem(self, exchange: Exchange) -> str | None:
        """Describe what the exchange has instead; ``None`` if it fulfils the condition."""

    def distance(self, exchange: Exchange) -> float:
        """Return how far an exchange is from fulfilling the condition: from 0, a near miss, to 1."""


@dataclass(frozen=True, slots=True)
class Equal:
    """A property has exactly this value.

    Attributes:
        what: The name of the property.
        expected: The value.
        got: Reads the property of an exchange; returns ``None`` or an empty text if there is none.
    """

    what: str
    expected: object
    got: Callable[[Exchange], object]

    def problem(self, exchange: Exchange) -> str | None:
        """Name both values."""
        got = self.got(exchange)
        if got == self.expected:
            return None
        if got is None or got == "":
            return f"there is no {self.what}, expected {self.expected!r}"
        return f"{self.what} is {got!r}, expected {self.expected!r}"

    def distance(self, exchange: Exchange) -> float:
        """Return how much the two texts differ."""
        got = self.got(exchange)
        return 1.0 if got is None else 1 - SequenceMatcher(None, str(got), str(self.expected)).ratio()

    def __str__(self) -> str:
        return f"{self.what} {self.expected!r}"


@dataclass(frozen=True, slots=True)
class Holds:
    """A condition without degrees: no exchange is nearer to it than another.

    Attributes:
        name: Its name in messages.
        otherwise: The problem of an exchange that does not fulfil it.
        test: Returns whether an exchange fulfils it.
    """

    name: str
    otherwise: str
    test: Callable[[Exchange], bool]

    def problem(self, exchange: Exchange) -> str | None:
        """Return the description, which is the same for all exchanges."""
        return None if self.test(exchange) else self.otherwise

    def distance(self, exchange: Exchange) -> float:
        """Return the largest distance."""
        return 1.0

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Timing:
    """A request came before or after a moment.

    Attributes:
        name: Its name in messages.
        at: The moment, in nanoseconds since 1970.
        later: Whether the request came after the moment; otherwise before.
        inclusive: Whether a request at the moment itself fulfils the condition.
    """

    name: str
    at: int
    later: bool
    inclusive: bool

    def problem(self, exchange: Exchange) -> str | None:
        """Describe by how much it came too early or too late."""
        off = self.at - exchange.at if self.later else exchange.at - self.at
        if off < 0 or (off == 0 and self.inclusive):
            return None
        side = "early" if self.later else "late"
        return f"it came {spoken(off)} too {side}" if off else "it came exactly at that moment"

    def distance(self, exchange: Exchange) -> float:
        """Return a distance that increases with the time between, and is 0.5 at a minute."""
        off = abs(exchange.at - self.at)
        return off / (off + MINUTE)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Conditions:
    """All conditions of a selection of requests."""

    conditions: tuple[Condition, ...] = ()

    def fits(self, exchange: Exchange) -> bool:
        """Return whether an exchange fulfils all conditions."""
        return all(one.problem(exchange) is None for one in self.conditions)

    def problems(self, exchange: Exchange) -> list[str]:
        """Describe each condition that an exchange does not fulfil."""
        return [problem for one in self.conditions if (problem := one.problem(exchange)) is not None]

    def nearest(self, exchanges: Iterable[Exchange]) -> Exchange | None:
        """Return the nearest miss: the fewest conditions not fulfilled, then the least distance, then the first."""
        return min(exchanges, key=self._distance, default=None)

    def also(self, *conditions: Condition) -> "Conditions":
        """Return a copy with more conditions."""
        return Conditions((*self.conditions, *conditions))

    def _distance(self, exchange: Exchange) -> tuple[int, float]:
        missed = [one for one in self.conditions if one.problem(exchange) is not None]
        return len(missed), sum(one.distance(exchange) for one in missed)

    def __str__(self) -> str:
        return ", ".join(map(str, self.conditions)) or "any request"


def asked(**wanted: Unpack[Wanted]) -> Conditions:
    """Make the conditions for a selection of requests; see `Wanted`.

    Raises:
        Misuse: A route, message, method or state does not exist, so that no request could be selected.
    """
    for name in wanted:
        if name not in Wanted.__annotations__:
            raise Misuse(
                f"Requests cannot be selected by {name!r}.{did_you_mean(name, Wanted.__annotations__)} "
                f"Expected one of: {', '.join(Wanted.__annotations__)}."
            )
    return Conditions(tuple(_conditions(wanted)))


def with_header(name: str, value: str | None = None) -> Condition:
    """Make the condition that a request has a header, with this value unless it is ``None``."""
    what = f"header {name}"
    if value is None:
        return Holds(what, f"there is no {what}", lambda exchange: exchange.header(name) is not None)
    return Equal(what, value, lambda exchange: exchange.header(name))


def is_poll(exchange: Exchange) -> bool:
    """Return whether a request reads the state of a connection, whatever the reply."""
    return exchange.poll and exchange.connection is not None


_CHECKS: Mapping[str, Callable[[str], str]] = {
    "method": words.method,
    "route": words.route,
    "message": words.message,
    "state": words.state,
}
"""Checks of conditions whose values are known words."""


def _conditions(wanted: Mapping[str, Any]) -> Iterable[Condition]:
    for name in Wanted.__annotations__:
        value = wanted.get(name)
        if value is None:
            continue
        if name == "header":
            yield with_header(value) if isinstance(value, str) else with_header(*value)
        elif name == "polls" and value:
            yield Holds("polls only", "it is not a poll", is_poll)
        elif name == "polls":
            yield Holds("no polls", "it is a poll", lambda exchange: not is_poll(exchange))
        else:
            expected = _CHECKS[name](value) if name in _CHECKS else value
            yield Equal(name, expected, words.shown if name == "state" else attrgetter(name))
