"""``connect`` and ``redirect`` of a proprietary connection.

As in libvcx, both send the institution's profile and create an agent *before* they check the connection's state. So a
call in the wrong state costs two requests, and replaces the agent that the connection had
(docs/protocol/libvcx.md, 2.6 and 2.15).
"""

from typing import Any

from connsim.clients.agency_client import AgencyClient
from connsim.clients.agency_results import Pairwise
from connsim.libvcx.errors import Code, VcxError, agency_errors
from connsim.libvcx.mocks import MockedAgency
from connsim.libvcx.options import Options, read_options
from connsim.libvcx.parties import agency_of
from connsim.libvcx.proprietary import invitations, parties
from connsim.libvcx.proprietary.documents import Connection
from connsim.libvcx.session import Session
from connsim.libvcx.settings import is_url
from connsim.wire.keys import Identity
from connsim.wire.notation import dump_json
from connsim.wire.proofs import redirect_detail
from connsim.wire.states import INVITEE, INVITER, Event, State


def connect(session: Session, handle: int, text: str | None) -> bytes | None:
    """Invite, or accept an invitation; returns the invitation, abbreviated.

    Raises:
        VcxError: See `read_options`; 1002, the connection is in a wrong state; or the code of the agency's failure.
    """
    options = read_options(text)
    connection = parties.find(session, handle)
    with agency_errors():
        agency = agency_of(session)
        pairwise = _prepare(session, agency, connection, options)
        state = connection.state
        if target := INVITER.follow(state, Event.CONNECTED):
            _invite(agency, connection, pairwise, options)
        elif target := INVITEE.follow(state, Event.CONNECTED):
            agency.accept(pairwise, _invitation(connection))
        else:
            raise _wrong_state(connection, "connect")
        connection.state = State(target)
    shown = invitations.shown(connection.invite_detail, abbreviated=True)
    return None if shown is None else dump_json(shown)


def redirect(session: Session, handle: int, other: int) -> None:
    """Answer an invitation with an existing connection to the same inviter.

    Raises:
        VcxError: 1002, there is no invitation, or it was answered; or the code of the agency's failure.
    """
    older, connection = parties.find(session, other), parties.find(session, handle)
    with agency_errors():
        agency = agency_of(session)
        pairwise = _prepare(session, agency, connection, Options())
        invitation = _invitation(connection)
        target = INVITEE.follow(connection.state, Event.REDIRECTED)
        if target is None:
            raise _wrong_state(connection, "redirect")
        agency.redirect(pairwise, invitation, _detail_of(session, older))
        connection.state = State(target)


def _prepare(
    session: Session, agency: AgencyClient | MockedAgency, connection: Connection, options: Options
) -> Pairwise:
    version = parties.version(session, connection)
    if options.public_did:
        connection.public_did = session.settings.need("institution_did")
    if profile := _profile(session, connection):
        agency.update_configs(profile, version)
    pairwise = agency.create_key(parties.keys(session, connection), version)
    connection.agent_did, connection.agent_vk = pairwise.agent.did, pairwise.agent.verkey
    return pairwise


def _profile(session: Session, connection: Connection) -> dict[str, str]:
    settings = session.settings
    name, webhook = settings.get("institution_name"), settings.get("webhook_url")
    if name is None:
        return {}
    profile = {"name": name, "logoUrl": _url(settings.need("institution_logo_url"))}
    if webhook is not None:
        profile["notificationWebhookUrl"] = _url(webhook)
    if connection.public_did is not None:
        profile["publicDid"] = connection.public_did
    return profile


def _invite(agency: AgencyClient | MockedAgency, connection: Connection, pairwise: Pairwise, options: Options) -> None:
    invited = agency.invite(pairwise, options.phone, public_did=connection.public_did is not None)
    connection.invite_detail = invitations.formed(invited.detail)
    connection.invite_url = invited.url


def _invitation(connection: Connection) -> dict[str, Any]:
    if connection.invite_detail is None:
        raise VcxError(Code.ConnectionError, f"Connection {connection.source_id} has no invitation.")
    return connection.invite_detail


def _detail_of(session: Session, older: Connection) -> dict[str, str]:
    inviter = Identity(older.their_pw_did, older.their_pw_verkey)
    return redirect_detail(parties.keys(session, older), inviter, older.their_public_did, older.public_did)


def _wrong_state(connection: Connection, what: str) -> VcxError:
    return VcxError(
        Code.ConnectionError,
        f"Connection {connection.source_id} in state {connection.state.number} not ready to {what}",
    )


def _url(text: str) -> str:
    if not is_url(text):
        raise VcxError(Code.InvalidUrl, f"{text!r} is not an absolute URL.")
    return text
