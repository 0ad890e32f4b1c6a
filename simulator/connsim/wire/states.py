"""The states of a connection in libvcx, and the transitions of a proprietary connection as tables.

An inviter goes from ``OfferSent`` straight to ``Accepted``: the agency may know that the holder has seen the
invitation, but the library does not ask. ``Unfulfilled``, ``Expired``, ``Revoked`` and ``Rejected`` occur in no row,
because no call of the library leads to them; issuers write them into saved documents themselves. A holder who refuses
causes no transition, so a refusal looks like silence.

Only the client keeps these states: no message carries one. They are defined in this room because clients, the story
and the tests derive them from the same messages.

Source: docs/protocol/libvcx.md, 2.7, 3.2.
"""

from enum import StrEnum

from connsim.core.table import By, Edge, Table
from connsim.wire.codes import MessageStatus
from connsim.wire.payloads import ACCEPTANCE, REDIRECTION


class State(StrEnum):
    """The states by their names in libvcx, in the order of their numbers."""

    UNDEFINED = "Undefined"
    INITIALIZED = "Initialized"
    OFFER_SENT = "OfferSent"
    REQUEST_RECEIVED = "RequestReceived"
    ACCEPTED = "Accepted"
    UNFULFILLED = "Unfulfilled"
    EXPIRED = "Expired"
    REVOKED = "Revoked"
    REDIRECTED = "Redirected"
    REJECTED = "Rejected"

    @property
    def number(self) -> int:
        """The number that stands for the state in calls and documents."""
        return _NUMBERED.index(self)

    @classmethod
    def numbered(cls, number: int) -> "State":
        """Return the state of a number from 0 to 9."""
        return _NUMBERED[number]


_NUMBERED = tuple(State)


class Event(StrEnum):
    """The causes of transitions."""

    CREATED = "created"
    CONNECTED = "connected"
    ACCEPTED = "accepted"
    REDIRECTED = "redirected"


INVITER = Table(
    "vcx-inviter",
    Edge(None, Event.CREATED, State.INITIALIZED, By.CLIENT, "create"),
    Edge(State.INITIALIZED, Event.CONNECTED, State.OFFER_SENT, By.CLIENT, "connect: the agency made an invitation"),
    Edge(
        State.OFFER_SENT,
        Event.CONNECTED,
        State.OFFER_SENT,
        By.CLIENT,
        "connect once more: a new agent and a new invitation; the old one can no longer be matched",
    ),
    Edge(
        State.OFFER_SENT,
        Event.ACCEPTED,
        State.ACCEPTED,
        By.PEER,
        "update_state found the holder's answer with the status MS-104",
    ),
    Edge(
        State.OFFER_SENT,
        Event.REDIRECTED,
        State.REDIRECTED,
        By.PEER,
        "update_state found the holder's redirection with the status MS-107",
    ),
)

INVITEE = Table(
    "vcx-invitee",
    Edge(None, Event.CREATED, State.REQUEST_RECEIVED, By.CLIENT, "create_with_details"),
    Edge(
        State.REQUEST_RECEIVED,
        Event.CONNECTED,
        State.ACCEPTED,
        By.CLIENT,
        "connect: the agency sent the acceptance; the invitee does not wait for the inviter",
    ),
    Edge(
        State.REQUEST_RECEIVED,
        Event.REDIRECTED,
        State.REDIRECTED,
        By.CLIENT,
        "redirect: the agency sent the inviter a redirection to the older connection",
    ),
)

ANSWERED = {Event.ACCEPTED: State.ACCEPTED, Event.REDIRECTED: State.REDIRECTED}
"""The state after an answer. With ``update_state_with_message``, an answer leads there from every state."""

SETTLED = (State.INITIALIZED, State.ACCEPTED, State.REDIRECTED)
"""The states in which ``update_state`` sends no request."""

# Newer agencies have other names for the types of answers.
_ACCEPTANCES = (ACCEPTANCE, "CONN_REQ_ACCEPTED")
_REDIRECTIONS = (REDIRECTION, "connReqRedirected", "CONN_REQ_REDIRECTED")


def is_redirection(status: str, kind: str) -> bool:
    """Return whether a stored message redirects the inviter to an older connection."""
    return status == MessageStatus.REDIRECTED and kind in _REDIRECTIONS


def answer(status: str, kind: str) -> Event | None:
    """Return the event that a stored message causes; ``None`` for a refusal, and for messages that are not answers."""
    if status == MessageStatus.ACCEPTED and kind in _ACCEPTANCES:
        return Event.ACCEPTED
    return Event.REDIRECTED if is_redirection(status, kind) else None
