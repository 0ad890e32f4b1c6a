"""``connect`` of an Aries connection: an inviter makes its invitation locally, an invitee sends its request."""

from connsim.libvcx.aries import parties
from connsim.libvcx.aries.connections import invite_details
from connsim.libvcx.aries.documents import AriesConnection, Role
from connsim.libvcx.aries.states import Event, Inner
from connsim.libvcx.errors import agency_errors
from connsim.libvcx.options import read_options
from connsim.libvcx.session import Session
from connsim.wire.aries import messages
from connsim.wire.aries.did_doc import did_doc
from connsim.wire.errors import BadMessage


def connect(session: Session, handle: int, text: str | None) -> bytes:
    """Invite, or send the request; returns the result of `invite_details`. In other states nothing happens.

    The options are checked, and have no effect. That a failed call leaves the connection unchanged is deduced.

    Raises:
        VcxError: 1007, the options are wrong; or the code of the agency's or the inviter's failure.
    """
    read_options(text)
    connection = parties.find(session, handle)
    target = connection.role.table.follow(connection.inner, Event.CONNECTED)
    if target is not None:
        with agency_errors():
            step = _invite if connection.role is Role.INVITER else _request
            step(session, connection, Inner(target))
    return invite_details(session, handle, abbreviated=False)


def _invite(session: Session, connection: AriesConnection, target: Inner) -> None:
    agent = parties.new_agent(session)
    routing = parties.routing_keys(session, agent)
    endpoint = parties.endpoint(session)
    invitation = messages.invitation(session.uuid(), connection.source_id, [agent.pw_vk], routing, endpoint)
    connection.agent = agent
    connection.enter(target, invitation=dict(invitation.members))


def _request(session: Session, connection: AriesConnection, target: Inner) -> None:
    inviter = parties.remote(connection)
    if not inviter.did:
        raise BadMessage("The invitation's @id is empty. Expected a text, by which its document can be named.")
    agent = parties.new_agent(session)
    doc = parties.own_doc(session, agent)
    request = messages.request(session.uuid(), connection.source_id, agent.pw_did, doc)
    parties.post(session, agent, inviter, request)
    key = inviter.recipient_keys[0]
    # The inviter's document is not known before its response; until then libvcx makes one out of the invitation.
    known = did_doc(inviter.did, key, inviter.endpoint, inviter.routing_keys)
    connection.agent = agent
    connection.enter(target, request=dict(request.members), did_doc=known)
