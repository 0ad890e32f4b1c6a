"""What the holder of an invitation receives: the invite detail, the link to it, and the text message with the link."""

import re
from typing import Any
from urllib.parse import parse_qs, quote

from connsim.agency import refusals
from connsim.agency.records import Invitation, Sms
from connsim.agency.refusals import Refused
from connsim.agency.visit import Host, Visit
from connsim.core.exchange import Reply, Request
from connsim.wire.codes import DeliveryStatus, MessageStatus
from connsim.wire.invite_detail import agency_detail, invite_detail, sender_detail
from connsim.wire.notation import dump_json

_NUMBER = re.compile(r"\+?[0-9]+")
_PUNCTUATION = str.maketrans("", "", " -()")


def detail(agency: Host, invitation: Invitation) -> dict[str, Any]:
    """Return the invite detail in its full form, with the current status."""
    connection = invitation.connection
    profile = connection.agent.configs if agency.flavour.live_profile else connection.configs
    proof = {
        "agentDID": connection.identity.did,
        "agentDelegatedKey": connection.identity.verkey,
        "signature": invitation.signature,
    }
    return invite_detail(
        invitation.uid,
        sender_detail(connection.user, proof, profile.get("name"), profile.get("logoUrl"), invitation.public_did),
        agency_detail(agency.parties.identity, agency.flavour.endpoint(agency.public_url)),
        status=invitation.mail.status,
        target=agency.flavour.target if invitation.target is None else invitation.target,
        thread=invitation.thread,
        version=invitation.version if agency.flavour.states_version else None,
    )


def link(agency: Host, invitation: Invitation) -> str:
    """Return the URL of the page with the invite detail; empty if the agency has no such page.

    A published invitation of the production agency contains the DID of the agent connection. The page also accepts the
    DID of the owner's pairwise key.
    """
    if not agency.flavour.links:
        return ""
    did = invitation.connection.identity.did
    return f"{agency.public_url}/agency/invite/{did}?uid={quote(invitation.uid, safe='')}"


def sms_link(agency: Host, invitation: Invitation) -> str:
    """Return the link that is sent to a phone. The real agency shortens it, and wraps it in the wallet app's URL."""
    return f"{agency.public_url}/agency/invite?t={invitation.token}"


def check_age(agency: Host, invitation: Invitation, at: int) -> None:
    """Refuse an invitation that has expired.

    Raises:
        Refused: The invitation is older than the settings allow.
    """
    expiry = agency.settings.invitation_expiry
    if expiry is not None and at - invitation.at > expiry:
        raise Refused(refusals.EXPIRED, f"The invitation {invitation.uid} has expired.")


def check_number(phone: str) -> None:
    """Check a phone number as the production agency does.

    Raises:
        Refused: It is empty, or not a number.
    """
    if not phone:
        raise Refused(refusals.EMPTY, "phoneNo is empty. Expected a phone number, or no phoneNo at all.")
    if not _NUMBER.fullmatch(phone.translate(_PUNCTUATION)):
        raise Refused(refusals.BAD_VALUE, f"phoneNo is {phone[:40]!r}. Expected digits, optionally after a '+'.")


def send_sms(agency: Host, invitation: Invitation, at: int) -> None:
    """Send the link of an invitation to its phone number."""
    failing = agency.settings.sms == "failing"
    invitation.delivery = DeliveryStatus.FAILED if failing else DeliveryStatus.SENT
    if not failing and invitation.mail.status == MessageStatus.CREATED:
        invitation.mail.status = MessageStatus.SENT
    url = sms_link(agency, invitation)
    name = invitation.connection.agent.configs.get("name", "Somebody")
    text = f"{name} would like you to install Connect-Me: {url}"
    agency.outbox.append(Sms(at, invitation.phone or "", text, url, invitation.uid, invitation.delivery))


def show_linked(visit: Visit, request: Request) -> Reply:
    """``GET /agency/invite/{did}?uid=``; the DID is the inviter's pairwise one, or that of its agent connection."""
    found = visit.agency.invitations.get(_query(request, "uid"))
    named = found is not None and request.params["did"] in (found.connection.user.did, found.connection.identity.did)
    return _shown(visit, found if named and visit.agency.flavour.links else None)


def show_sent(visit: Visit, request: Request) -> Reply:
    """``GET /agency/invite?t=``."""
    return _shown(visit, visit.agency.tokens.get(_query(request, "t")))


def _shown(visit: Visit, invitation: Invitation | None) -> Reply:
    if invitation is None:
        raise Refused(refusals.NO_LINK, "The link leads to no invitation. Expected a link that this agency has issued.")
    visit.about(invitation.connection, invitation)
    check_age(visit.agency, invitation, visit.at)
    return Reply(200, dump_json(detail(visit.agency, invitation)))


def _query(request: Request, name: str) -> str:
    given = parse_qs(request.target.partition("?")[2], errors="replace").get(name, [""])
    return given[0]
