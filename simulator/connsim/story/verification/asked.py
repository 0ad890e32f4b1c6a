"""What a request is asked to be like: conditions that tell what an exchange has instead."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Protocol, TypedDict, Unpack

from connsim.core.durations import MINUTE, spoken
from connsim.errors import Misuse, did_you_mean
from connsim.journal.entries import Exchange
from connsim.story.verification import words


class Wanted(TypedDict, total=False):
    """What a question about requests may name; what it does not name is not looked at.

    Attributes:
        connection: The id of the connection that a request is about.
        client: Who asks: the API key, or the owner's DID of a VCX client.
        method: The HTTP method.
        route: The template of the route, such as ``/connections/{connectionId}``.
        message: What the request is called inside, as ``GET_MSGS``: a VCX client posts everything to one URL.
        header: A header's name, or its name and value.
        status: Of the answer.
        state: The state of the connection that the answer showed.
        polls: Whether the client looked how a connection stands, whatever came back.
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
    """One thing that is asked of a request; as text, the words of the question."""

    def problem(self, exchange: Exchange) -> str | None:
        """Tell what the exchange has instead, or ``None`` if it fits."""
        ...

    def distance(self, exchange: Exchange) -> float:
        """How far off an exchange is that does not fit: from 0, nearly right, to 1."""
        ...


@dataclass(frozen=True, slots=True)
class Equal:
    """Something has this very value.

    Attributes:
        what: What it is called.
        got: Reads it off an exchange; nothing is ``None`` or an empty text.
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
        """How unlike the texts are."""
        got = self.got(exchange)
        return 1.0 if got is None else 1 - SequenceMatcher(None, str(got), str(self.expected)).ratio()

    def __str__(self) -> str:
        return f"{self.what} {self.expected!r}"


@dataclass(frozen=True, slots=True)
class Holds:
    """Something is so, or it is not.

    Attributes:
        said: How the question names it.
        otherwise: What is told of an exchange of which it does not hold.
    """

    said: str
    otherwise: str
    test: Callable[[Exchange], bool]

    def problem(self, exchange: Exchange) -> str | None:
        """Tell that it is not so."""
        return None if self.test(exchange) else self.otherwise

    def distance(self, exchange: Exchange) -> float:
        """The farthest: there is no nearly."""
        return 1.0

    def __str__(self) -> str:
        return self.said


@dataclass(frozen=True, slots=True)
class Came:
    """A request came before or after a moment.

    Attributes:
        said: How the question names it.
        at: The moment, in nanoseconds since 1970.
        later: Whether after it.
        there: Whether what came at that very moment fits.
    """

    said: str
    at: int
    later: bool
    there: bool

    def problem(self, exchange: Exchange) -> str | None:
        """Tell how much too early or too late it came."""
        off = self.at - exchange.at if self.later else exchange.at - self.at
        if off < 0 or (off == 0 and self.there):
            return None
        return (
            f"it came {spoken(off)} too {'early' if self.later else 'late'}" if off else "it came at that very moment"
        )

    def distance(self, exchange: Exchange) -> float:
        """The nearer in time, the nearer."""
        off = abs(exchange.at - self.at)
        return off / (off + MINUTE)

    def __str__(self) -> str:
        return self.said


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything that is asked of a request."""

    conditions: tuple[Condition, ...] = ()

    def fits(self, exchange: Exchange) -> bool:
        """Tell whether an exchange is what is asked for."""
        return all(one.problem(exchange) is None for one in self.conditions)

    def problems(self, exchange: Exchange) -> list[str]:
        """Tell in what an exchange differs."""
        return [problem for one in self.conditions if (problem := one.problem(exchange)) is not None]

    def nearest(self, exchanges: Iterable[Exchange]) -> Exchange | None:
        """The exchange that differs in the fewest things, and of those in the least; the first of equals."""
        return min(exchanges, key=self._distance, default=None)

    def also(self, *conditions: Condition) -> "Asked":
        """The same with more conditions."""
        return Asked((*self.conditions, *conditions))

    def _distance(self, exchange: Exchange) -> tuple[int, float]:
        missed = [one for one in self.conditions if one.problem(exchange) is not None]
        return len(missed), sum(one.distance(exchange) for one in missed)

    def __str__(self) -> str:
        return ", ".join(map(str, self.conditions)) or "any request"


def asked(**wanted: Unpack[Wanted]) -> Asked:
    """Ask for requests that are like this; see `Wanted`.

    Raises:
        Misuse: No request can be: there is no such route, message, method or state.
    """
    for name in wanted:
        if name not in Wanted.__annotations__:
            raise Misuse(
                f"Requests can not be asked for by {name!r}.{did_you_mean(name, Wanted.__annotations__)} "
                f"Expected one of: {', '.join(Wanted.__annotations__)}."
            )
    return Asked(tuple(_conditions(wanted)))


def with_header(name: str, value: str | None = None) -> Condition:
    """A request has a header; ``None`` is any value."""
    what = f"header {name}"
    if value is None:
        return Holds(what, f"there is no {what}", lambda exchange: exchange.header(name) is not None)
    return Equal(what, value, lambda exchange: exchange.header(name))


def is_poll(exchange: Exchange) -> bool:
    """Tell whether a client looked how a connection stands, whatever came back."""
    return exchange.poll and exchange.connection is not None


def _conditions(wanted: Wanted) -> Iterable[Condition]:
    if (connection := wanted.get("connection")) is not None:
        yield Equal("connection", connection, lambda exchange: exchange.connection)
    if (client := wanted.get("client")) is not None:
        yield Equal("client", client, lambda exchange: exchange.client)
    if (method := wanted.get("method")) is not None:
        yield Equal("method", words.method(method), lambda exchange: exchange.method)
    if (route := wanted.get("route")) is not None:
        yield Equal("route", words.route(route), lambda exchange: exchange.route)
    if (message := wanted.get("message")) is not None:
        yield Equal("message", words.message(message), lambda exchange: exchange.message)
    if (header := wanted.get("header")) is not None:
        yield with_header(header) if isinstance(header, str) else with_header(*header)
    if (status := wanted.get("status")) is not None:
        yield Equal("status", status, lambda exchange: exchange.status)
    if (state := wanted.get("state")) is not None:
        yield Equal("state", words.state(state), words.shown)
    if (polls := wanted.get("polls")) is not None:
        if polls:
            yield Holds("polls only", "it is no poll", is_poll)
        else:
            yield Holds("no polls", "it is a poll", lambda exchange: not is_poll(exchange))
