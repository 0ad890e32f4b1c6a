"""The acts of the holder of an Aries invitation, as a table, and the state of libvcx, the inviter, after each.

    act              what is sent                                               the inviter ends in
    ignore           nothing                                                    2
    request          a request; the response is received, and not answered      3
    accept           then, after the response: an ack                           4
    ping             then, after the response: a trust ping                     4
    wrong-thread     then, after the response: an ack of another thread         4
    refuse-late      then, after the response: a problem report                 1
    doubt            the same, as if the response's signature were invalid      1
    withdraw         a problem report right after the request                   1
    refuse           a problem report, and no request                           1
    request-twice    two requests; one response is answered with an ack         4
    broken-endpoint  a request; the response gets a 500                         1
    unreachable      a request; the endpoint for the response refuses           1
    newer-prefix     a request typed https://didcomm.org/, which stays unread   2
    garble           a message that does not decrypt: every update_state fails  2

All rows were observed with libvcx (docs/protocol/vcx-agency.md, 12.5), except for ``withdraw``, which is deduced:
libvcx finds request and report in one download, and answers the request first.
"""

from collections.abc import Mapping
from enum import StrEnum

from connsim.core.table import By, Edge, Table
from connsim.wire.states import State


class Act(StrEnum):
    """The acts of a holder."""

    IGNORE = "ignore"
    REQUEST = "request"
    ACCEPT = "accept"
    PING = "ping"
    WRONG_THREAD = "wrong-thread"
    REFUSE_LATE = "refuse-late"
    DOUBT = "doubt"
    WITHDRAW = "withdraw"
    REFUSE = "refuse"
    TWICE = "request-twice"
    BROKEN = "broken-endpoint"
    UNREACHABLE = "unreachable"
    NEWER = "newer-prefix"
    GARBLE = "garble"


SCANNED = "scanned"
ANSWERED = "answered"
"""The arrival of the inviter's response, which a script can wait for."""

INVITER: Mapping[Act, State] = {
    Act.IGNORE: State.OFFER_SENT,
    Act.REQUEST: State.REQUEST_RECEIVED,
    Act.ACCEPT: State.ACCEPTED,
    Act.PING: State.ACCEPTED,
    Act.WRONG_THREAD: State.ACCEPTED,
    Act.REFUSE_LATE: State.INITIALIZED,
    Act.DOUBT: State.INITIALIZED,
    Act.WITHDRAW: State.INITIALIZED,
    Act.REFUSE: State.INITIALIZED,
    Act.TWICE: State.ACCEPTED,
    Act.BROKEN: State.INITIALIZED,
    Act.UNREACHABLE: State.INITIALIZED,
    Act.NEWER: State.OFFER_SENT,
    Act.GARBLE: State.OFFER_SENT,
}
"""The final state of a libvcx inviter that keeps polling."""


def _first(event: str, act: Act, why: str) -> Edge:
    return Edge(Act.IGNORE, event, act, By.PEER, f"{why}; the inviter ends in {INVITER[act].number}")


def _then(event: str, act: Act, why: str) -> Edge:
    return Edge(Act.REQUEST, event, act, By.PEER, f"{why}; the inviter ends in {INVITER[act].number}")


ARIES_HOLDER = Table(
    "aries-holder",
    Edge(None, SCANNED, Act.IGNORE, By.PEER, "the holder gets the invitation; the inviter stays in 2"),
    _first("requested", Act.REQUEST, "a request with the holder's own address"),
    Edge(Act.REQUEST, ANSWERED, Act.REQUEST, By.CLIENT, "the response arrives, and its signature is checked"),
    _then("accepted", Act.ACCEPT, "an ack, once the response has arrived"),
    _then("pinged", Act.PING, "a trust ping in place of the ack"),
    _then("accepted on a wrong thread", Act.WRONG_THREAD, "an ack with another thid; libvcx does not check it"),
    _then("refused late", Act.REFUSE_LATE, "problem report response_not_accepted, once the response has arrived"),
    _then("doubted", Act.DOUBT, "problem report response_processing_error, once the response has arrived"),
    _then("withdrawn", Act.WITHDRAW, "problem report request_not_accepted at once"),
    _first("refused", Act.REFUSE, "problem report request_not_accepted, and no request"),
    _first("requested twice", Act.TWICE, "two requests on two threads, and an ack to the response"),
    _first("requested from a broken endpoint", Act.BROKEN, "a request whose endpoint replies with a 500"),
    _first("requested from nowhere", Act.UNREACHABLE, "a request whose endpoint refuses connections"),
    _first("requested in newer words", Act.NEWER, "a request typed https://didcomm.org/, left unread"),
    _first("garbled", Act.GARBLE, "a message that the inviter cannot decrypt, so that update_state fails"),
    word="act",
)
