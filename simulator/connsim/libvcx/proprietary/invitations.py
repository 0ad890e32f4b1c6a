"""Invitations in the form in which libvcx keeps, shows and accepts them.

libvcx parses what an agency or a caller passes, and writes it from its own structs: members in its order, unknown ones
dropped, and null for some that are absent.
"""

from collections.abc import Mapping
from typing import Any

from connsim.wire.errors import BadNotation
from connsim.wire.invite_detail import abbreviate, read_invite_detail
from connsim.wire.notation import load_json

_ARIES_TEXTS = ("@id", "label", "serviceEndpoint")

# The members by struct. An absent member is written as null, or left out if marked with "?".
_FORMS = {
    "inviteDetail": "statusCode connReqId senderDetail senderAgencyDetail targetName statusMsg threadId version?",
    "senderDetail": "name agentKeyDlgProof DID logoUrl verKey publicDID?",
    "agentKeyDlgProof": "agentDID agentDelegatedKey signature",
    "senderAgencyDetail": "DID verKey endpoint",
    "redirectDetail": "DID verKey publicDID? theirDID theirVerKey theirPublicDID? signature",
}


def formed(detail: Mapping[str, Any], name: str = "inviteDetail") -> dict[str, Any]:
    """Convert a checked detail to libvcx's form.

    Args:
        name: The name of its form, such as ``inviteDetail``.
    """
    made: dict[str, Any] = {}
    for member in _FORMS[name].split():
        plain = member.rstrip("?")
        value = detail.get(plain)
        if value is not None or plain == member:
            made[plain] = formed(value, plain) if value is not None and plain in _FORMS else value
    return made


def read(text: str) -> dict[str, Any]:
    """Read an invitation in full or abbreviated; the full form is tried first.

    Raises:
        Unreadable: The text is not JSON, or neither form.
    """
    return formed(read_invite_detail(text))


def shown(detail: Mapping[str, Any] | None, *, abbreviated: bool) -> dict[str, Any] | None:
    """Return an invitation in the form for callers; ``None`` if there is no invitation yet."""
    if detail is None:
        return None
    return abbreviate(detail) if abbreviated else dict(detail)


def is_aries(text: str) -> bool:
    """Return whether a text is an invitation of Aries. libvcx ignores the ``@type``, but requires the ``@id``."""
    try:
        given = load_json(text)
    except BadNotation:
        return False
    if not isinstance(given, dict) or not all(isinstance(given.get(name), str) for name in _ARIES_TEXTS):
        return False
    return _are_keys(given.get("recipientKeys")) and _are_keys(given.get("routingKeys", []))


def _are_keys(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(key, str) for key in value)
