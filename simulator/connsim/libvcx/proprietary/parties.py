"""The ends of a proprietary connection, from its document and the session."""

from connsim.clients.agency_results import Pairwise
from connsim.libvcx.documents import wire_version
from connsim.libvcx.errors import Code, VcxError
from connsim.libvcx.parties import identity_of, pair_of
from connsim.libvcx.proprietary.documents import Connection
from connsim.libvcx.session import Session
from connsim.wire.codes import Version
from connsim.wire.keys import KeyPair


def find(session: Session, handle: int, missing: Code = Code.InvalidConnectionHandle) -> Connection:
    """Find the connection of a handle.

    Args:
        missing: The code for an unknown handle, or that of another object.

    Raises:
        VcxError: With the code ``missing``.
    """
    found = session.objects.get(handle, missing)
    if not isinstance(found, Connection):
        raise VcxError(missing, f"Handle {handle} is that of a {type(found).__name__}. Expected a connection's.")
    return found


def keys(session: Session, connection: Connection) -> KeyPair:
    """Return the caller's own pairwise pair, under the DID in the document, which may differ from the wallet's.

    Raises:
        VcxError: The DID or the verkey is malformed, or the wallet does not hold the key.
    """
    return pair_of(session, connection.pw_did, connection.pw_verkey)


def version(session: Session, connection: Connection) -> Version:
    """Return the version of a connection's envelopes; that of the settings if an older document does not state it."""
    return session.settings.protocol if connection.version is None else wire_version(connection.version)


def pairwise(session: Session, connection: Connection) -> Pairwise:
    """Return the connection's ends at the caller's agency.

    Raises:
        VcxError: The connection has no agent yet, or a DID or verkey in its document is malformed.
    """
    own = keys(session, connection)
    return Pairwise(own, identity_of(connection.agent_did, connection.agent_vk), version(session, connection))
