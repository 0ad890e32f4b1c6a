"""An Aries connection and its document.

    {"version": "2.0", "data": {...}, "state": {"Inviter": {"Invited": {"invitation": {...}}}}}

``data`` has the members of a proprietary connection. Of these, only the source id and the four of the agent are used
when a document is read; the others are a summary for readers. The other side is described in ``state``.

Source: docs/protocol/libvcx.md, 4.5.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from connsim.core.table import Table
from connsim.libvcx.aries.states import INVITEE, INVITER, Inner
from connsim.libvcx.documents import Data, members
from connsim.wire.aries.did_doc import Contact, contact
from connsim.wire.errors import BadMessage
from connsim.wire.kinds import OBJECT, TEXT, Kind, Many, Object, shape
from connsim.wire.notation import shown


class Role(StrEnum):
    """The role of a connection, by its name in documents."""

    INVITER = "Inviter"
    INVITEE = "Invitee"

    @property
    def table(self) -> Table:
        """The state machine of the role."""
        return INVITER if self is Role.INVITER else INVITEE


@dataclass(frozen=True)
class Agent:
    """The caller's pairwise identity, and the agent that the agency made for it; all empty before ``connect``."""

    pw_did: str = ""
    pw_vk: str = ""
    agent_did: str = ""
    agent_vk: str = ""


_HELD_KINDS: dict[str, Kind] = {
    "did_doc": OBJECT,
    "invitation": shape(
        "@id label recipientKeys routingKeys? serviceEndpoint", {"recipientKeys": Many(TEXT), "routingKeys": Many(TEXT)}
    ),
    "request": shape("@id label connection", {"connection": shape("DID DIDDoc", {"DIDDoc": OBJECT})}),
    "response": shape(
        "@id ~thread connection~sig ~please_ack?",
        {"~thread": OBJECT, "connection~sig": OBJECT, "~please_ack": OBJECT},
    ),
    "prev_agent_info": shape(" ".join(one.name for one in fields(Agent))),
    "protocols": Many(shape("pid roles?", {"roles": Many(TEXT)})),
}
_INVITED = shape("invitation", _HELD_KINDS)
_COMPLETED = shape("did_doc protocols?", _HELD_KINDS)
_HELD = {
    Role.INVITER: {
        Inner.NULL: shape(""),
        Inner.INVITED: _INVITED,
        Inner.RESPONDED: shape("response did_doc prev_agent_info", _HELD_KINDS),
        Inner.COMPLETED: _COMPLETED,
    },
    Role.INVITEE: {
        Inner.NULL: shape(""),
        Inner.INVITED: _INVITED,
        Inner.REQUESTED: shape("request did_doc", _HELD_KINDS),
        Inner.COMPLETED: _COMPLETED,
    },
}
"""The data of each state, by role."""


@dataclass
class AriesConnection:
    """An Aries connection.

    Attributes:
        inner: The state; together with ``held`` it makes up the document's ``state``.
        held: The data of the state, by the document's names.
        agent: The current agent. An inviter creates another one with its response.
    """

    source_id: str
    role: Role
    inner: Inner
    held: dict[str, Any] = field(default_factory=dict)
    agent: Agent = Agent()

    @property
    def previous(self) -> Agent | None:
        """The agent of the invitation, if its mailbox has to be read, too: after the response, until it is answered."""
        return Agent(**self.held["prev_agent_info"]) if self.inner is Inner.RESPONDED else None

    @property
    def remote(self) -> Contact | None:
        """The other side, if known. For an inviter without a request, a quirk of libvcx: its own invitation."""
        if self.inner is Inner.INVITED:
            # Unchecked, as in libvcx, where errors in it show when something is posted there.
            given = self.held["invitation"]
            keys, routing = tuple(given["recipientKeys"]), tuple(given.get("routingKeys") or ())
            return Contact(given["@id"], keys, routing, given["serviceEndpoint"])
        return contact(self.held["did_doc"]) if "did_doc" in self.held else None

    def enter(self, inner: Inner, **held: Any) -> None:
        """Enter a state, with its data."""
        self.inner, self.held = inner, held


def write(connection: AriesConnection) -> dict[str, Any]:
    """Make the document of a connection."""
    remote, agent = connection.remote, connection.agent
    data = Data(
        connection.source_id,
        agent.pw_did,
        agent.pw_vk,
        connection.inner.shown,
        agent_did=agent.agent_did,
        agent_vk=agent.agent_vk,
        their_pw_did=remote.did if remote else "",
        their_pw_verkey=next(iter(remote.recipient_keys), "") if remote else "",
        version="2.0",
    )
    state = {connection.role.value: {connection.inner.value: connection.held}}
    return {"version": "2.0", "data": members(data), "state": state}


def read(document: dict[str, Any]) -> AriesConnection:
    """Read a document whose ``data`` has been checked.

    Raises:
        Unreadable: Its state is not that of an Aries connection.
    """
    data = document["data"]
    name, inside = _only(document.get("state"), Role, "state")
    role = Role(name)
    name, inside = _only(inside, _HELD[role], f"state.{role}")
    inner = Inner(name)
    kind = _HELD[role][inner]
    held = _formed(kind, kind.read(inside, f"state.{role}.{inner}"))
    if inner is Inner.COMPLETED:
        held.setdefault("protocols", None)
    agent = Agent(data["pw_did"], data["pw_verkey"], data["agent_did"], data["agent_vk"])
    connection = AriesConnection(data["source_id"], role, inner, held, agent)
    _ = connection.remote  # raises if the other side's DID document is malformed
    return connection


def _only(value: object, names: Iterable[str], where: str) -> tuple[str, Any]:
    """Return the only member of an object, which must have one of the given names."""
    expected = [str(name) for name in names]
    if not isinstance(value, dict) or len(value) != 1 or (name := next(iter(value))) not in expected:
        raise BadMessage(f"{where} is {shown(value)}. Expected an object with one of {', '.join(expected)}.")
    return name, value[name]


def _formed(kind: Object, value: dict[str, Any]) -> dict[str, Any]:
    """Put the members of a checked object into libvcx's order, without unknown members."""
    return {
        name: _formed(member.kind, value[name]) if isinstance(member.kind, Object) and value[name] else value[name]
        for name, member in kind.members.items()
        if name in value
    }
