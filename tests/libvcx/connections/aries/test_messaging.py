"""Messages, pings, questions and signatures on an Aries connection, and its end.

Sections are those of docs/protocol/libvcx.md.
"""

import ctypes
import json

import pytest

from connsim.libvcx.aries.connections import create, create_with_invite
from connsim.libvcx.aries.states import DISCLOSE, QUERY
from connsim.libvcx.calls import Result
from connsim.libvcx.library import Library
from connsim.wire.aries import messages
from connsim.wire.aries.messages import PREFIX, AriesMessage, Type
from connsim.wire.codes import ConnectionStatus
from tests.libvcx.conftest import Call
from tests.libvcx.connections.aries.conftest import Peer
from tests.libvcx.connections.aries.stages import Walk
from tests.libvcx.connections.conftest import Party, agents_of

OPTIONS = '{"msg_type": "t", "msg_title": "t", "ref_msg_id": null}'


def inviter(stage: int) -> Walk:
    """An inviter in a state."""

    def walked(aries: Party, peer: Peer) -> int:
        handle = aries.call("create", "a")
        if stage > 1:
            aries.call("connect", handle, None)
        for message in (peer.request(), messages.ack("a", "request-1"))[: max(stage - 2, 0)]:
            peer.write(handle, message)
            aries.call("update_state", handle)
        assert aries.call("get_state", handle) == stage
        return int(handle)

    return walked


def invitee(stage: int) -> Walk:
    """An invitee in a state."""

    def walked(aries: Party, peer: Peer) -> int:
        handle = aries.call("create_with_invite", "a", peer.invitation())
        if stage > 2:
            aries.call("connect", handle, None)
        if stage > 3:
            peer.write(handle, peer.response())
            aries.call("update_state", handle)
        assert aries.call("get_state", handle) == stage
        return int(handle)

    return walked


STAGES = {f"inviter {stage}": inviter(stage) for stage in (1, 2, 3, 4)} | {
    f"invitee {stage}": invitee(stage) for stage in (2, 3, 4)
}


def staged(*heard: str) -> pytest.MarkDecorator:
    """Every stage, and whether it is one of these."""
    return pytest.mark.parametrize(
        ("before", "heard"), [pytest.param(before, name in heard, id=f"2.16 {name}") for name, before in STAGES.items()]
    )


@staged("inviter 3", "inviter 4", "invitee 4")
def test_2_16_a_ping(aries: Party, peer: Peer, before: Walk, heard: bool) -> None:
    """It asks for a response; in other states it succeeds, and nobody hears of it."""
    handle = before(aries, peer)
    peer.taken.clear()

    aries.call("send_ping", handle, "hello")

    assert [(one.type, one.members["comment"], one.members["response_requested"]) for one in peer.taken] == [
        (Type.PING, "hello", True)
    ] * heard


@staged("inviter 4", "invitee 4")
def test_2_16_a_question_for_protocols(aries: Party, peer: Peer, before: Walk, heard: bool) -> None:
    """Only a complete connection asks."""
    handle = before(aries, peer)
    peer.taken.clear()

    aries.call("send_discovery_features", handle, "did:*", None)

    assert [(one.type, one.members["query"]) for one in peer.taken] == [(QUERY, "did:*")] * heard


def test_2_16_lost_pings_are_not_told_and_lost_questions_are(aries: Party, peer: Peer) -> None:
    """The other side refuses both."""
    handle = inviter(4)(aries, peer)
    peer.refuses = True

    aries.call("send_ping", handle, None)
    assert aries.fails("send_discovery_features", handle, None, None) == 1010
    assert [one.type for one in peer.taken[-2:]] == [Type.PING, QUERY]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param("*", 4, id="2.7 everything"),
        pytest.param(f"{PREFIX}trust*", 1, id="2.7 a beginning"),
        pytest.param(f"{PREFIX}trust_ping/1.0", 1, id="2.7 one"),
        pytest.param(f"{PREFIX}trust_pin", 0, id="2.7 a beginning that does not say so"),
        pytest.param(None, 4, id="2.7 no question"),
    ],
)
def test_2_7_a_question_is_answered(aries: Party, peer: Peer, wanted: str | None, found: int) -> None:
    """With the protocols that fit."""
    handle = inviter(4)(aries, peer)
    peer.write(handle, AriesMessage(QUERY, {"@id": "query-1", "query": wanted}))

    assert aries.call("update_state", handle) == 4

    answer = peer.taken[-1]
    assert (answer.type, answer.thread, len(answer.members["protocols"])) == (DISCLOSE, "query-1", found)


def test_2_7_what_the_other_side_discloses_is_kept(aries: Party, peer: Peer) -> None:
    """In the document, and in what info tells."""
    handle = inviter(4)(aries, peer)
    protocols = [{"pid": "x", "roles": ["a"]}, {"pid": "y"}]
    assert "protocols" not in json.loads(aries.call("info", handle))["their"]
    told = {"@id": "d", "protocols": protocols, "~thread": messages.thread("q")}
    peer.write(handle, AriesMessage(DISCLOSE, told))
    aries.call("update_state", handle)

    assert json.loads(aries.call("info", handle))["their"]["protocols"] == protocols
    assert json.loads(aries.call("serialize", handle))["state"]["Inviter"]["Completed"]["protocols"] == protocols
    peer.write(handle, messages.ping("p", response_requested=False))
    aries.call("update_state", handle)
    assert json.loads(aries.call("info", handle))["their"]["protocols"] == protocols


@pytest.mark.parametrize("name", ["inviter 3", "inviter 4", "invitee 2", "invitee 3", "invitee 4"])
@pytest.mark.parametrize("text", ['{"@type": "did:x/ping", "a":  1}', '{"@type": "x", "@id": "i"}'])
def test_2_13_json_is_sent_as_it_is(aries: Party, peer: Peer, name: str, text: str) -> None:
    """To the letter, from state 2 on; the result is empty, and the options are not looked at."""
    handle = STAGES[name](aries, peer) if name != "invitee 2" else with_key(aries, peer)

    assert aries.call("send_message", handle, text, "no options") == ""

    assert peer.raw[-1] == text.encode()


def with_key(aries: Party, peer: Peer) -> int:
    """An invitee in state 2 whose document has an agent: without one, there is no key to write with."""
    handle = invitee(2)(aries, peer)
    other = json.loads(aries.call("serialize", inviter(2)(aries, peer)))["data"]
    document = json.loads(aries.call("serialize", handle))
    document["data"] |= {name: other[name] for name in ("pw_did", "pw_verkey", "agent_did", "agent_vk")}
    return int(aries.call("deserialize", json.dumps(document)))


def test_2_13_a_text_becomes_a_basic_message(aries: Party, peer: Peer) -> None:
    """Whatever is no JSON does."""
    handle = inviter(4)(aries, peer)

    aries.call("send_message", handle, "hello", OPTIONS)

    message = peer.taken[-1]
    assert message.type == f"{PREFIX}basicmessage/1.0/message"
    assert message.members["content"] == "hello"


def test_2_13_before_anybody_is_known_it_is_1005(aries: Party, peer: Peer) -> None:
    """In state 1; in state 2 an inviter writes to itself."""
    handle = inviter(1)(aries, peer)
    assert aries.fails("send_message", handle, "{}", OPTIONS) == 1005
    aries.call("connect", handle, None)

    aries.call("send_message", handle, '{"@type": "x"}', OPTIONS)

    (connection,) = agents_of(aries.world)
    assert len(connection.mailbox) == 1


def test_2_13_a_message_that_is_refused(aries: Party, peer: Peer) -> None:
    """Other than a ping, it is told."""
    handle = inviter(4)(aries, peer)
    peer.refuses = True

    assert aries.fails("send_message", handle, "hello", OPTIONS) == 1010


def test_2_14_signatures(aries: Party, peer: Peer) -> None:
    """Before connect there is no key to sign with, and before an invitation nobody whose signature could be held."""
    handle = inviter(1)(aries, peer)

    assert aries.fails("sign_data", handle, b"data") == 1067
    handle = inviter(3)(aries, peer)
    assert aries.call("verify_signature", handle, b"data", peer.keys.sign(b"data"))
    assert not aries.call("verify_signature", handle, b"other", peer.keys.sign(b"data"))
    assert aries.fails("verify_signature", handle, b"data", b"short") == 1080


def test_2_2_without_the_other_side_verify_is_refused_at_once(bare: Library, call: Call, peer: Peer) -> None:
    """Here alone a handle that is known is 1003 before the call is accepted."""
    bare.session.settings.update({"protocol_type": "3.0"})
    data, one = ctypes.create_string_buffer(b"data"), ctypes.c_uint32(1)

    for handle, code in (
        (create(bare.session, "a"), 1003),
        (create_with_invite(bare.session, "b", peer.invitation()), 0),
    ):
        called = call(
            bare, "vcx_connection_verify_signature", ctypes.c_uint32(handle), data, one, data, one, result=Result.TRUTH
        )
        assert called.returned == code


def test_2_12_delete(aries: Party, peer: Peer) -> None:
    """One post for the present agent, and the handle is gone."""
    handle = inviter(4)(aries, peer)
    aries.posts()

    aries.call("delete", handle)

    assert aries.posts() == ["UPDATE_CONN_STATUS"]
    statuses = [connection.status for connection in agents_of(aries.world)]
    assert statuses == [ConnectionStatus.NOT_CONNECTED, ConnectionStatus.DELETED]
    assert aries.fails("get_state", handle) == 1003
    assert aries.fails("send_ping", handle, None) == 1048


@pytest.mark.parametrize("before", [inviter(1), invitee(2)])
def test_2_12_without_an_agent_delete_is_1060(aries: Party, peer: Peer, before: Walk) -> None:
    """And the handle is gone all the same."""
    handle = before(aries, peer)
    aries.posts()

    assert aries.fails("delete", handle) == 1060
    assert aries.posts() == []
    assert aries.fails("get_state", handle) == 1003
