"""The proprietary connection: the request that makes an invitation, and the answer to it.

    inviter --CONN_REQUEST--> its agent connection       `request`: an invitation, and ``connReq`` in its mailbox
    invitee --ACCEPT_CONN_REQ--> its agent connection    `answer`: stored there, and passed on to ...
              ... --ACCEPT_CONN_REQ--> the inviter's     `take_answer`: ``connReqAnswer`` in the inviter's mailbox

Scripted holders post directly to the inviter's agent connection. Both ways end in `take_answer`, with the same bytes.

Source: docs/protocol/vcx-agency.md, 8.5, 11.1, 11.3, 11.5.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from connsim.agency import refusals
from connsim.agency.invites import check_age, check_number, detail, link, send_sms
from connsim.agency.mailbox import new_uid
from connsim.agency.records import AgentConnection, Invitation, Mail, Remote
from connsim.agency.refusals import Refused
from connsim.agency.visit import Visit
from connsim.script.machines.vcx import ACT, ANSWER, HOLDER, Act
from connsim.wire.codes import ANSWERS, ConnectionStatus, MessageStatus, Version
from connsim.wire.crypt import drawing
from connsim.wire.invite_detail import agency_detail, sender_detail
from connsim.wire.keys import Identity
from connsim.wire.layers import Layer, wrap
from connsim.wire.messages import Message
from connsim.wire.notation import shown
from connsim.wire.payloads import answer_payload
from connsim.wire.proofs import delegation_holds


def request(visit: Visit, connection: AgentConnection, layer: Layer) -> Message:
    """Take a connection request: make an invitation."""
    agency, members = visit.agency, layer.message.members
    phone = _check_request(visit, connection, members)
    uid = new_uid(agency, connection, members.get("@id"))
    if uid in agency.invitations:
        raise Refused(refusals.EXISTS, f"There is a request {shown(uid)} already.")
    invitation = _invitation(visit, connection, layer, uid)
    connection.mailbox[uid] = Mail(uid, "connReq", MessageStatus.CREATED, connection.user.did)
    connection.invitations += (invitation,)
    agency.invitations[uid] = invitation
    visit.about(connection, invitation)
    enter(visit, invitation, Act.IGNORE, visit.at)
    answer = _invited(visit, layer, invitation)
    if phone is not None:
        invitation.phone = phone
        invitation.token = agency.world.seed.draw("agency", "token", uid, size=8).hex()
        agency.tokens[invitation.token] = invitation
        send_sms(agency, invitation, visit.at)
    visit.after.append(lambda at: agency.holders.start(invitation, members.get("phoneNo") or "", at))
    return answer


def _check_request(visit: Visit, connection: AgentConnection, members: Mapping[str, Any]) -> str | None:
    """Check a connection request; returns the phone number, if a text message is to be sent.

    Raises:
        Refused: The agency does not accept the request.
    """
    agency, profile = visit.agency, connection.agent.configs
    _check_proof(members["keyDlgProof"], connection)
    if agency.settings.profile_required and not (profile.get("name") and profile.get("logoUrl")):
        raise Refused(refusals.MISSING, "The owner has no name or no logo. Expected UPDATE_CONFIGS with both first.")
    if any(invitation.code is MessageStatus.ACCEPTED for invitation in connection.invitations):
        raise Refused(
            refusals.ACCEPTED, f"The connection {connection.user.did} is accepted already. Expected a new one."
        )
    phone: str | None = members.get("phoneNo")
    if phone is None or not agency.flavour.sms or agency.settings.sms == "off":
        return None
    check_number(phone)
    return phone


def _invitation(visit: Visit, connection: AgentConnection, layer: Layer, uid: str) -> Invitation:
    members = layer.message.members
    invitation = Invitation(uid, connection, visit.at, layer.version, members["keyDlgProof"]["signature"])
    invitation.target = members.get("targetName")
    if layer.version is Version.V2:
        invitation.thread = (members.get("~thread") or {}).get("thid") or uid
    if visit.agency.flavour.always_public:
        invitation.public_did = connection.agent.owner.did
    elif members.get("includePublicDID"):
        invitation.public_did = connection.agent.configs.get("publicDid")
    return invitation


def _invited(visit: Visit, layer: Layer, invitation: Invitation) -> Message:
    url = link(visit.agency, invitation)
    members: dict[str, Any] = {"inviteDetail": detail(visit.agency, invitation), "urlToInviteDetail": url}
    if url:
        members["urlToInviteDetailEncoded"] = quote(url, safe="")
    if layer.message.members["sendMsg"]:
        members["sent"] = True
    return layer.message.answered("CONN_REQUEST_RESP", **{"@id": invitation.uid}, **members)


def answer(visit: Visit, connection: AgentConnection, layer: Layer) -> Message:
    """Take an owner's answer to an invitation: pass it on to the inviter's agency, then store it.

    In this order, so that an answer that the inviter's agency refuses changes nothing here.
    """
    agency, members = visit.agency, layer.message.members
    request_uid, code = members["replyToMsgId"], _answer_code(layer.message)
    _check_proof(members.get("keyDlgProof"), connection)
    if request_uid in connection.mailbox:
        raise Refused(
            refusals.ACCEPTED, f"The request {shown(request_uid)} was answered, or made, by this connection before."
        )
    uid = new_uid(agency, connection, members.get("@id"))
    inviter, proof = members["senderDetail"], members["senderDetail"]["agentKeyDlgProof"]
    theirs = Identity(proof["agentDID"], proof["agentDelegatedKey"])
    their_agency = Identity(members["senderAgencyDetail"]["DID"], members["senderAgencyDetail"]["verKey"])
    sends = code is not MessageStatus.REJECTED or agency.flavour.sends_refusals
    if members["sendMsg"] and sends:
        body = _answer_to_send(visit, connection, layer, uid, (theirs, their_agency))
        agency.post(their_agency, body, visit.at, f"the answer of {connection.user.did}")
    request_mail = Mail(request_uid, "connReq", code, inviter["DID"])
    request_mail.ref = uid
    connection.mailbox[request_uid] = request_mail
    connection.mailbox[uid] = Mail(uid, ANSWER[ACT[code]].type, code, connection.user.did)
    connection.remote = Remote(Identity(inviter["DID"], inviter["verKey"]), theirs, their_agency)
    _connect(connection, code)
    if not sends:  # the dummy stores a refusal before it fails (docs/protocol/vcx-agency.md, 11.4)
        raise Refused(refusals.FAILED, "The dummy agency does not pass its owners' refusals on, and fails.")
    given = {"@id": uid} | ({"sent": True} if members["sendMsg"] else {})
    name = "CONN_REQ_REDIRECTED" if layer.message.name == "REDIRECT_CONN_REQ" else "ACCEPT_CONN_REQ_RESP"
    return layer.message.answered(name, **given)


def _answer_to_send(
    visit: Visit, connection: AgentConnection, layer: Layer, uid: str, to: tuple[Identity, Identity]
) -> bytes:
    agency, members = visit.agency, layer.message.members
    details: dict[str, Any] = {
        "@id": uid,
        "sendMsg": False,
        "replyToMsgId": members["replyToMsgId"],
        "senderDetail": sender_detail(connection.user, members["keyDlgProof"]),
        "senderAgencyDetail": agency_detail(agency.parties.identity, agency.flavour.endpoint(agency.public_url)),
        "answerStatusCode": members["answerStatusCode"],
    }
    for name in ("redirectDetail", "~thread"):
        if members.get(name) is not None:
            details[name] = members[name]
    # In the style of the envelope, because no agency understands a redirection of style 2.0 inside a bundle.
    message = Message(layer.message.name, details, layer.version)
    draw = drawing(agency.world.seed, "agency", "answer to", to[0].did, uid)
    return wrap(message, layer.version, [(agency.parties.key_of(connection), to[0]), (None, to[1])], draw)


def take_answer(visit: Visit, connection: AgentConnection, layer: Layer) -> Message:
    """Take an answer from the holder's agency."""
    agency, members = visit.agency, layer.message.members
    request_uid, code = members["replyToMsgId"], _answer_code(layer.message)
    sender = members["senderDetail"]
    invitation = agency.invitations.get(request_uid)
    if invitation is None or invitation.connection is not connection:
        raise Refused(refusals.NOT_FOUND, f"There is no request {shown(request_uid)} here. Expected the connReqId.")
    visit.about(connection, invitation)
    if not visit.lenient:
        _check_open(invitation)
        check_age(agency, invitation, visit.at)
    proof = sender["agentKeyDlgProof"]
    if not delegation_holds(proof, sender["verKey"]):
        raise Refused(refusals.BAD_SIGNATURE, "The holder's keyDlgProof is not signed by its verKey.")
    if proof["agentDelegatedKey"] != layer.sender:
        raise Refused(
            refusals.BAD_SIGNATURE, "The holder's keyDlgProof names another key than the one that sent the answer."
        )
    uid = new_uid(agency, connection, members.get("@id"))
    inner = {name: members[name] for name in ("senderDetail", "redirectDetail") if name in members}
    payload = answer_payload(
        invitation.version,
        agency.parties.key_of(connection),
        connection.agent.owner.verkey,
        inner,
        drawing(agency.world.seed, "agency", "payload", connection.identity.did, uid),
        invitation.thread,
        agency.flavour.spelling,
    )
    act = ACT[code]
    connection.mailbox[uid] = Mail(uid, ANSWER[act].type, code, sender["DID"], payload)
    invitation.code = invitation.mail.status = code
    invitation.mail.ref = uid
    if act is Act.ACCEPT:
        theirs = members["senderAgencyDetail"]
        connection.remote = Remote(
            Identity(sender["DID"], sender["verKey"]),
            Identity(proof["agentDID"], proof["agentDelegatedKey"]),
            Identity(theirs["DID"], theirs["verKey"]),
        )
    _connect(connection, code)
    enter(visit, invitation, act if invitation.act == Act.IGNORE else Act.AGAIN, visit.at)
    if not visit.scripted:  # a real client answered before the scripted holder did
        agency.holders.end_script(invitation)
    given = {"@id": uid}
    name = "CONN_REQ_REDIRECTED" if act is Act.REDIRECT else "CONN_REQUEST_ANSWER_RESP"
    return layer.message.answered(name, **given)


def enter(visit: Visit, invitation: Invitation, act: Act, at: int) -> None:
    """Record an act of the holder on its invitation and in the journal."""
    event = HOLDER.event_to(invitation.act, act) or "scripted"
    visit.agency.world.journal.add_transition(at, HOLDER.name, invitation.uid, invitation.act, act, event)
    invitation.act = act
    invitation.since = at


def _answer_code(message: Message) -> MessageStatus:
    """Read the status code of an answer.

    Raises:
        Refused: The code does not fit the message's name.
    """
    given = message.members["answerStatusCode"]
    fitting = [code for code in sorted(ANSWERS) if ANSWER[ACT[code]].message == message.name]
    if given not in fitting:
        raise Refused(refusals.BAD_VALUE, f"answerStatusCode is {shown(given)}. Expected {' or '.join(fitting)} here.")
    return MessageStatus(given)


def _check_open(invitation: Invitation) -> None:
    for other in invitation.connection.invitations:
        if other.code is MessageStatus.ACCEPTED:
            raise Refused(refusals.ACCEPTED, f"The invitation {other.uid} of this connection was accepted before.")
    if invitation.code is not None:
        raise Refused(refusals.ANSWERED, f"The invitation {invitation.uid} was answered before.")


def _check_proof(proof: dict[str, Any] | None, connection: AgentConnection) -> None:
    named = proof is not None and (proof["agentDID"], proof["agentDelegatedKey"]) == (
        connection.identity.did,
        connection.identity.verkey,
    )
    if not named or not delegation_holds(proof, connection.user.verkey):
        raise Refused(
            refusals.BAD_SIGNATURE, "keyDlgProof does not delegate from the pairwise key to this connection's agent."
        )


def _connect(connection: AgentConnection, code: MessageStatus) -> None:
    if code is MessageStatus.ACCEPTED:
        connection.status = ConnectionStatus.ALREADY_CONNECTED
