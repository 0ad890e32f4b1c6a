"""The invite detail: the invitation as its holder reads it, in full and abbreviated.

libvcx returns the abbreviated form to its caller, because it fits into a QR code; the agency's links lead to the full
form. Short names are unique only inside their member, so expanding needs to know the place and abbreviating does not.

Source: docs/protocol/vcx-agency.md, 10.1, 10.2.
"""

from collections.abc import Mapping
from typing import Any

from connsim.wire.codes import MessageStatus, Version
from connsim.wire.errors import BadMessage
from connsim.wire.keys import Identity
from connsim.wire.message_table import KINDS
from connsim.wire.notation import load_json

# Short names by the member that contains them; "" is the top level.
_SHORT = {
    "": {
        "statusCode": "sc",
        "connReqId": "id",
        "senderDetail": "s",
        "senderAgencyDetail": "sa",
        "targetName": "t",
        "statusMsg": "sm",
    },
    "senderDetail": {"name": "n", "agentKeyDlgProof": "dp", "DID": "d", "logoUrl": "l", "verKey": "v"},
    "agentKeyDlgProof": {"agentDID": "d", "agentDelegatedKey": "k", "signature": "s"},
    "senderAgencyDetail": {"DID": "d", "verKey": "v", "endpoint": "e"},
}
_ABBREVIATED = {full: short for names in _SHORT.values() for full, short in names.items()}
_EXPANDED = {inside: {short: full for full, short in names.items()} for inside, names in _SHORT.items()}


def sender_detail(
    pairwise: Identity,
    proof: Mapping[str, str],
    name: str | None = None,
    logo: str | None = None,
    public_did: str | None = None,
) -> dict[str, Any]:
    """Make the ``senderDetail`` of the inviter in an invitation, or of the holder in an answer.

    Args:
        proof: The ``keyDlgProof`` by which ``pairwise`` delegated to its agent.
    """
    detail = {
        "name": name,
        "agentKeyDlgProof": dict(proof),
        "DID": pairwise.did,
        "logoUrl": logo,
        "verKey": pairwise.verkey,
    }
    return detail if public_did is None else detail | {"publicDID": public_did}


def agency_detail(agency: Identity, endpoint: str) -> dict[str, str]:
    """Make a ``senderAgencyDetail``.

    Args:
        endpoint: A base URL, to which senders append ``/agency/msg``; production writes ``host:port/agency/msg``.
    """
    return {"DID": agency.did, "verKey": agency.verkey, "endpoint": endpoint}


def invite_detail(
    uid: str,
    sender: Mapping[str, Any],
    agency: Mapping[str, str],
    *,
    status: MessageStatus = MessageStatus.CREATED,
    target: str = "there",
    thread: str | None = None,
    version: Version | None = None,
) -> dict[str, Any]:
    """Make the full form.

    Args:
        uid: The id of the connection request.
        sender: A `sender_detail`.
        agency: An `agency_detail`.
        target: libvcx requires a text here, although it never sends one: ``there`` in production, empty in the dummy.
        thread: The id of the request's thread, in protocol 2.0.
        version: The protocol in which to answer; ``None`` leaves it to the holder's settings.
    """
    detail = {
        "statusCode": status.value,
        "connReqId": uid,
        "senderDetail": dict(sender),
        "senderAgencyDetail": dict(agency),
        "targetName": target,
        "statusMsg": status.text,
    }
    if thread is not None:
        detail["threadId"] = thread
    return detail if version is None else detail | {"version": version.value}


def abbreviate(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Shorten every name that has a short form, at any depth; sorted, as libvcx writes it."""
    shortened = {
        _ABBREVIATED.get(name, name): abbreviate(value) if isinstance(value, Mapping) else value
        for name, value in detail.items()
    }
    return dict(sorted(shortened.items()))


def expand(short: Mapping[str, Any], inside: str = "") -> dict[str, Any]:
    """Write out every short name, depending on its place: ``s`` is the sender at the top, the signature in a proof.

    Args:
        inside: The full name of the member that ``short`` is; the top by default.
    """
    names = _EXPANDED.get(inside, {})
    full = {}
    for name, value in short.items():
        long = names.get(name, name)
        full[long] = expand(value, long) if isinstance(value, Mapping) else value
    return full


def read_invite_detail(given: str | Mapping[str, Any]) -> dict[str, Any]:
    """Read an invitation in either form, as text or as an object; returns the full form.

    Raises:
        BadNotation: The text is not JSON.
        BadMessage: It is neither form; the message says what the full form lacks.
    """
    detail = load_json(given) if isinstance(given, str) else dict(given)
    kind = KINDS["inviteDetail"]
    try:
        checked: dict[str, Any] = kind.read(detail, "The invite detail")
    except BadMessage as wrong:
        try:
            checked = kind.read(expand(detail), "The invite detail")
        except (BadMessage, AttributeError, RecursionError):
            raise wrong from None
    return checked
