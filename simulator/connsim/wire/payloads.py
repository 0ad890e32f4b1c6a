"""Payloads: the encrypted content of stored messages, opaque to every agency on the way.

    1.0   auth_crypt of a map:   {"@type": {name, ver, fmt}, "@msg": the msgpack of the inner map, as integers}
    2.0   packed object:         {"@type", "@id", "@msg": the inner object as JSON text, "~thread"}

The payload of an answer is closed by the agent connection for the owner. That of a general message is closed by one
pairwise key for the other, and its inner value is a text.

Source: docs/protocol/vcx-agency.md, 3.4, 11.3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connsim.wire.bundles import DEFAULT_SPELLING, Spelling, byte_list, bytes_of
from connsim.wire.codes import Version
from connsim.wire.crypt import Draw
from connsim.wire.envelope import close_envelope, open_envelope
from connsim.wire.errors import BadMessage, BadNotation
from connsim.wire.keys import KeyPair
from connsim.wire.message_table import AGENCY_DID, KINDS
from connsim.wire.notation import dump_json, dump_msgpack, load_json, load_msgpack, present, shown
from connsim.wire.pack import Find

ACCEPTANCE = "connReqAnswer"
REDIRECTION = "connReqRedirect"

# libvcx also reads a struct as an array of its values, in this order (docs/protocol/vcx-agency.md, 3.4). The order of
# senderDetail is deduced.
_FIELDS = {
    "@type": ("name", "ver", "fmt"),
    "senderDetail": ("name", "agentKeyDlgProof", "DID", "logoUrl", "verKey", "publicDID"),
    "agentKeyDlgProof": ("agentDID", "agentDelegatedKey", "signature"),
    "redirectDetail": ("DID", "verKey", "publicDID", "theirDID", "theirVerKey", "theirPublicDID", "signature"),
}


@dataclass(frozen=True)
class Payload:
    """An opened payload.

    Attributes:
        sender: The verkey that provably closed it.
        name: The name in its ``@type``. Names vary between agencies, and libvcx ignores them.
        inner: A map such as ``{"senderDetail": ...}``, in version 2.0 as JSON text; or the text of a general message.
    """

    version: Version
    sender: str | None
    name: str
    inner: Any


def answer_payload(
    version: Version,
    agent: KeyPair,
    owner: str,
    inner: Mapping[str, Any],
    draw: Draw,
    thread: str | None = None,
    spelling: Spelling = DEFAULT_SPELLING,
) -> bytes:
    """Make the payload of an acceptance, a refusal or a redirection, as the agency does for the inviter.

    Args:
        agent: The agent connection.
        owner: The owner's verkey, not the pairwise one, with which libvcx could not open a payload of version 1.0
            (docs/protocol/vcx-agency.md, 11.3).
        inner: ``senderDetail`` of the holder, and ``redirectDetail`` if it redirects.
        thread: The id of the request of protocol 2.0.
        spelling: Its ``payloads`` applies to the inner bytes, too.
    """
    name = REDIRECTION if "redirectDetail" in inner else ACCEPTANCE
    if version is Version.V1:
        return _closed_v1(agent, owner, name, "indy.msgpack", _listed(inner, spelling), draw)
    return _closed_v2(agent, owner, name, dump_json(inner).decode(), draw, thread)


def general_payload(version: Version, sender: KeyPair, recipient: str, name: str, text: str, draw: Draw) -> bytes:
    """Make the end-to-end payload of a general message.

    The form of version 2.0 is deduced from that of answers.

    Args:
        sender: The sender's pairwise identity.
        recipient: The other side's pairwise verkey.
        name: The message's type, as the sender names it.
    """
    if version is Version.V1:
        return _closed_v1(sender, recipient, name, "json", text, draw)
    return _closed_v2(sender, recipient, name, text, draw, None)


def open_payload(payload: bytes, key: KeyPair, wallet: Find | None = None) -> Payload:
    """Open a payload of any agency; the arguments are those of `open_envelope`.

    Version 1.0 may have arrays in place of maps. The production agency's 2.0 has an object in place of the JSON text.

    Raises:
        Unreadable: The payload does not open, or is malformed.
    """
    opened = open_envelope(payload, key, wallet=wallet)
    if opened.version is Version.V1:
        name, inner = _read_v1(load_msgpack(opened.content))
    else:
        name, inner = _read_v2(load_json(opened.content))
    return Payload(opened.version, opened.sender, name, inner)


def answer_in(payload: Payload) -> dict[str, Any]:
    """Read the details in the payload of an answer, and check their members.

    Raises:
        BadNotation: The inner text is not JSON.
        BadMessage: There is neither ``senderDetail`` nor ``redirectDetail``, or a member of one is missing.
    """
    inner = load_json(payload.inner) if isinstance(payload.inner, str) else payload.inner
    details = ("senderDetail", "redirectDetail")
    if not isinstance(inner, dict) or not any(name in inner for name in details):
        raise BadMessage(f"The payload of an answer contains {shown(inner)}. Expected {' or '.join(details)}.")
    return {name: KINDS[name].read(inner[name], name) for name in details if name in inner}


def _listed(inner: Mapping[str, Any], spelling: Spelling) -> list[int]:
    return byte_list(dump_msgpack(inner), spelling.payloads)


def _closed_v1(sender: KeyPair, recipient: str, name: str, fmt: str, msg: object, draw: Draw) -> bytes:
    content = dump_msgpack({"@type": {"name": name, "ver": "1.0", "fmt": fmt}, "@msg": msg})
    return close_envelope(content, Version.V1, sender, recipient, draw)


def _closed_v2(sender: KeyPair, recipient: str, name: str, msg: str, draw: Draw, thread: str | None) -> bytes:
    family = name[:1].upper() + name[1:]
    content = {
        "@type": f"{AGENCY_DID};spec/{family}/1.0/{family}",
        "@id": "",
        "@msg": msg,
        "~thread": present({"thid": thread, "sender_order": 0, "received_orders": {}}),
    }
    return close_envelope(dump_json(content), Version.V2, sender, recipient, draw)


def _read_v1(value: object) -> tuple[str, Any]:
    if isinstance(value, list):
        value = dict(zip(("@type", "@msg"), value, strict=False))
    kind = _mapped(value.get("@type"), "@type") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(kind, dict):
        raise BadMessage(f"A payload contains {shown(value)}. Expected a map of @type and @msg.")
    name, msg = kind.get("name"), value.get("@msg")
    if not isinstance(name, str) or not all(isinstance(kind.get(part), str) for part in ("ver", "fmt")):
        raise BadMessage("The @type of a payload lacks a member. Expected the texts name, ver and fmt.")
    if isinstance(msg, str):
        return name, msg
    try:
        inner = load_msgpack(bytes_of(msg))
    except BadNotation as wrong:
        raise BadMessage(f"The @msg of a payload cannot be read. {wrong}") from None
    if isinstance(inner, list):
        inner = dict(zip(["redirectDetail" if "redirect" in name.lower() else "senderDetail"], inner, strict=False))
    return name, {part: _mapped(detail, part) for part, detail in inner.items()} if isinstance(inner, dict) else inner


def _mapped(value: object, name: str) -> Any:
    """Turn an array of values into a map of them, as deep as arrays are known to occur."""
    if isinstance(value, list) and name in _FIELDS:
        value = dict(zip(_FIELDS[name], value, strict=False))
    if isinstance(value, dict) and "agentKeyDlgProof" in value:
        return value | {"agentKeyDlgProof": _mapped(value["agentKeyDlgProof"], "agentKeyDlgProof")}
    return value


def _read_v2(value: object) -> tuple[str, Any]:
    if not isinstance(value, dict):
        raise BadMessage(f"A payload contains {shown(value)}. Expected an object.")
    missing = [name for name in ("@type", "@id", "@msg", "~thread") if name not in value]
    if missing or not isinstance(value["@type"], str):
        raise BadMessage(f"A payload lacks {missing or 'a text @type'}. Expected @type, @id, @msg and ~thread.")
    return value["@type"].rpartition("/")[2], value["@msg"]
