"""Calls for established Aries connections: send, ping, query, sign, verify, delete."""

from datetime import UTC, datetime

from connsim.libvcx.aries import features, parties
from connsim.libvcx.aries.documents import AriesConnection
from connsim.libvcx.aries.states import Inner
from connsim.libvcx.errors import Code, VcxError, agency_errors
from connsim.libvcx.parties import delete_at_agency, verified
from connsim.libvcx.session import WARNING, Session
from connsim.wire.aries import messages
from connsim.wire.aries.messages import PREFIX
from connsim.wire.errors import BadNotation
from connsim.wire.notation import dump_json, load_json

_PINGED = (Inner.RESPONDED, Inner.COMPLETED)


def send_message(session: Session, handle: int, text: str, options: str) -> str:
    """Send JSON unchanged, and any other text as a basic message; returns an empty text.

    The connection need not be complete. Before the request, an inviter sends to its own invitation, and thus to itself.
    That the options are ignored is deduced.

    Raises:
        VcxError: 1005, the other side is not known yet; or the code of its failure.
    """
    connection = parties.find(session, handle)
    to = parties.remote(connection, Code.NotReady)
    with agency_errors():
        parties.post(session, connection.agent, to, _content(session, text))
    return ""


def _content(session: Session, text: str) -> bytes:
    try:
        load_json(text)
    except BadNotation:
        sent = datetime.fromtimestamp(session.now(), UTC).isoformat()
        kind = f"{PREFIX}basicmessage/1.0/message"
        return dump_json({"@type": kind, "@id": session.uuid(), "sent_time": sent, "content": text})
    return text.encode()


def send_ping(session: Session, handle: int, comment: str | None) -> None:
    """Send a ping if the other side has answered. A failure is only logged, as in libvcx."""
    connection = parties.find(session, handle)
    if connection.inner in _PINGED:
        try:
            with agency_errors():
                ping = messages.ping(session.uuid(), comment)
                parties.post(session, connection.agent, parties.remote(connection), ping)
        except VcxError as failed:
            session.log(WARNING, f"The ping did not arrive: {failed}")


def send_discovery_features(session: Session, handle: int, query: str | None, comment: str | None) -> None:
    """Query the other side's protocols, if the connection is complete.

    Raises:
        VcxError: With the code of the other side's failure.
    """
    connection = parties.find(session, handle)
    if connection.inner is Inner.COMPLETED:
        message = features.query(session.uuid(), query, comment)
        with agency_errors():
            parties.post(session, connection.agent, parties.remote(connection), message)


def sign_data(session: Session, handle: int, data: bytes) -> bytes:
    """Sign with the caller's own pairwise key. The mocked wallet returns the data itself.

    Raises:
        VcxError: 1067, before ``connect`` there is no key; 1073, the wallet does not hold the key.
    """
    agent = parties.find(session, handle).agent
    if session.settings.mock_indy:
        return data
    if not agent.pw_vk:
        raise VcxError(Code.InvalidLibindyParam, "The connection has no key before connect.")
    return session.wallet.pair(agent.pw_vk).sign(data)


def check_remote(session: Session, handle: int, data: bytes, signature: bytes) -> None:
    """Check that the other side of an Aries connection is known, before the call is accepted.

    Raises:
        VcxError: 1003, it is not.
    """
    found = session.objects.get(handle)
    if isinstance(found, AriesConnection):
        parties.remote(found)


def verify_signature(session: Session, handle: int, data: bytes, signature: bytes) -> bool:
    """Verify a signature of the other side's key. The mocked wallet accepts any."""
    remote = parties.remote(parties.find(session, handle))
    return verified(session, next(iter(remote.recipient_keys), ""), data, signature)


def delete(session: Session, handle: int) -> None:
    """Have the agency delete the connection, and release its handle; see `delete_at_agency`."""
    agent = parties.find(session, handle).agent
    delete_at_agency(session, handle, lambda: parties.pairwise(session, agent))
