"""One side of a connection, as the agent keeps it."""

from dataclasses import dataclass

from connsim.core.table import Table
from connsim.prism.invitation import Invitation
from connsim.script.player import Player

RETRIES = 5
"""Attempts to send a message; every transition resets them."""


@dataclass(slots=True, frozen=True)
class Failure:
    """Why the last message could not be sent, as the database keeps it: without the name of the error's class."""

    namespace: str
    status: int
    detail: str


@dataclass(slots=True, eq=False)
class Connection:
    """A connection record.

    DIDs and keys are not kept: they are drawn from the world's seed by the record's id whenever they are shown, which
    keeps a waiting inviter under a kilobyte.

    Attributes:
        owner: The id of the wallet that it belongs to; other wallets do not see it.
        id: The ``connectionId``; an inviter's is also the thread id and the invitation's id.
        table: The state machine that it follows: `INVITER` or `INVITEE`.
        created: The time of its creation, in nanoseconds since 1970.
        updated: The time of its last transition, in nanoseconds since 1970; ``None`` until the first one.
        service: The service segment of the DIDs of the agent that keeps and moves the record.
        invitation: The invitation that an invitee accepted; an inviter's is made when it is shown.
        their_did: The peer's DID once it is known.
        peer: The record at the other end, if a client of the same world has it.
        answered: Whether the response arrived while a script controlled the visible state.
        retries: Attempts left to send the pending message.
        player: Plays its script; ``None`` if it has none, or the script has ended.
        version: The number of its visible changes; a cached body is valid for one version.
    """

    owner: str
    id: str
    thid: str
    table: Table
    created: int
    service: str
    label: str | None = None
    goal_code: str | None = None
    goal: str | None = None
    state: str | None = None
    updated: int | None = None
    invitation: Invitation | None = None
    their_did: str | None = None
    peer: "Connection | None" = None
    answered: bool = False
    retries: int = RETRIES
    failure: Failure | None = None
    player: Player | None = None
    version: int = 0

    def fail(self, failure: Failure) -> None:
        """Record a failure to send. Neither the state nor ``updated`` changes."""
        self.retries = max(0, self.retries - 1)
        self.failure = failure
        self.version += 1
