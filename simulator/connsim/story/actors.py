"""Who acts in a scenario, and what makes the client that they act by."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from connsim.clients.plug import Connected, Outcome, PrismClient, VcxClient
from connsim.errors import BadScript, Misuse

NewClient = Callable[[str, str], PrismClient]
"""Makes a client under test from the agent's root URL and an API key."""

NewVcxClient = Callable[[str, str], VcxClient[Any]]
"""Makes a client under test from the agency's root URL and the name of its role."""

Client = TypeVar("Client")


@dataclass(slots=True)
class Actor:
    """A client under test, in a role.

    Attributes:
        since: When its connection was made, in nanoseconds since 1970.
        ended: When its wait ended, and ``outcome`` how.
        refused: What the agent said when it refused what the client tried last.
        failed: What the client raised when that failed.
    """

    role: str
    client: PrismClient | VcxClient[Any]
    connection: Connected | None = None
    since: int = 0
    outcome: Outcome | None = None
    ended: int = 0
    refused: str | None = None
    failed: Exception | None = None


def made(new: Callable[[str, str], Client], fixture: str, wanted: str, url: str, who: str) -> Client:
    """Make a client by what a fixture gave.

    Args:
        fixture: Its name.
        wanted: What it is called with, in words.

    Raises:
        Misuse: It does not take that.
    """
    try:
        return new(url, who)
    except TypeError as error:
        raise Misuse(
            f"The fixture {fixture} gave {new!r}, which does not take {wanted}: {error}. "
            f"Expected a function or class that takes both; see docs/test-your-client.md."
        ) from error


def rows(datatable: list[list[str]] | None) -> list[dict[str, str]]:
    """The rows of the table below a sentence, by the names in its first line.

    Raises:
        BadScript: There is no table, or a row is longer or shorter than the first.
    """
    head, *rest = datatable or [[]]
    if not rest:
        raise BadScript(
            "The sentence has no table below it. Expected one such as | state | lasts | with a line for each step, or "
            "| act | lasts | for a holder who acts."
        )
    return [dict(zip(head, row, strict=True)) for row in rest]
