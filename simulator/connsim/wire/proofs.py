"""Signatures inside messages: who delegated to which agent, and who was redirected. Standard base64, padded."""

from typing import Any

from connsim.wire.errors import BadNotation
from connsim.wire.keys import Identity, KeyPair, verify
from connsim.wire.notation import base64_bytes, base64_text


def delegation_proof(delegator: KeyPair, agent: Identity) -> dict[str, str]:
    """``keyDlgProof``: the delegator, a pairwise identity, signs its agent's DID and verkey with nothing between."""
    return {
        "agentDID": agent.did,
        "agentDelegatedKey": agent.verkey,
        "signature": base64_text(delegator.sign(f"{agent.did}{agent.verkey}".encode())),
    }


def delegation_holds(proof: Any, verkey: str) -> bool:
    """Whether the holder of a verkey made a ``keyDlgProof``; something malformed nobody made."""
    return _holds(proof, ("agentDID", "agentDelegatedKey"), verkey)


def redirect_detail(
    older: KeyPair, inviter: Identity, public_did: str | None = None, their_public_did: str | None = None
) -> dict[str, str]:
    """``redirectDetail``, by which a holder says that the two are connected already.

    Args:
        older: The holder's pairwise identity of the older connection: "their", from the inviter's point of view.
        inviter: The inviter's pairwise identity of the older connection.
        public_did: The inviter's.
        their_public_did: The holder's.
    """
    members = {
        "DID": inviter.did,
        "verKey": inviter.verkey,
        "publicDID": public_did,
        "theirDID": older.did,
        "theirVerKey": older.verkey,
        "theirPublicDID": their_public_did,
        "signature": base64_text(older.sign(f"{older.did}{older.verkey}".encode())),
    }
    return {name: value for name, value in members.items() if value is not None}


def redirect_holds(detail: Any) -> bool:
    """Whether ``theirVerKey`` signed a ``redirectDetail``; something malformed nobody signed."""
    signer = detail.get("theirVerKey") if isinstance(detail, dict) else None
    return isinstance(signer, str) and _holds(detail, ("theirDID", "theirVerKey"), signer)


def _holds(members: Any, signed: tuple[str, str], verkey: str) -> bool:
    if not isinstance(members, dict):
        return False
    did, key, signature = (members.get(name) for name in (*signed, "signature"))
    if not (isinstance(did, str) and isinstance(key, str) and isinstance(signature, str)):
        return False
    try:
        return verify(verkey, f"{did}{key}".encode(), base64_bytes(signature))
    except (BadNotation, UnicodeEncodeError):
        return False
