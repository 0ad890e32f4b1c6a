from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connsim.wire.aries import messages
from connsim.wire.aries.did_doc import Contact, contact, contact_of_invitation, did_doc
from connsim.wire.errors import BadMessage
from connsim.wire.keys import KeyPair

KEYS = [KeyPair.from_seed(bytes([n]) * 32) for n in range(1, 5)]
PAIRS = st.binary(min_size=32, max_size=32).map(KeyPair.from_seed)
URL = "http://holder.example/x"

LEAVES = st.none() | st.integers() | st.text(max_size=5) | st.sampled_from([KEYS[0].verkey, "1", "D#1", URL])
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["id", "type", "publicKey", "publicKeyBase58", "recipientKeys"]), inner)
    ),
    max_leaves=6,
)


def changed(**changes: Any) -> dict[str, Any]:
    """A document of the first key, with other members; ``service_`` and ``key_`` change those of its parts."""
    doc = did_doc("D", KEYS[0].verkey, URL)
    for name, value in changes.items():
        part, _, member = name.partition("_")
        if member:
            {"service": doc["service"], "key": doc["publicKey"]}[part][0][member] = value
        else:
            doc["@context" if name == "context" else name] = value
    return doc


@given(pair=PAIRS, routing=st.lists(PAIRS.map(lambda pair: pair.verkey), max_size=3))
def test_what_is_written_is_taken(pair: KeyPair, routing: list[str]) -> None:
    """A document leads to its key."""
    doc = did_doc(pair.did, pair.verkey, URL, routing)

    assert contact(doc) == Contact(pair.did, (pair.verkey,), tuple(routing), URL)


@pytest.mark.parametrize(
    "doc",
    [
        pytest.param(changed(authentication=[]), id="no authentication"),
        pytest.param(changed(authentication=None), id="null authentication"),
        pytest.param(changed(service_recipientKeys=[KEYS[0].verkey]), id="raw verkey"),
        pytest.param(changed(service_recipientKeys=["did:sov:D#1"], id="did:sov:D"), id="did:sov"),
        pytest.param(changed(key_id="D#1"), id="whole reference"),
        pytest.param(changed(service_routingKeys=None), id="no routing keys"),
        pytest.param(changed(service_priority="x", more={"a": 1}), id="more"),
    ],
)
def test_what_libvcx_takes_is_taken(doc: dict[str, Any]) -> None:
    """Other writers' habits."""
    assert contact(doc).recipient_keys == (KEYS[0].verkey,)


@pytest.mark.parametrize(
    ("doc", "told"),
    [
        pytest.param(changed(context="https://www.w3.org/ns/did/v1"), "Expected https://w3id.org/did/v1", id="context"),
        pytest.param(changed(id=""), "no id", id="no id"),
        pytest.param(changed(service=[]), "no service", id="no service"),
        pytest.param(changed(service_recipientKeys=[]), "no recipientKeys", id="no keys"),
        pytest.param(changed(service_recipientKeys=["D#2"]), "names the key 'D#2'", id="unknown reference"),
        pytest.param(changed(service_recipientKeys=[KEYS[1].verkey]), "names the key", id="unknown verkey"),
        pytest.param(changed(key_type="RsaVerificationKey2018"), "of type Ed25519", id="type of key"),
        pytest.param(changed(key_publicKeyBase58="1"), "not a verkey", id="short key"),
        pytest.param(changed(key_publicKeyBase58="1" * 32), "not a point on the curve", id="no point"),
        pytest.param(changed(service_routingKeys=["x"]), "not a verkey", id="routing key"),
        pytest.param(changed(service_serviceEndpoint="holder"), "Expected an absolute URL", id="endpoint"),
        pytest.param(changed(service_serviceEndpoint="http://["), "Expected an absolute URL", id="broken endpoint"),
        pytest.param(
            changed(authentication=[{"type": "x", "publicKey": "D#2"}]), "not in authentication", id="authentication"
        ),
        pytest.param([], "list of 0", id="list"),
        pytest.param(None, "None", id="nothing"),
    ],
)
def test_what_libvcx_refuses_is_refused(doc: object, told: str) -> None:
    """With a text that says what was expected."""
    with pytest.raises(BadMessage, match=told):
        contact(doc)


@given(
    name=st.sampled_from(
        [
            *("context", "id", "publicKey", "authentication", "service", "key_id", "key_type", "key_publicKeyBase58"),
            *("service_id", "service_recipientKeys", "service_routingKeys", "service_serviceEndpoint"),
        ]
    ),
    value=VALUES,
)
def test_any_member_gives_a_contact_or_one_error(name: str, value: Any) -> None:
    """A document with one member that can be anything."""
    try:
        found = contact(changed(**{name: value}))
    except BadMessage:
        return
    assert set(found.recipient_keys) == {KEYS[0].verkey}  # the same key may be named more than once


def test_an_invitation_tells_how_to_answer() -> None:
    """Its keys and its address; it has no DID."""
    first, second, third, _ = (key.verkey for key in KEYS)
    told = messages.invitation("i", "l", [first], [second, third], URL)

    assert contact_of_invitation(told) == Contact("", (first,), (second, third), URL)
    with pytest.raises(BadMessage, match="not a verkey"):
        contact_of_invitation(messages.invitation("i", "l", [first], ["x"], URL))
