"""The table of all messages of provisioning and of proprietary connections: one row each.

In a row, ``?`` marks a member that may be absent or null. The kind of a member follows from its name, because a name
means the same in every message; see `KINDS`.

Protocol 1.0 sends some of these messages as bundles of two or three; `connsim.wire.pairs` lists them.

Source: docs/protocol/vcx-agency.md, 8.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connsim.wire.bundles import Integers
from connsim.wire.kinds import ANYTHING, FLAG, TEXT, Blob, Kind, Many, Object, shape

AGENCY_DID = "did:sov:123456789abcdefghi1234"
ARIES_DID = "did:sov:BzCbsNYhMrjHiqZDTUASHg"

_TEXTS = Many(TEXT)
KINDS: dict[str, Kind] = {
    "sendMsg": FLAG,
    "includePublicDID": FLAG,
    "sent": FLAG,
    "uids": _TEXTS,
    "statusCodes": _TEXTS,
    "pairwiseDIDs": _TEXTS,
    "@msg": Blob(Integers.UNSIGNED),
    "msg": Blob(Integers.UNSIGNED),
    "payload": Blob(None),
    "failed": ANYTHING,
    "deliveryDetails": ANYTHING,
    "received_orders": ANYTHING,
    "sender_order": ANYTHING,
}
"""The kinds of members by name; members that are not listed are text."""


def _shape(members: str) -> Object:
    return shape(members, KINDS)


KINDS["keyDlgProof"] = KINDS["agentKeyDlgProof"] = _shape("agentDID agentDelegatedKey signature")
KINDS["senderDetail"] = _shape("name? agentKeyDlgProof DID logoUrl? verKey publicDID?")
KINDS["senderAgencyDetail"] = _shape("DID verKey endpoint")
KINDS["inviteDetail"] = _shape(
    "statusCode connReqId senderDetail senderAgencyDetail targetName statusMsg threadId? version?"
)
KINDS["redirectDetail"] = _shape("DID verKey publicDID? theirDID theirVerKey theirPublicDID? signature")
KINDS["comMethod"] = _shape("id type value")
KINDS["~thread"] = _shape("thid? pthid? sender_order? received_orders?")
KINDS["configs"] = Many(_shape("name value"))
KINDS["msgs"] = Many(_shape("uid statusCode senderDID type payload? refMsgId? deliveryDetails?"))
KINDS["msgsByConns"] = Many(_shape("pairwiseDID msgs"))
KINDS["uidsByConns"] = KINDS["updatedUidsByConns"] = Many(_shape("pairwiseDID uids"))


@dataclass(frozen=True)
class Row:
    """The definition of one message.

    Attributes:
        family: The family in an ``@type`` of style 2.0.
        body: The members.
        answers: The messages that answer it. Our agency sends the first; a client accepts any of them.
        filled: Defaults of members that style 2.0 always writes.
        did: The DID with which an ``@type`` of style 2.0 begins.
    """

    name: str
    family: str
    body: Object
    answers: tuple[str, ...] = ()
    filled: Mapping[str, Any] = field(default_factory=dict)
    did: str = AGENCY_DID

    @property
    def type(self) -> str:
        """The ``@type`` of style 2.0."""
        return f"{self.did};spec/{self.family}/1.0/{self.name}"


def _row(
    name: str,
    family: str,
    members: str = "",
    answers: str = "",
    *,
    filled: Mapping[str, Any] | None = None,
    did: str = AGENCY_DID,
) -> Row:
    return Row(name, family, _shape(members), tuple(answers.split()), filled or {}, did)


_THREAD = {"~thread": {"sender_order": 0, "received_orders": {}}}
_NULLS = {"replyToMsgId": None, "targetName": None, "phoneNo": None}
_PAIRWISE = "withPairwiseDID withPairwiseDIDVerKey"
_ANSWER = "@id sendMsg replyToMsgId keyDlgProof? senderDetail senderAgencyDetail answerStatusCode"
_ANSWERED = "MSG_CREATED"  # in protocol 1.0, the one answer to every request that makes a message

_ROWS = (
    _row("CONNECT", "onboarding", "fromDID fromDIDVerKey", "CONNECTED"),
    _row("CONNECTED", "onboarding", _PAIRWISE),
    _row("SIGNUP", "onboarding", "", "SIGNED_UP"),
    _row("SIGNED_UP", "onboarding"),
    _row("CREATE_AGENT", "onboarding", "", "AGENT_CREATED"),
    _row("AGENT_CREATED", "onboarding", _PAIRWISE),
    _row("UPDATE_CONFIGS", "configs", "configs", "CONFIGS_UPDATED"),
    _row("CONFIGS_UPDATED", "configs"),
    _row("UPDATE_COM_METHOD", "configs", "comMethod", "COM_METHOD_UPDATED"),
    _row("COM_METHOD_UPDATED", "configs", "id"),
    _row("CREATE_KEY", "pairwise", "forDID forDIDVerKey", "KEY_CREATED"),
    _row("KEY_CREATED", "pairwise", _PAIRWISE),
    _row(
        "CONN_REQUEST",
        "pairwise",
        "sendMsg @id replyToMsgId? keyDlgProof targetName? phoneNo? includePublicDID? ~thread?",
        "CONN_REQUEST_RESP",
        filled=_NULLS | _THREAD,
    ),
    _row("CONN_REQUEST_RESP", "pairwise", "@id inviteDetail urlToInviteDetail urlToInviteDetailEncoded? sent?"),
    _row(
        "ACCEPT_CONN_REQ",
        "pairwise",
        f"{_ANSWER} ~thread?",
        f"ACCEPT_CONN_REQ_RESP CONN_REQUEST_ANSWER_RESP {_ANSWERED}",
        filled=_THREAD,
    ),
    _row("ACCEPT_CONN_REQ_RESP", "pairwise", "@id sent?"),
    _row("CONN_REQUEST_ANSWER_RESP", "pairwise", "@id sent?"),
    _row(
        "REDIRECT_CONN_REQ",
        "pairwise",
        f"{_ANSWER} redirectDetail ~thread?",
        f"CONN_REQ_REDIRECTED {_ANSWERED}",
        filled=_THREAD,
    ),
    _row("CONN_REQ_REDIRECTED", "pairwise", "@id sent?"),
    _row("GET_MSGS", "pairwise", "excludePayload? uids? statusCodes? pairwiseDIDs?", "MSGS"),
    _row("MSGS", "pairwise", "msgs"),
    _row("GET_MSGS_BY_CONNS", "pairwise", "excludePayload? uids? statusCodes? pairwiseDIDs?", "MSGS_BY_CONNS"),
    _row("MSGS_BY_CONNS", "pairwise", "msgsByConns"),
    _row(
        "UPDATE_MSG_STATUS_BY_CONNS",
        "pairwise",
        "statusCode uidsByConns",
        "MSG_STATUS_UPDATED_BY_CONNS",
    ),
    _row("MSG_STATUS_UPDATED_BY_CONNS", "pairwise", "failed? updatedUidsByConns statusCode?"),
    _row("UPDATE_CONN_STATUS", "pairwise", "statusCode", "CONN_STATUS_UPDATED"),
    _row("CONN_STATUS_UPDATED", "pairwise", "statusCode"),
    _row(
        "SEND_REMOTE_MSG",
        "routing",
        "@id mtype replyToMsgId? sendMsg @msg title? detail?",
        f"REMOTE_MSG_SENT {_ANSWERED}",
    ),
    _row("REMOTE_MSG_SENT", "routing", "@id sent"),
    _row("MSG_CREATED", "pairwise", "@id sent?"),
    _row("FWD", "routing", "@fwd @msg"),
    _row("forward", "routing", "to msg", did=ARIES_DID),
    # Only the dummy agency knows these, and libvcx never sends them. They are listed so that they are refused as
    # unsupported, not as unknown.
    Row("GET_CONFIGS", "configs", shape("configs", {"configs": _TEXTS}), ("CONFIGS",)),
    _row("CONFIGS", "configs", "configs"),
    Row("REMOVE_CONFIGS", "configs", shape("configs", {"configs": _TEXTS}), ("CONFIGS_REMOVED",)),
    _row("CONFIGS_REMOVED", "configs"),
    _row("UPDATE_MSG_STATUS", "pairwise", "uids statusCode", "MSG_STATUS_UPDATED"),
    _row("MSG_STATUS_UPDATED", "pairwise", "uids statusCode"),
    _row("SEND_MSGS", "pairwise", "uids", "MSGS_SENT"),
    _row("MSGS_SENT", "pairwise", "uids"),
)

MESSAGES: Mapping[str, Row] = {row.name: row for row in _ROWS}
"""The rows by name."""
