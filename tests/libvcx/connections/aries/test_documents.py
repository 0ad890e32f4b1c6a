"""Documents of Aries connections: their members in each state, reading them, and what is refused.

Sections are those of docs/protocol/libvcx.md.
"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connsim.libvcx import documents
from connsim.libvcx.aries import documents as aries_documents
from connsim.libvcx.aries.documents import Agent, AriesConnection, Role
from connsim.libvcx.aries.states import Inner
from connsim.wire.aries import messages
from connsim.wire.aries.did_doc import did_doc
from connsim.wire.errors import Unreadable
from connsim.wire.states import State
from tests.libvcx.connections.aries.conftest import Peer
from tests.libvcx.connections.conftest import Party

VERKEY = "91qMFrZjXDoi2Vc8Mm14Ys112tEZdDegBZZoembFEATE"
ENDPOINT = "http://peer.example/aries"
DOC = did_doc("FhrSrYtQcw3p9xwf7NYemf", VERKEY, ENDPOINT)
AGENT = {"pw_did": "d", "pw_vk": "v", "agent_did": "a", "agent_vk": "k"}
SIGNED = {"@type": "t", "signature": "s", "sig_data": "d", "signer": "k"}
INVITATION = {"invitation": dict(messages.invitation("i", "l", [VERKEY], [], ENDPOINT).members)}
COMPLETED = {"did_doc": DOC, "protocols": None}
STATES: dict[str, tuple[Role, Inner, dict[str, Any], int]] = {
    "inviter null": (Role.INVITER, Inner.NULL, {}, 1),
    "inviter invited": (Role.INVITER, Inner.INVITED, INVITATION, 2),
    "inviter responded": (
        Role.INVITER,
        Inner.RESPONDED,
        {"response": dict(messages.response("i", "t", SIGNED).members), "did_doc": DOC, "prev_agent_info": AGENT},
        3,
    ),
    "inviter completed": (Role.INVITER, Inner.COMPLETED, COMPLETED, 4),
    "invitee null": (Role.INVITEE, Inner.NULL, {}, 1),
    "invitee invited": (Role.INVITEE, Inner.INVITED, INVITATION, 2),
    "invitee requested": (
        Role.INVITEE,
        Inner.REQUESTED,
        {"request": dict(messages.request("i", "l", "d", DOC).members), "did_doc": DOC},
        3,
    ),
    "invitee completed": (
        Role.INVITEE,
        Inner.COMPLETED,
        {"did_doc": DOC, "protocols": [{"pid": "p", "roles": ["r"]}, {"pid": "q"}]},
        4,
    ),
}
text = st.text(max_size=8)


def read(document: Any) -> AriesConnection:
    """Read a document as the library does."""
    return aries_documents.read(documents.opened(document if isinstance(document, str) else json.dumps(document)))


def document(name: str = "inviter completed") -> dict[str, Any]:
    """Return the document of a connection in a state."""
    role, inner, held, _ = STATES[name]
    written = aries_documents.write(AriesConnection("alice", role, inner, held, Agent("o", "ov", "ad", "av")))
    copied: dict[str, Any] = json.loads(json.dumps(written))
    return copied


@given(state=st.sampled_from(list(STATES.values())), source=text, agent=st.builds(Agent, text, text, text, text))
def test_a_written_document_can_be_read(
    state: tuple[Role, Inner, dict[str, Any], int], source: str, agent: Agent
) -> None:
    """In every state, reading a written document gives the same connection."""
    role, inner, held, _ = state
    connection = AriesConnection(source, role, inner, held, agent)

    assert read(json.dumps(aries_documents.write(connection))) == connection


@pytest.mark.parametrize("name", STATES)
def test_4_5_members(name: str) -> None:
    """The data has the members of a proprietary connection, most of them empty; the state is written by its names."""
    role, inner, held, number = STATES[name]
    written = document(name)

    assert list(written) == ["version", "data", "state"]
    assert (written["version"], written["data"]["version"]) == ("2.0", "2.0")
    assert written["state"] == {role: {inner: held}}
    assert list(written["state"][role][inner]) == list(held)
    known = {"invited": "i", "null": ""}.get(name.partition(" ")[2], DOC["id"])
    assert written["data"] == documents.members(
        documents.Data(
            "alice",
            "o",
            "ov",
            State.numbered(number),
            agent_did="ad",
            agent_vk="av",
            their_pw_did=known,
            their_pw_verkey=VERKEY if known else "",
            version="2.0",
        )
    )


def test_4_5_the_number_is_ignored() -> None:
    """Reading uses the inner state, and ignores the number and the rest of the summary."""
    edited = document()
    edited["data"] |= {"state": 9, "their_pw_did": "x", "their_pw_verkey": "y"}

    assert aries_documents.write(read(edited)) == document()


def test_4_5_unknown_members_are_dropped() -> None:
    """Unknown members are dropped, and some may be missing."""
    edited = document("inviter responded")
    inside = edited["state"]["Inviter"]["Responded"]
    inside |= {"more": 1}
    inside["prev_agent_info"] |= {"more": 1}
    assert aries_documents.write(read({**edited, "more": 1})) == document("inviter responded")

    edited = document()
    del edited["state"]["Inviter"]["Completed"]["protocols"]
    assert aries_documents.write(read(edited)) == document()
    edited = document("invitee invited")
    del edited["state"]["Invitee"]["Invited"]["invitation"]["routingKeys"]
    assert read(edited).remote == read(document("invitee invited")).remote


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(None, id="2.10 none"),
        pytest.param([], id="2.10 a list"),
        pytest.param({}, id="2.10 empty"),
        pytest.param({"Inviter": {"Null": {}}, "Invitee": {"Null": {}}}, id="2.10 two roles"),
        pytest.param({"Holder": {"Null": {}}}, id="2.10 an unknown role"),
        pytest.param({"Inviter": {"Requested": STATES["invitee requested"][2]}}, id="2.10 a state of the other role"),
        pytest.param({"Invitee": {"Responded": STATES["inviter responded"][2]}}, id="2.10 and the other way round"),
        pytest.param({"Inviter": {"Null": None}}, id="2.10 a state without members"),
        pytest.param({"Inviter": {"Invited": {}}}, id="2.10 no invitation"),
        pytest.param({"Inviter": {"Invited": {"invitation": {"@id": "i"}}}}, id="2.10 half an invitation"),
        pytest.param({"Inviter": {"Completed": {"protocols": None}}}, id="2.10 no document of the other side"),
        pytest.param({"Inviter": {"Completed": {"did_doc": {}}}}, id="2.10 an empty one"),
        pytest.param({"Inviter": {"Completed": {**COMPLETED, "protocols": [{}]}}}, id="2.10 a protocol without id"),
        pytest.param({"Invitee": {"Requested": {"did_doc": DOC}}}, id="2.10 no request"),
    ],
)
def test_invalid_states(state: Any) -> None:
    """An invalid state is refused with the error for documents, and no other."""
    with pytest.raises(Unreadable):
        read({**document(), "state": state})


@given(st.recursive(st.none() | text, lambda one: st.lists(one) | st.dictionaries(text, one)), st.sampled_from(Role))
def test_no_garbage_breaks_the_reader(value: object, role: Role) -> None:
    """Any value is refused with the error for documents, and no other."""
    for inner in Inner:
        if (inner, value) != (Inner.NULL, {}) and not (inner is Inner.NULL and isinstance(value, dict)):
            with pytest.raises(Unreadable):
                read({**document(), "state": {role: {inner: value}}})


@pytest.mark.parametrize("wrong", [{"version": "2.0"}, {"version": "2.0", "data": {}, "state": {}}])
def test_2_10_other_values_are_1016(aries: Party, wrong: dict[str, Any]) -> None:
    """The call ends with 1016."""
    assert aries.fails("deserialize", json.dumps(wrong)) == 1016
    assert aries.fails("deserialize", json.dumps({**document(), "state": None})) == 1016


def test_2_10_saved_and_loaded(aries: Party, peer: Peer) -> None:
    """A copy that is loaded from a document continues from its state, under another handle."""
    handle = copy_of(aries, aries.call("create", "alice"))
    aries.call("connect", handle, None)
    handle = copy_of(aries, handle)
    peer.write(handle, peer.request())
    assert aries.call("update_state", handle) == 3
    handle = copy_of(aries, handle)
    peer.write(handle, messages.ack("a", "request-1"))
    assert aries.call("update_state", handle) == 4


def copy_of(party: Party, handle: int) -> int:
    """Return the handle of a copy of a connection."""
    text = party.call("serialize", handle).decode()
    copy = party.call("deserialize", text)
    assert copy != handle
    assert party.call("serialize", copy).decode() == text
    return int(copy)
