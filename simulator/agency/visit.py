"""One request on its way through the agency: what the journal and the holder's script are to know of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulator.agency.records import Actor, AgentConnection, Invitation
from simulator.agency.refusals import Kind

if TYPE_CHECKING:
    from simulator.agency.agency import Agency


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

    def about(self, connection: AgentConnection, invitation: Invitation | None = None) -> None:
        """Note what the request is about."""
        if self.before is None:
            self.before = {one.uid: one.mail.status.value for one in connection.invitations}
        self.connection = connection
        self.invitation = invitation or (connection.invitations[-1] if connection.invitations else None)

    def told(self) -> tuple[str | None, str | None]:
        """The connection's id and the state that the mailbox shows, for the journal."""
        if self.invitation is not None:
            return self.invitation.uid, self.invitation.mail.status.value
        return (self.connection.user.did if self.connection else None), None
