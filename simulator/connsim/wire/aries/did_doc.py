"""The DID document inside a request or a response, as libvcx 0.9 writes and accepts it.

Source: docs/protocol/vcx-agency.md, 12.3.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from connsim.wire.aries.messages import AriesMessage
from connsim.wire.errors import BadKey, BadMessage
from connsim.wire.keys import agreement_key
from connsim.wire.kinds import TEXT, Many, shape
from connsim.wire.notation import shown

CONTEXT = "https://w3id.org/did/v1"
_KEY = "Ed25519VerificationKey2018"
_AUTHENTICATION = "Ed25519SignatureAuthentication2018"

_SERVICE = shape(
    "id type recipientKeys? routingKeys? serviceEndpoint", {"recipientKeys": Many(TEXT), "routingKeys": Many(TEXT)}
)
_DOCUMENT = shape(
    "@context id publicKey authentication? service",
    {
        "publicKey": Many(shape("id type controller publicKeyBase58")),
        "authentication": Many(shape("type publicKey")),
        "service": Many(_SERVICE),
    },
)


@dataclass(frozen=True)
class Contact:
    """How to reach a party.

    Attributes:
        did: Empty if the contact comes from an invitation, which has none.
        recipient_keys: Verkeys; a message is packed for the first.
        routing_keys: Verkeys of the mediators, the innermost first.
        endpoint: The URL to post to.
    """

    did: str
    recipient_keys: tuple[str, ...]
    routing_keys: tuple[str, ...]
    endpoint: str


def did_doc(did: str, verkey: str, endpoint: str, routing_keys: Iterable[str] = ()) -> dict[str, Any]:
    """Make a document of one key and one service, as libvcx writes it."""
    return {
        "@context": CONTEXT,
        "id": did,
        "publicKey": [{"id": "1", "type": _KEY, "controller": did, "publicKeyBase58": verkey}],
        "authentication": [{"type": _AUTHENTICATION, "publicKey": f"{did}#1"}],
        "service": [
            {
                "id": "did:example:123456789abcdefghi;indy",  # a constant of libvcx, copied from an example
                "type": "IndyAgent",
                "priority": 0,
                "recipientKeys": [f"{did}#1"],
                "routingKeys": list(routing_keys),
                "serviceEndpoint": endpoint,
            }
        ],
    }


def contact(doc: object) -> Contact:
    """Check a document as libvcx does; returns the contact that it describes.

    Observed with libvcx: it accepts only its own ``@context``; ``authentication`` may be empty; ``recipientKeys`` may
    be references or verkeys; the id may be a bare DID or any other text. That every key used must be listed in
    ``publicKey``, with the usual type, is deduced.

    Raises:
        BadMessage: libvcx would refuse the document.
    """
    checked = _DOCUMENT.read(doc, "the DIDDoc")
    if checked["@context"] != CONTEXT:
        raise BadMessage(f"The DIDDoc's @context is {shown(checked['@context'])}. Expected {CONTEXT}.")
    if not checked["id"] or not checked["service"]:
        raise BadMessage("The DIDDoc has no id or no service. Expected both.")
    service = checked["service"][0]
    keys = tuple(_resolved(checked, key) for key in service.get("recipientKeys") or ())
    if not keys:
        raise BadMessage("The DIDDoc's service has no recipientKeys. Expected at least one.")
    routing = tuple(_checked(key) for key in service.get("routingKeys") or ())
    return Contact(checked["id"], keys, routing, _address(service["serviceEndpoint"]))


def contact_of_invitation(invitation: AriesMessage) -> Contact:
    """Read the inviter's contact from its invitation.

    Raises:
        BadMessage: A key or the endpoint is malformed.
    """
    members = invitation.members
    return Contact(
        "",
        tuple(map(_checked, members["recipientKeys"])),
        tuple(map(_checked, members.get("routingKeys") or ())),
        _address(members["serviceEndpoint"]),
    )


def _resolved(doc: dict[str, Any], key: str) -> str:
    """Find the verkey of a key that is given as a reference (``D#1``) or as a verkey."""
    name = _reference(key)
    found = next((one for one in doc["publicKey"] if name in (_reference(one["id"]), one["publicKeyBase58"])), None)
    if found is None or found["type"] != _KEY:
        raise BadMessage(f"The DIDDoc names the key {shown(key)}. Expected a key of its publicKey, of type {_KEY}.")
    authentication = doc.get("authentication")
    if authentication and not any(_reference(one["publicKey"]) == _reference(found["id"]) for one in authentication):
        raise BadMessage(
            f"The DIDDoc's key {shown(key)} is not in authentication. Expected it there, or an empty authentication."
        )
    return _checked(found["publicKeyBase58"])


def _reference(key: str) -> str:
    return key.rpartition("#")[2]


def _checked(verkey: str) -> str:
    try:
        agreement_key(verkey)
    except BadKey as wrong:
        raise BadMessage(str(wrong)) from None
    return verkey


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        absolute = bool(parts.scheme and parts.netloc)
    except ValueError:
        absolute = False
    if not absolute:
        raise BadMessage(f"The serviceEndpoint is {shown(text)}. Expected an absolute URL.")
    return text
