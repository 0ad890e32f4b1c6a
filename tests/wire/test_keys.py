"""Identities.

Sections are those of docs/protocol/vcx-agency.md.
"""

import contextlib
import json
from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey, VerifyKey

from connsim.core import base58
from connsim.wire.errors import BadKey, Unreadable
from connsim.wire.keys import Identity, KeyPair, agreement_key, did_bytes, full_verkey, seed_bytes, verify, verkey_bytes

ANSWERS = json.loads((Path(__file__).parent / "known_answers.json").read_text(encoding="utf-8"))
TRUSTEE = KeyPair.from_seed("000000000000000000000000Trustee1")
SEEDS = st.binary(min_size=32, max_size=32)


@pytest.mark.parametrize(
    ("seed", "did", "verkey"),
    [
        pytest.param(
            "000000000000000000000000Trustee1",
            "V4SGRU86Z58d6TV7PBUe6f",
            "GJ1SzoWzavQYfNL9XkaJdrQejfztN4XqdsiV4ct3LXKL",
            id="2.1 text",
        ),
        pytest.param(
            "94a823a6387cdd30d8f7687d95710ebab84c6e277b724790a5b221440beb7df6",
            "HWvjYf77k1dqQAk6sE4gaS",
            "A16wi1xHBu5KT4SqNhZXrKZfoQbXJCbDozgSTJhUgu9x",
            id="2.1 hex",
        ),
        pytest.param(
            "agency-side-key-0000000000000001",
            "gzMWdxhBJ5CBWGEMmA7cL",
            "No8LmZ8aQenj3rgq919TtdCkCi4a9Yh2vS3kkUoJsAz",
            id="2.1 did of 21 characters, verkey of 43",
        ),
    ],
)
def test_published_identities(seed: str, did: str, verkey: str) -> None:
    """A seed gives the DID and the verkey that the real wallet makes of it."""
    assert KeyPair.from_seed(seed).identity == Identity(did, verkey)
    assert len(did_bytes(did)) == 16


def test_a_configured_did_has_nothing_to_do_with_the_key() -> None:
    """2.1: the dummy's own DID is not the one that its seed would give."""
    seed = "0000000000000000000000000Forward"
    configured = KeyPair.from_seed(seed, "VsKV7grR1BUE29mG2Fm2kX")

    assert configured.identity == Identity("VsKV7grR1BUE29mG2Fm2kX", "Hezce2UWMZ3wUhVkh2LfKSs8nDzWwzs2Win7EzNN3YaR")
    assert KeyPair.from_seed(seed).did == "XZMYyaTUhuteR4DPDX1df1"


@given(SEEDS)
def test_seed_forms(seed: bytes) -> None:
    """2.1: base64 and hex stand for the same 32 bytes, and both halves of the key fit together."""
    pair = KeyPair.from_seed(seed)

    assert KeyPair.from_seed(b64encode(seed).decode()) == pair == KeyPair.from_seed(seed.hex().upper())
    assert verkey_bytes(pair.verkey) == bytes(SigningKey(seed).verify_key)
    assert agreement_key(pair.verkey) == bytes(SigningKey(seed).to_curve25519_private_key().public_key)


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        pytest.param("A" * 31 + "=", b"A" * 31 + b"=", id="2.1 32 bytes first, even if they are base64 of 23"),
        pytest.param("é" * 16, "é".encode() * 16, id="2.1 bytes of UTF-8 count, not characters"),
        pytest.param("0" * 64, bytes(32), id="2.1 hex"),
    ],
)
def test_seed_forms_are_tried_in_order(text: str, raw: bytes) -> None:
    """The first form that fits counts."""
    assert seed_bytes(text) == raw


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("0" * 31, id="31 bytes"),
        pytest.param("0" * 33, id="33 bytes"),
        pytest.param("é" * 32, id="64 bytes that are no hex"),
        pytest.param("0x" + "0" * 62, id="prefix"),
        pytest.param(b64encode(bytes(31)).decode(), id="base64 of 31 bytes"),
        pytest.param("not base64 at all, and ending in =", id="no base64"),
    ],
)
def test_bad_seeds(text: str) -> None:
    """A seed in no form is refused."""
    with pytest.raises(BadKey, match="Expected 32 bytes, as text, base64 with '=' or hex"):
        KeyPair.from_seed(text)


def test_bad_seed_bytes() -> None:
    """So is one of the wrong size."""
    with pytest.raises(BadKey, match="A seed of 16 bytes was given. Expected 32."):
        KeyPair.from_seed(bytes(16))


@given(SEEDS)
def test_abbreviated_verkeys(seed: bytes) -> None:
    """2.1: a DID and an abbreviated verkey make a full one; a full one stays."""
    pair = KeyPair.from_seed(seed)
    short = "~" + base58.encode(verkey_bytes(pair.verkey)[16:])

    assert full_verkey(pair.did, short) == full_verkey(pair.did, f"{short}:ed25519") == pair.verkey
    assert full_verkey("any", pair.verkey) == pair.verkey


def test_published_abbreviation() -> None:
    """2.1: the published pair fits."""
    full = full_verkey("8wZcEriaNLNKtteJvx7f8i", "~NcYxiDXkpYi6ov5FcYDi1e")

    assert full == "5L2HBnzbu6Auh2pkDRbFt5f4prvgE2LzknkuYLsKkacp"


def test_suffix() -> None:
    """2.1: the kind of a key may be told, with or without a name."""
    assert (
        verkey_bytes(f"{TRUSTEE.verkey}:ed25519") == verkey_bytes(f"{TRUSTEE.verkey}:") == verkey_bytes(TRUSTEE.verkey)
    )


@pytest.mark.parametrize(
    ("verkey", "message"),
    [
        pytest.param("", "'' stands for 0 bytes. Expected base58 of 32 bytes.", id="empty"),
        pytest.param("no verkey", "has ' ' as character 3", id="no base58"),
        pytest.param(TRUSTEE.did, "stands for 16 bytes", id="a did"),
        pytest.param(f"{TRUSTEE.verkey}:secp256k1", "has the suffix 'secp256k1'", id="other kind"),
        pytest.param("~CoRER63DVYnWZtK8uAzNbx", "is abbreviated. Expected a full one. Join it", id="abbreviated"),
        pytest.param("1" * 32, "is not a point on the curve", id="no point"),
        pytest.param("z" * 1_000_000, "has 1000000 characters", id="huge"),
    ],
)
def test_bad_verkeys(verkey: str, message: str) -> None:
    """A verkey that is none is told, and has signed nothing."""
    with pytest.raises(BadKey) as refused:
        agreement_key(verkey)
    assert message in str(refused.value)
    assert not verify(verkey, b"", bytes(64))


def test_bad_dids() -> None:
    """A DID is 16 bytes, whatever its length as a text."""
    with pytest.raises(BadKey, match="This is not a DID: .* stands for 17 bytes"):
        did_bytes("1" + TRUSTEE.did)
    with pytest.raises(BadKey, match="This is not an abbreviated verkey"):
        full_verkey(TRUSTEE.did, "~" + TRUSTEE.verkey)


@given(SEEDS, st.binary(max_size=100))
def test_signatures(seed: bytes, message: bytes) -> None:
    """2.5: signatures are detached, 64 bytes, and hold for this message and verkey only."""
    pair = KeyPair.from_seed(seed)
    signature = pair.sign(message)

    assert len(signature) == 64
    assert VerifyKey(verkey_bytes(pair.verkey)).verify(message, signature) == message
    assert verify(pair.verkey, message, signature)
    assert not verify(pair.verkey, message + b"!", signature)
    assert not verify(TRUSTEE.verkey, message, signature)
    assert not verify(pair.verkey, message, signature[:-1])


def test_known_signature() -> None:
    """Signing is deterministic."""
    sender = KeyPair.from_seed(ANSWERS["sender"]["seed"])

    assert b64encode(sender.sign(ANSWERS["message"].encode())).decode() == ANSWERS["signature"]
    assert sender.identity == Identity(ANSWERS["sender"]["did"], ANSWERS["sender"]["verkey"])


def test_pairs_do_not_print_their_secret() -> None:
    """A pair in a failed assertion shows what others may know."""
    assert repr(TRUSTEE) == f"KeyPair(did={TRUSTEE.did!r}, verkey={TRUSTEE.verkey!r})"


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_is_read_or_refused(did: str, verkey: str) -> None:
    """Nothing but the one error comes out of hostile texts."""
    for read in (lambda: full_verkey(did, verkey), lambda: agreement_key(verkey), lambda: seed_bytes(verkey)):
        with contextlib.suppress(Unreadable):
            read()
