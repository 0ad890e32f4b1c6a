"""A row of the control API: a route and the function behind it, whose types define request and answer.

A function takes the world and, where it needs them, ``body`` and the parameters in path and query: one argument each,
or the dataclass ``asked`` for many. What it returns is a dataclass, too, or a text. The OpenAPI document is made from
the same rows.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import KW_ONLY, MISSING, dataclass, field, fields
from functools import cached_property
from inspect import signature
from typing import Annotated, Any, NoReturn, Protocol, TypeVar, get_type_hints
from urllib.parse import parse_qsl

from connsim.control.shapes.reading import BODY, REQUEST, Unfit
from connsim.control.tenants import Tenants
from connsim.core.exchange import Reply, Request, WaitUntilIdle
from connsim.core.rows import Member, members_of
from connsim.core.shapes import Rules, as_json, required, summary
from connsim.errors import NotFound
from connsim.world import World


@dataclass(frozen=True, slots=True)
class ErrorView:
    """Why a request was refused."""

    error: Annotated[str, "What happened, what was expected, and what to do."]


@dataclass(frozen=True, slots=True)
class RemovedView:
    """How much was removed."""

    removed: Annotated[int, "The number of things removed."]


Number = Annotated[int, Rules(minimum=1, maximum=2**63 - 1), "Its number in the list of all."]
"""The parameter of routes for one script or one fault."""


class Numbered(Protocol):
    """A script or a fault, which is named by its number."""

    number: int


N = TypeVar("N", bound=Numbered)


def numbered(word: str, number: int, waiting: Iterable[N]) -> N:
    """Find a script or a fault by its number.

    Raises:
        NotFound: None has this number; the message lists the numbers.
    """
    by_number = {one.number: one for one in waiting}
    if number in by_number:
        return by_number[number]
    numbers = ", ".join(map(str, by_number)) or "none"
    raise NotFound(f"There is no {word} {number}. Expected one of: {numbers}.")


@dataclass(frozen=True, slots=True)
class Asked:
    """The world and tenants that a request is about.

    Attributes:
        tenants: All tenants of the simulator.
    """

    world: World
    tenants: Tenants


@dataclass(frozen=True, eq=False)
class Row:
    """One route of the control API.

    Attributes:
        act: The function behind it.
        status: The status of the reply.
        refuses: Statuses of refusals, beside those that every route has.
        media: The media type of the reply.
        leads: OpenAPI links: which value of the reply is which parameter of another route, by that route's name.
        when_idle: Whether to wait until every request to the world's fakes is answered or held back.
        all_tenants: Whether the function takes all tenants instead of one world.
        locked: Whether the function holds the world's lock. One that advances the clock does not: clients that wait
            for a moment need the lock.
    """

    method: str
    path: str
    act: Callable[..., object]
    _: KW_ONLY
    status: int = 200
    refuses: tuple[int, ...] = ()
    media: str = "application/json"
    leads: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    when_idle: bool = False
    all_tenants: bool = False
    locked: bool = True

    @cached_property
    def _hints(self) -> dict[str, Any]:
        return get_type_hints(self.act, include_extras=True)

    @cached_property
    def parameters(self) -> tuple[Member, ...]:
        """The parameters in path and query."""
        if asked := self._hints.get("asked"):
            return members_of(asked)
        _, *taken = signature(self.act).parameters.values()
        own = [one for one in taken if one.name != "body"]
        return tuple(
            Member(
                one.name.rstrip("_"),
                one.name,
                self._hints[one.name],
                default=MISSING if one.default is one.empty else one.default,
            )
            for one in own
        )

    @property
    def body(self) -> type | None:
        """The dataclass of the body; ``None`` if there is none."""
        return self._hints.get("body")

    @property
    def answer(self) -> Any:
        """The type of the reply's body."""
        return self._hints["return"]

    @property
    def name(self) -> str:
        """Its ``operationId`` in the OpenAPI document."""
        return self.act.__name__

    @property
    def does(self) -> str:
        """Its summary in the OpenAPI document."""
        return summary(self.act)

    @property
    def body_may_be_absent(self) -> bool:
        """Whether no member of the body is required."""
        return self.body is not None and not any(required(field) for field in fields(self.body))

    def __call__(self, asked: Asked, request: Request) -> Reply:
        """Answer a request.

        Raises:
            Misuse: The request is malformed, or the state of the world does not allow it.
        """
        given = self._read(request)
        reply = self._act(asked, given)
        if not self.when_idle:
            return reply

        async def later(wait_until_idle: WaitUntilIdle) -> Reply:
            await wait_until_idle(asked.world)
            return self._act(asked, given)

        return reply._replace(later=later)

    def _act(self, asked: Asked, given: dict[str, object]) -> Reply:
        with asked.world.lock if self.locked else nullcontext():
            asked.world.clock.settle()
            answer = self.act(asked.tenants if self.all_tenants else asked.world, **given)
            text = answer if isinstance(answer, str) else printed(as_json(answer))
        return Reply(self.status, encoded(text), self.media)

    def _read(self, request: Request) -> dict[str, object]:
        """Read the arguments of the function."""
        given: dict[str, object] = {}
        parameters = self._given(request)
        if parameters and not self.parameters:
            raise Unfit(f"{REQUEST.row_name} has the parameter {next(iter(parameters))[:80]!r}. Expected none here.")
        if asked := self._hints.get("asked"):
            given["asked"] = REQUEST.make(asked, parameters)
        else:
            given |= REQUEST.members(self.parameters, parameters, REQUEST.row_name, REQUEST.member)
        if self.body is not None:
            empty = self.body_may_be_absent and not request.body
            given["body"] = BODY.make(self.body, {} if empty else parsed(request.body))
        return given

    def _given(self, request: Request) -> dict[str, object]:
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
        Unfit: The body is not JSON.
    """
    try:
        value: object = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as bad:
        shown = body[:80].decode("utf-8", "replace")
        raise Unfit(f"{BODY.row_name} is {shown!r}, which is not JSON. Expected an object.") from bad
    return value


def printed(value: object) -> str:
    """Print JSON for people and programs alike."""
    return json.dumps(value, ensure_ascii=False)


def encoded(text: str) -> bytes:
    """Encode JSON; a header's byte that is not valid UTF-8 is a lone surrogate in it, which is escaped."""
    return text.encode("utf-8", "backslashreplace")


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number in JSON")
