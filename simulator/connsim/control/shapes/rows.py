"""A row of the control API: a route, and the function behind it, whose types say what it takes and answers.

A function takes the world and, where it needs them, ``asked`` (the parameters in path and query) and ``body``: each is
a dataclass. What it returns is a dataclass, too, or a text. The OpenAPI document is made from the same rows.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, NoReturn, Protocol, TypeVar, get_type_hints
from urllib.parse import parse_qsl

from connsim.control.shapes.reading import BODY, REQUEST, Unfit
from connsim.control.tenants import Tenants
from connsim.core.exchange import Reply, Request
from connsim.core.shapes import required, summary, told
from connsim.errors import NotFound
from connsim.world import World

AtRest = Callable[[World], Awaitable[None]]
"""Waits, in real time, until everything that clients of a world have sent is answered or held back."""


async def at_once(_: World) -> None:
    """Take a world to be at rest: without a door, nothing is on its way."""


@dataclass(frozen=True, slots=True)
class ErrorView:
    """Why a request was refused.

    Attributes:
        error: What happened, what was expected, and what to do.
    """

    error: str


@dataclass(frozen=True, slots=True)
class RemovedView:
    """How much was taken away.

    Attributes:
        removed: The number of things that are gone.
    """

    removed: int


class Numbered(Protocol):
    """Something that has a number for its name: a script, a fault."""

    number: int


N = TypeVar("N", bound=Numbered)


def numbered(word: str, number: int, waiting: Iterable[N]) -> N:
    """Find a script or a fault by its number.

    Raises:
        NotFound: It is not among those that wait; the message names them.
    """
    by_number = {one.number: one for one in waiting}
    if number in by_number:
        return by_number[number]
    numbers = ", ".join(map(str, by_number)) or "none"
    raise NotFound(f"There is no {word} {number}. Expected one of those that wait: {numbers}.")


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose control API is asked.

    Attributes:
        tenants: All of the simulator.
        at_rest: Waits until a world is at rest.
    """

    world: World
    tenants: Tenants
    at_rest: AtRest


class Row:
    """One route of the control API.

    Args:
        act: Does it.
        status: That of the answer.
        refuses: What else can be answered, beside what every route can.
        media: The type of the answer.
        leads: What the answer is good for: where each parameter of another route, by its name, stands in it.
        rests: Whether everything that was sent to the world's fakes must be answered or held back before.
        all_tenants: Whether it is about all tenants: the function takes them in place of a world.
        locked: Whether the world stands still meanwhile; not where the function lets time pass, which others need.

    Attributes:
        asked: What is read from path and query; ``None`` is nothing.
        body: What is read from the body, likewise.
        answer: What is answered.
    """

    def __init__(
        self,
        method: str,
        path: str,
        act: Callable[..., object],
        *,
        status: int = 200,
        refuses: tuple[int, ...] = (),
        media: str = "application/json",
        leads: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
        rests: bool = False,
        all_tenants: bool = False,
        locked: bool = True,
    ) -> None:
        self.method = method
        self.path = path
        self.act = act
        self.status = status
        self.refuses = refuses
        self.media = media
        self.leads = leads
        self.rests = rests
        self.all_tenants = all_tenants
        self.locked = locked
        hints = get_type_hints(act, include_extras=True)
        self.asked: type | None = hints.get("asked")
        self.body: type | None = hints.get("body")
        self.answer: Any = hints["return"]

    @property
    def name(self) -> str:
        """What it is called in the OpenAPI document."""
        return self.act.__name__

    @property
    def does(self) -> str:
        """What it does."""
        return summary(self.act)

    @property
    def body_may_be_absent(self) -> bool:
        """Whether nothing of the body must be given."""
        return self.body is not None and not any(required(field) for field in fields(self.body))

    def __call__(self, asked: Asked, request: Request) -> Reply:
        """Answer a request.

        Raises:
            Misuse: It does not have the shape, or can not be done.
        """
        given = self._read(request)
        reply = self._act(asked, given)
        if not self.rests:
            return reply

        async def later() -> Reply:
            await asked.at_rest(asked.world)
            return self._act(asked, given)

        return reply._replace(later=later)

    def _act(self, asked: Asked, given: dict[str, object]) -> Reply:
        with asked.world.lock if self.locked else nullcontext():
            asked.world.clock.settle()
            answer = self.act(asked.tenants if self.all_tenants else asked.world, **given)
            text = answer if isinstance(answer, str) else printed(told(answer))
        return Reply(self.status, encoded(text), self.media)

    def _read(self, request: Request) -> dict[str, object]:
        """What the function is called with."""
        given: dict[str, object] = {}
        parameters = self._parameters(request)
        if self.asked is not None:
            given["asked"] = REQUEST.make(self.asked, parameters)
        elif parameters:
            raise Unfit(f"{REQUEST.whole} has the parameter {next(iter(parameters))[:80]!r}. Expected none here.")
        if self.body is not None:
            empty = self.body_may_be_absent and not request.body
            given["body"] = BODY.make(self.body, {} if empty else parsed(request.body))
        return given

    def _parameters(self, request: Request) -> dict[str, object]:
        parameters: dict[str, object] = {}
        query = parse_qsl(request.target.partition("?")[2], keep_blank_values=True)
        for name, text in (*request.params.items(), *query):
            if name in parameters:
                raise Unfit(f"The parameter {name[:80]!r} is given twice. Expected it once.")
            parameters[name] = text
        return parameters


def parsed(body: bytes) -> object:
    """Read a body as JSON.

    Raises:
        Unfit: It is none.
    """
    try:
        value: object = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as bad:
        shown = body[:80].decode("utf-8", "replace")
        raise Unfit(f"{BODY.whole} is {shown!r}, which is no JSON. Expected an object.") from bad
    return value


def printed(value: object) -> str:
    """Print JSON for people and programs alike."""
    return json.dumps(value, ensure_ascii=False)


def encoded(text: str) -> bytes:
    """JSON as bytes; a byte of a header that is no UTF-8 stands in it as half of a surrogate pair, escaped."""
    return text.encode("utf-8", "backslashreplace")


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
