"""The states in which libvcx keeps a connection, and the moves of a proprietary one as tables.

An inviter goes from ``OfferSent`` straight to ``Accepted``: the agency may well know that the holder has seen the
invitation, but the library does not look. ``Unfulfilled``, ``Expired``, ``Revoked`` and ``Rejected`` stand in no row,
because no call of the library leads there; an issuer writes them into a saved document of its own accord. A holder
who refuses causes nothing at all, and neither does one who never answers.

Only the client keeps these states: no message carries one. They stand here because everybody who speaks this wire,
or watches it, derives them from the same messages.
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
        """The number that callers and documents hold."""
        return _NUMBERED.index(self)

    @classmethod
    def numbered(cls, number: int) -> "State":
        """The state of a number from 0 to 9."""
        return _NUMBERED[number]


_NUMBERED = tuple(State)


class Event(StrEnum):
    """What moves a connection."""

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
        "connect: the agency sent the acceptance; nobody waits for the inviter",
    ),
    Edge(
        State.REQUEST_RECEIVED,
        Event.REDIRECTED,
        State.REDIRECTED,
        By.CLIENT,
        "redirect: the agency told the inviter of the older connection",
    ),
)

ANSWERED = {Event.ACCEPTED: State.ACCEPTED, Event.REDIRECTED: State.REDIRECTED}
"""Where an answer leads. One that is handed to ``update_state_with_message`` leads there from every state."""

SETTLED = (State.INITIALIZED, State.ACCEPTED, State.REDIRECTED)
"""In these, ``update_state`` asks nobody."""

# Agencies of several ages name the types of answers differently.
_ACCEPTANCES = (ACCEPTANCE, "CONN_REQ_ACCEPTED")
_REDIRECTIONS = (REDIRECTION, "connReqRedirected", "CONN_REQ_REDIRECTED")


def is_redirection(status: str, kind: str) -> bool:
    """Whether a stored message tells the inviter of an older connection."""
    return status == MessageStatus.REDIRECTED and kind in _REDIRECTIONS


def answer(status: str, kind: str) -> Event | None:
    """What a stored message of the mailbox causes, if anything: a refusal causes nothing."""
    if status == MessageStatus.ACCEPTED and kind in _ACCEPTANCES:
        return Event.ACCEPTED
    return Event.REDIRECTED if is_redirection(status, kind) else None
