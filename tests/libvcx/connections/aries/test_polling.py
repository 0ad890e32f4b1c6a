"""How update_state reacts to the messages of the other side, where that is not obvious.

Sections are those of docs/protocol/libvcx.md, 12 of docs/protocol/vcx-agency.md.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from connsim.core.durations import SECOND
from connsim.core.seed import Seed
from connsim.virtual_time.frozen import frozen
from connsim.wire.aries import messages
from connsim.wire.aries.messages import PREFIX, AriesMessage, Problem, Type
from connsim.wire.codes import MessageStatus
from connsim.wire.crypt import drawing
from connsim.wire.notation import base64url_bytes
from connsim.wire.pack import pack
from tests.libvcx.connections.aries.conftest import Peer
from tests.libvcx.connections.aries.stages import (
    ACK,
    REPORT,
    STRANGER,
    TELL,
    Walk,
    after_message,
    completed_invitee,
    completed_inviter,
    created,
    invited,
    mails,
    requested,
    responded,
    unread,
    was_invited,
)
from tests.libvcx.connections.conftest import NewParty, Party


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("https://didcomm.org/connections/1.0/request", id="12.3 the newer prefix"),
        pytest.param(f"{PREFIX}report-problem/1.0/problem-report", id="12.3 the general report"),
        pytest.param(f"{PREFIX}connections/1.0/problem-report", id="12.3 a hyphen for the underscore"),
        pytest.param("x", id="12.3 nothing known"),
    ],
)
def test_12_3_unknown_types_stay_in_the_mailbox(aries: Party, peer: Peer, kind: str) -> None:
    """A message of an unknown type causes no error, and blocks no other message."""
    handle = invited(aries, peer)
    peer.write(handle, AriesMessage(kind, peer.request().members))
    assert aries.call("update_state", handle) == 2
    peer.write(handle, peer.request())

    assert aries.call("update_state", handle) == 3
    assert unread(aries) == [1, 0]


def test_2_7_the_posts_of_a_poll(aries: Party, peer: Peer) -> None:
    """Until the acknowledgement an inviter also polls its old agent; a message is marked where it was found."""
    handle = invited(aries, peer)
    assert aries.posts() == ["CREATE_KEY"]
    assert (aries.call("update_state", handle), aries.posts()) == (2, ["GET_MSGS"])
    peer.write(handle, peer.request())
    aries.posts()

    assert aries.call("update_state", handle) == 3
    assert aries.posts() == ["GET_MSGS", "CREATE_KEY", "UPDATE_MSG_STATUS_BY_CONNS", "GET_MSGS"]
    assert [message.type for message in peer.received] == [Type.RESPONSE]
    assert (aries.call("update_state", handle), aries.posts()) == (3, ["GET_MSGS", "GET_MSGS"])

    peer.write(handle, ACK)
    aries.posts()
    assert aries.call("update_state", handle) == 4
    assert aries.posts() == ["GET_MSGS", "UPDATE_MSG_STATUS_BY_CONNS"]
    assert (aries.call("update_state", handle), aries.posts()) == (4, ["GET_MSGS"])


def test_12_1_an_ack_to_the_invitations_keys_is_found(aries: Party, peer: Peer) -> None:
    """An acknowledgement to the invitation's keys is found in the mailbox of the earlier agent."""
    handle = invited(aries, peer)
    old = peer.contact(handle)
    peer.write(handle, peer.request())
    assert aries.call("update_state", handle) == 3
    assert peer.contact(handle).recipient_keys != old.recipient_keys
    peer.write(handle, ACK, old)
    aries.posts()

    assert aries.call("update_state", handle) == 4
    assert aries.posts() == ["GET_MSGS", "GET_MSGS", "UPDATE_MSG_STATUS_BY_CONNS"]
    assert unread(aries) == [0, 0]


@pytest.mark.parametrize("status", ["OK", "PENDING", "FAIL"])
def test_12_3_any_acknowledgement_completes(aries: Party, peer: Peer, status: str) -> None:
    """An acknowledgement completes the connection, whatever its status and thread are."""
    handle = after_message(responded, messages.ack("a", "another thread", status))(aries, peer)

    assert aries.call("get_state", handle) == 4


@pytest.mark.parametrize("code", [pytest.param(code, id=f"12.3 {code}") for code in (*Problem, None)])
@pytest.mark.parametrize("before", [invited, responded, requested])
def test_12_3_a_report_leads_to_state_1(aries: Party, peer: Peer, before: Walk, code: str | None) -> None:
    """A problem report leads to state 1, not to 0 as the documentation says; its thread is not compared."""
    handle = after_message(before, messages.problem_report("r", "any", code))(aries, peer)

    assert aries.call("get_state", handle) == 1
    assert json.loads(aries.call("invite_details", handle, False)) == {}


def test_2_7_after_a_report_an_inviter_can_invite_again(aries: Party, peer: Peer) -> None:
    """After a report, connect makes a new agent and invitation; earlier polls succeed, and find nothing to handle."""
    handle = after_message(invited, REPORT)(aries, peer)
    did = aries.call("get_pw_did", handle)
    peer.write(handle, REPORT)
    assert aries.call("update_state", handle) == 1

    shown = json.loads(aries.call("connect", handle, None))

    assert aries.call("get_state", handle) == 2
    assert shown["recipientKeys"] == list(peer.contact(handle).recipient_keys)
    assert aries.call("get_pw_did", handle) != did
    assert unread(aries) == [1, 0]


def test_2_7_after_a_report_an_invitee_cannot_continue(aries: Party, peer: Peer) -> None:
    """After a report, an invitee's connect succeeds without effect."""
    handle = after_message(requested, REPORT)(aries, peer)
    aries.posts()

    assert aries.call("connect", handle, None) == b"{}"
    assert aries.call("get_state", handle) == 1
    assert aries.posts() == []


FOR_ANOTHER_KEY = pack([STRANGER.verkey], b"{}", None, drawing(Seed("somebody else")))


BLOCKING = {
    "12.4 a request without a label": lambda peer: without(peer.request(), "label"),
    "12.3 an ack without a status": lambda peer: without(ACK, "status"),
    "12.3 a report without a thread": lambda peer: without(REPORT, "~thread"),
    "12.3 a report with an unknown code": lambda peer: messages.problem_report("r", "t", "no_reason"),
    "12.4 no JSON": lambda peer: b"hello",
    "12.4 no type": lambda peer: b'{"@id": "x"}',
    "12.4 a disclosure without protocols": lambda peer: without(TELL, "protocols"),
}


def without(message: AriesMessage, name: str) -> AriesMessage:
    """Return a message without a member."""
    return AriesMessage(message.type, {key: value for key, value in message.members.items() if key != name})


@pytest.mark.parametrize("bad", BLOCKING.values(), ids=BLOCKING)
def test_12_4_one_bad_entry_blocks_every_update(
    aries: Party, peer: Peer, bad: Callable[[Peer], AriesMessage | bytes]
) -> None:
    """A bad entry makes polls fail with 1003 until its status changes; then the good one after it is handled."""
    handle = invited(aries, peer)
    peer.write(handle, bad(peer))
    peer.write(handle, peer.request())

    assert [aries.fails("update_state", handle) for _ in range(2)] == [1003, 1003]
    assert aries.call("get_state", handle) == 2

    mails(aries)[0][0].status = MessageStatus.REVIEWED
    assert aries.call("update_state", handle) == 3


@pytest.mark.parametrize("payload", [None, b"garbage", FOR_ANOTHER_KEY], ids=["none", "garbage", "another key"])
def test_12_4_an_unreadable_payload_blocks_every_update(aries: Party, peer: Peer, payload: bytes | None) -> None:
    """A payload that cannot be opened makes polls fail, too, even after a good entry."""
    handle = invited(aries, peer)
    peer.write(handle, peer.request())
    peer.write(handle, AriesMessage("x", {}))
    ((_, last),) = mails(aries)
    good, last.payload = last.payload, payload

    assert aries.fails("update_state", handle) == 1003

    last.payload = good
    assert aries.call("update_state", handle) == 3


def test_12_4_a_response_that_cannot_be_delivered(aries: Party, peer: Peer) -> None:
    """If a response cannot be delivered, a problem report is attempted, and the invitation is used up."""
    handle = invited(aries, peer)
    agent = aries.call("get_pw_did", handle)
    peer.refuses = True
    peer.write(handle, peer.request())

    assert aries.call("update_state", handle) == 1

    response, report = peer.received
    assert (response.type, report.type) == (Type.RESPONSE, Type.PROBLEM)
    assert (report.members["problem-code"], report.thread) == (Problem.REQUEST_PROCESSING_ERROR, "request-1")
    assert unread(aries) == [0, 0]
    assert aries.call("get_pw_did", handle) == agent


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"@context": "https://www.w3.org/ns/did/v1"}, id="12.3 wrong @context"),
        pytest.param({"publicKey": []}, id="2.7 no key"),
        pytest.param({"service": []}, id="2.7 no service"),
    ],
)
def test_12_3_an_invalid_document(aries: Party, peer: Peer, changed: dict[str, Any]) -> None:
    """For an invalid document no agent is made; a problem report is sent if an address is known."""
    handle = invited(aries, peer)
    peer.write(handle, peer.request(**changed))
    aries.posts()

    assert aries.call("update_state", handle) == 1

    assert "CREATE_KEY" not in aries.posts()
    reported = [message.members["problem-code"] for message in peer.received]
    assert reported == ([Problem.REQUEST_PROCESSING_ERROR] if "@context" in changed else [])


def test_12_4_two_requests_on_one_invitation(aries: Party, peer: Peer) -> None:
    """The first request is answered; the other stays unread in the old mailbox, and completes nothing."""
    handle = invited(aries, peer)
    peer.write(handle, peer.request())
    peer.write(handle, AriesMessage(Type.REQUEST, {**peer.request().members, "@id": "request-2"}))

    assert [aries.call("update_state", handle) for _ in range(2)] == [3, 3]

    assert [message.thread for message in peer.received] == ["request-1"]
    assert unread(aries) == [1, 0]


def test_12_4_the_state_stays_if_only_the_marking_fails(aries: Party, peer: Peer) -> None:
    """If only marking the message fails, the call fails, but the new state remains."""
    handle = invited(aries, peer)
    peer.write(handle, peer.request())
    post, posted = aries.session.posting, []

    def failing(url: str, body: bytes) -> bytes:
        posted.append(url)
        return b"garbage" if len(posted) == 4 else post(url, body)

    aries.session.posting = failing

    assert aries.fails("update_state", handle) == 1003
    assert aries.call("get_state", handle) == 3
    assert unread(aries) == [1, 0]


def test_12_4_the_sender_of_a_request_is_not_checked(aries: Party, peer: Peer) -> None:
    """A request whose envelope proves no sender is accepted."""
    handle = invited(aries, peer)
    peer.write(handle, peer.request(), anonymous=True)

    assert aries.call("update_state", handle) == 3


def test_4_5_a_response_is_dated(aries: Party, peer: Peer) -> None:
    """A response has the client's own time, which can be virtual."""
    handle = invited(aries, peer)
    aries.world.advance("1 hour")
    peer.write(handle, peer.request())

    with frozen(aries.world):
        aries.call("update_state", handle)

    data = base64url_bytes(peer.received[-1].members["connection~sig"]["sig_data"])
    assert int.from_bytes(data[:8], "big") == aries.world.clock.now() // SECOND


def test_2_7_one_message_at_a_time(aries: Party, peer: Peer) -> None:
    """A poll handles the first message that fits, and the next poll the next."""
    handle = completed_inviter(aries, peer)
    for name in ("ping-1", "ping-2"):
        peer.write(handle, messages.ping(name))

    for answered in (1, 2, 2):
        assert aries.call("update_state", handle) == 4
        threads = [one.thread for one in peer.received if one.type is Type.PING_RESPONSE]
        assert threads == ["ping-1", "ping-2"][:answered]


@pytest.mark.parametrize(
    "handle_of", [pytest.param(created, id="2.7 inviter in 1"), pytest.param(was_invited, id="2.7 invitee in 2")]
)
def test_2_7_without_an_agent_it_is_1003(aries: Party, peer: Peer, handle_of: Walk) -> None:
    """Without an agent there is no mailbox to poll, and nothing is posted."""
    handle = handle_of(aries, peer)

    assert aries.fails("update_state", handle) == 1003
    assert aries.posts() == []


@pytest.mark.parametrize(("please_ack", "answer"), [(True, Type.ACK), (False, Type.PING)])
def test_2_7_an_invitee_acknowledges(aries: Party, peer: Peer, please_ack: bool, answer: Type) -> None:
    """An invitee sends an acknowledgement if it is asked for, otherwise a ping, both on the thread of the request."""
    handle = requested(aries, peer)
    asked = peer.received[-1]
    peer.write(handle, peer.response(please_ack=please_ack))

    assert aries.call("update_state", handle) == 4

    assert (peer.received[-1].type, peer.received[-1].thread) == (answer, asked.id)
    assert aries.call("get_their_pw_did", handle) == peer.keys.did


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(lambda peer: peer.response(STRANGER), id="2.7 signed by another key"),
        pytest.param(
            lambda peer: AriesMessage(Type.RESPONSE, {**peer.response().members, "~thread": messages.thread("x")}),
            id="2.7 another thread",
        ),
        pytest.param(
            lambda peer: AriesMessage(Type.RESPONSE, {**peer.response().members, "connection~sig": {}}),
            id="2.7 no signature",
        ),
    ],
)
def test_2_7_a_bad_response_is_reported(aries: Party, peer: Peer, response: Callable[[Peer], AriesMessage]) -> None:
    """A bad response is reported to the inviter, and ends the connection."""
    handle = requested(aries, peer)
    asked = peer.received[-1]
    peer.write(handle, response(peer))

    assert aries.call("update_state", handle) == 1

    report = peer.received[-1]
    assert (report.type, report.thread) == (Type.PROBLEM, asked.id)
    assert report.members["problem-code"] == Problem.RESPONSE_PROCESSING_ERROR


@pytest.mark.parametrize("before", [responded, completed_inviter, completed_invitee])
@pytest.mark.parametrize("wanted", [True, False])
def test_2_7_a_ping_is_answered_if_asked_for(aries: Party, peer: Peer, before: Walk, wanted: bool) -> None:
    """A ping is answered on its own thread."""
    handle = before(aries, peer)
    seen = len(peer.received)
    peer.write(handle, messages.ping("ping-1", response_requested=wanted))

    assert aries.call("update_state", handle) == 4
    assert [(one.type, one.thread) for one in peer.received[seen:]] == [(Type.PING_RESPONSE, "ping-1")] * wanted


def test_2_7_a_ping_that_cannot_be_answered(aries: Party, peer: Peer) -> None:
    """If the response to a ping cannot be delivered, the call fails, and the ping remains for the next one."""
    handle = completed_inviter(aries, peer)
    peer.write(handle, messages.ping("ping-1"))
    peer.refuses = True

    assert aries.fails("update_state", handle) == 1003
    assert (aries.call("get_state", handle), unread(aries)) == (4, [0, 1])


def test_2_7_an_ack_that_cannot_be_delivered(aries: Party, peer: Peer) -> None:
    """An acknowledgement that cannot be delivered has the effect of a bad response."""
    handle = requested(aries, peer)
    peer.write(handle, peer.response())
    peer.refuses = True

    assert aries.call("update_state", handle) == 1
    assert [one.type for one in peer.received[-2:]] == [Type.ACK, Type.PROBLEM]


def test_2_8_a_message_argument_has_no_effect(aries: Party, peer: Peer) -> None:
    """The argument must be a valid message, but has no effect on the state."""
    handle = invited(aries, peer)
    stored = {"statusCode": "MS-103", "senderDID": "", "uid": "u", "type": "aries", "payload": [1]}

    assert aries.call("update_state_with_message", handle, json.dumps(stored)) == 2


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"protocol_type": "3.0"}, id="2.1 3.0"),
        pytest.param({"protocol_type": "4.0"}, id="2.1 4.0"),
        pytest.param({"protocol_type": "2.0", "communication_method": "aries"}, id="2.1 2.0 with aries"),
    ],
)
def test_two_parties_connect(new_party: NewParty, settings: dict[str, str]) -> None:
    """Two parties on the stand-in connect through their agencies, from the invitation to state 4 on both sides."""
    faber, alice = new_party("faber", **settings), new_party("alice", **settings)
    inviter = faber.call("create", "alice")
    invitation = faber.call("connect", inviter, "{}").decode()
    invitee = alice.call("create_with_invite", "faber", invitation)

    states = [alice.call("get_state", invitee)]
    alice.call("connect", invitee, None)
    for party, handle in ((alice, invitee), (faber, inviter), (faber, inviter), (alice, invitee), (faber, inviter)):
        states.append(party.call("update_state", handle))

    assert states == [2, 3, 3, 3, 4, 4]
    assert faber.call("get_their_pw_did", inviter) == alice.call("get_pw_did", invitee)
    assert alice.call("get_their_pw_did", invitee) == faber.call("get_pw_did", inviter)
    signature = alice.call("sign_data", invitee, b"data")
    assert faber.call("verify_signature", inviter, b"data", signature)
    assert not faber.call("verify_signature", inviter, b"date", signature)


def test_2_1_an_invitee_of_protocol_1_0(new_party: NewParty) -> None:
    """The invitation determines the kind of the connection; the settings still determine the agency's protocol."""
    faber, alice = new_party("faber", protocol_type="3.0"), new_party("alice")
    inviter = faber.call("create", "alice")
    invitee = alice.call("create_with_invite", "faber", faber.call("connect", inviter, None).decode())
    alice.call("connect", invitee, None)

    assert faber.call("update_state", inviter) == 3
    assert alice.call("update_state", invitee) == 4
    assert faber.call("update_state", inviter) == 4
