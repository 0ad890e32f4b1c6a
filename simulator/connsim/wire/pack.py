"""``pack_message`` and ``unpack_message``, the envelopes of protocol 2.0 and of Aries, as libindy makes and opens them.

    protected    base64url of the header: enc, typ, alg, and for each recipient the content key, encrypted for it
    iv, tag      of the text
    ciphertext   the text under the content key, with ``protected`` as the additional data

This is the envelope of Aries RFC 0019, with two quirks of libindy. The header says ``xchacha20poly1305_ietf``, but the
cipher is ChaCha20-Poly1305 of the IETF with a nonce of 12 bytes. And libindy writes base64url with padding, but reads
it with or without.

Source: docs/protocol/vcx-agency.md, 2.4.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from nacl import bindings
from nacl.exceptions import CryptoError

from connsim.wire.crypt import Draw, anon_crypt, anon_open, box, box_open
from connsim.wire.errors import BadNotation, CannotOpen, NoKey
from connsim.wire.keys import KeyPair
from connsim.wire.notation import base64url_bytes, base64url_text, dump_json, load_json, shown

Find = Callable[[str], KeyPair | None]
"""Looks up the pair of a verkey; ``None`` if it is not held here."""

_CONTENT_KEY = 32
_IV = 12
_TAG = 16
_NONCE = bindings.crypto_box_NONCEBYTES


class Unpacked(NamedTuple):
    """An unpacked message.

    Attributes:
        message: Its text in UTF-8.
        recipient: The verkey whose pair opened it.
        sender: The verkey that provably closed it; ``None`` for Anoncrypt.
    """

    message: bytes
    recipient: str
    sender: str | None


def pack(recipients: Iterable[str], message: bytes, sender: KeyPair | None, draw: Draw) -> bytes:
    """Pack a message for one or more verkeys.

    Args:
        sender: The pair that authenticates it (Authcrypt); ``None`` makes it anonymous (Anoncrypt).

    Returns:
        The JSON object, in libindy's order of members.

    Raises:
        BadKey: A recipient is not a verkey.
    """
    content_key = draw(_CONTENT_KEY)
    protected = {
        "enc": "xchacha20poly1305_ietf",
        "typ": "JWM/1.0",
        "alg": "Authcrypt" if sender else "Anoncrypt",
        "recipients": [_recipient(verkey, content_key, sender, draw) for verkey in recipients],
    }
    header = base64url_text(dump_json(protected))
    iv = draw(_IV)
    sealed = bindings.crypto_aead_chacha20poly1305_ietf_encrypt(message, header.encode(), iv, content_key)
    parts = {
        "protected": header,
        "iv": base64url_text(iv),
        "ciphertext": base64url_text(sealed[:-_TAG]),
        "tag": base64url_text(sealed[-_TAG:]),
    }
    return dump_json(parts)


def unpack(packed: bytes, find: Find) -> Unpacked:
    """Unpack a message with the key of its first recipient whose key is held here.

    The header's ``sender`` decides whether it is authenticated, not ``alg``, which libindy ignores.

    Raises:
        NoKey: The key of none of the recipients is held here.
        CannotOpen: The message is damaged or malformed.
    """
    try:
        return _unpack(packed, find)
    except BadNotation as wrong:
        raise CannotOpen(f"A packed message is malformed: {wrong}") from None


def is_packed(body: bytes) -> bool:
    """Return whether a body is an envelope of protocol 2.0: a JSON object with ``protected``.

    The first byte alone is not enough: one in 256 bodies of protocol 1.0 begins with ``{`` by chance.
    """
    try:
        parts = load_json(body)
    except BadNotation:
        return False
    return isinstance(parts, dict) and "protected" in parts


def _recipient(verkey: str, content_key: bytes, sender: KeyPair | None, draw: Draw) -> dict[str, Any]:
    if sender is None:
        return {"encrypted_key": base64url_text(anon_crypt(verkey, content_key, draw)), "header": {"kid": verkey}}
    nonce = draw(_NONCE)
    return {
        "encrypted_key": base64url_text(box(sender, verkey, content_key, nonce)),
        "header": {
            "kid": verkey,
            "iv": base64url_text(nonce),
            "sender": base64url_text(anon_crypt(verkey, sender.verkey.encode(), draw)),
        },
    }


def _unpack(packed: bytes, find: Find) -> Unpacked:
    parts = load_json(packed)
    protected, *encoded = (_text(parts, name) for name in ("protected", "iv", "ciphertext", "tag"))
    header = load_json(base64url_bytes(protected))
    for name in ("enc", "typ", "alg"):  # libindy requires these to be present, and uses none of them
        _text(header, name)
    key, recipient = _recipient_held_here(header, find)
    sender, content_key = _content_key(key, recipient)
    iv, ciphertext, tag = map(base64url_bytes, encoded)
    _check_size("iv", iv, _IV)
    _check_size("tag", tag, _TAG)
    try:
        message = bindings.crypto_aead_chacha20poly1305_ietf_decrypt(
            ciphertext + tag, protected.encode(), iv, content_key
        )
        message.decode()
    except CryptoError:
        raise CannotOpen(f"A packed message for {key.verkey} does not open: its text or header was changed.") from None
    except UnicodeDecodeError:
        raise CannotOpen(f"A packed message for {key.verkey} opens, but is not UTF-8.") from None
    return Unpacked(message, key.verkey, sender)


def _recipient_held_here(header: object, find: Find) -> tuple[KeyPair, dict[str, Any]]:
    recipients = header.get("recipients") if isinstance(header, dict) else None
    if not isinstance(recipients, list):
        raise BadNotation(f"Expected a list of recipients, not {shown(recipients)}.")
    kids = []
    for recipient in recipients:  # all are checked before one is chosen, as libindy parses the whole header first
        kids.append(_text(_member(recipient, "header"), "kid"))
        _text(recipient, "encrypted_key")
    for kid, recipient in zip(kids, recipients, strict=True):
        if key := find(kid):
            return key, recipient
    raise NoKey(
        f"A packed message is for {', '.join(map(shown, kids)) or 'no recipient'}. Expected a key that is held here."
    )


def _content_key(key: KeyPair, recipient: dict[str, Any]) -> tuple[str | None, bytes]:
    encrypted = base64url_bytes(recipient["encrypted_key"])
    header = recipient["header"]
    if header.get("sender") is None:
        sender, content_key = None, anon_open(key, encrypted)
    else:
        nonce = base64url_bytes(_text(header, "iv"))
        name = anon_open(key, base64url_bytes(_text(header, "sender")))
        try:
            sender = name.decode()
        except UnicodeDecodeError:
            raise CannotOpen(f"A packed message for {key.verkey} names a sender that is not text.") from None
        content_key = box_open(key, sender, encrypted, nonce)
    _check_size("content key", content_key, _CONTENT_KEY)
    return sender, content_key


def _check_size(what: str, value: bytes, size: int) -> None:
    if len(value) != size:
        raise CannotOpen(f"The {what} of a packed message has {len(value)} bytes. Expected {size}.")


def _member(parts: object, name: str) -> Any:
    if not isinstance(parts, dict) or name not in parts:
        raise BadNotation(f"Expected an object with {name}, not {shown(parts)}.")
    return parts[name]


def _text(parts: object, name: str) -> str:
    value = _member(parts, name)
    if not isinstance(value, str):
        raise BadNotation(f"Expected {name} to be text, not {shown(value)}.")
    return value
