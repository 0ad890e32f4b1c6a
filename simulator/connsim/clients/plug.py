"""The plug points: the interfaces through which the steps drive a client under test of a PRISM agent or VCX agency."""

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
        state: The last known state.
        expired: Whether the client gave up.
        trouble: The reason why the last poll failed; empty if it succeeded.
    """

    state: str
    expired: bool
    trouble: str = ""


@runtime_checkable
class Connected(Protocol):
    """A connection from the client's point of view."""

    @property
    def id(self) -> str:
        """The ``connectionId`` of the client's own record; with a VCX agency the ``connReqId`` of the invite detail."""

    @property
    def invitation(self) -> str:
        """The invitation to pass to an invitee: the ``_oob`` payload; with a VCX agency the invite detail as JSON."""


C = TypeVar("C", bound=Connected)


class PrismClient(Protocol):
    """A client under test. Its methods may be plain or coroutine functions; the steps run both.

    Write one around your own code, and return it from the fixture ``connsim_new_client``.
    """

    def create(self, label: str) -> Connected | Awaitable[Connected]:
        """Make an invitation."""

    def accept(self, invitation: str) -> Connected | Awaitable[Connected]:
        """Accept an invitation, given as its ``_oob`` payload."""

    def wait(self, connection: Connected, until: str, expiry: float) -> Outcome | Awaitable[Outcome]:
        """Poll until the connection is in the state ``until``, or ``expiry`` seconds have passed."""


class VcxClient(Protocol[C]):
    """A client under test of a VCX agency, on libvcx or not. Its methods may be plain or coroutine functions.

    Each method stands for several calls of libvcx: ``connect`` for ``create`` and ``connect``, ``accept`` for
    ``create_with_details`` and ``connect``. Provision the client when you make it.
    """

    def connect(self, name: str, phone: str | None = None) -> C | Awaitable[C]:
        """Make an invitation.

        Args:
            name: The institution's name, which the holder sees.
            phone: The number to which the agency sends the link by SMS.
        """

    def accept(self, invitation: str) -> C | Awaitable[C]:
        """Accept an invitation, given as its invite detail in JSON, in full or abbreviated."""

    def wait(self, connection: C, expiry: float) -> Outcome | Awaitable[Outcome]:
        """Poll until the client knows the holder's answer, or ``expiry`` seconds have passed.

        Returns:
            The name of the client's last state, such as ``OfferSent``, ``Accepted`` or ``Redirected``.
        """


def run(value: T | Awaitable[T]) -> T:
    """Return a value; run an awaitable on a new event loop, and return its result."""
    if not inspect.isawaitable(value):
        return value

    async def awaited() -> T:
        return await value

    return asyncio.run(awaited())


def as_connection(client: PrismClient | VcxClient[Any], method: str, made: object) -> Connected:
    """Check the connection that a client returned.

    Raises:
        Misuse: It lacks an attribute of `Connected`.
    """
    if not isinstance(made, Connected):
        raise _wrong_return(client, method, made, "a connection with the attributes id and invitation")
    return made


def as_outcome(client: PrismClient | VcxClient[Any], ended: object) -> Outcome:
    """Check the outcome that a client returned from its wait.

    Raises:
        Misuse: It is not an `Outcome`.
    """
    if not isinstance(ended, Outcome):
        raise _wrong_return(client, "wait", ended, "an Outcome(state, expired=...)")
    return ended


def _wrong_return(client: PrismClient | VcxClient[Any], method: str, given: object, expected: str) -> Misuse:
    return Misuse(
        f"{method}() of {type(client).__name__} returned {given!r}. Expected {expected}; see docs/test-your-client.md."
    )
