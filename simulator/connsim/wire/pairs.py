"""Bundles of two or three messages in protocol 1.0, each of which is one message in protocol 2.0.

    1.0                                              2.0, and in this package
    CREATE_MSG connReq,         MSG_DETAIL           CONN_REQUEST
    CREATE_MSG connReqAnswer,   MSG_DETAIL           ACCEPT_CONN_REQ (also for a refusal)
    CREATE_MSG connReqRedirect, MSG_DETAIL           REDIRECT_CONN_REQ
    CREATE_MSG anything else,   MSG_DETAIL           SEND_REMOTE_MSG
    MSG_CREATED, MSG_DETAIL, [MSGS_SENT]             CONN_REQUEST_RESP
    MSG_CREATED,             [MSGS_SENT]             the other answers; read as MSG_CREATED, as 1.0 does not name them

``MSGS_SENT`` is there if the message was sent. The ``uid`` of 1.0 is the ``@id`` of 2.0; ``~thread`` does not exist in
1.0.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from connsim.wire.errors import BadMessage

PARTS = ("CREATE_MSG", "MSG_DETAIL", "MSG_CREATED", "MSGS_SENT", "MSG_SENT")
"""The messages of which such bundles consist. ``MSG_SENT`` is an older spelling of ``MSGS_SENT``."""

_NAMES = {"connReq": "CONN_REQUEST", "connReqAnswer": "ACCEPT_CONN_REQ", "connReqRedirect": "REDIRECT_CONN_REQ"}
_TYPES = {name: mtype for mtype, name in _NAMES.items()}
_RESPONSES = (
    "ACCEPT_CONN_REQ_RESP",
    "CONN_REQUEST_ANSWER_RESP",
    "CONN_REQUEST_RESP",
    "CONN_REQ_REDIRECTED",
    "MSG_CREATED",
    "REMOTE_MSG_SENT",
)
_HEAD = ("mtype", "sendMsg", "replyToMsgId")  # the members of CREATE_MSG; all others belong to MSG_DETAIL
_NEVER_ALONE = {"CREATE_MSG", "MSG_DETAIL", "MSG_SENT", "SEND_REMOTE_MSG", *_TYPES, *_RESPONSES} - {"MSG_CREATED"}


class Part(NamedTuple):
    """One message of a bundle, with its members unchecked."""

    name: str
    members: dict[str, Any]


def join(parts: Sequence[Part]) -> Part:
    """Join the messages of a bundle into one.

    Raises:
        BadMessage: They do not belong together.
    """
    match [part.name for part in parts]:
        case ["CREATE_MSG", "MSG_DETAIL"]:
            return _request(parts[0].members, parts[1].members)
        case ["MSG_CREATED", *rest] if rest in ([], ["MSGS_SENT"], ["MSG_SENT"]):
            return Part("MSG_CREATED", _identified(parts[0].members) | _sent(rest))
        case ["MSG_CREATED", "MSG_DETAIL", *rest] if rest in ([], ["MSGS_SENT"], ["MSG_SENT"]):
            return Part("CONN_REQUEST_RESP", _identified(parts[0].members) | parts[1].members | _sent(rest))
        case [name] if name not in _NEVER_ALONE:
            return parts[0]
    raise BadMessage(
        f"A bundle contains {', '.join(part.name for part in parts)}. Expected one message, or CREATE_MSG with "
        "MSG_DETAIL, or MSG_CREATED with MSG_DETAIL, MSGS_SENT or both, in this order."
    )


def split(message: Part) -> list[Part]:
    """Split a message into the messages of its bundle; most remain one.

    Raises:
        BadMessage: It needs an ``@id``, and has none.
    """
    members = {name: value for name, value in message.members.items() if name not in ("@id", "~thread")}
    if message.name in _TYPES or message.name == "SEND_REMOTE_MSG":
        # In libvcx's order of members: mtype, sendMsg, uid, replyToMsgId.
        head = {"mtype": _TYPES[message.name]} if message.name in _TYPES else {}
        head |= {name: members.pop(name) for name in ("mtype", "sendMsg") if name in members}
        if "@id" in message.members:
            head["uid"] = message.members["@id"]
        if "replyToMsgId" in members:
            head["replyToMsgId"] = members.pop("replyToMsgId")
        return [Part("CREATE_MSG", head), Part("MSG_DETAIL", members)]
    if message.name in _RESPONSES:
        if "@id" not in message.members:
            raise BadMessage(f"{message.name} lacks @id. Expected the uid of the MSG_CREATED.")
        uid = message.members["@id"]
        sent = [Part("MSGS_SENT", {"uids": [uid]})] if members.pop("sent", False) else []
        detail = [Part("MSG_DETAIL", members)] if members else []
        return [Part("MSG_CREATED", {"uid": uid}), *detail, *sent]
    return [message]


def _request(head: dict[str, Any], detail: dict[str, Any]) -> Part:
    mtype = head.get("mtype")
    if not isinstance(mtype, str):
        raise BadMessage("CREATE_MSG lacks mtype. Expected the type of a message, such as connReq.")
    members = detail | {name: head[name] for name in _HEAD if name in head}
    if head.get("uid") is not None:
        members["@id"] = head["uid"]
    return Part(_NAMES.get(mtype, "SEND_REMOTE_MSG"), members)


def _identified(head: dict[str, Any]) -> dict[str, Any]:
    if head.get("uid") is None:
        raise BadMessage("MSG_CREATED lacks uid. Expected the id of the message that was made.")
    return {"@id": head["uid"]}


def _sent(rest: list[str]) -> dict[str, Any]:
    return {"sent": True} if rest else {}
