"""The plug points for clients of a PRISM agent and of a VCX agency: what the steps ask of the code under test."""

import asyncio
import inspect
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, runtime_checkable

from connsim.errors import Misuse

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a wait ended.

    Attributes:
        state: The state that was seen last.
        expired: Whether the client gave up.
        trouble: What the client has to report of the last question, if it brought no answer; empty if it did.
    """

    state: str
    expired: bool
    trouble: str = ""


@runtime_checkable
class Connected(Protocol):
    """A connection as the client knows it."""

    @property
    def id(self) -> str:
        """The ``connectionId`` of the client's own record; with a VCX agency the ``connReqId`` of the invite detail."""
        ...

    @property
    def invitation(self) -> str:
        """What is handed to an invitee: the ``_oob`` payload; with a VCX agency the invite detail as JSON."""
        ...


C = TypeVar("C", bound=Connected)


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


class VcxClient(Protocol[C]):
    """A client under test of a VCX agency, on libvcx or not; its methods are run as those of a `PrismClient`.

    What libvcx does in several calls is one here: ``connect`` is ``create`` and ``connect``, ``accept`` is
    ``create_with_details`` and ``connect``. Provision the client before, when it is made.
    """

    def connect(self, name: str, phone: str | None = None) -> C | Awaitable[C]:
        """Make an invitation.

        Args:
            name: The institution's, as the holder is to see it.
            phone: Where an SMS with the link is to go.
        """
        ...

    def accept(self, invitation: str) -> C | Awaitable[C]:
        """Accept an invitation, given as its invite detail in JSON, in full or abbreviated."""
        ...

    def wait(self, connection: C, expiry: float) -> Outcome | Awaitable[Outcome]:
        """Poll until the holder has answered in a way that the client understands, or ``expiry`` seconds have passed.

        Returns:
            The name of the client's last state, such as ``OfferSent``, ``Accepted`` or ``Redirected``.
        """
        ...


def run(value: T | Awaitable[T]) -> T:
    """Return a value, or run the coroutine that gives it on a loop of its own."""
    if not inspect.isawaitable(value):
        return value

    async def awaited() -> T:
        return await value

    return asyncio.run(awaited())


def as_connection(client: PrismClient | VcxClient[Any], method: str, made: object) -> Connected:
    """Take what a client returned for a connection.

    Raises:
        Misuse: It is none.
    """
    if not isinstance(made, Connected):
        raise _wrong_return(client, method, made, "a connection with the attributes id and invitation")
    return made


def as_outcome(client: PrismClient | VcxClient[Any], ended: object) -> Outcome:
    """Take what a client returned for the end of its wait.

    Raises:
        Misuse: It is no `Outcome`.
    """
    if not isinstance(ended, Outcome):
        raise _wrong_return(client, "wait", ended, "an Outcome(state, expired=...)")
    return ended


def _wrong_return(client: PrismClient | VcxClient[Any], method: str, given: object, expected: str) -> Misuse:
    return Misuse(
        f"{method}() of {type(client).__name__} returned {given!r}. Expected {expected}; see docs/test-your-client.md."
    )
