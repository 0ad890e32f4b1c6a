"""Calls for connections of both kinds: each is dispatched to the functions of the connection's kind."""

from collections.abc import Callable
from typing import Any

from connsim.libvcx.aries import connections as aries_connections
from connsim.libvcx.aries import documents as aries_documents
from connsim.libvcx.aries.documents import AriesConnection
from connsim.libvcx.documents import opened
from connsim.libvcx.errors import Code, VcxError
from connsim.libvcx.proprietary import connecting, connections, documents, invitations
from connsim.libvcx.session import Session
from connsim.wire.errors import Unreadable

Run = Callable[..., Any]
"""The work of a C function, given the session, a handle, and more arguments."""


def either(proprietary: Run, aries: Run) -> Run:
    """Make a function that runs one of two, depending on the kind of the handle's connection."""

    def run(session: Session, handle: int, *rest: Any) -> Any:
        return (aries if _is_aries(session, handle) else proprietary)(session, handle, *rest)

    return run


def create(session: Session, source_id: str) -> int:
    """Make an inviter's connection of the kind in the settings; returns its handle.

    Raises:
        VcxError: 1057, no wallet is open, and a proprietary connection needs a key pair.
    """
    if session.settings.aries:
        return aries_connections.create(session, source_id)
    return connections.create(session, source_id)


def create_with_invite(session: Session, source_id: str, text: str) -> int:
    """Make an invitee's connection; returns its handle. Its kind is that of the invitation, not that in the settings.

    Raises:
        VcxError: 1016, the invitation cannot be read; 1057, no wallet is open.
    """
    if invitations.is_aries(text):
        return aries_connections.create_with_invite(session, source_id, text)
    return connections.create_with_invite(session, source_id, text)


def redirect(session: Session, handle: int, other: int) -> None:
    """Answer an invitation with an older connection; see `connecting.redirect`.

    Raises:
        VcxError: 1103, one of the two is an Aries connection, and Aries has no message for a redirection; or the errors
            of `connecting.redirect`.
    """
    for one in (other, handle):
        if _is_aries(session, one):
            raise VcxError(Code.ActionNotSupported, f"Handle {one} is that of an Aries connection.")
    connecting.redirect(session, handle, other)


def deserialize(session: Session, text: str) -> int:
    """Load a document; returns a new handle, even if the same connection has one already.

    Raises:
        VcxError: 1016, the text is not the document of a connection.
    """
    try:
        document = opened(text)
        read = aries_documents.read if document["version"] == "2.0" else documents.read
        return session.objects.add(read(document))
    except Unreadable as wrong:
        raise VcxError(Code.InvalidJson, f"Cannot deserialize Connection: {wrong}") from None


def release(session: Session, handle: int) -> None:
    """Forget a connection; the agency keeps it.

    Raises:
        VcxError: 1003, the handle is unknown.
    """
    if not session.objects.drop(handle):
        raise VcxError(Code.InvalidConnectionHandle)


def _is_aries(session: Session, handle: int) -> bool:
    return handle in session.objects and isinstance(session.objects.get(handle), AriesConnection)
