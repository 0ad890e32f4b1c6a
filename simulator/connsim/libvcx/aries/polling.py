"""``update_state`` of an Aries connection: one message is taken out of the mailbox, and answered at once.

All unread messages are opened before one is chosen, so a single one that does not open blocks all others. Of several
that fit, the first is taken; the native library takes any.
"""

from collections.abc import Callable
from dataclasses import asdict

from connsim.clients.agency_results import StoredMessage
from connsim.libvcx.aries import features as aries_features
from connsim.libvcx.aries import parties as aries_parties
from connsim.libvcx.aries.documents import Agent, AriesConnection
from connsim.libvcx.aries.states import Event, Inner, event
from connsim.libvcx.errors import VcxError, agency_errors
from connsim.libvcx.polling import flattened
from connsim.libvcx.session import WARNING, Session
from connsim.wire.aries import messages
from connsim.wire.aries.did_doc import CONTEXT, contact
from connsim.wire.aries.forwarding import unwrap
from connsim.wire.aries.messages import AriesMessage, Problem, Type
from connsim.wire.aries.signature import sign, verify
from connsim.wire.errors import BadMessage

_Handler = Callable[[Session, AriesConnection, AriesMessage, Inner], None]


def update_state(session: Session, handle: int) -> int:
    """Take the next message, answer it, and mark it as reviewed; returns the state's number.

    An inviter that has answered a request looks into the invitation's mailbox, too. If only the marking fails, the
    state stays what it has become.

    Raises:
        VcxError: 1003.
    """
    with flattened(session, handle):
        connection = aries_parties.find(session, handle)
        _look(session, connection, connection.agent)
        if connection.previous is not None:
            _look(session, connection, connection.previous)
    return connection.inner.number


def update_state_with_message(session: Session, handle: int, text: str) -> int:
    """Do nothing; returns the state's number. The library loses the type of what it is handed, whatever it is."""
    return aries_parties.find(session, handle).inner.number


def _look(session: Session, connection: AriesConnection, agent: Agent) -> None:
    opened = [(mail.uid, _opened(session, mail)) for mail in aries_parties.unread(session, agent)]
    for uid, message in opened:
        happened = event(message)
        target = happened and connection.role.table.follow(connection.inner, happened)
        if happened and target:
            _take(session, connection, message, _HANDLERS[happened], Inner(target))
            aries_parties.mark(session, agent, uid)
            return


def _opened(session: Session, mail: StoredMessage) -> AriesMessage:
    if mail.payload is None:
        raise BadMessage(f"Message {mail.uid} has no payload.")
    message = unwrap(mail.payload, session.wallet.find).message
    aries_features.check(message)
    return message


def _take(
    session: Session, connection: AriesConnection, message: AriesMessage, handler: _Handler, target: Inner
) -> None:
    """Handle a message; what can not be answered is reported to the other side, where the table has a row for that."""
    try:
        with agency_errors():
            handler(session, connection, message, target)
    except VcxError as failed:
        over = connection.role.table.follow(connection.inner, Event.FAILED)
        if over is None:
            raise
        session.log(WARNING, f"Connection {connection.source_id} starts again: {failed}")
        _report(session, connection, message, str(failed))
        connection.enter(Inner(over))


def _report(session: Session, connection: AriesConnection, message: AriesMessage, why: str) -> None:
    """Tell the other side that its message can not be answered; whether that arrives does not matter."""
    if message.type is Type.REQUEST:
        doc, thread, code = message.members["connection"]["DIDDoc"], message.id, Problem.REQUEST_PROCESSING_ERROR
    else:
        held = connection.held
        doc, thread, code = held["did_doc"], held["request"]["@id"], Problem.RESPONSE_PROCESSING_ERROR
    try:
        with agency_errors():
            them = contact(doc | {"@context": CONTEXT})  # it may be the context that was wrong
            report = messages.problem_report(session.uuid(), thread, code, why)
            aries_parties.post(session, connection.agent, them, report)
    except VcxError as unheard:
        session.log(WARNING, f"The other side was not told: {unheard}")


def _respond(session: Session, connection: AriesConnection, request: AriesMessage, target: Inner) -> None:
    """Answer a request with the identity of a new agent, signed by the invitation's key."""
    doc, old = request.members["connection"]["DIDDoc"], connection.agent
    them = contact(doc)
    agent = aries_parties.new_agent(session)
    own = aries_parties.own_doc(session, agent)
    signed = sign(aries_parties.keys(session, old), agent.pw_did, own, session.now())
    response = messages.response(session.uuid(), request.id, signed)
    aries_parties.post(session, agent, them, response)
    connection.agent = agent
    connection.enter(target, response=dict(response.members), did_doc=doc, prev_agent_info=asdict(old))


def _confirm(session: Session, connection: AriesConnection, response: AriesMessage, target: Inner) -> None:
    """Check a response, and acknowledge it: by an ack if one is asked for, otherwise by a ping.

    That a response whose ack can not be delivered counts as a bad one is deduced.
    """
    inviter, asked = aries_parties.remote(connection), connection.held["request"]["@id"]
    if response.thread != asked:
        raise BadMessage(f"The response belongs to the thread {response.thread!r}. Expected {asked!r}.")
    _, doc = verify(response.members["connection~sig"], inviter.recipient_keys[0])
    if response.members.get("~please_ack") is not None:
        told = messages.ack(session.uuid(), asked)
    else:
        ping = messages.ping(session.uuid(), response_requested=False)
        told = AriesMessage(ping.type, {**ping.members, "~thread": messages.thread(asked)})
    aries_parties.post(session, connection.agent, contact(doc), told)
    connection.enter(target, did_doc=doc, protocols=None)


def _drop(session: Session, connection: AriesConnection, report: AriesMessage, target: Inner) -> None:
    connection.enter(target)


def _complete(session: Session, connection: AriesConnection, message: AriesMessage, target: Inner) -> None:
    if connection.inner is not target:
        connection.enter(target, did_doc=connection.held["did_doc"], protocols=None)


def _pong(session: Session, connection: AriesConnection, ping: AriesMessage, target: Inner) -> None:
    if ping.members.get("response_requested"):
        answer = messages.ping_response(session.uuid(), ping.thread or ping.id)
        aries_parties.post(session, connection.agent, aries_parties.remote(connection), answer)
    _complete(session, connection, ping, target)


def _disclose(session: Session, connection: AriesConnection, query: AriesMessage, target: Inner) -> None:
    answer = aries_features.disclose(session.uuid(), query, aries_features.own_protocols(session.settings))
    aries_parties.post(session, connection.agent, aries_parties.remote(connection), answer)


def _keep(session: Session, connection: AriesConnection, disclosure: AriesMessage, target: Inner) -> None:
    connection.held["protocols"] = disclosure.members["protocols"]


_HANDLERS: dict[Event, _Handler] = {
    Event.REQUESTED: _respond,
    Event.RESPONDED: _confirm,
    Event.REPORTED: _drop,
    Event.ACKNOWLEDGED: _complete,
    Event.PINGED: _pong,
    Event.PONGED: _complete,
    Event.QUERIED: _disclose,
    Event.DISCLOSED: _keep,
}
