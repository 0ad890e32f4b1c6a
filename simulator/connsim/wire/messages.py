"""Messages as values: one form for both protocols, read and written by the rows of `connsim.wire.message_table`.

    content of an envelope  <->  maps in wire form  <->  Message

The content is a bundle of maps in protocol 1.0, and one JSON object in 2.0.

Source: docs/protocol/vcx-agency.md, 3.1, 4, 5.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connsim.errors import did_you_mean
from connsim.wire.bundles import DEFAULT_SPELLING, Spelling, bundle, unbundle
from connsim.wire.codes import Version
from connsim.wire.errors import BadMessage
from connsim.wire.message_table import MESSAGES, Row
from connsim.wire.notation import dump_json, load_json, shown
from connsim.wire.pairs import PARTS, Part, join, split

_TYPE = re.compile(r"[^;]*;(?:[^/]*/){3,}([^/]+)")
"""An ``@type`` of style 2.0: ``did;spec/family/version/NAME``. Only NAME counts (docs/protocol/vcx-agency.md, 4)."""
_KNOWN = sorted({*MESSAGES, *PARTS})


@dataclass(frozen=True)
class Message:
    """A message, independent of the protocol that carried it.

    Attributes:
        name: A name of the table. A bundle of several messages in protocol 1.0 has the name of its one message in 2.0.
        members: Without ``@type``. Bytes are `bytes`, whether a list of integers or a packed message on the wire.
        style: The form of its ``@type``: a map (1.0) or a text (2.0). It can differ from the envelope's version.
    """

    name: str
    members: Mapping[str, Any]
    style: Version = Version.V1

    def answered(self, name: str, **members: Any) -> "Message":
        """Make an answer in the style of this message, which libvcx requires of most answers."""
        return Message(name, members, self.style)


def read_content(content: bytes, version: Version) -> Message:
    """Read the content of an envelope.

    Raises:
        BadNotation: The content is not a bundle, or not JSON.
        BadMessage: The message is unknown, or has wrong members.
    """
    return read(unbundle(content) if version is Version.V1 else [load_json(content)])


def write_content(message: Message, version: Version, spelling: Spelling = DEFAULT_SPELLING) -> bytes:
    """Write the content of an envelope.

    Raises:
        BadMessage: The message cannot be written in this way; see `write`.
    """
    maps = write(message, spelling)
    if version is Version.V1:
        return bundle(maps, spelling.bundles)
    if len(maps) > 1:
        raise BadMessage(f"{message.name} of style 1.0 is {len(maps)} messages. Expected style 2.0 in this envelope.")
    return dump_json(maps[0])


def read(maps: Sequence[object]) -> Message:
    """Read the maps of a bundle, or the one object of protocol 2.0. Unknown members are left out.

    Raises:
        BadMessage: See `read_content`.
    """
    styles, parts = zip(*map(_part, maps), strict=True)
    style: Version = styles[0]
    name, members = join(parts) if style is Version.V1 else _only(parts)
    row = _row(name)
    # In protocol 1.0 the agency chooses the id of what a client sends, so requests come without one.
    body = row.body.without("@id") if style is Version.V1 else row.body
    members = body.read(members, name)
    return Message(name, {known: members[known] for known in body.members if known in members}, style)


def write(message: Message, spelling: Spelling = DEFAULT_SPELLING) -> list[dict[str, Any]]:
    """Write a message as maps: one, or several for some messages of style 1.0.

    A test that needs a malformed message changes these maps.

    Raises:
        BadMessage: The message is unknown, or a member is missing, unknown or of the wrong kind.
    """
    row = _row(message.name)
    given = {**row.filled, **message.members} if message.style is Version.V2 else message.members
    for name in given:
        if name not in row.body.members:
            raise BadMessage(f"{row.name} was given {shown(name)}. {_nearest(name, row.body.members)}")
    wire = row.body.write({name: given[name] for name in row.body.members if name in given}, spelling)
    body = row.body.without("@id") if message.style is Version.V1 else row.body
    body.read(wire, row.name)
    if message.style is Version.V2:
        return [{"@type": row.type, **wire}]
    return [{"@type": {"name": name, "ver": "1.0"}, **members} for name, members in split(Part(row.name, wire))]


def is_answer(message: Message, to: str) -> bool:
    """Return whether a message answers requests of the given name."""
    return message.name in _row(to).answers


def _part(value: object) -> tuple[Version, Part]:
    if not isinstance(value, dict):
        raise BadMessage(f"There is {shown(value)} in place of a message. Expected an object.")
    match value.get("@type"):
        case {"name": str(name), "ver": str()}:
            style = Version.V1
        case str(text) if found := _TYPE.fullmatch(text):
            name, style = found[1], Version.V2
        case other:
            raise BadMessage(
                f"A message has the @type {shown(other)}. Expected a map of name and ver, or a text like "
                f"{MESSAGES['CONNECT'].type!r}."
            )
    if name not in _KNOWN:
        raise BadMessage(f"A message is named {shown(name)}. {_nearest(name, _KNOWN)}")
    return style, Part(name, {member: part for member, part in value.items() if member != "@type"})


def _only(parts: Sequence[Part]) -> Part:
    if len(parts) > 1:
        names = ", ".join(part.name for part in parts)
        raise BadMessage(
            f"A bundle that begins with a message of style 2.0 contains {names}. Expected one message only."
        )
    return parts[0]


def _row(name: str) -> Row:
    if name in PARTS and name not in MESSAGES:
        raise BadMessage(f"{name} is a part of a message. Expected the whole by its name, such as CONN_REQUEST.")
    if name not in MESSAGES:
        raise BadMessage(f"A message is named {shown(name)}. {_nearest(name, list(MESSAGES))}")
    return MESSAGES[name]


def _nearest(name: str, known: Sequence[str] | Mapping[str, object]) -> str:
    return did_you_mean(name, known).lstrip() or f"Expected one of: {', '.join(known) or 'no members'}."
