"""Documents have the members of libvcx 0.9.0 in its order, and those of older libraries can be read."""

import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connsim.libvcx.documents import PROTOCOLS, known_protocol, opened, wire_version
from connsim.libvcx.proprietary import documents
from connsim.libvcx.proprietary.documents import Connection
from connsim.wire.codes import Version
from connsim.wire.errors import BadMessage, Unreadable
from connsim.wire.states import State

MEMBERS = [
    "source_id",
    "pw_did",
    "pw_verkey",
    "state",
    "uuid",
    "endpoint",
    "invite_detail",
    "redirect_detail",
    "invite_url",
    "agent_did",
    "agent_vk",
    "their_pw_did",
    "their_pw_verkey",
    "public_did",
    "their_public_did",
    "version",
]
INVITATION = (
    ["statusCode", "connReqId", "senderDetail", "senderAgencyDetail", "targetName", "statusMsg", "threadId"],
    ["name", "agentKeyDlgProof", "DID", "logoUrl", "verKey"],
)

text = st.text(max_size=8)
optional = st.none() | text
proofs = st.fixed_dictionaries({"agentDID": text, "agentDelegatedKey": text, "signature": text})
details = st.fixed_dictionaries(
    {
        "statusCode": text,
        "connReqId": text,
        "senderDetail": st.fixed_dictionaries(
            {"name": optional, "agentKeyDlgProof": proofs, "DID": text, "logoUrl": optional, "verKey": text},
            optional={"publicDID": text},
        ),
        "senderAgencyDetail": st.fixed_dictionaries({"DID": text, "verKey": text, "endpoint": text}),
        "targetName": text,
        "statusMsg": text,
        "threadId": optional,
    },
    optional={"version": text},
)
redirections = st.fixed_dictionaries(
    {"DID": text, "verKey": text, "theirDID": text, "theirVerKey": text, "signature": text},
    optional={"publicDID": text, "theirPublicDID": text},
)
connections = st.builds(
    Connection,
    **dict.fromkeys(("source_id", "pw_did", "pw_verkey", "uuid", "endpoint", "agent_did", "agent_vk"), text),
    **dict.fromkeys(("their_pw_did", "their_pw_verkey"), text),
    **dict.fromkeys(("invite_url", "public_did", "their_public_did"), optional),
    state=st.sampled_from(State),
    invite_detail=st.none() | details,
    redirect_detail=st.none() | redirections,
    version=st.sampled_from([None, *PROTOCOLS]),
)


def document(**changed: Any) -> dict[str, Any]:
    """Return the document of a connection that has invited, with some members changed."""
    data = documents.write(Connection("alice", "did", "key", State.OFFER_SENT, version="1.0"))["data"]
    return {"version": "1.0", "data": data | changed}


def read(text: str) -> Connection:
    """Read a document as the library does."""
    return documents.read(opened(text))


@given(connections)
def test_a_written_document_can_be_read(connection: Connection) -> None:
    """Reading a written document gives the same connection."""
    assert read(json.dumps(documents.write(connection))) == connection


def test_members_and_their_order() -> None:
    """Before connect a document has all members, most of them empty or null."""
    new = Connection("alice", "did", "key", State.INITIALIZED, version="1.0")

    assert documents.write(new) == {
        "version": "1.0",
        "data": dict.fromkeys(MEMBERS, "")
        | dict.fromkeys(("invite_detail", "redirect_detail", "invite_url", "public_did", "their_public_did"), None)
        | {"source_id": "alice", "pw_did": "did", "pw_verkey": "key", "state": 1, "version": "1.0"},
    }
    assert list(documents.write(new)["data"]) == MEMBERS == [field.name for field in fields(Connection)]


def test_a_missing_version_stays_missing() -> None:
    """A connection of an older library remains without a version."""
    data = documents.write(Connection("alice", "did", "key", State.OFFER_SENT))["data"]

    assert "version" not in data
    assert list(data) == MEMBERS[:-1]


def test_an_older_document_is_read_and_completed() -> None:
    """A document from before 0.6.2 lacks redirection and version, and has its invitation's members in any order."""
    older = document(invite_detail=shuffled_detail())
    del older["data"]["redirect_detail"]
    del older["data"]["version"]

    written = documents.write(read(json.dumps(older)))["data"]

    assert written["redirect_detail"] is None
    assert "version" not in written
    assert (list(written["invite_detail"]), list(written["invite_detail"]["senderDetail"])) == INVITATION
    assert written["invite_detail"]["senderDetail"]["logoUrl"] is None


def shuffled_detail() -> dict[str, Any]:
    """Return a full invitation in another order, with an unknown member, and without some optional ones."""
    proof = {"signature": "s", "agentDelegatedKey": "k", "agentDID": "d", "more": 1}
    sender = {"verKey": "v", "DID": "d", "agentKeyDlgProof": proof, "name": "n", "more": 2}
    agency = {"endpoint": "e", "verKey": "v", "DID": "d"}
    top = {"statusMsg": "m", "targetName": "t", "connReqId": "c", "statusCode": "MS-101", "more": 3}
    return top | {"senderAgencyDetail": agency, "senderDetail": sender}


def test_unknown_members_are_dropped() -> None:
    """The handle in an old document is dropped, like every unknown member."""
    loaded = read(json.dumps({"more": 1, **document(handle=7, did_endpoint="x")}))

    assert documents.write(loaded) == document()


@pytest.mark.parametrize(
    "name", ["source_id", "pw_did", "pw_verkey", "uuid", "endpoint", "agent_did", "agent_vk", "their_pw_did", "state"]
)
def test_mandatory_members(name: str) -> None:
    """A text or the state may be neither absent nor null."""
    lacking = document()
    del lacking["data"][name]

    for wrong in (lacking, document(**{name: None})):
        with pytest.raises(BadMessage, match=f"lacks {name}"):
            read(json.dumps(wrong))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("{", id="half an object"),
        pytest.param("[]", id="a list"),
        pytest.param('{"invalid": -99}', id="no version"),
        pytest.param('{"version": "1.0"}', id="no data"),
        pytest.param('{"version": "1.0", "data": []}', id="data that is a list"),
        pytest.param(json.dumps({**document(), "version": 1}), id="a version that is a number"),
        pytest.param(json.dumps({**document(), "version": "3.0"}), id="an unknown version"),
        *(pytest.param(json.dumps(document(state=one)), id=f"state {one!r}") for one in (-1, 10, "2", 2.0, True)),
        pytest.param(json.dumps(document(version="5.0")), id="an unknown protocol"),
        pytest.param(json.dumps(document(version=1)), id="a protocol that is a number"),
        pytest.param(json.dumps(document(source_id=1)), id="a source id that is a number"),
        pytest.param(json.dumps(document(invite_url=1)), id="a link that is a number"),
        pytest.param(json.dumps(document(invite_detail={"connReqId": "c"})), id="half an invitation"),
        pytest.param(json.dumps(document(redirect_detail={"DID": "d"})), id="half a redirection"),
    ],
)
def test_other_texts_are_not_documents(text: str) -> None:
    """Each is refused with the error for documents, and no other."""
    with pytest.raises(Unreadable):
        read(text)


@given(st.text() | st.recursive(st.none() | text, lambda inner: st.lists(inner) | st.dictionaries(text, inner)))
def test_no_garbage_breaks_the_reader(value: object) -> None:
    """Any value is refused with the error for documents, and no other."""
    with pytest.raises(Unreadable):
        read(value if isinstance(value, str) else json.dumps(value))


def test_an_aries_document_is_recognized() -> None:
    """An Aries document is recognized by its version, and checked by the same rules."""
    aries = {**document(version="2.0"), "version": "2.0", "state": {"Inviter": {"Null": {}}}}

    assert opened(json.dumps(aries)) == aries
    with pytest.raises(BadMessage, match="lacks pw_did"):
        opened(json.dumps({**aries, "data": {"source_id": "s"}}))


@pytest.mark.parametrize(
    ("given", "known", "wire"),
    [
        ("1.0", "1.0", Version.V1),
        ("2.0", "2.0", Version.V2),
        ("3.0", "3.0", Version.V2),
        ("4.0", "4.0", Version.V2),
        ("0.5", "1.0", Version.V1),
    ],
)
def test_protocols(given: str, known: str, wire: Version) -> None:
    """A version after 1.0 is handled as 2.0, and an unknown one as 1.0."""
    assert known_protocol(given) == known
    assert wire_version(known) is wire
