"""Peer DIDs as the agent builds them: ``did:peer:2``, one X25519 key, one Ed25519 key, one DIDComm service.

Source: docs/protocol/prism-agent.md, 7.2.
"""

import json
from base64 import urlsafe_b64encode

from nacl.public import PrivateKey
from nacl.signing import SigningKey

from connsim.core import base58

_X25519 = b"\xec\x01"
_ED25519 = b"\xed\x01"
# The agent's library shortens these words everywhere in the service, even inside the URL.
_SHORT = (
    ("type", "t"),
    ("serviceEndpoint", "s"),
    ("DIDCommMessaging", "dm"),
    ("routingKeys", "r"),
    ("accept", "a"),
)


def peer_did(agreement: bytes, authentication: bytes, service: str) -> str:
    """Build the DID of an agent for one connection.

    Args:
        agreement: 32 bytes of X25519 private key.
        authentication: 32 bytes of Ed25519 seed.
        service: The service segment, made by `service`.

    Returns:
        ``did:peer:2.Ez6LS....Vz6Mk....S<service>``.
    """
    x25519 = base58.encode(_X25519 + bytes(PrivateKey(agreement).public_key))
    ed25519 = base58.encode(_ED25519 + bytes(SigningKey(authentication).verify_key))
    return f"did:peer:2.Ez{x25519}.Vz{ed25519}.S{service}"


def service(endpoint: str, *, nested: bool = True) -> str:
    """Encode the service segment: unpadded base64url of compact JSON with shortened words.

    Args:
        endpoint: The URL at which the agent takes DIDComm messages.
        nested: The form since agent 1.26; before, all members were on one level.
    """
    rest: dict[str, object] = {"r": [], "a": ["didcomm/v2"]}
    block = {"t": "dm", "s": {"uri": endpoint, **rest}} if nested else {"t": "dm", "s": endpoint, **rest}
    text = "".join(json.dumps(block, separators=(",", ":"), ensure_ascii=False).split())
    for word, short in _SHORT:
        text = text.replace(word, short)
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")
