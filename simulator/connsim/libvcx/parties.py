"""The ends of a connection of either kind: its agency, its own key pair, and the other side's key."""

import re
from collections.abc import Callable
from dataclasses import replace

from nacl.signing import SigningKey

from connsim.clients.agency_client import AgencyClient
from connsim.clients.agency_results import Pairwise
from connsim.libvcx.errors import Code, VcxError, agency_errors
from connsim.libvcx.mocks import MockedAgency
from connsim.libvcx.session import ERROR, Session
from connsim.libvcx.settings import is_did, is_verkey
from connsim.wire.errors import BadKey
from connsim.wire.keys import Identity, KeyPair, verify, verkey_bytes

_BASE58 = re.compile("[1-9A-HJ-NP-Za-km-z]*")
_SIGNATURE = 64


def agency_of(session: Session) -> AgencyClient | MockedAgency:
    """Make a client of the agency, or the mocked agency of a test mode."""
    return MockedAgency(session) if session.settings.mock_agency else session.agency()


def pair_of(session: Session, did: str, verkey: str) -> KeyPair:
    """Return the wallet's pair of a verkey, under a DID that the wallet may not know.

    Raises:
        VcxError: The DID or the verkey is malformed, or the wallet does not hold the key.
    """
    own = identity_of(did, verkey)
    if session.settings.mock_indy:
        return KeyPair(own.did, own.verkey, SigningKey(bytes(32)))  # a dummy: the mocks sign nothing
    return replace(session.wallet.pair(own.verkey), did=own.did)


def identity_of(did: str, verkey: str) -> Identity:
    """Check a DID and a verkey of a document.

    Raises:
        VcxError: One of them is malformed: 1008 or 1009, and 1014 if it is not base58 at all.
    """
    for what, text, is_valid, invalid in (
        ("DID", did, is_did, Code.InvalidDid),
        ("verkey", verkey, is_verkey, Code.InvalidVerkey),
    ):
        if not is_valid(text):
            code = invalid if _BASE58.fullmatch(text) else Code.NotBase58
            raise VcxError(code, f"The connection's {what} is {text!r}.")
    return Identity(did, verkey)


def verified(session: Session, verkey: str, data: bytes, signature: bytes) -> bool:
    """Verify a signature. The mocked wallet accepts any.

    Args:
        verkey: Empty if it is unknown.

    Raises:
        VcxError: 1067, the key is unknown; 1080, the key or the signature is malformed (deduced).
    """
    if session.settings.mock_indy:
        return True
    if not verkey:
        raise VcxError(Code.InvalidLibindyParam, "The other side's key is not known yet.")
    try:
        verkey_bytes(verkey)
    except BadKey as wrong:
        raise VcxError(Code.LibindyInvalidStructure, str(wrong)) from None
    if len(signature) != _SIGNATURE:
        raise VcxError(
            Code.LibindyInvalidStructure, f"The signature has {len(signature)} bytes. Expected {_SIGNATURE}."
        )
    return verify(verkey, data, signature)


def delete_at_agency(session: Session, handle: int, pairwise: Callable[[], Pairwise]) -> None:
    """Have the agency delete a connection, and release its handle, even if the agency fails.

    Args:
        pairwise: Returns its ends at the agency; a function, because its failure counts as the agency's.

    Raises:
        VcxError: 1060, the agency did not delete it. The handle is released nevertheless.
    """
    try:
        with agency_errors():
            agency_of(session).update_status(pairwise())
    except VcxError as failed:
        session.log(ERROR, f"Connection {handle} was not deleted at the agency: {failed}")
        raise VcxError(Code.CannotDeleteConnection) from failed
    finally:
        session.objects.drop(handle)
