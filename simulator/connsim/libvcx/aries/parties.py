"""The ends of an Aries connection: the caller's agent at its agency, and the other side's endpoint."""

from typing import Any

from connsim.clients.agency_results import Pairwise, StoredMessage, Wanted
from connsim.libvcx import mocks
from connsim.libvcx.aries.documents import Agent, AriesConnection
from connsim.libvcx.errors import Code, VcxError
from connsim.libvcx.parties import agency_of, identity_of, pair_of
from connsim.libvcx.session import Session
from connsim.wire.aries.did_doc import Contact, did_doc
from connsim.wire.aries.forwarding import seal
from connsim.wire.aries.messages import AriesMessage
from connsim.wire.codes import MessageStatus
from connsim.wire.keys import KeyPair

_UNREAD = Wanted(statuses=(MessageStatus.RECEIVED,))


def find(session: Session, handle: int) -> AriesConnection:
    """Find the Aries connection of a handle.

    Raises:
        VcxError: It was released since the call was accepted (1003).
    """
    found = session.objects.get(handle)
    if not isinstance(found, AriesConnection):
        raise VcxError(Code.InvalidConnectionHandle, f"Handle {handle} is not that of an Aries connection.")
    return found


def remote(connection: AriesConnection, missing: Code = Code.InvalidConnectionHandle) -> Contact:
    """Return the other side.

    Raises:
        VcxError: The other side is not known yet; with the code ``missing``.
    """
    if connection.remote is None:
        raise VcxError(missing, f"Connection {connection.source_id} does not know the other side.")
    return connection.remote


def pairwise(session: Session, agent: Agent) -> Pairwise:
    """Return the ends at the caller's agency, in envelopes of the version in the settings.

    Raises:
        VcxError: There is no agent yet, or the wallet does not hold the key.
    """
    own = keys(session, agent)
    return Pairwise(own, identity_of(agent.agent_did, agent.agent_vk), session.settings.protocol)


def keys(session: Session, agent: Agent) -> KeyPair:
    """Return the caller's own pairwise pair.

    Raises:
        VcxError: There is no pair yet, or the wallet does not hold it.
    """
    return pair_of(session, agent.pw_did, agent.pw_vk)


def new_agent(session: Session) -> Agent:
    """Make a pair, and have the agency create an agent for it, with one POST."""
    mocked = session.settings.mock_indy
    own = pair_of(session, mocks.OWN.did, mocks.OWN.verkey) if mocked else session.wallet.new_pair()
    agent = agency_of(session).create_key(own, session.settings.protocol).agent
    return Agent(own.did, own.verkey, agent.did, agent.verkey)


def endpoint(session: Session) -> str:
    """Return the URL at which the other side reaches the caller's agency.

    Raises:
        VcxError: A setting is missing (1004).
    """
    return f"{session.settings.need('agency_endpoint')}/agency/msg"


def routing_keys(session: Session, agent: Agent) -> list[str]:
    """Return the keys of the mediators on the way to the caller: its agent, then its agency.

    Raises:
        VcxError: A setting is missing (1004).
    """
    return [agent.agent_vk, session.settings.need("agency_verkey")]


def own_doc(session: Session, agent: Agent) -> dict[str, Any]:
    """Return the caller's DID document."""
    return did_doc(agent.pw_did, agent.pw_vk, endpoint(session), routing_keys(session, agent))


def unread(session: Session, agent: Agent) -> tuple[StoredMessage, ...]:
    """Get the unread messages of one agent, with one POST. That a mocked agency has none is deduced."""
    if session.settings.mock_agency:
        return ()
    return session.agency().messages(pairwise(session, agent), _UNREAD)


def mark(session: Session, agent: Agent, uid: str) -> None:
    """Have the agency mark a message as reviewed, with one POST."""
    session.agency().update_message_status(MessageStatus.REVIEWED, {agent.pw_did: [uid]})


def post(session: Session, agent: Agent, to: Contact, message: AriesMessage | bytes) -> None:
    """Send a message to the other side's endpoint, authenticated by the caller's own key. A mocked agency drops it."""
    own = keys(session, agent)
    if not session.settings.mock_agency:
        session.post(to.endpoint, seal(message, own, to, session.draw))
