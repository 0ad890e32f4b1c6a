"""Aries connections: making them and telling about them, without a word to anybody."""

from typing import Any

from connsim.libvcx.aries import documents as aries_documents
from connsim.libvcx.aries import features as aries_features
from connsim.libvcx.aries import parties as aries_parties
from connsim.libvcx.aries.documents import AriesConnection, Role
from connsim.libvcx.aries.states import Event, Inner
from connsim.libvcx.errors import Code, VcxError
from connsim.libvcx.session import Session
from connsim.wire.aries.did_doc import Contact
from connsim.wire.aries.messages import PREFIX, Type
from connsim.wire.notation import dump_json, load_json

_INVITATION = ("@id", "label", "recipientKeys", "routingKeys", "serviceEndpoint")


def create(session: Session, source_id: str) -> int:
    """Make an inviter's connection; returns its handle. No wallet is needed yet."""
    return session.objects.add(_created(source_id, Role.INVITER))


def create_with_invite(session: Session, source_id: str, text: str) -> int:
    """Make an invitee's connection; returns its handle. Whether its keys and address are any shows later.

    Args:
        text: An invitation of Aries.
    """
    given = {"routingKeys": [], **load_json(text)}
    invitation = {name: given[name] for name in _INVITATION}
    return session.objects.add(_created(source_id, Role.INVITEE, invitation=invitation))


def _created(source_id: str, role: Role, **held: Any) -> AriesConnection:
    return AriesConnection(source_id, role, Inner(str(role.table.follow(None, Event.CREATED))), held)


def serialize(session: Session, handle: int) -> bytes:
    """The connection's document."""
    return dump_json(aries_documents.write(aries_parties.find(session, handle)))


def get_state(session: Session, handle: int) -> int:
    """The number of the state, as it was last seen."""
    return aries_parties.find(session, handle).inner.number


def invite_details(session: Session, handle: int, abbreviated: bool) -> bytes:
    """The invitation; once it is used, the other side in the form of one; nobody's is an empty object.

    There is no abbreviated form.
    """
    connection = aries_parties.find(session, handle)
    shown: dict[str, Any] = {}
    if connection.inner is Inner.INVITED:
        shown = {"@type": PREFIX + Type.INVITATION, **connection.held["invitation"]}
    elif remote := connection.remote:
        shown = {"@id": remote.did, "label": "", **_ways(remote)}
    return dump_json(dict(sorted(shown.items())))


def info(session: Session, handle: int) -> bytes:
    """Both sides, under ``my`` and ``their``; whoever is not known is null.

    Raises:
        VcxError: 1004, a setting is missing.
    """
    connection = aries_parties.find(session, handle)
    agent, remote = connection.agent, connection.remote
    own = Contact(
        agent.pw_did,
        (agent.pw_vk,),
        tuple(aries_parties.routing_keys(session, agent)),
        aries_parties.endpoint(session),
    )
    mine = {"did": own.did, **_ways(own), "protocols": aries_features.own_protocols(session.settings)}
    theirs: dict[str, Any] | None = None
    if remote:
        protocols = connection.held.get("protocols")
        theirs = {"did": remote.did, **_ways(remote)} | ({} if protocols is None else {"protocols": protocols})
    return dump_json({"my": mine, "their": theirs})


def _ways(contact: Contact) -> dict[str, Any]:
    return {
        "recipientKeys": list(contact.recipient_keys),
        "routingKeys": list(contact.routing_keys),
        "serviceEndpoint": contact.endpoint,
    }


def get_pw_did(session: Session, handle: int) -> str:
    """The caller's own pairwise DID; empty before ``connect``."""
    return aries_parties.find(session, handle).agent.pw_did


def get_their_pw_did(session: Session, handle: int) -> str:
    """The other side's DID, which is the invitation's id as long as nothing else is known.

    Raises:
        VcxError: 1003, nobody is known yet.
    """
    return aries_parties.remote(aries_parties.find(session, handle)).did


def get_redirect_details(session: Session, handle: int) -> bytes:
    """Refuse: nobody redirects in Aries.

    Raises:
        VcxError: 1003; that it is not supported is not told.
    """
    raise VcxError(Code.InvalidConnectionHandle)
