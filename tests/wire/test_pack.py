"""The envelopes of protocol 2.0.

Sections are those of docs/protocol/vcx-agency.md.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import crypto_aead_chacha20poly1305_ietf_decrypt
from nacl.public import PrivateKey, SealedBox

from connsim.core.seed import Seed
from connsim.wire.crypt import Draw, drawing
from connsim.wire.errors import BadKey, CannotOpen, NoKey
from connsim.wire.keys import KeyPair
from connsim.wire.pack import Unpacked, is_packed, pack, unpack

ANSWERS = json.loads((Path(__file__).parent / "known_answers.json").read_text(encoding="utf-8"))
SENDER, RECIPIENT = (KeyPair.from_seed(ANSWERS[role]["seed"]) for role in ("sender", "recipient"))
OTHER = KeyPair.from_seed(b"o" * 32)
MESSAGE = ANSWERS["message"].encode()
PARTS = json.loads(ANSWERS["authcrypt"])
HEADER = json.loads(urlsafe_b64decode(PARTS["protected"]))
HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.sampled_from(["QQ==", RECIPIENT.verkey]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                [
                    "protected",
                    "iv",
                    "tag",
                    "ciphertext",
                    "recipients",
                    "header",
                    "kid",
                    "sender",
                    "enc",
                    "encrypted_key",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
)


def find(verkey: str) -> KeyPair | None:
    """The recipient's wallet."""
    return {RECIPIENT.verkey: RECIPIENT}.get(verkey)


def counted() -> Draw:
    """The random values of the known answers: the n-th is the byte n, repeated."""
    numbers = count(1)
    return lambda size: bytes([next(numbers)]) * size


def coded(value: object) -> str:
    """JSON in base64url."""
    return urlsafe_b64encode(json.dumps(value).encode()).decode()


def recipient(**changes: Any) -> dict[str, Any]:
    """The header of the known answer with changed members of its recipient; ``None`` removes one."""
    one = HEADER["recipients"][0]
    flat = {**one["header"], "encrypted_key": one["encrypted_key"], **changes}
    known = {name: value for name, value in flat.items() if value is not None}
    key = {"encrypted_key": known.pop("encrypted_key")} if "encrypted_key" in known else {}
    return {**HEADER, "recipients": [{**key, "header": known}]}


@pytest.mark.parametrize(
    ("name", "sender"),
    [
        pytest.param("authcrypt", SENDER, id="2.4 Authcrypt"),
        pytest.param("anoncrypt", None, id="2.4 Anoncrypt"),
    ],
)
def test_known_answers(name: str, sender: KeyPair | None) -> None:
    """The bytes are those of an independent writer with the same random values, and they open."""
    packed = ANSWERS[name].encode()

    assert pack([RECIPIENT.verkey], MESSAGE, sender, counted()) == packed
    assert unpack(packed, find) == Unpacked(MESSAGE, RECIPIENT.verkey, sender.verkey if sender else None)


@given(st.text(max_size=200), st.booleans(), st.text(max_size=5))
def test_both_ways(text: str, authentic: bool, seed: str) -> None:
    """Whatever is packed unpacks, with its sender if it tells one; the cipher is the one of the IETF."""
    text = text.encode("utf-8", "replace").decode()
    sender = SENDER if authentic else None
    packed = pack([OTHER.verkey, RECIPIENT.verkey], text.encode(), sender, drawing(Seed(seed)))

    assert unpack(packed, find) == Unpacked(text.encode(), RECIPIENT.verkey, sender.verkey if sender else None)
    assert unpack(packed, {OTHER.verkey: OTHER, RECIPIENT.verkey: RECIPIENT}.get).recipient == OTHER.verkey
    parts = json.loads(packed)
    if not authentic:
        sealed = json.loads(urlsafe_b64decode(parts["protected"]))["recipients"][0]["encrypted_key"]
        content_key = SealedBox(PrivateKey(OTHER.agreement_secret)).decrypt(urlsafe_b64decode(sealed))
        iv, ciphertext, tag = (urlsafe_b64decode(parts[name]) for name in ("iv", "ciphertext", "tag"))
        opened = crypto_aead_chacha20poly1305_ietf_decrypt(
            ciphertext + tag, parts["protected"].encode(), iv, content_key
        )
        assert (opened, len(iv), len(tag)) == (text.encode(), 12, 16)


def test_form() -> None:
    """2.4: the members stand in libindy's order, compact, and base64url is padded."""
    assert list(PARTS) == ["protected", "iv", "ciphertext", "tag"]
    assert list(HEADER) == ["enc", "typ", "alg", "recipients"]
    assert list(HEADER["recipients"][0]["header"]) == ["kid", "iv", "sender"]
    assert PARTS["tag"].endswith("==")
    assert b" " not in pack([RECIPIENT.verkey], b"", None, counted())


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param({name: value.rstrip("=") for name, value in PARTS.items() if name != "protected"}, id="unpadded"),
        pytest.param(dict(reversed(PARTS.items())), id="other order"),
        pytest.param({"more": {}}, id="more members"),
    ],
)
def test_read_tolerantly(parts: dict[str, Any]) -> None:
    """2.4: padding, order and members that nobody knows do not matter."""
    assert unpack(json.dumps({**PARTS, **parts}, indent=1).encode(), find).message == MESSAGE


def test_the_sender_tells_not_alg() -> None:
    """2.4: whether a message is authenticated is told by the sender in the header; ``alg`` is not looked at."""
    parts = json.loads(ANSWERS["anoncrypt"])
    header = json.loads(urlsafe_b64decode(parts["protected"]))
    parts["protected"] = coded({**header, "alg": "Authcrypt"})

    # the header is authenticated data, so the last step fails; up to there it was read as anonymous
    with pytest.raises(CannotOpen, match="its text or header was changed"):
        unpack(json.dumps(parts).encode(), find)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        pytest.param({"protected": 5}, "Expected protected to be text, not 5.", id="number"),
        pytest.param({"protected": "+/=="}, "'+/==' is not base64url", id="2.4 standard alphabet"),
        pytest.param({"protected": "QQQQQ"}, "'QQQQQ' is not base64url", id="impossible length"),
        pytest.param({"protected": "QQ=Q"}, "'QQ=Q' is not base64url", id="padding inside"),
        pytest.param({"protected": coded([])}, "Expected an object with enc", id="header is a list"),
        pytest.param({"protected": coded({**HEADER, "typ": None})}, "Expected typ to be text", id="no typ"),
        pytest.param({"protected": coded({**HEADER, "recipients": {}})}, "Expected a list of recipients", id="object"),
        pytest.param({"protected": coded({**HEADER, "recipients": [7]})}, "Expected an object with header", id="seven"),
        pytest.param({"protected": coded(recipient(kid=None))}, "Expected an object with kid", id="no kid"),
        pytest.param({"protected": coded(recipient(kid=[]))}, "Expected kid to be text", id="list as kid"),
        pytest.param({"protected": coded(recipient(iv=None))}, "Expected an object with iv", id="2.4 no iv"),
        pytest.param({"protected": coded(recipient(iv="QQ=="))}, "A box from", id="2.4 short iv"),
        pytest.param({"protected": coded(recipient(sender="QQ=="))}, "do not open as anon_crypt", id="bad sender"),
        pytest.param({"protected": coded(recipient(encrypted_key="QQ=="))}, "does not open for", id="bad key"),
        pytest.param({"protected": coded(recipient(encrypted_key=None))}, "with encrypted_key", id="no key"),
        pytest.param({"protected": coded(recipient(sender=None))}, "do not open as anon_crypt", id="read as anonymous"),
        pytest.param({"iv": "QQ=="}, "The iv of a packed message has 1 bytes. Expected 12.", id="2.4 iv"),
        pytest.param({"iv": "A" * 32}, "The iv of a packed message has 24 bytes. Expected 12.", id="2.4 24 bytes"),
        pytest.param({"tag": "QQ=="}, "The tag of a packed message has 1 bytes. Expected 16.", id="2.4 tag"),
        pytest.param({"tag": "A" * 22}, "its text or header was changed", id="2.4 other tag"),
        pytest.param({"ciphertext": ""}, "its text or header was changed", id="no ciphertext"),
        pytest.param({"ciphertext": None}, "Expected ciphertext to be text, not None.", id="null"),
        pytest.param(
            {"protected": PARTS["protected"].rstrip("=")}, "header was changed", id="2.4 AAD is what was sent"
        ),
    ],
)
def test_malformed(parts: dict[str, Any], message: str) -> None:
    """A malformed message is refused with what is wrong with it."""
    if "protected" in parts and parts["protected"] == PARTS["protected"]:
        pytest.skip("this header needs no padding: there is nothing to do")
    with pytest.raises(CannotOpen) as refused:
        unpack(json.dumps({**PARTS, **parts}).encode(), find)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"[]", id="list"),
        pytest.param(b'"protected"', id="text"),
        pytest.param(b'{"protected":', id="cut"),
        pytest.param(b'{"protected":"\\ud800"}', id="half a pair"),
        pytest.param(b'{"protected":NaN}', id="no JSON number"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b'{"a":' * 100_000, id="deep objects"),
        pytest.param(b'{"protected":' + b"9" * 5_000 + b"}", id="huge number"),
        pytest.param(b"\xff\xfe{\x00}\x00", id="UTF-16"),
    ],
)
def test_no_packed_message(body: bytes) -> None:
    """What is no JSON object with the four texts is refused."""
    with pytest.raises(CannotOpen, match="A packed message is malformed"):
        unpack(body, find)


def test_no_utf8() -> None:
    """2.4: what is packed has to be text."""
    with pytest.raises(CannotOpen, match="opens, but is not UTF-8"):
        unpack(pack([RECIPIENT.verkey], b"\xff", SENDER, counted()), find)


def test_for_others() -> None:
    """A message for others says for whom; a wallet that lacks the key is a case of its own."""
    with pytest.raises(NoKey, match=f"is for '{OTHER.verkey}'. Expected a key that is held here"):
        unpack(pack([OTHER.verkey], MESSAGE, SENDER, counted()), find)
    with pytest.raises(NoKey, match="is for no recipient"):
        unpack(pack([], MESSAGE, SENDER, counted()), find)
    with pytest.raises(BadKey, match="This is not a verkey"):
        pack(["nobody"], MESSAGE, SENDER, counted())


@given(st.sampled_from(sorted(PARTS)), st.integers(0), st.sampled_from("AQz9-_"))
def test_damage_is_noticed(name: str, place: int, digit: str) -> None:
    """One changed digit anywhere, and nothing opens."""
    text = PARTS[name].rstrip("=")
    place %= len(text)
    changed = {**PARTS, name: text[:place] + digit + text[place + 1 :]}
    padded = changed[name] + "=" * (-len(text) % 4)
    if urlsafe_b64decode(padded) != urlsafe_b64decode(PARTS[name]):
        with pytest.raises(CannotOpen):
            unpack(json.dumps(changed).encode(), find)


@given(HOSTILE, HOSTILE)
def test_hostile_objects_are_refused(outside: Any, inside: Any) -> None:
    """Whatever JSON is sent, and whatever stands in its header, the one error is raised."""
    if isinstance(outside, dict):
        outside["protected"] = coded(inside)
    with pytest.raises(CannotOpen):
        unpack(json.dumps(outside).encode(), find)


@pytest.mark.parametrize(
    ("body", "packed"),
    [
        pytest.param(ANSWERS["authcrypt"].encode(), True, id="5 packed"),
        pytest.param(b' {"protected": 1}', True, id="5 an object with protected, however wrong"),
        pytest.param(b"{}", False, id="5 another object"),
        pytest.param(b'["protected"]', False, id="5 a list"),
        pytest.param(b"{\x9c\x01 random bytes", False, id="5 an ephemeral key that begins with a brace"),
        pytest.param(b"", False, id="5 nothing"),
    ],
)
def test_told_apart(body: bytes, packed: bool) -> None:
    """An envelope of protocol 2.0 is a JSON object with ``protected``."""
    assert is_packed(body) is packed
