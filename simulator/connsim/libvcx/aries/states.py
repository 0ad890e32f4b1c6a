"""The state machines of an Aries connection: the inviter's and the invitee's.

The states are those inside libvcx. Callers see the states of a proprietary connection, in which ``Requested`` and
``Responded`` are both ``RequestReceived``. A message for which the current state has no row stays unread in the
mailbox.
"""

from enum import StrEnum

from connsim.core.table import By, Edge, Table
from connsim.wire.aries.messages import PREFIX, AriesMessage, Type
from connsim.wire.states import State


class Inner(StrEnum):
    """The states, by their names in documents."""

    NULL = "Null"
    INVITED = "Invited"
    REQUESTED = "Requested"
    RESPONDED = "Responded"
    COMPLETED = "Completed"

    @property
    def shown(self) -> State:
        """The state that callers see."""
        return _SHOWN[self]

    @property
    def number(self) -> int:
        """The number that callers see."""
        return self.shown.number


_SHOWN = {
    Inner.NULL: State.INITIALIZED,
    Inner.INVITED: State.OFFER_SENT,
    Inner.REQUESTED: State.REQUEST_RECEIVED,
    Inner.RESPONDED: State.REQUEST_RECEIVED,
    Inner.COMPLETED: State.ACCEPTED,
}


class Event(StrEnum):
    """The causes of transitions: calls, messages of the other side, and failures to answer one."""

    CREATED = "created"
    CONNECTED = "connected"
    REQUESTED = "requested"
    RESPONDED = "responded"
    FAILED = "failed"
    REPORTED = "reported"
    ACKNOWLEDGED = "acknowledged"
    PINGED = "pinged"
    PONGED = "ponged"
    QUERIED = "queried"
    DISCLOSED = "disclosed"


QUERY = f"{PREFIX}discover-features/1.0/query"
DISCLOSE = f"{PREFIX}discover-features/1.0/disclose"

_EVENTS: dict[str, Event] = {
    Type.REQUEST: Event.REQUESTED,
    Type.RESPONSE: Event.RESPONDED,
    Type.PROBLEM: Event.REPORTED,
    Type.ACK: Event.ACKNOWLEDGED,
    Type.PING: Event.PINGED,
    Type.PING_RESPONSE: Event.PONGED,
    QUERY: Event.QUERIED,
    DISCLOSE: Event.DISCLOSED,
}


def event(message: AriesMessage) -> Event | None:
    """Return the event of a message; ``None`` if its type has no meaning for connections."""
    return _EVENTS.get(message.type)


_TALK = (
    Edge(Inner.COMPLETED, Event.PINGED, Inner.COMPLETED, By.PEER, "a ping, answered if that is asked for"),
    Edge(Inner.COMPLETED, Event.PONGED, Inner.COMPLETED, By.PEER, "a ping response"),
    Edge(Inner.COMPLETED, Event.QUERIED, Inner.COMPLETED, By.PEER, "a query for protocols, answered"),
    Edge(Inner.COMPLETED, Event.DISCLOSED, Inner.COMPLETED, By.PEER, "the other side's protocols, kept"),
)

INVITER = Table(
    "aries-inviter",
    Edge(None, Event.CREATED, Inner.NULL, By.CLIENT, "create"),
    Edge(Inner.NULL, Event.CONNECTED, Inner.INVITED, By.CLIENT, "connect: a new agent and a new invitation"),
    Edge(Inner.INVITED, Event.REQUESTED, Inner.RESPONDED, By.PEER, "update_state found a request, and answered it"),
    Edge(
        Inner.INVITED,
        Event.FAILED,
        Inner.NULL,
        By.PEER,
        "update_state found a request that it could not answer, and sent a problem report",
    ),
    Edge(Inner.INVITED, Event.REPORTED, Inner.NULL, By.PEER, "update_state found a problem report"),
    Edge(Inner.RESPONDED, Event.REPORTED, Inner.NULL, By.PEER, "update_state found a problem report"),
    Edge(Inner.RESPONDED, Event.ACKNOWLEDGED, Inner.COMPLETED, By.PEER, "update_state found an ack, of any status"),
    Edge(Inner.RESPONDED, Event.PINGED, Inner.COMPLETED, By.PEER, "update_state found a ping, as good as an ack"),
    Edge(Inner.RESPONDED, Event.PONGED, Inner.COMPLETED, By.PEER, "update_state found a ping response"),
    *_TALK,
)

INVITEE = Table(
    "aries-invitee",
    Edge(None, Event.CREATED, Inner.INVITED, By.CLIENT, "create_with_details"),
    Edge(Inner.INVITED, Event.CONNECTED, Inner.REQUESTED, By.CLIENT, "connect: a new agent; the request is sent"),
    Edge(
        Inner.REQUESTED,
        Event.RESPONDED,
        Inner.COMPLETED,
        By.PEER,
        "update_state found the response, signed by the invitation's key, and acknowledged it",
    ),
    Edge(
        Inner.REQUESTED,
        Event.FAILED,
        Inner.NULL,
        By.PEER,
        "update_state found a bad response, and sent a problem report",
    ),
    Edge(Inner.REQUESTED, Event.REPORTED, Inner.NULL, By.PEER, "update_state found a problem report"),
    *_TALK,
)
