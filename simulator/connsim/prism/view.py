"""The base of the views that print connections; each version chooses the members."""

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable
from typing import ClassVar

from connsim.core.exchange import Reply
from connsim.prism.flow import Flow
from connsim.prism.jvm import reading
from connsim.prism.problems import dumps
from connsim.prism.records import Connection
from connsim.script.machines.prism import INVITER, State

_CACHED = 4_096
"""The number of cached bodies. Most polls show the same as the last one."""

# The states in which neither side knows the other.
_WITHOUT_DIDS = (State.INVITATION_GENERATED, State.INVITATION_RECEIVED, State.INVITATION_EXPIRED)


def shown(status: int, body: bytes, record: Connection) -> Reply:
    """Make the reply that shows a connection, with what the journal, faults and scripts need."""
    return Reply(status, body, about=record.id, state=record.state, record=record)


class Unprintable(ValueError):
    """The id of the invitation is not a UUID: the agent stored the connection, and fails whenever it prints it."""


class View(ABC):
    """Prints connections.

    Attributes:
        page_form: The body of a list, with ``%b`` for the connections.
    """

    page_form: ClassVar[bytes]

    def __init__(self, flow: Flow, new_uuid: Callable[[], str]) -> None:
        self.flow = flow
        self.new_uuid = new_uuid
        self._bodies: OrderedDict[str, tuple[int, bytes]] = OrderedDict()

    def body(self, record: Connection) -> bytes:
        """Print a record as read back from the database."""
        if record.failure is not None:  # its `instance` is new on every read
            return dumps(self.members(record, new=False))
        held = self._bodies.get(record.id)
        if held is not None and held[0] == record.version:
            self._bodies.move_to_end(record.id)
            return held[1]
        body = dumps(self.members(record, new=False))
        self._bodies[record.id] = (record.version, body)
        self._bodies.move_to_end(record.id)
        if len(self._bodies) > _CACHED:
            self._bodies.popitem(last=False)
        return body

    def new_body(self, record: Connection) -> bytes:
        """Print a record as the call that made it does: times are not rounded yet."""
        return dumps(self.members(record, new=True))

    def page(self, records: list[Connection]) -> bytes:
        """Print all connections of a wallet. Connections are never paged, whatever the client asks for."""
        return self.page_form % b",".join(map(self.body, records))

    @abstractmethod
    def members(self, record: Connection, *, new: bool) -> dict[str, object]:
        """Return a connection's members in the order of printing.

        Args:
            new: Whether it was just made, and not yet read back from the database.

        Raises:
            Unprintable: The id of its invitation is not a UUID.
        """

    def invitation(self, record: Connection, root: str) -> dict[str, str]:
        """Return the invitation's members; ``root`` is the beginning of its URL."""
        invitation = self.flow.invitation(record)
        try:
            invitation_id = reading.uuid(invitation.id)
        except ValueError as bad:
            raise Unprintable(invitation.id) from bad
        return {
            "id": invitation_id,
            "type": invitation.type,
            "from": invitation.from_did,
            "invitationUrl": root + invitation.payload(),
        }

    def dids(self, record: Connection) -> tuple[str | None, str | None]:
        """Return the record's own DID and the other side's; ``None`` in states that do not show them."""
        if record.state in _WITHOUT_DIDS:
            return None, None
        inviter = self.flow.invitation(record).from_did
        return (inviter, record.their_did) if record.table is INVITER else (self.flow.did(record), inviter)
