"""Payloads of stored messages.

Sections are those of docs/protocol/vcx-agency.md.
"""

import json
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.public import PrivateKey, SealedBox

from connsim.core.seed import Seed
from connsim.wire.bundles import Integers, Spelling, byte_list
from connsim.wire.codes import Version
from connsim.wire.crypt import auth_crypt, auth_open, drawing
from connsim.wire.envelope import close_envelope
from connsim.wire.errors import BadMessage, BadNotation, CannotOpen, NoKey, Unreadable
from connsim.wire.keys import KeyPair
from connsim.wire.pack import unpack
from connsim.wire.payloads import Payload, answer_in, answer_payload, general_payload, open_payload

AGENT, OWNER, PAIRWISE = (KeyPair.from_seed(letter * 32) for letter in "aop")
PROOF = {"agentDID": "ad", "agentDelegatedKey": "ak", "signature": "s"}
SENDER = {"name": "holder", "agentKeyDlgProof": PROOF, "DID": "hd", "logoUrl": None, "verKey": "hk"}
REDIRECT = {"DID": "i", "verKey": "j", "theirDID": "hd", "theirVerKey": "hk", "signature": "s"}
ACCEPTED = {"senderDetail": SENDER}
REDIRECTED = {"senderDetail": SENDER, "redirectDetail": REDIRECT}
DRAW = drawing(Seed("payloads"))
VERSIONS = pytest.mark.parametrize("version", list(Version))
KIND = {"name": "connReqAnswer", "ver": "1.0", "fmt": "indy.msgpack"}
TYPE = "did:sov:123456789abcdefghi1234;spec/ConnReqAnswer/1.0/ConnReqAnswer"
OBJECT = {"@type": TYPE, "@id": "", "@msg": json.dumps(ACCEPTED), "~thread": {}}


def sealed(value: object) -> bytes:
    """A payload of version 1.0 with any content."""
    return auth_crypt(AGENT, OWNER.verkey, msgpack.packb(value), DRAW)


def packed(value: object) -> bytes:
    """A payload of version 2.0 with any content."""
    return close_envelope(json.dumps(value).encode(), Version.V2, AGENT, OWNER.verkey, DRAW)


@VERSIONS
@pytest.mark.parametrize(
    ("inner", "name"),
    [
        pytest.param(ACCEPTED, "connReqAnswer", id="11.3 accepted"),
        pytest.param(REDIRECTED, "connReqRedirect", id="11.3 redirected"),
    ],
)
def test_answers(version: Version, inner: dict[str, Any], name: str) -> None:
    """The owner opens what the agent connection closed, and nobody else does."""
    payload = answer_payload(version, AGENT, OWNER.verkey, inner, DRAW)
    opened = open_payload(payload, OWNER)

    assert (opened.version, opened.sender, opened.name.lower()) == (version, AGENT.verkey, name.lower())
    assert answer_in(opened) == inner
    with pytest.raises(CannotOpen):
        open_payload(payload, PAIRWISE)


def test_form_of_1_0() -> None:
    """11.3: one map, no bundle, and the inner bytes are signed integers."""
    content = auth_open(OWNER, answer_payload(Version.V1, AGENT, OWNER.verkey, ACCEPTED, DRAW)).plaintext
    value = msgpack.unpackb(content)

    assert value == {"@type": KIND, "@msg": byte_list(msgpack.packb(ACCEPTED), Integers.SIGNED)}
    assert min(value["@msg"]) < 0


def test_unsigned_can_be_asked_for() -> None:
    """3.3: the fault that the client cannot read."""
    spelling = Spelling(payloads=Integers.UNSIGNED)
    payload = answer_payload(Version.V1, AGENT, OWNER.verkey, ACCEPTED, DRAW, spelling=spelling)

    assert msgpack.unpackb(auth_open(OWNER, payload).plaintext)["@msg"] == list(msgpack.packb(ACCEPTED))
    assert answer_in(open_payload(payload, OWNER)) == ACCEPTED


def test_form_of_2_0() -> None:
    """11.3: ``@msg`` is JSON text, and all four members are there."""
    payload = answer_payload(Version.V2, AGENT, OWNER.verkey, ACCEPTED, DRAW, thread="t")
    value = json.loads(unpack(payload, {OWNER.verkey: OWNER}.get).message)

    assert json.loads(value.pop("@msg")) == ACCEPTED
    assert value == {
        "@type": TYPE,
        "@id": "",
        "~thread": {"thid": "t", "sender_order": 0, "received_orders": {}},
    }


@VERSIONS
@given(text=st.text(max_size=50))
def test_general_messages(version: Version, text: str) -> None:
    """8.3: the text of a general message goes from end to end."""
    text = text.encode("utf-8", "replace").decode()
    payload = general_payload(version, PAIRWISE, OWNER.verkey, "question", text, DRAW)

    opened = open_payload(payload, OWNER)
    assert (opened.sender, opened.name.lower()) == (PAIRWISE.verkey, "question")
    assert opened.inner == text


def test_general_form_of_1_0() -> None:
    """8.3: a single map whose format is JSON and whose content is text."""
    payload = general_payload(Version.V1, PAIRWISE, OWNER.verkey, "question", '{"a":1}', DRAW)
    content = msgpack.unpackb(auth_open(OWNER, payload).plaintext)

    assert content == {"@type": {"name": "question", "ver": "1.0", "fmt": "json"}, "@msg": '{"a":1}'}


@pytest.mark.parametrize(
    ("payload", "inner"),
    [
        pytest.param(
            sealed({"@type": {"name": "ConnReqAnswer", "ver": "1.0", "fmt": "json"}, "@msg": list(b"\x81\xa1x\x01")}),
            {"x": 1},
            id="11.3 the dummy's names, unsigned",
        ),
        pytest.param(
            sealed([["connReqAnswer", "1.0", "indy.msgpack"], list(msgpack.packb(ACCEPTED))]),
            ACCEPTED,
            id="3.4 outer arrays",
        ),
        pytest.param(
            sealed(
                [
                    ["connReqRedirect", "1.0", "indy.msgpack"],
                    list(msgpack.packb([["i", "j", None, "hd", "hk", None, "s"]])),
                ]
            ),
            {"redirectDetail": {**REDIRECT, "publicDID": None, "theirPublicDID": None}},
            id="3.4 arrays all the way",
        ),
        pytest.param(
            sealed({"@type": KIND, "@msg": list(msgpack.packb([["holder", ["ad", "ak", "s"], "hd", None, "hk"]]))}),
            ACCEPTED,
            id="3.4 a sender as array",
        ),
        pytest.param(packed(OBJECT), json.dumps(ACCEPTED), id="11.3 an empty thread is fine"),
        pytest.param(packed({**OBJECT, "@msg": ACCEPTED}), ACCEPTED, id="11.3 production has an object"),
        pytest.param(packed({**OBJECT, "@msg": 5}), 5, id="anything is handed on"),
    ],
)
def test_other_forms_are_read(payload: bytes, inner: Any) -> None:
    """What other agencies write is read too."""
    assert open_payload(payload, OWNER).inner == inner


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        pytest.param(sealed(5), "A payload contains 5. Expected a map of @type and @msg.", id="no map"),
        pytest.param(sealed({"@msg": []}), "A payload contains dict of 1. Expected a map", id="no type"),
        pytest.param(sealed([]), "A payload contains dict of 0. Expected a map", id="empty array"),
        pytest.param(
            sealed({"@type": {"name": "x", "ver": "1.0"}, "@msg": []}), "Expected the texts name, ver and fmt", id="fmt"
        ),
        pytest.param(sealed({"@type": KIND}), "The @msg of a payload cannot be read", id="no msg"),
        pytest.param(sealed({"@type": KIND, "@msg": b"x"}), "not bytes of 1", id="3.2 bin"),
        pytest.param(sealed({"@type": KIND, "@msg": [-1, 200]}), "are mixed", id="3.2 mixed"),
        pytest.param(sealed({"@type": KIND, "@msg": [193]}), "should be msgpack are not", id="no msgpack"),
        pytest.param(packed([]), "A payload contains list of 0. Expected an object.", id="list"),
        pytest.param(packed({**OBJECT, "@type": 5}), "A payload lacks a text @type", id="11.3 type"),
        pytest.param(packed({"@type": TYPE, "@msg": "{}"}), "lacks ['@id', '~thread']. Expected @type", id="11.3 two"),
    ],
)
def test_refused(payload: bytes, message: str) -> None:
    """A payload that opens, but holds something else, is refused with what it holds."""
    with pytest.raises(BadMessage) as refused:
        open_payload(payload, OWNER)
    assert message in str(refused.value)


def test_not_opened() -> None:
    """The fault of the envelope is told as it is."""
    with pytest.raises(NoKey):
        open_payload(packed(OBJECT), PAIRWISE)
    with pytest.raises(CannotOpen, match="contains no auth_crypt"):
        open_payload(SealedBox(PrivateKey(OWNER.agreement_secret).public_key).encrypt(b"x"), OWNER)
    with pytest.raises(BadNotation):
        open_payload(auth_crypt(AGENT, OWNER.verkey, b"\xc1", DRAW), OWNER)


@pytest.mark.parametrize(
    ("inner", "message"),
    [
        pytest.param("5", "The payload of an answer contains 5. Expected senderDetail or redirectDetail", id="number"),
        pytest.param({}, "contains dict of 0. Expected senderDetail", id="nothing"),
        pytest.param({"senderDetail": {"DID": "d"}}, "senderDetail lacks agentKeyDlgProof", id="11.3 no proof"),
        pytest.param({"redirectDetail": None}, "redirectDetail is None. Expected an object.", id="null"),
    ],
)
def test_no_answer(inner: Any, message: str) -> None:
    """An answer has to hold its details."""
    with pytest.raises(BadMessage) as refused:
        answer_in(Payload(Version.V1, None, "connReqAnswer", inner))
    assert message in str(refused.value)


def test_a_text_is_no_answer() -> None:
    """A general message read as an answer is refused."""
    with pytest.raises(BadNotation, match="4 bytes that should be JSON are not"):
        answer_in(Payload(Version.V1, None, "question", "text"))


TREES = st.recursive(
    st.none() | st.integers(-200, 300) | st.text(max_size=4) | st.binary(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["@type", "@msg", "name", "ver", "fmt", "senderDetail"]), inner, max_size=4)
    ),
)


@given(TREES, TREES)
def test_hostile_payloads(outer: Any, inner: Any) -> None:
    """Whatever the other side closed, it is read or refused with the one error."""
    for value in (outer, {"@type": KIND, "@msg": list(msgpack.packb(inner))}, [outer, inner]):
        try:
            answer_in(open_payload(sealed(value), OWNER))
        except Unreadable:
            continue
        assert isinstance(inner, (dict, list))
