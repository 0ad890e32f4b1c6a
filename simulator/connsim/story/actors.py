"""The actors of a scenario, and the creation of their clients."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from connsim.clients.plug import Connected, Outcome, PrismClient, VcxClient, as_outcome, run
from connsim.core.clock import Clock
from connsim.core.durations import SECOND
from connsim.errors import BadScript, Misuse
from connsim.script.machines.prism import State
from connsim.wire.states import State as VcxState

NewClient = Callable[[str, str], PrismClient]
"""Makes a client under test from the agent's root URL and an API key."""

NewVcxClient = Callable[[str, str], VcxClient[Any]]
"""Makes a client under test from the agency's root URL and the name of its role."""

Client = TypeVar("Client")

ESTABLISHED: dict[str, str] = {
    "inviter": State.RESPONSE_SENT,
    "invitee": State.RESPONSE_RECEIVED,
    "other invitee": State.RESPONSE_RECEIVED,
    "issuer": VcxState.ACCEPTED,
}
"""The state, for each role, in which its connection is established."""

_BEGINNINGS = {
    "inviter": "'When the inviter invites the holder' or 'When the invitee accepts the invitation'",
    "issuer": "'When the issuer invites the holder by QR code'",
}


@dataclass(slots=True)
class Actor:
    """A client under test, in a role.

    Attributes:
        connected: Its connection; ``None`` before it has one.
        since: When its connection was made, in nanoseconds since 1970.
        outcome: How its wait ended; ``None`` before it has waited.
        ended: When its wait ended, in nanoseconds since 1970.
        refused: The body of the agent's reply, if it refused the client's last attempt.
        failed: The exception of the client's last attempt, if it raised one.
    """

    role: str
    client: PrismClient | VcxClient[Any]
    connected: Connected | None = None
    since: int = 0
    outcome: Outcome | None = None
    ended: int = 0
    refused: str | None = None
    failed: Exception | None = None

    @property
    def connection(self) -> Connected:
        """Its connection.

        Raises:
            Misuse: It has none yet.
        """
        if self.connected is None:
            raise Misuse(
                f"The {self.role} has no connection yet. Expected an earlier step in which it invites or accepts."
            )
        return self.connected


@dataclass(slots=True)
class Actors:
    """The actors of one scenario.

    Attributes:
        clock: The clock of their world.
        last: The actor that acted last; sentences call it the client.
    """

    clock: Clock
    by_role: dict[str, Actor] = field(default_factory=dict)
    last: Actor | None = None

    def find(self, role: str) -> Actor:
        """Return the actor in a role.

        Raises:
            Misuse: It has not acted yet.
        """
        if role == "client" and self.last is not None:
            return self.last
        if role in self.by_role:
            return self.by_role[role]
        raise Misuse(
            f"The {role} has done nothing in this scenario. Expected an earlier step, such as "
            f"{_BEGINNINGS.get(role, _BEGINNINGS['inviter'])}."
        )

    def wait(self, role: str, at_most: int) -> None:
        """Have the client wait until it is connected or gives up.

        Args:
            role: The actor.
            at_most: The client's time limit, in nanoseconds.
        """
        actor = self.last = self.find(role)
        expiry, connection = at_most / SECOND, actor.connection
        if actor.role == "issuer":
            ended = run(cast("VcxClient[Any]", actor.client).wait(connection, expiry))
        else:
            ended = run(cast("PrismClient", actor.client).wait(connection, ESTABLISHED[actor.role], expiry))
        actor.ended = self.clock.now()
        actor.outcome = as_outcome(actor.client, ended)

    def ended(self, role: str) -> tuple[Actor, Outcome]:
        """Return the actor, and how its wait ended.

        Raises:
            Misuse: It has not waited.
        """
        actor = self.find(role)
        if actor.outcome is None:
            raise Misuse(
                f"The {actor.role} has not waited in this scenario, so its wait has no outcome. "
                f"Expected an earlier step, such as 'When the {actor.role} waits at most 24 hours'."
            )
        return actor, actor.outcome


def make_client(new: Callable[[str, str], Client], fixture: str, parameters: str, url: str, who: str) -> Client:
    """Make a client with the factory that a fixture returned.

    Args:
        new: The factory.
        fixture: The name of the fixture, for the message.
        parameters: What a factory takes, in words, for the message.
        url: The first argument: the root URL of the agent or the agency.
        who: The second argument: an API key, or the name of a role.

    Raises:
        Misuse: The factory does not take two arguments.
    """
    try:
        return new(url, who)
    except TypeError as error:
        raise Misuse(
            f"The fixture {fixture} returned {new!r}, which does not take {parameters}: {error}. "
            f"Expected a function or class that takes both; see docs/test-your-client.md."
        ) from error


def table_rows(datatable: list[list[str]] | None) -> list[dict[str, str]]:
    """Return the rows of the table below a sentence, as mappings from the names in its first row.

    Raises:
        BadScript: The sentence has no table.
    """
    head, *rest = datatable or [[]]
    if not rest:
        raise BadScript(
            "The sentence has no table below it. Expected one such as | state | lasts |, with a row for each step, or "
            "| act | lasts |, for the acts of a holder."
        )
    return [dict(zip(head, row, strict=True)) for row in rest]
