"""Identities: a DID, a verkey, and the Ed25519 key behind it.

Messages name Ed25519 verkeys only. Encryption needs X25519, so both halves of a pair are converted when it is used, as
libindy does.

Source: docs/protocol/vcx-agency.md, 1, 2.1.
"""

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Self

from nacl import bindings
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

from connsim.core import base58
from connsim.wire.errors import BadKey, BadNotation
from connsim.wire.notation import base64_bytes, shown

_KEY = 32
_DID = 16
_SUFFIX = "ed25519"


@dataclass(frozen=True)
class Identity:
    """A party as others see it.

    The DID need not belong to the verkey: an agency's DID is usually configured. Never derive one from the other.

    Attributes:
        did: Base58 of 16 bytes: mostly 22 characters, in three of a hundred cases 21 or fewer.
        verkey: Base58 of the 32 bytes of the Ed25519 public key.
    """

    did: str
    verkey: str


@dataclass(frozen=True)
class KeyPair(Identity):
    """A party that can sign, and open what is sent to it."""

    signing_key: SigningKey = field(repr=False, compare=False)

    @classmethod
    def from_seed(cls, seed: bytes | str, did: str | None = None) -> Self:
        """Make the pair of a seed.

        Args:
            seed: 32 bytes, or a text in one of the forms of `seed_bytes`.
            did: A DID unrelated to the key. By default the one that a wallet derives: the first 16 bytes of the verkey.

        Raises:
            BadKey: The seed has the wrong form.
        """
        raw = seed_bytes(seed) if isinstance(seed, str) else seed
        if len(raw) != _KEY:
            raise BadKey(f"A seed of {len(raw)} bytes was given. Expected {_KEY}.")
        key = SigningKey(raw)
        public = bytes(key.verify_key)
        return cls(base58.encode(public[:_DID]) if did is None else did, base58.encode(public), key)

    @property
    def identity(self) -> Identity:
        """The public part."""
        return Identity(self.did, self.verkey)

    def sign(self, message: bytes) -> bytes:
        """Sign a message; returns the detached signature, 64 bytes."""
        return self.signing_key.sign(message).signature

    @cached_property
    def agreement_secret(self) -> bytes:
        """The private X25519 key."""
        return bytes(self.signing_key.to_curve25519_private_key())


def seed_bytes(text: str) -> bytes:
    """Read a seed in the first form that fits: 32 bytes of text, base64 that ends in ``=``, 64 hexadecimal digits.

    Raises:
        BadKey: No form fits.
    """
    raw = text.encode("utf-8", "surrogatepass")
    if len(raw) == _KEY:
        return raw
    try:
        if text.endswith("="):
            raw = base64_bytes(text)
        elif len(raw) == 2 * _KEY and not set(text) - set("0123456789abcdefABCDEF"):
            raw = bytes.fromhex(text)
    except BadNotation:
        pass
    if len(raw) != _KEY:
        raise BadKey(f"A seed of {len(text)} characters was given. Expected 32 bytes, as text, base64 with '=' or hex.")
    return raw


def did_bytes(did: str) -> bytes:
    """Decode a DID to its 16 bytes.

    Raises:
        BadKey: The text is not base58 of 16 bytes. The length of the text does not matter.
    """
    try:
        return base58.decode(did, _DID)
    except ValueError as wrong:
        raise BadKey(f"This is not a DID: {wrong}") from None


def full_verkey(did: str, verkey: str) -> str:
    """Write out a verkey that may be abbreviated to ``~`` and its second half, the first half being the DID.

    Raises:
        BadKey: The DID or the second half does not have 16 bytes.
    """
    if not verkey.startswith("~"):
        return verkey
    try:
        rest = base58.decode(_without_suffix(verkey)[1:], _KEY - _DID)
    except ValueError as wrong:
        raise BadKey(f"This is not an abbreviated verkey: {wrong}") from None
    return base58.encode(did_bytes(did) + rest)


def verkey_bytes(verkey: str) -> bytes:
    """Decode a verkey, which may end in ``:ed25519``, to its 32 bytes.

    Raises:
        BadKey: The text is not a verkey, or is abbreviated; see `full_verkey`.
    """
    plain = _without_suffix(verkey)
    if plain.startswith("~"):
        raise BadKey(f"The verkey {shown(verkey)} is abbreviated. Expected a full one. Join it with its DID first.")
    try:
        return base58.decode(plain, _KEY)
    except ValueError as wrong:
        raise BadKey(f"This is not a verkey: {wrong}") from None


@lru_cache(maxsize=4096)
def agreement_key(verkey: str) -> bytes:
    """Convert a verkey to its public X25519 key.

    Raises:
        BadKey: The text is not a verkey, or its bytes are not a point on the curve.
    """
    try:
        return bindings.crypto_sign_ed25519_pk_to_curve25519(verkey_bytes(verkey))
    except CryptoError:
        raise BadKey(
            f"The verkey {shown(verkey)} is not a point on the curve. Expected an Ed25519 public key."
        ) from None


def verify(verkey: str, message: bytes, signature: bytes) -> bool:
    """Verify a signature. A malformed verkey or signature verifies as false."""
    try:
        VerifyKey(verkey_bytes(verkey)).verify(message, signature)
    except (BadKey, CryptoError):
        return False
    return True


def _without_suffix(verkey: str) -> str:
    plain, colon, suffix = verkey.partition(":")
    if colon and suffix not in ("", _SUFFIX):
        raise BadKey(f"The verkey {shown(verkey)} has the suffix {shown(suffix)}. Expected none, or {_SUFFIX}.")
    return plain
