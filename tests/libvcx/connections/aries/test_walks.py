"""Each row of the tables, with messages from a real mailbox, and the messages for which there is no row.

Sections are those of docs/protocol/libvcx.md.
"""

import pytest

from connsim.core.table import Table
from connsim.libvcx.aries.states import INVITEE, INVITER, Event, Inner
from connsim.wire.aries import messages
from connsim.wire.aries.messages import AriesMessage
from tests.libvcx.connections.aries.conftest import Peer
from tests.libvcx.connections.aries.stages import (
    ACK,
    ASK,
    PING,
    PONG,
    REPORT,
    STRANGER,
    TELL,
    Walk,
    after_message,
    completed_invitee,
    completed_inviter,
    created,
    inner,
    invited,
    requested,
    responded,
    unread,
    was_invited,
)
from tests.libvcx.connections.conftest import Party


def bad_request(aries: Party, peer: Peer) -> int:
    """Create an inviter that cannot read the invitee's document."""
    return after_message(invited, peer.request(**{"@context": "https://www.w3.org/ns/did/v1"}))(aries, peer)


def bad_response(aries: Party, peer: Peer) -> int:
    """Create an invitee whose inviter signed with another key than the invitation's."""
    handle = requested(aries, peer)
    return after_message(lambda *_: handle, peer.response(STRANGER))(aries, peer)


WALKS: dict[tuple[Table, str | None, str], Walk] = {
    (INVITER, None, Event.CREATED): created,
    (INVITER, Inner.NULL, Event.CONNECTED): invited,
    (INVITER, Inner.INVITED, Event.REQUESTED): responded,
    (INVITER, Inner.INVITED, Event.FAILED): bad_request,
    (INVITER, Inner.INVITED, Event.REPORTED): after_message(invited, REPORT),
    (INVITER, Inner.RESPONDED, Event.REPORTED): after_message(responded, REPORT),
    (INVITER, Inner.RESPONDED, Event.ACKNOWLEDGED): completed_inviter,
    (INVITER, Inner.RESPONDED, Event.PINGED): after_message(responded, PING),
    (INVITER, Inner.RESPONDED, Event.PONGED): after_message(responded, PONG),
    (INVITEE, None, Event.CREATED): was_invited,
    (INVITEE, Inner.INVITED, Event.CONNECTED): requested,
    (INVITEE, Inner.REQUESTED, Event.RESPONDED): completed_invitee,
    (INVITEE, Inner.REQUESTED, Event.FAILED): bad_response,
    (INVITEE, Inner.REQUESTED, Event.REPORTED): after_message(requested, REPORT),
    **{
        (table, Inner.COMPLETED, event): after_message(before, message)
        for table, before in ((INVITER, completed_inviter), (INVITEE, completed_invitee))
        for event, message in (
            (Event.PINGED, PING),
            (Event.PONGED, PONG),
            (Event.QUERIED, ASK),
            (Event.DISCLOSED, TELL),
        )
    },
}


@pytest.mark.parametrize(
    ("table", "source", "event", "target"),
    [
        pytest.param(table, edge.source, edge.event, edge.target, id=f"2.7 {table.name}: {edge.source} {edge.event}")
        for table in (INVITER, INVITEE)
        for edge in table.edges
    ],
)
def test_every_row_is_walked(
    aries: Party, peer: Peer, table: Table, source: str | None, event: str, target: str
) -> None:
    """The library follows each edge with messages from a real mailbox; none stays unread."""
    handle = WALKS[table, source, event](aries, peer)

    assert inner(aries, handle) == target
    assert aries.call("get_state", handle) == Inner(target).number
    assert sum(unread(aries)) == 0


STAGES = {
    "inviter 2": (invited, [ACK, PING, PONG, ASK, TELL]),
    "inviter 3": (responded, [ASK, TELL, messages.request("request-2", "x", "d", {})]),
    "invitee 3": (requested, [ACK, PING, PONG, ASK, TELL]),
    "inviter 4": (completed_inviter, [ACK, REPORT, messages.request("request-2", "x", "d", {})]),
    "invitee 4": (completed_invitee, [ACK, REPORT]),
}


@pytest.mark.parametrize(
    ("before", "message"),
    [
        pytest.param(before, message, id=f"2.7 {name}: {message.type}")
        for name, (before, ignored) in STAGES.items()
        for message in ignored
    ],
)
def test_2_7_other_messages_stay_unread(aries: Party, peer: Peer, before: Walk, message: AriesMessage) -> None:
    """A message that does not fit the state is opened, and stays unread."""
    handle = before(aries, peer)
    state = inner(aries, handle)
    peer.write(handle, message)

    assert [aries.call("update_state", handle) for _ in range(2)] == [Inner(state).number] * 2

    assert inner(aries, handle) == state
    assert sum(unread(aries)) == 1
