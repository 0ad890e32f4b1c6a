"""``update_state`` and ``update_state_with_message``: a connection takes the other side's answer.

Every error becomes 1003 without a cause, as in libvcx; the log has the cause.
"""

from typing import Any

from connsim.clients.agency_client import AgencyClient
from connsim.clients.agency_results import StoredMessage
from connsim.libvcx.errors import Code, VcxError
from connsim.libvcx.mocks import MockedAgency
from connsim.libvcx.parties import agency_of
from connsim.libvcx.polling import flattened
from connsim.libvcx.proprietary import parties
from connsim.libvcx.proprietary.documents import Connection
from connsim.libvcx.proprietary.invitations import formed
from connsim.libvcx.session import DEBUG, WARNING, Session
from connsim.wire.bundles import bytes_of
from connsim.wire.errors import BadMessage, Unreadable
from connsim.wire.message_table import KINDS
from connsim.wire.notation import dump_json, load_json
from connsim.wire.states import ANSWERED, SETTLED, Event, State, answer, is_redirection

_INVITATION = "connReq"


def update_state(session: Session, handle: int) -> int:
    """Get the connection's messages, and follow the answers among them; returns the state's number.

    Messages are processed in order, so the last of several answers counts. The agency is also asked in some states in
    which no answer can change anything. Messages are not marked as read (docs/protocol/libvcx.md, 2.7).

    Raises:
        VcxError: 1003.
    """
    with flattened(session, handle):
        connection = parties.find(session, handle)
        if connection.state not in SETTLED:
            agency = agency_of(session)
            messages = agency.messages(parties.pairwise(session, connection))
            if connection.state is State.OFFER_SENT:
                _follow(session, agency, connection, messages)
    return connection.state.number


def update_state_with_message(session: Session, handle: int, text: str) -> int:
    """Apply a message that the caller passes; returns the state's number.

    As in libvcx, the connection's state is not checked, and any message that is not a redirection counts as an
    acceptance, whatever its status (docs/protocol/libvcx.md, 2.8).

    Raises:
        VcxError: 1003.
    """
    with flattened(session, handle):
        connection = parties.find(session, handle)
        message = read_message(text)
        redirected = is_redirection(message.status, message.type)
        _take(agency_of(session), connection, message, Event.REDIRECTED if redirected else Event.ACCEPTED)
    return connection.state.number


def check_message(session: Session, handle: int, text: str) -> None:
    """Check that a text is a stored message, before the call is accepted.

    Raises:
        VcxError: 1016, it is not.
    """
    try:
        read_message(text)
    except Unreadable as wrong:
        raise VcxError(Code.InvalidJson, f"Cannot read the message: {wrong}") from None


def read_message(text: str) -> StoredMessage:
    """Read a stored message in the agency's form. A payload that libvcx cannot read counts as absent.

    Raises:
        Unreadable: The text is not JSON, or not a message.
    """
    given = load_json(text)
    plain = given | {"payload": None} if isinstance(given, dict) else given
    entry = KINDS["msgs"].read([plain], "The message")[0]
    return StoredMessage.read(entry | {"payload": _payload(given.get("payload"))})


def _payload(value: Any) -> bytes | None:
    if isinstance(value, dict):
        return dump_json(value)
    # libvcx reads payloads as signed bytes, so it does not accept a list with 129 in it (docs/protocol/vcx-agency.md,
    # 3.3).
    if isinstance(value, list) and all(type(one) is int and -128 <= one <= 127 for one in value):
        return bytes_of(value)
    return None


def _follow(
    session: Session,
    agency: AgencyClient | MockedAgency,
    connection: Connection,
    messages: tuple[StoredMessage, ...],
) -> None:
    for message in messages:
        if event := answer(message.status, message.type):
            _take(agency, connection, message, event)
        else:
            # libvcx warns of the invitation's own record, too, at every poll. Here that is a debug message, so that a
            # refusal stands out.
            level = DEBUG if message.type == _INVITATION else WARNING
            session.log(level, f"Unexpected message {message.uid}: {message.type}, {message.status.value}")


def _take(agency: AgencyClient | MockedAgency, connection: Connection, message: StoredMessage, event: Event) -> None:
    wanted = "redirectDetail" if event is Event.REDIRECTED else "senderDetail"
    details = agency.open_answer(message)
    if wanted not in details:
        raise BadMessage(f"The payload of message {message.uid} has no {wanted}.")
    detail = details[wanted]
    if event is Event.REDIRECTED:
        connection.redirect_detail = formed(detail, "redirectDetail")
    else:
        connection.their_pw_did, connection.their_pw_verkey = detail["DID"], detail["verKey"]
    connection.state = ANSWERED[event]
