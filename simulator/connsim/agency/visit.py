"""A visit: one request on its way through the agency, with what the journal, faults and scripts need to know of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from connsim.agency.flavours import Flavour
from connsim.agency.holder import Holders
from connsim.agency.parties import Parties
from connsim.agency.records import Actor, AgentConnection, ForwardAgent, Invitation, Sms
from connsim.agency.refusals import Kind
from connsim.agency.settings import AgencySettings
from connsim.core.exchange import Reply, Request
from connsim.faults.active import ActiveFault
from connsim.faults.when import Call
from connsim.script.player import Player
from connsim.wire.keys import Identity
from connsim.world import World


class Host(Protocol):
    """The part of `Agency` that is needed to answer a request; see there for its members."""

    world: World
    settings: AgencySettings
    flavour: Flavour
    public_url: str
    parties: Parties
    holders: Holders
    owners: dict[str, ForwardAgent]
    invitations: dict[str, Invitation]
    tokens: dict[str, Invitation]
    outbox: list[Sms]

    def post(self, agency: Identity, body: bytes, at: int, what: str) -> None:
        """Post to the agency of the other side, in the middle of a request."""

    def players(self, connection: AgentConnection) -> list[Player]:
        """Return the scripts that follow the polls of a connection, oldest first."""

    def take_for_holder(self, visit: "Visit", uid: str, body: bytes) -> Reply | None:
        """Deliver a body to the Aries holder of this address; ``None`` if there is no such holder."""


class FaultAnswered(Exception):
    """A fault has answered in place of the agency."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.note)
        self.reply = reply


@dataclass(slots=True)
class Visit:
    """A request that is being answered, and everything that its handlers find out about it.

    Attributes:
        at: The time of its arrival, in nanoseconds since 1970.
        client: The DID of the sender: an owner, or the other side's agent.
        message: The name of the message inside.
        note: An explanation that the reply itself lacks, for the journal.
        refusal: The kind of the refusal, if it is refused.
        actor: The party that answers.
        connection: The connection that it concerns.
        invitation: The invitation that it concerns; the connection's newest unless the message names one.
        poll: Whether the owner polls one connection.
        scripted: Whether a scripted holder sends it.
        lenient: Whether an invitation may be answered again, as scripts may that are not strict.
        before: The status of each of the connection's invitations in the mailbox, at the time of arrival.
        after: Callbacks to run after the reply, with the time.
        request: The HTTP request; ``None`` if a party that is played here sends it.
        route: The template of its route; empty if no route matches.
        faults_checked: Whether `check_faults` was called.
        step_fault: The fault of the current step of the connection's script, set by `check_faults`.
    """

    agency: Host
    at: int
    client: str = ""
    message: str = ""
    note: str = ""
    refusal: Kind | None = None
    actor: Actor | None = None
    connection: AgentConnection | None = None
    invitation: Invitation | None = None
    poll: bool = False
    scripted: bool = False
    lenient: bool = False
    before: dict[str, str] | None = None
    after: list[Callable[[int], None]] = field(default_factory=list)
    request: Request | None = None
    route: str = ""
    faults_checked: bool = False
    step_fault: ActiveFault | None = None
    _players: list[Player] | None = None

    def about(self, connection: AgentConnection, invitation: Invitation | None = None) -> None:
        """Set the connection and the invitation that the request concerns."""
        if self.before is None:
            self.before = {one.uid: one.mail.status.value for one in connection.invitations}
        self.connection = connection
        self.invitation = invitation or (connection.invitations[-1] if connection.invitations else None)

    @property
    def asks(self) -> bool:
        """Whether this is a poll, or would be one if a fault did not stop it."""
        return self.poll or (self.message == "GET_MSGS" and self.connection is not None)

    @property
    def exposed(self) -> bool:
        """Whether faults apply to it: some are active, and it came from outside."""
        return self.request is not None and (bool(self.agency.world.faults) or self.step_fault is not None)

    def call(self, about: str | None, state: str | None) -> Call:
        """Return the properties by which faults select requests.

        Args:
            about: The id of the connection; see `subject`.
            state: The status in the mailbox; see `subject`.
        """
        return Call(
            agent="agency",
            method="" if self.request is None else self.request.method,
            route=self.route,
            client=self.client,
            connection=about,
            state=state,
            message=self.message,
            poll=self.asks,
            at=self.at,
        )

    def check_faults(self) -> None:
        """Check whether a fault stops the request; to be called before the request has an effect.

        Raises:
            FaultAnswered: A fault answers in place of the agency.
        """
        self.faults_checked = True
        if self.asks and (players := self.players()):
            self.step_fault = players[-1].fault
        if self.exposed:
            stopped = self.agency.world.faults.stop(self.call(*self.subject()), self.step_fault)
            if stopped is not None:
                self.poll = self.asks  # a stopped poll is a poll to the journal, although the endpoint never ran
                raise FaultAnswered(stopped)

    def players(self) -> list[Player]:
        """Return the scripts that follow the connection's polls, oldest first. Cached, because a poll starts none."""
        if self._players is None:
            self._players = [] if self.connection is None else self.agency.players(self.connection)
        return self._players

    def subject(self) -> tuple[str | None, str | None]:
        """Return the id of the connection and its status in the mailbox, for the journal and for faults."""
        if self.invitation is not None:
            return self.invitation.uid, self.invitation.mail.status.value
        return (self.connection.user.did if self.connection else None), None
