"""Messages, signatures and deletion of connections, and when they are refused.

Sections are those of docs/protocol/libvcx.md.
"""

import json
from typing import Any

import pytest

from connsim.libvcx.errors import VcxError
from connsim.wire.codes import Version
from connsim.wire.layers import peel
from connsim.wire.payloads import open_payload
from connsim.wire.states import State
from tests.libvcx.connections.conftest import NewParty, Party, agent_of

OPTIONS = json.dumps({"msg_type": "question", "msg_title": "Hungry?", "ref_msg_id": None})


def connected(new_party: NewParty, **settings: str) -> tuple[Party, int, Any, int]:
    """Connect two parties: return the inviter, its handle, the invitee, its handle."""
    faber, alice = new_party("faber", **settings), new_party("alice", **settings)
    offered = faber.invited()
    taken = alice.call("create_with_invite", "faber", faber.call("invite_details", offered, True).decode())
    alice.call("connect", taken, "")
    faber.call("update_state", offered)
    faber.posts()
    return faber, offered, alice, taken


def test_2_13_a_message_arrives(new_party: NewParty) -> None:
    """Sending makes one post; the result is the message's uid, and the other side can read the message."""
    faber, offered, alice, taken = connected(new_party)

    uid = faber.call("send_message", offered, "Shall we eat?", OPTIONS)

    assert faber.posts()[0] == "SEND_REMOTE_MSG"
    alice_here = agent_of(faber.world, alice.connection(taken).agent_did)
    sent = agent_of(faber.world, faber.connection(offered).agent_did).mailbox[uid]
    received = next(mail for mail in alice_here.mailbox.values() if mail.type == "question")
    assert received.payload is not None
    payload = open_payload(received.payload, alice.session.wallet.pair(alice.connection(taken).pw_verkey))
    assert (payload.name, payload.inner) == ("question", "Shall we eat?")
    assert sent.type == "question"


def test_2_1_a_message_follows_the_settings(new_party: NewParty) -> None:
    """With protocol_type 1.0 a message uses 1.0, although its connection uses 2.0, with title and reference."""
    faber, offered, alice, taken = connected(new_party, use_latest_protocols="true")
    sent: list[bytes] = []
    post = faber.session.posting

    def intercept(url: str, body: bytes) -> bytes:
        sent.append(body)
        return post(url, body)

    faber.session.posting = intercept

    faber.call("send_message", offered, "Yes", json.dumps({"msg_type": "a", "msg_title": "A", "ref_msg_id": "q"}))

    assert faber.connection(offered).version == "2.0"
    layers = peel(sent[0], faber.world.agency.parties.key, faber.world.agency.parties.find_key)
    assert {layer.version for layer in layers} == {Version.V1}
    members = layers[-1].message.members
    assert [members[name] for name in ("title", "detail", "replyToMsgId", "mtype")] == ["A", "A", "q", "a"]
    received = agent_of(faber.world, alice.connection(taken).agent_did).mailbox.values()
    assert "a" in [mail.type for mail in received]


@pytest.mark.parametrize("state", [state for state in State if state is not State.ACCEPTED])
def test_2_13_refused_before_an_acceptance(mocked: Party, state: State) -> None:
    """Before an acceptance sending is refused, and the state is checked before the options."""
    handle = mocked.loaded(mocked.call("create", "alice"), state=state)

    assert mocked.fails("send_message", handle, "text", "{") == 1005


@pytest.mark.parametrize(
    "options",
    ["{", "[]", "{}", '{"msg_type": "t"}', '{"msg_type": "t", "msg_title": null}', OPTIONS.replace("null", "1")],
)
def test_2_13_wrong_options(mocked: Party, options: str) -> None:
    """Wrong options have the library's code for a wrong configuration."""
    handle = mocked.loaded(mocked.call("create", "alice"), state=State.ACCEPTED, agent_did="", agent_vk="")

    assert mocked.fails("send_message", handle, "text", options) == 1004


def test_2_13_never_with_protocol_2(new_party: NewParty) -> None:
    """In protocol 2 a message lacks its thread, and is refused before a post."""
    faber, offered, *_ = connected(new_party, protocol_type="2.0", use_latest_protocols="true")

    with pytest.raises(VcxError) as failed:
        faber.call("send_message", offered, "text", OPTIONS)

    assert (failed.value.code, failed.value.causes) == (1081, ("Thread info not found",))
    assert faber.posts() == []


@pytest.mark.parametrize(
    ("name", "given"),
    [("send_message", ("x", OPTIONS)), ("send_ping", (None,)), ("send_discovery_features", (None, None))],
)
def test_2_2_unknown_handles_that_are_found_late(mocked: Party, name: str, given: tuple[Any, ...]) -> None:
    """Three functions report an unknown handle with another code, by the callback."""
    assert mocked.fails(name, 7, *given) == 1048


def test_2_14_signatures(new_party: NewParty) -> None:
    """A signature of one side is valid for the other side only, and for its data only."""
    faber, offered, alice, taken = connected(new_party)

    signature = faber.call("sign_data", offered, b"data")

    assert len(signature) == 64
    assert alice.call("verify_signature", taken, b"data", signature) is True
    assert alice.call("verify_signature", taken, b"date", signature) is False
    assert faber.call("verify_signature", offered, b"data", signature) is False  # made by itself, not by the other side
    assert faber.posts() == []


def test_2_14_errors_of_signatures(new_party: NewParty) -> None:
    """A missing other side, a signature of another size, and an invalid or unknown key have their codes."""
    faber, offered, *_ = connected(new_party)
    new = faber.call("create", "bob")

    assert faber.fails("verify_signature", new, b"data", bytes(64)) == 1067
    assert faber.fails("verify_signature", offered, b"data", bytes(63)) == 1080
    assert faber.fails("verify_signature", faber.loaded(offered, their_pw_verkey="0"), b"data", bytes(64)) == 1080
    stranger = faber.connection(offered).their_pw_verkey
    assert faber.fails("sign_data", faber.loaded(offered, pw_verkey=stranger), b"data") == 1073


def test_2_12_delete(new_party: NewParty, protocol: dict[str, str]) -> None:
    """Deleting makes one post, and drops the handle."""
    party = new_party(**protocol)
    handle = party.accepted()
    agent = agent_of(party.world, party.connection(handle).agent_did)
    party.posts()

    assert party.call("delete", handle) is None

    assert party.posts() == ["UPDATE_CONN_STATUS"]
    assert agent.status.value == "CS-103"
    assert party.fails("get_state", handle) == 1003
    assert party.fails("send_message", handle, "text", OPTIONS) == 1048


@pytest.mark.parametrize("reachable", [True, False])
def test_2_12_the_handle_is_gone_although_delete_failed(party: Party, reachable: bool) -> None:
    """A deletion that fails drops the handle nevertheless, with an unreachable agency and without an agent."""
    handle = party.call("create", "alice") if reachable else party.invited()
    if not reachable:
        party.session.settings.update({"agency_endpoint": "http://127.0.0.1:1"})
    party.posts()

    assert party.fails("delete", handle) == 1060

    assert party.posts() == []
    assert party.fails("serialize", handle) == 1003
