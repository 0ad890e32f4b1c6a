"""``update_state`` of an Aries connection: handle one message of the mailbox, and answer it at once.

As in libvcx, all unread messages are opened before one is chosen, so a single message that does not open blocks all
others (docs/protocol/vcx-agency.md, 12.4). Of several suitable messages, the first is handled; libvcx keeps them in a
hash map, so there it is an arbitrary one (docs/protocol/libvcx.md, 2.7).
"""

from collections.abc import Callable
from dataclasses import asdict

from connsim.clients.agency_results import StoredMessage
from connsim.libvcx.aries import features, parties
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
    """Handle the next message, and mark it as reviewed; returns the state's number.

    An inviter that has answered a request also reads the mailbox of the invitation's agent. If only the marking fails,
    the call fails, but the new state stays.

    Raises:
        VcxError: 1003.
    """
    with flattened(session, handle):
        connection = parties.find(session, handle)
        _handle_next(session, connection, connection.agent)
        if connection.previous is not None:
            _handle_next(session, connection, connection.previous)
    return connection.inner.number


def update_state_with_message(session: Session, handle: int, text: str) -> int:
    """Do nothing; returns the state's number.

    libvcx drops the type of the passed message, so none is ever suitable (docs/protocol/libvcx.md, 2.8).
    """
    return parties.find(session, handle).inner.number


def _handle_next(session: Session, connection: AriesConnection, agent: Agent) -> None:
    opened = [(mail.uid, _opened(session, mail)) for mail in parties.unread(session, agent)]
    for uid, message in opened:
        happened = event(message)
        target = happened and connection.role.table.follow(connection.inner, happened)
        if happened and target:
            _handle(session, connection, message, _HANDLERS[happened], Inner(target))
            parties.mark(session, agent, uid)
            return


def _opened(session: Session, mail: StoredMessage) -> AriesMessage:
    if mail.payload is None:
        raise BadMessage(f"Message {mail.uid} has no payload.")
    message = unwrap(mail.payload, session.wallet.find).message
    features.check(message)
    return message


def _handle(
    session: Session, connection: AriesConnection, message: AriesMessage, handler: _Handler, target: Inner
) -> None:
    """Handle a message. A failure is reported to the other side, if the table has a transition for ``FAILED``."""
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
    """Send a problem report. If it cannot be delivered, that is only logged."""
    if message.type is Type.REQUEST:
        doc, thread, code = message.members["connection"]["DIDDoc"], message.id, Problem.REQUEST_PROCESSING_ERROR
    else:
        held = connection.held
        doc, thread, code = held["did_doc"], held["request"]["@id"], Problem.RESPONSE_PROCESSING_ERROR
    try:
        with agency_errors():
            them = contact(doc | {"@context": CONTEXT})  # a wrong @context may be the very problem to report
            report = messages.problem_report(session.uuid(), thread, code, why)
            parties.post(session, connection.agent, them, report)
    except VcxError as failed:
        session.log(WARNING, f"The problem report was not delivered: {failed}")


def _respond(session: Session, connection: AriesConnection, request: AriesMessage, target: Inner) -> None:
    """Answer a request with the identity of a new agent, signed with the invitation's key."""
    doc, old = request.members["connection"]["DIDDoc"], connection.agent
    them = contact(doc)
    agent = parties.new_agent(session)
    own = parties.own_doc(session, agent)
    signed = sign(parties.keys(session, old), agent.pw_did, own, session.now())
    response = messages.response(session.uuid(), request.id, signed)
    parties.post(session, agent, them, response)
    connection.agent = agent
    connection.enter(target, response=dict(response.members), did_doc=doc, prev_agent_info=asdict(old))


def _confirm(session: Session, connection: AriesConnection, response: AriesMessage, target: Inner) -> None:
    """Check a response, and acknowledge it: with an ack if it asks for one, otherwise with a ping.

    That a response counts as bad if its ack cannot be delivered is deduced.
    """
    inviter, request_id = parties.remote(connection), connection.held["request"]["@id"]
    if response.thread != request_id:
        raise BadMessage(f"The response belongs to the thread {response.thread!r}. Expected {request_id!r}.")
    _, doc = verify(response.members["connection~sig"], inviter.recipient_keys[0])
    if response.members.get("~please_ack") is not None:
        answer = messages.ack(session.uuid(), request_id)
    else:
        ping = messages.ping(session.uuid(), response_requested=False)
        answer = AriesMessage(ping.type, {**ping.members, "~thread": messages.thread(request_id)})
    parties.post(session, connection.agent, contact(doc), answer)
    connection.enter(target, did_doc=doc, protocols=None)


def _drop(session: Session, connection: AriesConnection, report: AriesMessage, target: Inner) -> None:
    connection.enter(target)


def _complete(session: Session, connection: AriesConnection, message: AriesMessage, target: Inner) -> None:
    if connection.inner is not target:
        connection.enter(target, did_doc=connection.held["did_doc"], protocols=None)


def _pong(session: Session, connection: AriesConnection, ping: AriesMessage, target: Inner) -> None:
    if ping.members.get("response_requested"):
        answer = messages.ping_response(session.uuid(), ping.thread or ping.id)
        parties.post(session, connection.agent, parties.remote(connection), answer)
    _complete(session, connection, ping, target)


def _disclose(session: Session, connection: AriesConnection, query: AriesMessage, target: Inner) -> None:
    answer = features.disclose(session.uuid(), query, features.own_protocols(session.settings))
    parties.post(session, connection.agent, parties.remote(connection), answer)


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
