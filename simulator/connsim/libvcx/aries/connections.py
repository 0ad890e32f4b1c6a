"""Aries connections: the calls that send nothing, which make, save and describe them."""

from typing import Any

from connsim.libvcx.aries import documents, features, parties
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
    """Make an invitee's connection; returns its handle. Keys and endpoint are not checked before ``connect``.

    Args:
        text: An Aries invitation.
    """
    given = {"routingKeys": [], **load_json(text)}
    invitation = {name: given[name] for name in _INVITATION}
    return session.objects.add(_created(source_id, Role.INVITEE, invitation=invitation))


def _created(source_id: str, role: Role, **held: Any) -> AriesConnection:
    return AriesConnection(source_id, role, Inner(str(role.table.follow(None, Event.CREATED))), held)


def serialize(session: Session, handle: int) -> bytes:
    """Return the connection's document."""
    return dump_json(documents.write(parties.find(session, handle)))


def get_state(session: Session, handle: int) -> int:
    """Return the number of the current state."""
    return parties.find(session, handle).inner.number


def invite_details(session: Session, handle: int, abbreviated: bool) -> bytes:
    """Return the invitation; after it is used, the other side in the form of an invitation; before, an empty object.

    ``abbreviated`` has no effect: Aries invitations have no such form.
    """
    connection = parties.find(session, handle)
    shown: dict[str, Any] = {}
    if connection.inner is Inner.INVITED:
        shown = {"@type": PREFIX + Type.INVITATION, **connection.held["invitation"]}
    elif remote := connection.remote:
        shown = {"@id": remote.did, "label": "", **_service(remote)}
    return dump_json(dict(sorted(shown.items())))


def info(session: Session, handle: int) -> bytes:
    """Describe both sides, under ``my`` and ``their``; the latter is null while the other side is unknown.

    Raises:
        VcxError: 1004, a setting is missing.
    """
    connection = parties.find(session, handle)
    agent, remote = connection.agent, connection.remote
    own = Contact(
        agent.pw_did,
        (agent.pw_vk,),
        tuple(parties.routing_keys(session, agent)),
        parties.endpoint(session),
    )
    mine = {"did": own.did, **_service(own), "protocols": features.own_protocols(session.settings)}
    theirs: dict[str, Any] | None = None
    if remote:
        protocols = connection.held.get("protocols")
        theirs = {"did": remote.did, **_service(remote)} | ({} if protocols is None else {"protocols": protocols})
    return dump_json({"my": mine, "their": theirs})


def _service(contact: Contact) -> dict[str, Any]:
    return {
        "recipientKeys": list(contact.recipient_keys),
        "routingKeys": list(contact.routing_keys),
        "serviceEndpoint": contact.endpoint,
    }


def get_pw_did(session: Session, handle: int) -> str:
    """Return the caller's own pairwise DID; empty before ``connect``."""
    return parties.find(session, handle).agent.pw_did


def get_their_pw_did(session: Session, handle: int) -> str:
    """Return the other side's DID; the invitation's id until the DID is known.

    Raises:
        VcxError: 1003, the other side is not known yet.
    """
    return parties.remote(parties.find(session, handle)).did


def get_redirect_details(session: Session, handle: int) -> bytes:
    """Refuse: Aries has no redirections.

    Raises:
        VcxError: 1003, although 1103 would be the code for an unsupported action (docs/protocol/libvcx.md, 2.15).
    """
    raise VcxError(Code.InvalidConnectionHandle)
