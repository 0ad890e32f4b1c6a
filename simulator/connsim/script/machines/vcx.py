"""The acts of the holder of a proprietary invitation, as a table, and what its inviter sees of them.

The agency only carries messages and the client keeps the state, so a script names the holder's acts. The state of a
libvcx inviter follows from the messages in its mailbox: see `client_state` and `Seen`.

    act            the inviter's mailbox, oldest first                      the inviter
    ignore         connReq MS-101 (MS-102 once a text message was sent)     2 OfferSent
    accept         connReq MS-104, connReqAnswer MS-104 with payload        4 Accepted
    refuse         connReq MS-105, connReqAnswer MS-105 with payload        2 OfferSent, forever
    redirect       connReq MS-107, connReqRedirect MS-107 with payload      8 Redirected
    answer-again   as before: the agency refuses a second answer            as before

All rows but the last were observed with libvcx (docs/protocol/vcx-agency.md, 11.4). A proprietary inviter never passes
through 3, and no inviter enters 5, 6, 7 or 9 (docs/protocol/libvcx.md, 3.2).
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from connsim.core.table import By, Edge, Table
from connsim.wire.codes import MessageStatus
from connsim.wire.payloads import ACCEPTANCE, REDIRECTION
from connsim.wire.states import ANSWERED, State, answer


class Act(StrEnum):
    """The acts of a holder."""

    IGNORE = "ignore"
    ACCEPT = "accept"
    REFUSE = "refuse"
    REDIRECT = "redirect"
    AGAIN = "answer-again"


class Event(StrEnum):
    """The events that the acts cause."""

    INVITED = "invited"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    REDIRECTED = "redirected"
    ANSWERED_AGAIN = "answered again"


_LATER = "with new keys; the agency refuses it with CRS-102 or VES-102, unless the script is not strict"

HOLDER = Table(
    "vcx-holder",
    Edge(None, Event.INVITED, Act.IGNORE, By.CLIENT, "a connection request; the inviter stays in OfferSent (2)"),
    Edge(
        Act.IGNORE,
        Event.ACCEPTED,
        Act.ACCEPT,
        By.PEER,
        "connReqAnswer MS-104; the inviter's next update_state finds Accepted (4)",
    ),
    Edge(
        Act.IGNORE,
        Event.REFUSED,
        Act.REFUSE,
        By.PEER,
        "connReqAnswer MS-105; the inviter stays in OfferSent (2) forever",
    ),
    Edge(
        Act.IGNORE,
        Event.REDIRECTED,
        Act.REDIRECT,
        By.PEER,
        "connReqRedirect MS-107; the inviter's next update_state finds Redirected (8)",
    ),
    Edge(Act.ACCEPT, Event.ANSWERED_AGAIN, Act.AGAIN, By.PEER, _LATER),
    Edge(Act.REFUSE, Event.ANSWERED_AGAIN, Act.AGAIN, By.PEER, _LATER),
    Edge(Act.REDIRECT, Event.ANSWERED_AGAIN, Act.AGAIN, By.PEER, _LATER),
    word="act",
)


class Seen(NamedTuple):
    """One message as a client sees it."""

    type: str
    status: str


class Answer(NamedTuple):
    """The message that an act sends.

    Attributes:
        message: The message type to the agency.
        type: The message type in a mailbox.
        code: The answer code.
    """

    message: str
    type: str
    code: MessageStatus


ANSWER = {
    Act.ACCEPT: Answer("ACCEPT_CONN_REQ", ACCEPTANCE, MessageStatus.ACCEPTED),
    Act.REFUSE: Answer("ACCEPT_CONN_REQ", ACCEPTANCE, MessageStatus.REJECTED),
    Act.REDIRECT: Answer("REDIRECT_CONN_REQ", REDIRECTION, MessageStatus.REDIRECTED),
}
"""The messages of the acts that send one."""

ACT = {sent.code: act for act, sent in ANSWER.items()}
"""The acts by answer code."""


def mailbox_after(act: Act) -> tuple[Seen, ...]:
    """The inviter's mailbox after a holder's first act, for an invitation without a phone number."""
    if act not in ANSWER:
        return (Seen("connReq", MessageStatus.CREATED),)
    sent = ANSWER[act]
    return (Seen("connReq", sent.code), Seen(sent.type, sent.code))


def client_state(messages: Iterable[Seen]) -> State:
    """The state that a libvcx inviter in ``OfferSent`` reaches through these messages; the last answer wins."""
    state = State.OFFER_SENT
    for seen in messages:
        if event := answer(seen.status, seen.type):
            state = ANSWERED[event]
    return state
