"""The two ends of a proprietary connection, out of what its record and the session hold."""

from connsim.clients.agency_results import Pairwise
from connsim.libvcx.documents import wire_version
from connsim.libvcx.errors import Code, VcxError
from connsim.libvcx.parties import identity_of, pair_of
from connsim.libvcx.proprietary.documents import Connection
from connsim.libvcx.session import Session
from connsim.wire.codes import Version
from connsim.wire.keys import KeyPair


def find(session: Session, handle: int, missing: Code = Code.InvalidConnectionHandle) -> Connection:
    """The connection of a handle.

    Args:
        missing: What is said if there is none, or the handle is that of something else.

    Raises:
        VcxError: With the code ``missing``.
    """
    found = session.objects.get(handle, missing)
    if not isinstance(found, Connection):
        raise VcxError(missing, f"Handle {handle} is that of a {type(found).__name__}. Expected a connection's.")
    return found


def keys(session: Session, connection: Connection) -> KeyPair:
    """The caller's own pairwise pair. Its DID is the document's, whatever the wallet knows the key by.

    Raises:
        VcxError: The document has none, or the wallet does not hold it.
    """
    return pair_of(session, connection.pw_did, connection.pw_verkey)


def version(session: Session, connection: Connection) -> Version:
    """In which envelopes a connection talks: its own, and as the settings say if a document does not tell."""
    return session.settings.protocol if connection.version is None else wire_version(connection.version)


def pairwise(session: Session, connection: Connection) -> Pairwise:
    """A connection's ends at the caller's agency.

    Raises:
        VcxError: The connection has no agent yet, or its document holds what is no DID or key.
    """
    own = keys(session, connection)
    return Pairwise(own, identity_of(connection.agent_did, connection.agent_vk), version(session, connection))
