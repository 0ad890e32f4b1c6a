"""One request on its way through the agency: what the journal and the holder's script are to know of it."""

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
from connsim.faults.armed import Armed
from connsim.faults.when import Call
from connsim.script.player import Player
from connsim.wire.keys import Identity
from connsim.world import World


class Host(Protocol):
    """What answering a request takes of the agency; for the attributes see `Agency`."""

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
        """Post to the agency of the other side, in the middle of a request.

        Raises:
            Refused: It does not take it, or cannot be reached.
        """
        ...

    def players(self, connection: AgentConnection) -> list[Player]:
        """The scripts that follow the polls of a connection, oldest first."""
        ...

    def take_for_holder(self, visit: "Visit", uid: str, body: bytes) -> Reply | None:
        """Give an Aries holder what was posted to its address; ``None`` if it is nobody's.

        Raises:
            Unreadable: It does not open for this holder, or holds no message.
        """
        ...


class Stopped(Exception):
    """A fault has answered in place of the agency."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.note)
        self.reply = reply


@dataclass(slots=True)
class Visit:
    """A request that is being answered.

    Attributes:
        at: When it came.
        client: Who asks: an owner's DID, or the agent's of the other side.
        message: The name of the message inside.
        note: What the reply will not tell.
        refusal: What is refused about it.
        actor: Who answers.
        connection: Which connection it is about.
        invitation: Which of its invitations; the newest unless the message names one.
        poll: Whether the owner asks for the messages of one connection.
        scripted: Whether it comes from a scripted holder.
        lenient: Whether an invitation may be answered again: what a script plays that is not strict.
        before: The state that the mailbox showed of each of the connection's invitations when the request came.
        after: What happens once it is answered.
        request: What came from outside; ``None`` if it comes from a party that is played.
        route: The template of its route; empty if it has none.
        met: Whether faults have had their chance to stop it.
        armed: The fault of the step that the connection's script shows, from then on.
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
    met: bool = False
    armed: Armed | None = None
    _players: list[Player] | None = None

    def about(self, connection: AgentConnection, invitation: Invitation | None = None) -> None:
        """Note what the request is about."""
        if self.before is None:
            self.before = {one.uid: one.mail.status.value for one in connection.invitations}
        self.connection = connection
        self.invitation = invitation or (connection.invitations[-1] if connection.invitations else None)

    @property
    def asks(self) -> bool:
        """Whether this is a poll, or would be if nothing stopped it."""
        return self.poll or (self.message == "GET_MSGS" and self.connection is not None)

    @property
    def exposed(self) -> bool:
        """Whether a fault may strike it."""
        return self.request is not None and (bool(self.agency.world.faults) or self.armed is not None)

    def call(self, about: str | None, state: str | None) -> Call:
        """What faults can know of it; see `told`."""
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

    def meet(self) -> None:
        """Let faults stop what is about to be done.

        Raises:
            Stopped: One does.
        """
        self.met = True
        if self.asks and (players := self.players()):
            self.armed = players[-1].armed
        if self.exposed:
            stopped = self.agency.world.faults.stop(self.call(*self.told()), self.armed)
            if stopped is not None:
                self.poll = self.asks
                raise Stopped(stopped)

    def players(self) -> list[Player]:
        """The scripts that follow the polls of the connection, oldest first; found once, since a poll starts none."""
        if self._players is None:
            self._players = [] if self.connection is None else self.agency.players(self.connection)
        return self._players

    def told(self) -> tuple[str | None, str | None]:
        """The connection's id and the state that the mailbox shows, for the journal."""
        if self.invitation is not None:
            return self.invitation.uid, self.invitation.mail.status.value
        return (self.connection.user.did if self.connection else None), None
