"""The server that benchmarks/agency.py compares connsim with: aiohttp, PyNaCl and msgpack, and no more than necessary.

It opens the three envelopes of a poll, reads only what it needs to open the next, and closes a prepared answer. Keys
are converted to X25519 once; the secret that two keys share is computed for each message.
"""

import json
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import msgpack  # type: ignore[import-untyped]
from nacl.bindings import crypto_aead_chacha20poly1305_ietf_decrypt, crypto_aead_chacha20poly1305_ietf_encrypt
from nacl.public import Box, PrivateKey, PublicKey, SealedBox
from nacl.utils import random

from connsim.wire.keys import KeyPair

Opened = dict[str, Any]


class Party:
    """A party with its X25519 key, and the keys of its peers."""

    def __init__(self, keys: KeyPair) -> None:
        self.verkey = keys.verkey
        self.private: PrivateKey = keys.signing_key.to_curve25519_private_key()
        self.sealed = SealedBox(self.private)
        self._others: dict[str, PublicKey] = {}

    def knows(self, *others: "Party") -> "Party":
        """Add the keys of peers."""
        self._others |= {other.verkey: other.private.public_key for other in others}
        return self

    def box(self, verkey: str) -> Box:
        """Return the box shared with a peer."""
        return Box(self.private, self._others[verkey])


def poll_v1(agency: Party, agent: Party, connection: Party, owner: Party, answer: Opened) -> Callable[[bytes], bytes]:
    """Return a handler of polls in protocol 1.0."""
    to_owner = SealedBox(owner.private.public_key)

    def auth_open(party: Party, sealed: bytes) -> Opened:
        parts = msgpack.unpackb(party.sealed.decrypt(sealed))
        return unbundled(party.box(parts["sender"]).decrypt(b64decode(parts["msg"]), b64decode(parts["nonce"])))

    def unbundled(content: bytes) -> Opened:
        message: Opened = msgpack.unpackb(bytes(msgpack.unpackb(content)["bundled"][0]))
        return message

    def handle(body: bytes) -> bytes:
        outer = unbundled(agency.sealed.decrypt(body))
        inner = auth_open(agent, bytes(outer["@msg"]))
        assert auth_open(connection, bytes(inner["@msg"]))["@type"]["name"] == "GET_MSGS"
        content, nonce = msgpack.packb({"bundled": [list(msgpack.packb(answer))]}), random(24)
        msg = b64encode(connection.box(owner.verkey).encrypt(content, nonce).ciphertext).decode()
        parts = {"msg": msg, "sender": connection.verkey, "nonce": b64encode(nonce).decode()}
        return to_owner.encrypt(msgpack.packb(parts))

    return handle


def poll_v2(agency: Party, agent: Party, connection: Party, owner: Party, answer: Opened) -> Callable[[bytes], bytes]:
    """Return a handler of polls in protocol 2.0."""
    to_owner = SealedBox(owner.private.public_key)

    def unpack(party: Party, packed: Opened) -> Opened:
        recipient = json.loads(urlsafe_b64decode(packed["protected"]))["recipients"][0]
        header, key = recipient["header"], urlsafe_b64decode(recipient["encrypted_key"])
        if "sender" in header:
            sender = party.sealed.decrypt(urlsafe_b64decode(header["sender"])).decode()
            cek = party.box(sender).decrypt(key, urlsafe_b64decode(header["iv"]))
        else:
            cek = party.sealed.decrypt(key)
        sealed = urlsafe_b64decode(packed["ciphertext"]) + urlsafe_b64decode(packed["tag"])
        iv, protected = urlsafe_b64decode(packed["iv"]), packed["protected"].encode()
        message: Opened = json.loads(crypto_aead_chacha20poly1305_ietf_decrypt(sealed, protected, iv, cek))
        return message

    def pack(message: Opened) -> bytes:
        cek, nonce, iv = random(32), random(24), random(12)
        header = {
            "kid": owner.verkey,
            "iv": urlsafe_b64encode(nonce).decode(),
            "sender": urlsafe_b64encode(to_owner.encrypt(connection.verkey.encode())).decode(),
        }
        key = urlsafe_b64encode(connection.box(owner.verkey).encrypt(cek, nonce).ciphertext).decode()
        recipients = [{"encrypted_key": key, "header": header}]
        envelope = {"enc": "xchacha20poly1305_ietf", "typ": "JWM/1.0", "alg": "Authcrypt", "recipients": recipients}
        protected = urlsafe_b64encode(json.dumps(envelope, separators=(",", ":")).encode())
        sealed = crypto_aead_chacha20poly1305_ietf_encrypt(json.dumps(message).encode(), protected, iv, cek)
        parts = {"protected": protected, "iv": urlsafe_b64encode(iv)}
        parts |= {"ciphertext": urlsafe_b64encode(sealed[:-16]), "tag": urlsafe_b64encode(sealed[-16:])}
        return json.dumps({name: part.decode() for name, part in parts.items()}).encode()

    def handle(body: bytes) -> bytes:
        outer = unpack(agency, json.loads(body))
        inner = unpack(agent, outer["@msg"])
        assert unpack(connection, inner["@msg"])["@type"].endswith("/GET_MSGS")
        return pack(answer)

    return handle
