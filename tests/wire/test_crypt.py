"""The envelopes of protocol 1.0.

Sections are those of docs/protocol/vcx-agency.md.
"""

import json
from base64 import b64decode, b64encode
from itertools import count
from pathlib import Path
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.public import Box, PrivateKey, PublicKey, SealedBox

from connsim.core.seed import Seed
from connsim.wire.crypt import Authentic, Draw, anon_crypt, anon_open, auth_crypt, auth_open, drawing
from connsim.wire.errors import BadKey, CannotOpen
from connsim.wire.keys import KeyPair, agreement_key

ANSWERS = json.loads((Path(__file__).parent / "known_answers.json").read_text(encoding="utf-8"))
SENDER, RECIPIENT = (KeyPair.from_seed(ANSWERS[role]["seed"]) for role in ("sender", "recipient"))
MESSAGE = ANSWERS["message"].encode()
OTHER = KeyPair.from_seed(b"o" * 32)
LOW_ORDER = "1" * 31 + "2"  # the point 1, in whose name anybody could open


def public(pair: KeyPair) -> PublicKey:
    """The public half as PyNaCl's own boxes take it."""
    return PublicKey(agreement_key(pair.verkey))


def private(pair: KeyPair) -> PrivateKey:
    """The private half."""
    return PrivateKey(pair.agreement_secret)


def counted() -> Draw:
    """The random values of the known answers: the n-th is the byte n, repeated."""
    numbers = count(1)
    return lambda size: bytes([next(numbers)]) * size


def boxed(**changes: Any) -> dict[str, Any]:
    """What an auth_crypt seals, made by PyNaCl's own box; members can be changed, or removed by ``None``."""
    nonce = b"n" * 24
    ciphertext = Box(private(SENDER), public(RECIPIENT)).encrypt(MESSAGE, nonce).ciphertext
    members = {"msg": b64encode(ciphertext).decode(), "sender": SENDER.verkey, "nonce": b64encode(nonce).decode()}
    return {name: value for name, value in {**members, **changes}.items() if value is not None}


def test_known_anon_crypt() -> None:
    """2.2: the bytes are those of a sealed box with the drawn ephemeral key."""
    sealed = b64decode(ANSWERS["anon_crypt"])

    assert anon_crypt(RECIPIENT.verkey, MESSAGE, counted()) == sealed
    assert anon_open(RECIPIENT, sealed) == MESSAGE


def test_known_auth_crypt() -> None:
    """2.3: so are those of an authenticated one, members in order."""
    sealed = b64decode(ANSWERS["auth_crypt"])

    assert auth_crypt(SENDER, RECIPIENT.verkey, MESSAGE, counted()) == sealed
    assert auth_open(RECIPIENT, sealed) == Authentic(SENDER.verkey, MESSAGE)


@given(st.binary(max_size=300), st.text(max_size=5))
def test_libsodium_opens_ours(plaintext: bytes, seed: str) -> None:
    """2.2, 2.3: PyNaCl's own sealed box and box open what we close."""
    draw = drawing(Seed(seed), "test")
    sealed = anon_crypt(RECIPIENT.verkey, plaintext, draw)
    authentic = auth_crypt(SENDER, RECIPIENT.verkey, plaintext, draw)

    assert len(sealed) == len(plaintext) + 48
    assert SealedBox(private(RECIPIENT)).decrypt(sealed) == plaintext
    parts = msgpack.unpackb(SealedBox(private(RECIPIENT)).decrypt(authentic))
    assert list(parts) == ["msg", "sender", "nonce"]
    opened = Box(private(RECIPIENT), public(SENDER)).decrypt(b64decode(parts["msg"]), b64decode(parts["nonce"]))
    assert (opened, parts["sender"]) == (plaintext, SENDER.verkey)
    assert auth_open(RECIPIENT, authentic) == Authentic(SENDER.verkey, plaintext)


@given(st.binary(max_size=300))
def test_we_open_what_libsodium_closes(plaintext: bytes) -> None:
    """2.2: a sealed box of libsodium, with its own random key, opens."""
    assert anon_open(RECIPIENT, SealedBox(public(RECIPIENT)).encrypt(plaintext)) == plaintext


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(msgpack.packb(boxed()), id="2.3 as libindy writes it"),
        pytest.param(msgpack.packb(dict(reversed(boxed().items()))), id="other order"),
        pytest.param(msgpack.packb(boxed(more=[1, {"x": None}])), id="3.2 more members"),
        pytest.param(msgpack.packb(boxed()) + b"\xc1 trailing", id="3.2 trailing bytes"),
        pytest.param(msgpack.packb(boxed(sender=f"{SENDER.verkey}:ed25519")), id="2.1 suffix"),
    ],
)
def test_auth_crypt_is_read_tolerantly(parts: bytes) -> None:
    """What the real readers take opens."""
    sender, plaintext = auth_open(RECIPIENT, SealedBox(public(RECIPIENT)).encrypt(parts))

    assert (sender.removesuffix(":ed25519"), plaintext) == (SENDER.verkey, MESSAGE)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        pytest.param(MESSAGE, "opens, but contains no auth_crypt", id="an anon_crypt only"),
        pytest.param(b"", "opens, but contains no auth_crypt", id="nothing"),
        pytest.param(msgpack.packb([1]), "but msg is None", id="an array"),
        pytest.param(msgpack.packb(boxed(msg=None)), "but msg is None", id="no msg"),
        pytest.param(msgpack.packb(boxed(msg=b"bin")), "but msg is bytes of 3", id="3.2 bin"),
        pytest.param(msgpack.packb(boxed(msg="***")), "'***' is not padded base64", id="no base64"),
        pytest.param(msgpack.packb(boxed(msg="QQ")), "'QQ' is not padded base64", id="2.3 unpadded"),
        pytest.param(msgpack.packb(boxed(msg="é")), "is not padded base64", id="no ASCII"),
        pytest.param(msgpack.packb(boxed(msg="QQ==")), "does not open for", id="short box"),
        pytest.param(msgpack.packb(boxed(nonce="QQ==")), "does not open for", id="short nonce"),
        pytest.param(msgpack.packb(boxed(nonce=b64encode(b"m" * 24).decode())), "does not open for", id="other nonce"),
        pytest.param(msgpack.packb(boxed(sender=OTHER.verkey)), f"A box from '{OTHER.verkey}'", id="other sender"),
        pytest.param(msgpack.packb(boxed(sender="nobody")), "A box from 'nobody' does not open", id="no verkey"),
        pytest.param(msgpack.packb(boxed(sender=LOW_ORDER)), "does not open for", id="weak verkey"),
        pytest.param(b"\x91" * 2_000 + b"\xc0", "contains no auth_crypt", id="deep"),
        pytest.param(b"\xdd\xff\xff\xff\xff", "contains no auth_crypt", id="an array that claims to be huge"),
        pytest.param(b"\x81\x90\xc0", "contains no auth_crypt", id="a list as a key"),
        pytest.param(b"\x81\xa1\xff\xc0", "contains no auth_crypt", id="no UTF-8"),
    ],
)
def test_what_is_sealed_is_no_auth_crypt(parts: bytes, message: str) -> None:
    """An envelope that opens, but holds something else, is refused with what it holds."""
    with pytest.raises(CannotOpen) as refused:
        auth_open(RECIPIENT, SealedBox(public(RECIPIENT)).encrypt(parts))
    assert message in str(refused.value)


@given(st.integers(0), st.integers(1, 255))
def test_damage_is_noticed(place: int, change: int) -> None:
    """One changed byte anywhere, and nothing opens."""
    for name, opening in (("anon_crypt", anon_open), ("auth_crypt", auth_open)):
        sealed = bytearray(b64decode(ANSWERS[name]))
        sealed[place % len(sealed)] ^= change
        with pytest.raises(CannotOpen, match=f"for {RECIPIENT.verkey}"):
            opening(RECIPIENT, bytes(sealed))


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(body: bytes) -> None:
    """Hostile bytes raise the one error."""
    for opening in (anon_open, auth_open):
        with pytest.raises(CannotOpen):
            opening(RECIPIENT, body)


def test_nobody_else_opens() -> None:
    """An envelope is for one verkey."""
    for opening, name in ((anon_open, "anon_crypt"), (auth_open, "auth_crypt")):
        with pytest.raises(CannotOpen, match=f"do not open as anon_crypt for {OTHER.verkey}"):
            opening(OTHER, b64decode(ANSWERS[name]))


@pytest.mark.parametrize("verkey", ["nobody", "", LOW_ORDER])
def test_nothing_is_closed_for_no_verkey(verkey: str) -> None:
    """A recipient that is no verkey, as a client can send it, is refused."""
    with pytest.raises(BadKey, match="Expected"):
        anon_crypt(verkey, MESSAGE, counted())
    with pytest.raises(BadKey, match="Expected"):
        auth_crypt(SENDER, verkey, MESSAGE, counted())


def test_a_seed_repeats_every_byte() -> None:
    """The same name gives the same envelope; the next value of a name, another name or seed give others."""
    draw = drawing(Seed("s"), "answer", 1)
    first, second = (auth_crypt(SENDER, RECIPIENT.verkey, MESSAGE, draw) for _ in range(2))

    assert auth_crypt(SENDER, RECIPIENT.verkey, MESSAGE, drawing(Seed("s"), "answer", 1)) == first
    assert auth_crypt(SENDER, RECIPIENT.verkey, MESSAGE, drawing(Seed("s"), "answer", 2)) != first
    assert auth_crypt(SENDER, RECIPIENT.verkey, MESSAGE, drawing(Seed("t"), "answer", 1)) != first
    assert second != first
