"""One request on its way through the agency: what the journal and the holder's script are to know of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connsim.agency.records import Actor, AgentConnection, Invitation
from connsim.agency.refusals import Kind
from connsim.core.exchange import Reply, Request
from connsim.faults.armed import Armed
from connsim.faults.when import Call
from connsim.script.player import Player

if TYPE_CHECKING:
    from connsim.agency.agency import Agency


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
        request: What came from outside, and its route; ``None`` if it comes from a party that is played.
        met: Whether faults have had their chance to stop it.
    """

    agency: "Agency"
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
    request: tuple[Request, str] | None = None
    met: bool = False

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
    def armed(self) -> Armed | None:
        """The fault of the step that the connection's script shows."""
        for player in self.players()[-1:] if self.asks else ():
            return player.armed
        return None

    def call(self) -> Call | None:
        """What faults can know of it; ``None`` if it is none of theirs."""
        faults = self.agency.world.faults
        if self.request is None or not (faults or self.armed):
            return None
        (request, route), (about, state) = self.request, self.told()
        return Call("agency", request.method, route, self.client, about, state, self.message, self.asks, self.at)

    def meet(self) -> None:
        """Let faults stop what is about to be done.

        Raises:
            Stopped: One does.
        """
        self.met = True
        if (call := self.call()) is not None:
            stopped = self.agency.world.faults.stop(call, self.armed)
            if stopped is not None:
                self.poll = self.asks
                raise Stopped(stopped)

    def players(self) -> list[Player]:
        """The scripts that follow the polls of the connection, oldest first."""
        if self.connection is None:
            return []
        proprietary = [invitation.player for invitation in self.connection.invitations if invitation.player]
        return proprietary + self.agency.aries.players(self.connection)

    def told(self) -> tuple[str | None, str | None]:
        """The connection's id and the state that the mailbox shows, for the journal."""
        if self.invitation is not None:
            return self.invitation.uid, self.invitation.mail.status.value
        return (self.connection.user.did if self.connection else None), None
