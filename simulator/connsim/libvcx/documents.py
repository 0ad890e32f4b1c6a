"""The document of a saved connection: the part that both kinds of connections share.

    {"version": "1.0", "data": {"source_id": ..., "state": 2, ..., "version": "1.0"}}

The outer version distinguishes proprietary connections (1.0) from those of Aries (2.0); the inner one is the protocol
of the connection with its agency. Documents of older libraries lack some members; unknown members are ignored.
"""

from dataclasses import dataclass, fields
from typing import Any

from connsim.wire.codes import Version
from connsim.wire.errors import BadMessage
from connsim.wire.kinds import ANYTHING, TEXT, Member, Object
from connsim.wire.message_table import KINDS
from connsim.wire.notation import load_json, shown
from connsim.wire.states import State

PROTOCOLS = ("1.0", "2.0", "3.0", "4.0")

DETAILS = {"invite_detail": "inviteDetail", "redirect_detail": "redirectDetail"}
"""The members that are details of an invitation, and their names on the wire."""


@dataclass
class Data:
    """The ``data`` of a document: its members, in their order.

    Attributes:
        pw_did: The caller's pairwise DID. Its key is in the wallet.
        uuid, endpoint: Always empty: no call of the library sets them.
        invite_detail: The invitation that this side sent or received.
        invite_url: The agency's link to the invitation, which may be empty; ``None`` for an invitee.
        agent_did, agent_vk: The agent that the agency made for this connection; empty before ``connect``.
        their_pw_did: Empty until the other side is known.
        public_did: The institution's public DID, once a ``connect`` has asked for it.
        version: One of `PROTOCOLS`; ``None`` leaves it to the settings.
    """

    source_id: str
    pw_did: str
    pw_verkey: str
    state: State
    uuid: str = ""
    endpoint: str = ""
    invite_detail: dict[str, Any] | None = None
    redirect_detail: dict[str, Any] | None = None
    invite_url: str | None = None
    agent_did: str = ""
    agent_vk: str = ""
    their_pw_did: str = ""
    their_pw_verkey: str = ""
    public_did: str | None = None
    their_public_did: str | None = None
    version: str | None = None


_OTHERS = {
    **{name: Member(KINDS[detail], False) for name, detail in DETAILS.items()},
    **dict.fromkeys(("invite_url", "public_did", "their_public_did", "version"), Member(TEXT, False)),
    "state": Member(ANYTHING, True),
}
_DATA = Object({field.name: _OTHERS.get(field.name, Member(TEXT, True)) for field in fields(Data)})


def known_protocol(given: str) -> str:
    """Return the protocol that an invitation names; an unknown one counts as 1.0."""
    return given if given in PROTOCOLS else PROTOCOLS[0]


def wire_version(protocol: str) -> Version:
    """Return the version of a protocol's envelopes: all protocols after 1.0 use those of 2.0."""
    return Version.V1 if protocol == PROTOCOLS[0] else Version.V2


def members(data: Data) -> dict[str, Any]:
    """Return the ``data`` of a document, in the form of JSON."""
    written = {field.name: getattr(data, field.name) for field in fields(Data)}
    written["state"] = data.state.number
    if data.version is None:
        del written["version"]
    return written


def opened(text: str) -> dict[str, Any]:
    """Parse a document, and check its ``data``.

    Raises:
        Unreadable: The text is not JSON, or not a document.
    """
    document = load_json(text)
    if not isinstance(document, dict) or document.get("version") not in ("1.0", "2.0"):
        raise BadMessage(f"The document is {shown(document)}. Expected an object whose version is 1.0 or 2.0.")
    given = _DATA.read(document.get("data"), "data")
    _check(given)
    return {**document, "data": given}


def _check(given: dict[str, Any]) -> None:
    state, version = given["state"], given.get("version")
    if type(state) is not int or not 0 <= state <= 9:  # not isinstance(), by which True would be the number 1
        raise BadMessage(f"data.state is {shown(state)}. Expected a number from 0 to 9.")
    if version is not None and version not in PROTOCOLS:
        raise BadMessage(f"data.version is {shown(version)}. Expected one of {', '.join(PROTOCOLS)}.")
