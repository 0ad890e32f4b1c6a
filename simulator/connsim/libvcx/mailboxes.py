"""Calls for all connections at once: download and mark their messages, and set how the agent notifies of new ones."""

from typing import Any

from connsim.clients.agency_results import StoredMessage, Wanted
from connsim.libvcx.calls import OPTIONAL, TEXT, Result, Row
from connsim.libvcx.errors import Code, VcxError, agency_errors
from connsim.libvcx.lifecycle import register_com_method
from connsim.libvcx.session import Session
from connsim.wire.codes import MessageStatus, Version
from connsim.wire.envelope import open_envelope
from connsim.wire.errors import BadNotation, Unreadable
from connsim.wire.keys import KeyPair
from connsim.wire.notation import dump_json, load_json, load_msgpack, shown
from connsim.wire.pack import Find


def download(session: Session, statuses: str | None, uids: str | None, dids: str | None) -> bytes:
    """Download the messages of all connections that match the filters, comma-separated lists; returns JSON.

    Payloads are decrypted: to JSON text, or ``null`` if they do not open for their connection. With a mocked agency
    there are no messages (deduced; the library has a canned list).

    Raises:
        VcxError: A status is unknown (1016), the agency fails, or a connection is not in the wallet (1073).
    """
    wanted = Wanted(_words(uids), _statuses(statuses), _words(dids))
    if session.settings.mock_agency:
        return b"[]"
    with agency_errors():
        found = session.agency().messages_by_connections(wanted)
    wallet = session.wallet
    listed = []
    for did, messages in found.items():
        keys = wallet.pair_of(did)
        listed.append({"pairwiseDID": did, "msgs": [_shown(message, keys, wallet.find) for message in messages]})
    return dump_json(listed)


def update_status(session: Session, status: str, text: str) -> None:
    """Set the status of messages, given as a JSON list of objects with ``pairwiseDID`` and ``uids``.

    Raises:
        VcxError: The status is unknown or the list malformed (1016), or the agency fails.
    """
    code = _status(status)
    uids: dict[str, list[str]] = {}
    for entry in _entries(text):
        uids.setdefault(entry["pairwiseDID"], []).extend(entry["uids"])
    if session.settings.mock_agency:
        return
    with agency_errors():
        session.agency().update_message_status(code, uids)


def check_info(session: Session, text: str) -> None:
    """Check the argument of `update_info`.

    Raises:
        VcxError: 1007, the text is not a JSON object with the texts ``id`` and ``value``.
    """
    try:
        info = load_json(text)
    except BadNotation as wrong:
        raise VcxError(Code.InvalidOption, f"Cannot deserialize agent info: {wrong}") from None
    if not isinstance(info, dict) or not all(isinstance(info.get(name), str) for name in ("id", "value")):
        raise VcxError(Code.InvalidOption, f"The agent info is {shown(info)}. Expected the texts id and value.")


def update_info(session: Session, text: str) -> None:
    """Register a push address with the agent.

    Raises:
        VcxError: The agency fails: 1033 if it refuses or cannot be reached.
    """
    if session.settings.mock_agency:
        return
    info = load_json(text)
    with agency_errors(transport=Code.InvalidHttpResponse):
        register_com_method(session, info["value"], "1", info["id"])


def _words(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(text.split(","))


def _statuses(text: str | None) -> tuple[MessageStatus, ...] | None:
    return None if text is None else tuple(map(_status, text.split(",")))


def _status(text: str) -> MessageStatus:
    try:
        return MessageStatus(text)
    except ValueError:
        cause = f"Cannot parse message status code: {shown(text)}. Expected one of {', '.join(MessageStatus)}."
        raise VcxError(Code.InvalidJson, cause) from None


def _entries(text: str) -> list[dict[str, Any]]:
    try:
        entries = load_json(text)
    except BadNotation as wrong:
        raise VcxError(Code.InvalidJson, f"Cannot deserialize UIDsByConn: {wrong}") from None
    if not isinstance(entries, list) or not all(map(_is_entry, entries)):
        cause = "Cannot deserialize UIDsByConn. Expected a list of objects with a text pairwiseDID and a list uids."
        raise VcxError(Code.InvalidJson, cause)
    return entries


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("pairwiseDID"), str):
        return False
    uids = entry.get("uids")
    return isinstance(uids, list) and all(isinstance(uid, str) for uid in uids)


def _shown(message: StoredMessage, keys: KeyPair, find: Find) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "statusCode": message.status.value,
        "payload": None,
        "senderDID": message.sender,
        "uid": message.uid,
        "type": message.type,
        "refMsgId": message.ref,
        "deliveryDetails": [],
    }
    if message.payload is not None:
        entry["decryptedPayload"] = dump_json(_opened(message.payload, keys, find)).decode()
    return entry


def _opened(payload: bytes, keys: KeyPair, find: Find) -> object:
    """Open a payload; ``None`` if it does not open. The form of an Aries message is deduced."""
    try:
        opened = open_envelope(payload, keys, wallet=find)
        if opened.version is Version.V1:
            inside = load_msgpack(opened.content)
            return inside if isinstance(inside, dict) and isinstance(inside.get("@msg"), str) else None
        inside = load_json(opened.content)
        if isinstance(inside, dict) and isinstance(inside.get("@msg"), str):
            return inside
        return {"@msg": opened.content.decode(), "@type": {"fmt": "json", "name": "aries", "ver": "1.0"}}
    except Unreadable:
        return None


MAILBOX_ROWS = (
    Row("vcx_messages_download", (OPTIONAL, OPTIONAL, OPTIONAL), download, Result.TEXT),
    Row("vcx_messages_update_status", (TEXT, TEXT), update_status, Result.NOTHING),
    Row("vcx_agent_update_info", (TEXT,), update_info, Result.NOTHING, check=check_info),
)
