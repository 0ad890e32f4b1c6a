"""Mailboxes: owners read, mark, send and delete; the other side delivers."""

from collections.abc import Iterable
from typing import Any

from connsim.agency import refusals
from connsim.agency.records import AgentConnection, CloudAgent, Mail
from connsim.agency.refusals import Refused
from connsim.agency.visit import Host, Visit
from connsim.core.durations import SECOND
from connsim.wire.codes import ConnectionStatus, MessageStatus
from connsim.wire.crypt import drawing
from connsim.wire.layers import Layer, wrap
from connsim.wire.messages import Message
from connsim.wire.notation import shown

_UID = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
"""The characters of the dummy agency's message ids."""


def new_uid(agency: Host, connection: AgentConnection, given: str | None) -> str:
    """Make the id of a new message: the sender's, or a new one of the agency's.

    Raises:
        Refused: The sender's id is taken.
    """
    if given:
        if given in connection.mailbox:
            raise Refused(refusals.EXISTS, f"There is a message {shown(given)} already.")
        return given
    name = ("agency", "uid", connection.identity.did, len(connection.mailbox))
    if agency.flavour.uuids:
        return agency.world.seed.draw_uuid(*name)
    return "".join(_UID[byte % len(_UID)] for byte in agency.world.seed.draw(*name, size=10))


def get_messages(visit: Visit, connection: AgentConnection, layer: Layer) -> Message:
    """``GET_MSGS`` at a connection: the poll of clients. Reading does not change a message's status."""
    least, before = visit.agency.settings.least_poll_interval, connection.polled
    if least is not None and before is not None and visit.at - before < least:
        wait = str(
            -(-(before + least - visit.at) // SECOND)
        )  # rounded up: a client that waits this long is not too early
        raise Refused(
            refusals.POLLED_TOO_SOON,
            f"The owner polled again too soon. Expected a pause of {wait} s.",
            headers=(("Retry-After", wait),),
        )
    connection.polled = visit.at
    visit.poll = True
    return layer.message.answered("MSGS", msgs=_entries(visit, connection, layer))


def get_agent_messages(visit: Visit, agent: CloudAgent, layer: Layer) -> Message:
    """``GET_MSGS`` at the cloud agent itself, whose mailbox is always empty. Deduced, without an observation."""
    return layer.message.answered("MSGS", msgs=[])


def get_messages_by_connections(visit: Visit, agent: CloudAgent, layer: Layer) -> Message:
    """``GET_MSGS_BY_CONNS``: a download; connections without a match are left out."""
    chosen = layer.message.members.get("pairwiseDIDs")
    found = []
    for did, connection in agent.connections.items():
        entries = [] if chosen is not None and did not in chosen else _entries(visit, connection, layer)
        if entries and connection.status is not ConnectionStatus.DELETED:
            found.append({"pairwiseDID": did, "msgs": entries})
    return layer.message.answered("MSGS_BY_CONNS", msgsByConns=found)


def _entries(visit: Visit, connection: AgentConnection, layer: Layer) -> list[dict[str, Any]]:
    members = layer.message.members
    uids, codes = members.get("uids"), members.get("statusCodes")
    with_payload = members.get("excludePayload") != "Y"
    return [
        _entry(visit, connection, mail, with_payload)
        for mail in connection.mailbox.values()
        if (uids is None or mail.uid in uids) and (codes is None or mail.status in codes)
    ]


def _entry(visit: Visit, connection: AgentConnection, mail: Mail, with_payload: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "uid": mail.uid,
        "statusCode": mail.status.value,
        "senderDID": mail.sender,
        "type": mail.type,
        "refMsgId": mail.ref,
        "payload": mail.payload if with_payload else None,
    }
    if visit.agency.flavour.states_delivery:
        entry["deliveryDetails"] = [
            {"to": invitation.phone, "statusCode": invitation.delivery.value, "statusMsg": invitation.delivery.text}
            for invitation in connection.invitations
            if invitation.uid == mail.uid and invitation.delivery is not None
        ]
    return entry


def update_status(visit: Visit, agent: CloudAgent, layer: Layer) -> Message:
    """``UPDATE_MSG_STATUS_BY_CONNS``: sets the status of messages, usually to reviewed."""
    members = layer.message.members
    code = _status(members["statusCode"])
    named = [(pair["pairwiseDID"], list(_named(agent, pair))) for pair in members["uidsByConns"]]
    allowed = [(did, [mail for mail in mails if _may_become(visit, mail, code)]) for did, mails in named]
    rules = visit.agency.flavour.marking
    if visit.agency.settings.strict_status and rules.all_or_nothing and allowed != named:
        raise Refused(refusals.BAD_VALUE, f"Not every message may become {code}, so none was changed.")
    for _, mails in allowed:
        for mail in mails:
            mail.status = code
    updated = [{"pairwiseDID": did, "uids": [mail.uid for mail in mails]} for did, mails in allowed if mails]
    return layer.message.answered(
        "MSG_STATUS_UPDATED_BY_CONNS", failed=[], updatedUidsByConns=updated, statusCode=code.value
    )


def _named(agent: CloudAgent, pair: dict[str, Any]) -> Iterable[Mail]:
    connection = agent.connections.get(pair["pairwiseDID"])
    mailbox = {} if connection is None else connection.mailbox
    return (mailbox[uid] for uid in dict.fromkeys(pair["uids"]) if uid in mailbox)


def _may_become(visit: Visit, mail: Mail, code: MessageStatus) -> bool:
    rules = visit.agency.flavour.marking
    return not visit.agency.settings.strict_status or (mail.status in rules.from_ and code in rules.to)


def _status(code: str) -> MessageStatus:
    try:
        return MessageStatus(code)
    except ValueError:
        raise Refused(refusals.BAD_VALUE, f"statusCode is {shown(code)}. Expected MS-101 to MS-107.") from None


def update_connection(visit: Visit, connection: AgentConnection, layer: Layer) -> Message:
    """``UPDATE_CONN_STATUS``: CS-103 deletes the connection."""
    code = layer.message.members["statusCode"]
    try:
        connection.status = ConnectionStatus(code)
    except ValueError:
        raise Refused(refusals.BAD_VALUE, f"statusCode is {shown(code)}. Expected CS-101 to CS-103.") from None
    if connection.status is ConnectionStatus.DELETED and visit.agency.flavour.drops_routes:
        visit.agency.parties.drop(connection)
    return layer.message.answered("CONN_STATUS_UPDATED", statusCode=code)


# --- general messages ---------------------------------------------------------------------------------------------


def send(visit: Visit, connection: AgentConnection, layer: Layer) -> Message:
    """``SEND_REMOTE_MSG`` from the owner: a message of any type, which its agent stores and passes on."""
    agency, members = visit.agency, layer.message.members
    uid = new_uid(agency, connection, members.get("@id"))
    mail = Mail(uid, members["mtype"], MessageStatus.CREATED, connection.user.did, members["@msg"])
    remote = connection.remote
    if members["sendMsg"]:
        if remote is None:
            raise Refused(refusals.NOT_CONNECTED, "The other side is not known yet. Wait until it has accepted.")
        passed_on = Message("SEND_REMOTE_MSG", {**members, "@id": uid, "sendMsg": False}, layer.version)
        steps = [(agency.parties.key_of(connection), remote.agent), (None, remote.agency)]
        draw = drawing(agency.world.seed, "agency", "message to", remote.agent.did, uid)
        agency.post(
            remote.agency, wrap(passed_on, layer.version, steps, draw), visit.at, f"a message {members['mtype']}"
        )
        mail.status = MessageStatus.SENT
    _store(connection, mail, members.get("replyToMsgId"))
    return layer.message.answered("REMOTE_MSG_SENT", **{"@id": uid}, sent=members["sendMsg"])


def take(visit: Visit, connection: AgentConnection, layer: Layer) -> Message:
    """``SEND_REMOTE_MSG`` from the other side: a message of any type."""
    members = layer.message.members
    if connection.remote is None or connection.remote.agent.verkey != layer.sender:
        raise Refused(refusals.WRONG_SENDER, f"{layer.sender} is not the other side's agent.")
    uid = new_uid(visit.agency, connection, members.get("@id"))
    sender = connection.remote.pairwise.did
    mail = Mail(uid, members["mtype"], MessageStatus.RECEIVED, sender, members["@msg"])
    _store(connection, mail, members.get("replyToMsgId"))
    return layer.message.answered("REMOTE_MSG_SENT", **{"@id": uid}, sent=False)


def take_aries(visit: Visit, connection: AgentConnection, payload: bytes) -> None:
    """Store an Aries message, which the agency cannot open (docs/protocol/vcx-agency.md, 12.2)."""
    uid = new_uid(visit.agency, connection, None)
    connection.mailbox[uid] = Mail(uid, "aries", MessageStatus.RECEIVED, "", payload)


def _store(connection: AgentConnection, mail: Mail, answers: str | None) -> None:
    connection.mailbox[mail.uid] = mail
    older = connection.mailbox.get(answers or "")
    if older is not None and older.type != "connReq":  # only `connecting` answers a connection request
        older.status = MessageStatus.ACCEPTED
        older.ref = mail.uid
