"""The plug point for clients of a PRISM agent: what the steps ask of the code under test."""

import asyncio
import inspect
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

from simulator.errors import Misuse

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a wait ended.

    Attributes:
        state: The state that was seen last.
        expired: Whether the client gave up.
    """

    state: str
    expired: bool


@runtime_checkable
class Connected(Protocol):
    """A connection as the client knows it."""

    @property
    def id(self) -> str:
        """The ``connectionId`` of the client's own record."""
        ...

    @property
    def invitation(self) -> str:
        """The ``_oob`` payload, to be handed to an invitee."""
        ...


class PrismClient(Protocol):
    """A client under test. Each method may be synchronous or a coroutine function; the steps run either.

    Write one around your own code and return it from the fixture ``connsim_new_client``.
    """

    def create(self, label: str) -> Connected | Awaitable[Connected]:
        """Make an invitation."""
        ...

    def accept(self, invitation: str) -> Connected | Awaitable[Connected]:
        """Accept an invitation, given as its ``_oob`` payload."""
        ...

    def wait(self, connection: Connected, until: str, expiry: float) -> Outcome | Awaitable[Outcome]:
        """Poll until the connection is in the state ``until``, or ``expiry`` seconds have passed."""
        ...


def run(value: T | Awaitable[T]) -> T:
    """Return a value, or run the coroutine that gives it on a loop of its own."""
    if not inspect.isawaitable(value):
        return value

    async def awaited() -> T:
        return await value

    return asyncio.run(awaited())


def as_connection(client: PrismClient, method: str, made: object) -> Connected:
    """Take what a client returned for a connection.

    Raises:
        Misuse: It is none.
    """
    if not isinstance(made, Connected):
        raise _wrong_return(client, method, made, "a connection with the attributes id and invitation")
    return made


def as_outcome(client: PrismClient, ended: object) -> Outcome:
    """Take what a client returned for the end of its wait.

    Raises:
        Misuse: It is no `Outcome`.
    """
    if not isinstance(ended, Outcome):
        raise _wrong_return(client, "wait", ended, "an Outcome(state, expired=...)")
    return ended


def _wrong_return(client: PrismClient, method: str, given: object, expected: str) -> Misuse:
    return Misuse(
        f"{method}() of {type(client).__name__} returned {given!r}. Expected {expected}; see docs/test-your-client.md."
    )
