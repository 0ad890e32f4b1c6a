"""The plug point for clients of a PRISM agent: what the steps ask of the code under test."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


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
