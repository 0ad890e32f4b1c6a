"""Proprietary connections: the calls that send nothing, which make, save and describe them."""

from connsim.core.table import Table
from connsim.libvcx import mocks
from connsim.libvcx.documents import known_protocol
from connsim.libvcx.errors import Code, VcxError
from connsim.libvcx.proprietary import documents, invitations, parties
from connsim.libvcx.proprietary.documents import Connection
from connsim.libvcx.session import Session
from connsim.wire.errors import Unreadable
from connsim.wire.notation import dump_json
from connsim.wire.states import INVITEE, INVITER, Event, State


def create(session: Session, source_id: str) -> int:
    """Make an inviter's connection, with a new pair in the wallet; returns its handle."""
    return session.objects.add(_new(session, source_id, INVITER))


def create_with_invite(session: Session, source_id: str, text: str) -> int:
    """Make an invitee's connection, with a new pair in the wallet; returns its handle."""
    try:
        detail = invitations.read(text)
    except Unreadable as wrong:
        raise VcxError(Code.InvalidJson, f"Cannot deserialize invite details: {wrong}") from None
    connection = _new(session, source_id, INVITEE)
    connection.invite_detail = detail
    if "version" in detail:
        connection.version = known_protocol(detail["version"])
    sender = detail["senderDetail"]
    connection.their_pw_did, connection.their_pw_verkey = sender["DID"], sender["verKey"]
    connection.their_public_did = sender.get("publicDID")
    return session.objects.add(connection)


def _new(session: Session, source_id: str, table: Table) -> Connection:
    own = mocks.OWN if session.settings.mock_indy else session.wallet.new_pair()
    state = State(str(table.follow(None, Event.CREATED)))
    return Connection(source_id, own.did, own.verkey, state, version=session.settings.connections.value)


def serialize(session: Session, handle: int) -> bytes:
    """Return the connection's document."""
    return dump_json(documents.write(parties.find(session, handle)))


def get_state(session: Session, handle: int) -> int:
    """Return the number of the current state."""
    return parties.find(session, handle).state.number


def invite_details(session: Session, handle: int, abbreviated: bool) -> bytes:
    """Return the invitation, or null before there is one."""
    return dump_json(invitations.shown(parties.find(session, handle).invite_detail, abbreviated=abbreviated))


def get_redirect_details(session: Session, handle: int) -> bytes:
    """Return the holder's ``redirectDetail``, or null."""
    return dump_json(parties.find(session, handle).redirect_detail)


def get_pw_did(session: Session, handle: int) -> str:
    """Return the caller's own pairwise DID."""
    return parties.find(session, handle).pw_did


def get_their_pw_did(session: Session, handle: int) -> str:
    """Return the other side's pairwise DID; empty before it is known."""
    return parties.find(session, handle).their_pw_did


def send_ping(session: Session, handle: int, comment: str | None) -> None:
    """Refuse: only Aries connections can be pinged."""
    raise _only_aries(session, handle, Code.InvalidObjHandle)


def send_discovery_features(session: Session, handle: int, query: str | None, comment: str | None) -> None:
    """Refuse: only Aries connections can be asked for features."""
    raise _only_aries(session, handle, Code.InvalidObjHandle)


def info(session: Session, handle: int) -> str:
    """Refuse: only Aries connections have this description."""
    raise _only_aries(session, handle, Code.InvalidConnectionHandle)


def _only_aries(session: Session, handle: int, missing: Code) -> VcxError:
    parties.find(session, handle, missing)
    return VcxError(Code.ActionNotSupported)
