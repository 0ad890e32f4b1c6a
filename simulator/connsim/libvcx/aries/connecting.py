"""``connect`` of an Aries connection: an inviter makes an invitation by itself, an invitee sends its request."""

from connsim.libvcx.aries import parties as aries_parties
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
    """Invite, or ask the inviter; returns what `invite_details` does. In other states nothing happens.

    The options are read, and change nothing. A call that fails leaves the connection as it was, which is deduced.

    Raises:
        VcxError: 1007, the options are wrong; or what the refusal of the agency or the inviter means.
    """
    read_options(text)
    connection = aries_parties.find(session, handle)
    target = connection.role.table.follow(connection.inner, Event.CONNECTED)
    if target is not None:
        with agency_errors():
            step = _invite if connection.role is Role.INVITER else _ask
            step(session, connection, Inner(target))
    return invite_details(session, handle, abbreviated=False)


def _invite(session: Session, connection: AriesConnection, target: Inner) -> None:
    agent = aries_parties.new_agent(session)
    routing = aries_parties.routing_keys(session, agent)
    endpoint = aries_parties.endpoint(session)
    invitation = messages.invitation(session.uuid(), connection.source_id, [agent.pw_vk], routing, endpoint)
    connection.agent = agent
    connection.enter(target, invitation=dict(invitation.members))


def _ask(session: Session, connection: AriesConnection, target: Inner) -> None:
    inviter = aries_parties.remote(connection)
    if not inviter.did:
        raise BadMessage("The invitation's @id is empty. Expected a text, by which its document can be named.")
    agent = aries_parties.new_agent(session)
    doc = aries_parties.own_doc(session, agent)
    request = messages.request(session.uuid(), connection.source_id, agent.pw_did, doc)
    aries_parties.post(session, agent, inviter, request)
    key = inviter.recipient_keys[0]
    known = did_doc(inviter.did, key, inviter.endpoint, inviter.routing_keys)
    connection.agent = agent
    connection.enter(target, request=dict(request.members), did_doc=known)
