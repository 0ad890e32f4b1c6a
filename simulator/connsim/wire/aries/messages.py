"""The messages of an Aries connection (RFC 0160), as libvcx 0.9 writes and accepts them.

A message has a type and members. The types that libvcx knows begin with one prefix. Messages of other types, such as
those with the newer prefix ``https://didcomm.org/``, stay unread in libvcx's mailbox, so reading one is not an error
here either.

Source: docs/protocol/vcx-agency.md, 12.3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs, urlsplit

from connsim.wire.errors import BadMessage, BadNotation
from connsim.wire.kinds import ANYTHING, FLAG, OBJECT, TEXT, Kind, Many, Object, Plain, shape
from connsim.wire.notation import base64url_bytes, dump_json, load_json, present, shown

PREFIX = "did:sov:BzCbsNYhMrjHiqZDTUASHg;spec/"
"""The prefix of the types that libvcx knows."""

DIDCOMM = "https://didcomm.org/"
"""The prefix of the same types in newer agents."""


class Type(StrEnum):
    """The types of an Aries connection, without their prefix."""

    INVITATION = "connections/1.0/invitation"
    REQUEST = "connections/1.0/request"
    RESPONSE = "connections/1.0/response"
    PROBLEM = "connections/1.0/problem_report"
    ACK = "notification/1.0/ack"
    PING = "trust_ping/1.0/ping"
    PING_RESPONSE = "trust_ping/1.0/ping_response"
    FORWARD = "routing/1.0/forward"


class Problem(StrEnum):
    """The codes of a problem report that libvcx knows; any other makes it fail."""

    REQUEST_NOT_ACCEPTED = "request_not_accepted"
    REQUEST_PROCESSING_ERROR = "request_processing_error"
    RESPONSE_NOT_ACCEPTED = "response_not_accepted"
    RESPONSE_PROCESSING_ERROR = "response_processing_error"


@dataclass(frozen=True)
class AriesMessage:
    """One message.

    Attributes:
        type: A `Type` if libvcx knows it; otherwise the complete ``@type``, unchanged.
        members: Without ``@type``.
    """

    type: Type | str
    members: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Its ``@id``; empty if it has none."""
        found = self.members.get("@id")
        return found if isinstance(found, str) else ""

    @property
    def thread(self) -> str | None:
        """The ``thid`` of its ``~thread``, if it has one."""
        thread = self.members.get("~thread")
        found = thread.get("thid") if isinstance(thread, dict) else None
        return found if isinstance(found, str) else None

    @property
    def known(self) -> bool:
        """Whether libvcx knows the type."""
        return isinstance(self.type, Type)


@dataclass(frozen=True)
class _Word(Plain):
    """A text out of a fixed set."""

    words: tuple[str, ...] = ()

    def read(self, value: Any, where: str) -> Any:
        """Check that it is one of the words."""
        if value not in self.words:
            raise BadMessage(f"{where} is {shown(value)}. Expected {self.expected}.")
        return value


def _word(*words: str) -> _Word:
    return _Word(str, f"one of: {', '.join(words)}", words)


_KINDS: Mapping[str, Kind] = {
    "recipientKeys": Many(TEXT),
    "routingKeys": Many(TEXT),
    "connection": shape("DID DIDDoc", {"DIDDoc": OBJECT}),
    "connection~sig": OBJECT,
    "~thread": shape("thid?"),
    "~please_ack": ANYTHING,
    "status": _word("OK", "PENDING", "FAIL"),
    "problem-code": _word(*Problem),
    "response_requested": FLAG,
    "msg": OBJECT,
}


def _shape(members: str) -> Object:
    return shape(members, _KINDS)


_INVITATION = _shape("@id label recipientKeys routingKeys? serviceEndpoint")
_BODIES = {
    Type.INVITATION: _INVITATION,
    Type.REQUEST: _shape("@id label connection"),
    Type.RESPONSE: _shape("@id ~thread connection~sig ~please_ack?"),
    Type.PROBLEM: _shape("@id ~thread problem-code? explain?"),
    Type.ACK: _shape("@id status ~thread"),
    Type.PING: _shape("@id comment? response_requested? ~thread?"),
    Type.PING_RESPONSE: _shape("@id comment? ~thread"),
    Type.FORWARD: _shape("to msg"),
}


def read(text: bytes | str) -> AriesMessage:
    """Read a message; unknown members are kept.

    Raises:
        BadMessage: The text is not a JSON object with an ``@type``, or a message of a known type lacks a member or has
            a wrong one.
    """
    members = _object(text)
    given = members.pop("@type", None)
    if not isinstance(given, str):
        raise BadMessage(f"An Aries message has the @type {shown(given)}. Expected a text.")
    type_ = _known(given)
    if type_ is None:
        return AriesMessage(given, members)
    return AriesMessage(type_, _BODIES[type_].read(members, type_.value))


def read_invitation(text: str) -> AriesMessage:
    """Read an invitation: its JSON, or a URL with the JSON in base64url as ``?c_i=``.

    The ``@type`` is ignored, as libvcx ignores it.

    Raises:
        BadMessage: The text is neither, or the invitation lacks a member or has no key.
    """
    members = _object(_linked(text.strip()))
    members.pop("@type", None)
    members = _INVITATION.read(members, "the invitation")
    if not members["recipientKeys"]:
        raise BadMessage("The invitation has no recipientKeys. Expected the inviter's verkey.")
    return AriesMessage(Type.INVITATION, members)


def write(message: AriesMessage) -> bytes:
    """Write a message unchecked, with its members in libvcx's order."""
    type_ = f"{PREFIX}{message.type.value}" if isinstance(message.type, Type) else message.type
    return dump_json(in_order({"@type": type_, **message.members}))


def in_order(value: Any) -> Any:
    """Sort the members of all objects in a value: libvcx's JSON writer (serde_json) sorts them."""
    match value:
        case dict():
            return {name: in_order(value[name]) for name in sorted(value)}
        case list():
            return list(map(in_order, value))
    return value


def _known(type_: str) -> Type | None:
    try:
        return Type(type_.removeprefix(PREFIX)) if type_.startswith(PREFIX) else None
    except ValueError:
        return None


def _linked(text: str) -> str | bytes:
    if text.startswith("{"):
        return text
    try:
        [encoded] = parse_qs(urlsplit(text).query)["c_i"]
        return base64url_bytes(encoded)
    except (ValueError, KeyError):
        raise BadMessage(
            f"{shown(text)} is not an invitation. Expected its JSON, or a URL with the JSON in base64url as ?c_i=."
        ) from None


def _object(text: bytes | str) -> dict[str, Any]:
    try:
        value = load_json(text)
    except BadNotation as wrong:
        raise BadMessage(f"An Aries message is not JSON: {wrong}") from None
    if not isinstance(value, dict):
        raise BadMessage(f"There is {shown(value)} in place of an Aries message. Expected an object.")
    return value


# --- building -----------------------------------------------------------------------------------------------------


def thread(thid: str) -> dict[str, Any]:
    """Make a ``~thread`` as libvcx writes it."""
    return {"thid": thid, "sender_order": 0, "received_orders": {}}


def invitation(
    id: str,
    label: str,
    recipient_keys: Sequence[str],
    routing_keys: Sequence[str],
    endpoint: str,
) -> AriesMessage:
    """Make the inviter's invitation, which it shows as a link or QR code."""
    members = {
        "@id": id,
        "label": label,
        "recipientKeys": list(recipient_keys),
        "routingKeys": list(routing_keys),
        "serviceEndpoint": endpoint,
    }
    return AriesMessage(Type.INVITATION, members)


def request(id: str, label: str, did: str, doc: Mapping[str, Any]) -> AriesMessage:
    """Make the invitee's first message, with its DID and document."""
    return AriesMessage(Type.REQUEST, {"@id": id, "label": label, "connection": {"DID": did, "DIDDoc": dict(doc)}})


def response(id: str, thid: str, signed: Mapping[str, Any], *, please_ack: bool = True) -> AriesMessage:
    """Make the inviter's answer, with its new keys under a signature of the invitation's key."""
    members: dict[str, Any] = {"@id": id, "~thread": thread(thid), "connection~sig": dict(signed)}
    return AriesMessage(Type.RESPONSE, members | ({"~please_ack": {}} if please_ack else {}))


def ack(id: str, thid: str, status: str = "OK") -> AriesMessage:
    """Make the invitee's last message."""
    return AriesMessage(Type.ACK, {"@id": id, "status": status, "~thread": thread(thid)})


def ping(id: str, comment: str | None = None, *, response_requested: bool = True) -> AriesMessage:
    """Make a ping (RFC 0048). Sent in place of an ack, it counts as one."""
    members = {"@id": id, "response_requested": response_requested, "comment": comment}
    return AriesMessage(Type.PING, present(members))


def ping_response(id: str, thid: str) -> AriesMessage:
    """Make the answer to a ping."""
    return AriesMessage(Type.PING_RESPONSE, {"@id": id, "~thread": thread(thid)})


def problem_report(
    id: str,
    thid: str,
    code: Problem | str | None = None,
    explain: str | None = None,
) -> AriesMessage:
    """Make a refusal by either side."""
    members = {
        "@id": id,
        "problem-code": None if code is None else str(code),
        "explain": explain,
        "~thread": thread(thid),
    }
    return AriesMessage(Type.PROBLEM, present(members))
