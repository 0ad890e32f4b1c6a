"""The two ends of a proprietary connection, out of what its record and the session hold."""

import re
from dataclasses import replace

from nacl.signing import SigningKey

from connsim.clients.agency_client import AgencyClient
from connsim.clients.agency_results import Pairwise
from connsim.libvcx.aries.documents import AriesConnection
from connsim.libvcx.errors import Code, VcxError
from connsim.libvcx.mocks import MockedAgency
from connsim.libvcx.proprietary.documents import Connection, wire_version
from connsim.libvcx.session import Session
from connsim.libvcx.settings import is_did, is_verkey
from connsim.wire.codes import Version
from connsim.wire.keys import Identity, KeyPair

_BASE58 = re.compile("[1-9A-HJ-NP-Za-km-z]*")


def find(session: Session, handle: int, missing: Code = Code.InvalidConnectionHandle) -> Connection:
    """The connection of a handle.

    Args:
        missing: What is said if there is none, or the handle is that of something else.

    Raises:
        VcxError: With the code ``missing``; or 1103, it is a connection of Aries.
    """
    found = session.objects.get(handle, missing)
    if isinstance(found, AriesConnection):
        raise VcxError(Code.ActionNotSupported, f"Handle {handle} is that of an Aries connection.")
    if not isinstance(found, Connection):
        raise VcxError(missing, f"Handle {handle} is that of a {type(found).__name__}. Expected a connection's.")
    return found


def agency(session: Session) -> AgencyClient | MockedAgency:
    """Whom connections talk to: the agency, or the mocked one of a test mode."""
    return MockedAgency(session) if session.settings.mock_agency else session.agency()


def keys(session: Session, connection: Connection) -> KeyPair:
    """The caller's own pairwise pair. Its DID is the document's, whatever the wallet knows the key by.

    Raises:
        VcxError: The document has none, or the wallet does not hold it.
    """
    return pair(session, connection.pw_did, connection.pw_verkey)


def pair(session: Session, did: str, verkey: str) -> KeyPair:
    """The wallet's pair of a verkey, under a DID that the wallet may not know.

    Raises:
        VcxError: One of them is none, or the wallet does not hold the key.
    """
    own = identity(did, verkey)
    if session.settings.mock_indy:
        return KeyPair(own.did, own.verkey, SigningKey(bytes(32)))  # the mocks sign nothing with it
    return replace(session.wallet.pair(own.verkey), did=own.did)


def version(session: Session, connection: Connection) -> Version:
    """In which envelopes a connection talks: its own, and as the settings say if a document does not tell."""
    return session.settings.protocol if connection.version is None else wire_version(connection.version)


def pairwise(session: Session, connection: Connection) -> Pairwise:
    """A connection's ends at the caller's agency.

    Raises:
        VcxError: The connection has no agent yet, or its document holds what is no DID or key.
    """
    own = keys(session, connection)
    return Pairwise(own, identity(connection.agent_did, connection.agent_vk), version(session, connection))


def identity(did: str, verkey: str) -> Identity:
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
