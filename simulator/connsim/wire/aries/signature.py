"""``connection~sig`` (RFC 0234): proves that an inviter's new keys belong to the key of its invitation.

sig_data   base64url( 8 bytes of Unix time, big-endian | JSON of the connection )
signature  base64url( Ed25519 signature of the decoded sig_data, by the invitation's key )

Source: docs/protocol/vcx-agency.md, 12.3.
"""

from collections.abc import Mapping
from typing import Any

from connsim.wire import keys
from connsim.wire.aries.messages import PREFIX, in_order
from connsim.wire.errors import BadMessage, BadNotation
from connsim.wire.keys import KeyPair
from connsim.wire.kinds import OBJECT, shape
from connsim.wire.notation import base64url_bytes, base64url_text, dump_json, load_json, shown

_TYPE = "signature/1.0/ed25519Sha512_single"
_TIME = 8  # bytes of time before the JSON

_SIGNED = shape("@type signer signature sig_data")
_CONNECTION = shape("DID DIDDoc", {"DIDDoc": OBJECT})


def sign(signer: KeyPair, did: str, doc: Mapping[str, Any], seconds: int) -> dict[str, str]:
    """Sign a DID and its document.

    Args:
        signer: The pair of the invitation.
        seconds: Unix time; signed together with the JSON.
    """
    data = seconds.to_bytes(_TIME, "big") + dump_json(in_order({"DID": did, "DIDDoc": doc}))
    return {
        "@type": f"{PREFIX}{_TYPE}",
        "signature": base64url_text(signer.sign(data)),
        "sig_data": base64url_text(data),
        "signer": signer.verkey,
    }


def verify(signed: object, verkey: str) -> tuple[str, dict[str, Any]]:
    """Verify a ``connection~sig``; returns the DID and its document.

    ``signer`` is ignored: only a signature by the invitation's key proves anything.

    Args:
        verkey: The key of the invitation.

    Raises:
        BadMessage: The signature is malformed, or not by this key.
    """
    members, data = _read(signed)
    if not keys.verify(verkey, data, _decoded(members["signature"])):
        raise BadMessage(
            f"The connection~sig of {shown(members['signer'])} is not valid. Expected a signature over all of "
            f"sig_data by the key of the invitation, {verkey}."
        )
    try:
        connection = _CONNECTION.read(load_json(data[_TIME:]), "sig_data")
    except BadNotation as wrong:
        raise BadMessage(f"sig_data contains no JSON after its {_TIME} bytes of time: {wrong}") from None
    return connection["DID"], connection["DIDDoc"]


def signed_at(signed: object) -> int:
    """Read the time of signing that the signer claims, in Unix seconds.

    Raises:
        BadMessage: The signature is malformed.
    """
    return int.from_bytes(_read(signed)[1][:_TIME], "big")


def _read(signed: object) -> tuple[dict[str, Any], bytes]:
    members = _SIGNED.read(signed, "connection~sig")
    data = _decoded(members["sig_data"])
    if len(data) < _TIME:
        raise BadMessage(f"sig_data has {len(data)} bytes. Expected {_TIME} bytes of time, and JSON.")
    return members, data


def _decoded(text: str) -> bytes:
    try:
        return base64url_bytes(text)
    except BadNotation as wrong:
        raise BadMessage(str(wrong)) from None
