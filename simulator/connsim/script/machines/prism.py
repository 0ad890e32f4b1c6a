"""The two state machines of a PRISM connection.

From the source of Cloud Agent 1.40.0; docs/protocol/prism-agent.md, 4.1 to 4.7 has the evidence. The ``ProblemReport*``
states are declared there and never reached: nothing in the connection flow sends or handles a problem report. So a
client cannot see a refusal, and no row leads to one.
"""

from enum import StrEnum

from connsim.core.table import By, Edge, Table


class State(StrEnum):
    """The states that a connection can show."""

    INVITATION_GENERATED = "InvitationGenerated"
    INVITATION_RECEIVED = "InvitationReceived"
    INVITATION_EXPIRED = "InvitationExpired"
    REQUEST_PENDING = "ConnectionRequestPending"
    REQUEST_SENT = "ConnectionRequestSent"
    REQUEST_RECEIVED = "ConnectionRequestReceived"
    RESPONSE_PENDING = "ConnectionResponsePending"
    RESPONSE_SENT = "ConnectionResponseSent"
    RESPONSE_RECEIVED = "ConnectionResponseReceived"


class Event(StrEnum):
    """The events that move a connection."""

    CREATED = "created"
    ACCEPTED = "accepted"
    ACCEPTED_LATE = "accepted late"
    PREPARED = "prepared"
    DELIVERED = "delivered"
    FAILED = "failed"
    ANSWERED = "answered"


INVITER = Table(
    "prism-inviter",
    Edge(None, Event.CREATED, State.INVITATION_GENERATED, By.CLIENT, "POST /connections"),
    Edge(
        State.INVITATION_GENERATED,
        Event.ACCEPTED,
        State.REQUEST_RECEIVED,
        By.PEER,
        "the invitee's connection request arrives",
    ),
    Edge(
        State.REQUEST_RECEIVED,
        Event.PREPARED,
        State.RESPONSE_PENDING,
        By.AGENT,
        "in the same call, once the response has been built",
    ),
    Edge(
        State.RESPONSE_PENDING,
        Event.DELIVERED,
        State.RESPONSE_SENT,
        By.PEER,
        "the invitee's endpoint takes the response with a 2xx",
    ),
    Edge(
        State.RESPONSE_PENDING,
        Event.FAILED,
        State.RESPONSE_PENDING,
        By.PEER,
        "the invitee's endpoint is unreachable or refuses: metaRetries falls by one; at 0 nothing more is sent",
    ),
    Edge(
        State.INVITATION_GENERATED,
        Event.ACCEPTED_LATE,
        State.INVITATION_EXPIRED,
        By.PEER,
        "a request arrives after the invitation has expired; nothing else checks the expiry",
    ),
)

INVITEE = Table(
    "prism-invitee",
    Edge(None, Event.CREATED, State.INVITATION_RECEIVED, By.CLIENT, "POST /connection-invitations, first half"),
    Edge(
        State.INVITATION_RECEIVED,
        Event.PREPARED,
        State.REQUEST_PENDING,
        By.AGENT,
        "second half of the same call: the request is stored",
    ),
    Edge(
        State.REQUEST_PENDING,
        Event.DELIVERED,
        State.REQUEST_SENT,
        By.PEER,
        "the inviter's endpoint takes the request with a 2xx",
    ),
    Edge(
        State.REQUEST_PENDING,
        Event.FAILED,
        State.REQUEST_PENDING,
        By.PEER,
        "the inviter's endpoint is unreachable or refuses: metaRetries falls by one; at 0 nothing more is sent",
    ),
    Edge(
        State.REQUEST_PENDING,
        Event.ANSWERED,
        State.RESPONSE_RECEIVED,
        By.PEER,
        "the response arrives before the 2xx; ConnectionRequestSent is skipped",
    ),
    Edge(State.REQUEST_SENT, Event.ANSWERED, State.RESPONSE_RECEIVED, By.PEER, "the inviter's response arrives"),
)
