"""``anon_crypt`` and ``auth_crypt``, the envelopes of protocol 1.0, as libindy makes and opens them.

Both are made of libsodium's ``crypto_box``, but not with its convenience functions: those draw ephemeral keys and
nonces from the system. Here all random bytes come from a `Draw`, so that the same seed gives the same bytes.

Source: docs/protocol/vcx-agency.md, 2.2, 2.3.
"""

from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from itertools import count
from typing import NamedTuple

from nacl import bindings
from nacl.exceptions import CryptoError

from connsim.core.seed import Seed
from connsim.wire.errors import BadKey, BadNotation, CannotOpen
from connsim.wire.keys import KeyPair, agreement_key
from connsim.wire.notation import base64_bytes, base64_text, dump_msgpack, load_msgpack, shown

Draw = Callable[[int], bytes]
"""The source of everything random in an envelope: ``draw(size)`` returns that many bytes, different at every call."""

_NONCE = bindings.crypto_box_NONCEBYTES

# Key agreement is the expensive part of a box, and the same two parties exchange many messages.
_shared_key = lru_cache(4096)(bindings.crypto_box_beforenm)


class Authentic(NamedTuple):
    """The content of an authenticated envelope, and the verkey that provably closed it."""

    sender: str
    plaintext: bytes


def drawing(seed: Seed, *name: object) -> Draw:
    """Make a source of bytes that are the same for the same seed.

    Args:
        name: Unique for each envelope: two sources of one name give the same bytes, but a nonce must not occur twice.
    """
    numbers = count()
    return lambda size: seed.draw(*name, next(numbers), size=size)


def anon_crypt(recipient: str, plaintext: bytes, draw: Draw) -> bytes:
    """Encrypt for a verkey, without naming the sender.

    This is libsodium's ``crypto_box_seal``, written out so that its ephemeral key can be drawn from the seed.

    Returns:
        48 bytes more than the plaintext: the ephemeral public key, the MAC, the ciphertext.
    """
    theirs = agreement_key(recipient)
    secret = draw(bindings.crypto_box_SECRETKEYBYTES)
    public = bindings.crypto_scalarmult_base(secret)
    nonce = blake2b(public + theirs, digest_size=_NONCE).digest()
    try:
        return public + bindings.crypto_box(plaintext, nonce, theirs, secret)
    except CryptoError:
        raise _unusable(recipient) from None


def anon_open(key: KeyPair, sealed: bytes) -> bytes:
    """Open an ``anon_crypt``.

    Raises:
        CannotOpen: The bytes are for another key, or damaged.
    """
    try:
        return bindings.crypto_box_seal_open(sealed, agreement_key(key.verkey), key.agreement_secret)
    except CryptoError:
        raise CannotOpen(
            f"{len(sealed)} bytes do not open as anon_crypt for {key.verkey}: they are for another key, or damaged."
        ) from None


def box(sender: KeyPair, recipient: str, plaintext: bytes, nonce: bytes) -> bytes:
    """Encrypt by ``crypto_box`` between two Ed25519 identities; the MAC comes first."""
    try:
        return bindings.crypto_box_afternm(
            plaintext, nonce, _shared_key(agreement_key(recipient), sender.agreement_secret)
        )
    except CryptoError:
        raise _unusable(recipient) from None


def box_open(key: KeyPair, sender: str, ciphertext: bytes, nonce: bytes) -> bytes:
    """Open a `box`.

    Raises:
        CannotOpen: The box is from another sender, for another key, or damaged.
    """
    try:
        return bindings.crypto_box_open_afternm(
            ciphertext, nonce, _shared_key(agreement_key(sender), key.agreement_secret)
        )
    except (BadKey, CryptoError) as wrong:
        raise CannotOpen(f"A box from {shown(sender)} does not open for {key.verkey}: {wrong}") from None


def auth_crypt(sender: KeyPair, recipient: str, plaintext: bytes, draw: Draw) -> bytes:
    """Encrypt for a verkey, and prove the sender: a box, with its sender and nonce, in an ``anon_crypt``."""
    nonce = draw(_NONCE)
    parts = {
        "msg": base64_text(box(sender, recipient, plaintext, nonce)),
        "sender": sender.verkey,
        "nonce": base64_text(nonce),
    }
    return anon_crypt(recipient, dump_msgpack(parts), draw)


def auth_open(key: KeyPair, sealed: bytes) -> Authentic:
    """Open an ``auth_crypt``.

    Raises:
        CannotOpen: The bytes are for another key, damaged, or only an ``anon_crypt``.
    """
    try:
        parts = load_msgpack(anon_open(key, sealed))
        msg, sender, nonce = (_text(parts, name) for name in ("msg", "sender", "nonce"))
        return Authentic(sender, box_open(key, sender, base64_bytes(msg), base64_bytes(nonce)))
    except BadNotation as wrong:
        raise CannotOpen(f"An anon_crypt for {key.verkey} opens, but contains no auth_crypt: {wrong}") from None


def _unusable(verkey: str) -> BadKey:
    # libsodium refuses a shared secret of zeros, to which points of small order lead.
    return BadKey(f"Nothing can be encrypted for {shown(verkey)}. Expected a verkey that has a private key.")


def _text(parts: object, name: str) -> str:
    value = parts.get(name) if isinstance(parts, dict) else None
    if not isinstance(value, str):
        raise BadNotation(f"Expected a map with the texts msg, sender and nonce, but {name} is {shown(value)}.")
    return value
