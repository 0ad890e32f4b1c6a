"""The two ends of a connection of either kind: whom it talks to, and whose keys it has."""

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
    """Whom connections talk to: the agency, or the mocked one of a test mode."""
    return MockedAgency(session) if session.settings.mock_agency else session.agency()


def pair_of(session: Session, did: str, verkey: str) -> KeyPair:
    """The wallet's pair of a verkey, under a DID that the wallet may not know.

    Raises:
        VcxError: One of them is none, or the wallet does not hold the key.
    """
    own = identity_of(did, verkey)
    if session.settings.mock_indy:
        return KeyPair(own.did, own.verkey, SigningKey(bytes(32)))  # the mocks sign nothing with it
    return replace(session.wallet.pair(own.verkey), did=own.did)


def identity_of(did: str, verkey: str) -> Identity:
    """A DID and a verkey that somebody put down.

    Raises:
        VcxError: One of them is none.
    """
    for what, text, holds, wrong in (
        ("DID", did, is_did, Code.InvalidDid),
        ("verkey", verkey, is_verkey, Code.InvalidVerkey),
    ):
        if not holds(text):
            raise VcxError(
                wrong if _BASE58.fullmatch(text) else Code.NotBase58, f"The connection's {what} is {text!r}."
            )
    return Identity(did, verkey)


def verified(session: Session, verkey: str, data: bytes, signature: bytes) -> bool:
    """Whether a key made a signature; the mocked wallet holds anything for one.

    Args:
        verkey: Empty, if it is not known.

    Raises:
        VcxError: 1067, the key is not known; 1080, it or the signature is malformed, which is deduced.
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
    """Have the agency delete a connection, and forget it, whatever the agency says.

    Args:
        pairwise: Gives its ends, or fails because there are none.

    Raises:
        VcxError: 1060, the agency did not delete it. The handle is gone all the same.
    """
    try:
        with agency_errors():
            agency_of(session).update_status(pairwise())
    except VcxError as failed:
        session.log(ERROR, f"Connection {handle} was not deleted at the agency: {failed}")
        raise VcxError(Code.CannotDeleteConnection) from failed
    finally:
        session.objects.drop(handle)
