"""What the two sides of an Aries connection do with it: messages, pings, questions, signatures, and the end of it."""

from datetime import UTC, datetime

from connsim.libvcx.aries import features as aries_features
from connsim.libvcx.aries import parties as aries_parties
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
    """Send JSON as it is, and everything else as a basic message; returns an empty text.

    Whether a connection is complete does not matter. An inviter whom nobody has answered writes to itself. That the
    options are not looked at is deduced.

    Raises:
        VcxError: 1005, nobody is known yet; or what the other side's refusal means.
    """
    connection = aries_parties.find(session, handle)
    to = aries_parties.remote(connection, Code.NotReady)
    with agency_errors():
        aries_parties.post(session, connection.agent, to, _content(session, text))
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
    """Send a ping, if the other side has answered; whether it arrives is not told."""
    connection = aries_parties.find(session, handle)
    if connection.inner in _PINGED:
        try:
            with agency_errors():
                ping = messages.ping(session.uuid(), comment)
                aries_parties.post(session, connection.agent, aries_parties.remote(connection), ping)
        except VcxError as failed:
            session.log(WARNING, f"The ping did not arrive: {failed}")


def send_discovery_features(session: Session, handle: int, query: str | None, comment: str | None) -> None:
    """Ask for the other side's protocols, if the connection is complete.

    Raises:
        VcxError: What the other side's refusal means.
    """
    connection = aries_parties.find(session, handle)
    if connection.inner is Inner.COMPLETED:
        asked = aries_features.query(session.uuid(), query, comment)
        with agency_errors():
            aries_parties.post(session, connection.agent, aries_parties.remote(connection), asked)


def sign_data(session: Session, handle: int, data: bytes) -> bytes:
    """Sign with the caller's own pairwise key; the mocked wallet gives back what it got.

    Raises:
        VcxError: 1067, there is none before ``connect``; 1073, the wallet does not hold the key.
    """
    agent = aries_parties.find(session, handle).agent
    if session.settings.mock_indy:
        return data
    if not agent.pw_vk:
        raise VcxError(Code.InvalidLibindyParam, "There is no own key before connect.")
    return session.wallet.pair(agent.pw_vk).sign(data)


def check_remote(session: Session, handle: int, data: bytes, signature: bytes) -> None:
    """Hold the other side of an Aries connection to be known, before a signature of its is looked at.

    Raises:
        VcxError: 1003.
    """
    found = session.objects.get(handle)
    if isinstance(found, AriesConnection):
        aries_parties.remote(found)


def verify_signature(session: Session, handle: int, data: bytes, signature: bytes) -> bool:
    """Whether the other side's key made a signature; the mocked wallet holds anything for one."""
    remote = aries_parties.remote(aries_parties.find(session, handle))
    return verified(session, next(iter(remote.recipient_keys), ""), data, signature)


def delete(session: Session, handle: int) -> None:
    """Have the agency delete the connection, and forget it, whatever the agency says.

    Raises:
        VcxError: 1060, the agency did not delete it. The handle is gone all the same.
    """
    agent = aries_parties.find(session, handle).agent
    delete_at_agency(session, handle, lambda: aries_parties.pairwise(session, agent))
