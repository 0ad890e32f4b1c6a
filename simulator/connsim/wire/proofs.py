"""Signatures inside messages, in standard base64, padded.

A ``keyDlgProof`` delegates from a pairwise key to an agent. A ``redirectDetail`` proves that its signer is the other
side of an older connection. Both sign a DID and a verkey, concatenated without a separator.

Source: docs/protocol/vcx-agency.md, 2.5, 8.4, 11.4.
"""

from typing import Any

from connsim.wire.errors import BadNotation
from connsim.wire.keys import Identity, KeyPair, verify
from connsim.wire.notation import base64_bytes, base64_text, present


def delegation_proof(delegator: KeyPair, agent: Identity) -> dict[str, str]:
    """Make a ``keyDlgProof``.

    Args:
        delegator: The pairwise identity, which signs.
        agent: The agent to which it delegates.
    """
    return {
        "agentDID": agent.did,
        "agentDelegatedKey": agent.verkey,
        "signature": base64_text(delegator.sign(f"{agent.did}{agent.verkey}".encode())),
    }


def delegation_holds(proof: Any, verkey: str) -> bool:
    """Verify a ``keyDlgProof`` by the key of a verkey. A malformed proof is invalid."""
    return _holds(proof, ("agentDID", "agentDelegatedKey"), verkey)


def redirect_detail(
    older: KeyPair, inviter: Identity, public_did: str | None = None, their_public_did: str | None = None
) -> dict[str, str]:
    """Make a ``redirectDetail``, with which a holder answers that the two are connected already.

    Args:
        older: The holder's pairwise identity in the older connection: "their", from the inviter's point of view.
        inviter: The inviter's pairwise identity in the older connection.
        public_did: The inviter's public DID.
        their_public_did: The holder's public DID.
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
    return present(members)


def redirect_holds(detail: Any) -> bool:
    """Verify that ``theirVerKey`` signed a ``redirectDetail``. A malformed detail is invalid."""
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
    except (BadNotation, UnicodeEncodeError):  # the latter for a lone surrogate, which JSON text may contain
        return False
