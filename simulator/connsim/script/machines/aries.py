"""The acts of the holder of an Aries invitation, as a table, and the state of libvcx, the inviter, after each.

All rows were observed with libvcx (docs/protocol/vcx-agency.md, 12.5), except for ``withdraw``, which is deduced:
libvcx finds request and report in one download, and answers the request first.
"""

from enum import StrEnum
from functools import partial

from connsim.core.table import By, Edge, Table


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


def _edge(source: Act, event: str, act: Act, inviter: int, why: str) -> Edge:
    return Edge(source, event, act, By.PEER, f"{why}; the inviter ends in {inviter}")


_first = partial(_edge, Act.IGNORE)
_then = partial(_edge, Act.REQUEST)

ARIES_HOLDER = Table(
    "aries-holder",
    Edge(None, SCANNED, Act.IGNORE, By.PEER, "the holder gets the invitation; the inviter stays in 2"),
    _first("requested", Act.REQUEST, 3, "a request with the holder's own address"),
    Edge(Act.REQUEST, ANSWERED, Act.REQUEST, By.CLIENT, "the response arrives, and its signature is checked"),
    _then("accepted", Act.ACCEPT, 4, "an ack, once the response has arrived"),
    _then("pinged", Act.PING, 4, "a trust ping in place of the ack"),
    _then("accepted on a wrong thread", Act.WRONG_THREAD, 4, "an ack with another thid; libvcx does not check it"),
    _then("refused late", Act.REFUSE_LATE, 1, "problem report response_not_accepted, once the response has arrived"),
    _then("doubted", Act.DOUBT, 1, "problem report response_processing_error, once the response has arrived"),
    _then("withdrawn", Act.WITHDRAW, 1, "problem report request_not_accepted at once"),
    _first("refused", Act.REFUSE, 1, "problem report request_not_accepted, and no request"),
    _first("requested twice", Act.TWICE, 4, "two requests on two threads, and an ack to the response"),
    _first("requested from a broken endpoint", Act.BROKEN, 1, "a request whose endpoint replies with a 500"),
    _first("requested from nowhere", Act.UNREACHABLE, 1, "a request whose endpoint refuses connections"),
    _first("requested in newer words", Act.NEWER, 2, "a request typed https://didcomm.org/, left unread"),
    _first("garbled", Act.GARBLE, 2, "a message that the inviter cannot decrypt, so that update_state fails"),
    word="act",
)
