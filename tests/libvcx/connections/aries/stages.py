"""How connections get into each state, and what their mailboxes hold: for the tests in this folder."""

import json
from collections.abc import Callable

from connsim.agency.records import Mail
from connsim.libvcx.aries.states import DISCLOSE, QUERY
from connsim.wire.aries import messages
from connsim.wire.aries.messages import AriesMessage, Problem
from connsim.wire.codes import MessageStatus
from connsim.wire.keys import KeyPair
from tests.libvcx.connections.aries.conftest import Peer
from tests.libvcx.connections.conftest import Party, agents_of

ACK = messages.ack("a", "request-1")
PING = messages.ping("p", response_requested=False)
PONG = messages.ping_response("q", "p")
REPORT = messages.problem_report("r", "request-1", Problem.REQUEST_NOT_ACCEPTED)
ASK = AriesMessage(QUERY, {"@id": "d", "query": "*"})
TELL = AriesMessage(DISCLOSE, {"@id": "e", "protocols": [{"pid": "x"}], "~thread": messages.thread("d")})
STRANGER = KeyPair.from_seed(b"s" * 32)


Walk = Callable[[Party, Peer], int]
"""Creates a connection, and leads it into a state; returns its handle."""


def created(aries: Party, peer: Peer) -> int:
    """Create an inviter's connection."""
    return int(aries.call("create", "alice"))


def invited(aries: Party, peer: Peer) -> int:
    """Create a connection that has invited."""
    handle = created(aries, peer)
    aries.call("connect", handle, None)
    return handle


def responded(aries: Party, peer: Peer) -> int:
    """Create a connection that has answered a request."""
    return after_message(invited, peer.request())(aries, peer)


def requested(aries: Party, peer: Peer) -> int:
    """Create an invitee's connection that has sent its request."""
    handle = was_invited(aries, peer)
    aries.call("connect", handle, None)
    return handle


def was_invited(aries: Party, peer: Peer) -> int:
    """Create an invitee's connection."""
    return int(aries.call("create_with_invite", "peer", peer.invitation()))


def completed_inviter(aries: Party, peer: Peer) -> int:
    """Create a connection whose response was acknowledged."""
    return after_message(responded, ACK)(aries, peer)


def completed_invitee(aries: Party, peer: Peer) -> int:
    """Create an invitee's connection that has received the response."""
    handle = requested(aries, peer)
    return after_message(lambda *_: handle, peer.response())(aries, peer)


def after_message(before: Walk, message: AriesMessage) -> Walk:
    """Return a walk that ends with an update after the peer has sent a message."""

    def walked(aries: Party, peer: Peer) -> int:
        handle = before(aries, peer)
        peer.write(handle, message)
        assert aries.call("update_state", handle) == aries.call("get_state", handle)
        return handle

    return walked


def inner(party: Party, handle: int) -> str:
    """Return the inner state in the document."""
    ((_, state),) = json.loads(party.call("serialize", handle))["state"].items()
    return str(next(iter(state)))


def mails(party: Party) -> list[list[Mail]]:
    """Return the contents of the party's mailboxes, that of the oldest agent first."""
    return [list(connection.mailbox.values()) for connection in agents_of(party.world)]


def unread(party: Party) -> list[int]:
    """Return the number of unread messages in each mailbox."""
    return [sum(mail.status is MessageStatus.RECEIVED for mail in mailbox) for mailbox in mails(party)]
