"""Kinds of members of a message: how each is checked when it is read, and how it is written.

Reading yields values that are the same for msgpack and JSON: bytes are `bytes`, whether they came as a list of
integers or as a packed message. Objects keep unknown members, because parties forward objects that others signed or
will read.

Source: docs/protocol/vcx-agency.md, 3.3, 8.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from connsim.wire.bundles import Integers, Spelling, byte_list, bytes_of
from connsim.wire.errors import BadMessage, BadNotation
from connsim.wire.notation import dump_json, load_json, shown


class Kind(Protocol):
    """Reads and writes one member."""

    def read(self, value: Any, where: str) -> Any:
        """Check a received value, and return it in its neutral form.

        Raises:
            BadMessage: The value is of the wrong kind; the message names ``where``.
        """

    def write(self, value: Any, spelling: Spelling) -> Any:
        """Return a neutral value in the form in which it is sent."""


@dataclass(frozen=True)
class Plain:
    """A value that is sent as it is.

    Attributes:
        type: The Python type of a valid value.
        expected: How error messages name a valid value.
    """

    type: type
    expected: str

    def read(self, value: Any, where: str) -> Any:
        """Check its type."""
        if not isinstance(value, self.type):
            raise BadMessage(f"{where} is {shown(value)}. Expected {self.expected}.")
        return value

    def write(self, value: Any, spelling: Spelling) -> Any:
        """Return the value unchanged."""
        return value


@dataclass(frozen=True)
class Blob:
    """Encrypted bytes: an object if they are a packed message, otherwise a list of integers.

    Args:
        integers: The style of the list. ``None`` uses the writer's `Spelling.payloads`: libvcx reads payloads as
            signed only.
    """

    integers: Integers | None

    def read(self, value: Any, where: str) -> bytes:
        """Accept either form."""
        try:
            return dump_json(value) if isinstance(value, dict) else bytes_of(value)
        except BadNotation as wrong:
            raise BadMessage(f"{where} is {shown(value)}. Expected bytes or a packed message. {wrong}") from None

    def write(self, value: Any, spelling: Spelling) -> Any:
        """Write a packed message as the object that it is, other bytes as a list."""
        data: bytes = value
        if data.startswith(b"{"):
            try:
                return load_json(data)
            except BadNotation:
                pass  # one in 256 sealed boxes begins with this byte by chance
        return byte_list(data, self.integers or spelling.payloads)


@dataclass(frozen=True)
class Many:
    """A list of one kind."""

    kind: Kind

    def read(self, value: Any, where: str) -> list[Any]:
        """Check every entry."""
        if not isinstance(value, list):
            raise BadMessage(f"{where} is {shown(value)}. Expected a list.")
        return [self.kind.read(entry, f"{where}[{index}]") for index, entry in enumerate(value)]

    def write(self, value: Any, spelling: Spelling) -> list[Any]:
        """Write every entry."""
        return [self.kind.write(entry, spelling) for entry in value]


@dataclass(frozen=True)
class Member:
    """One member of an object."""

    kind: Kind
    required: bool


@dataclass(frozen=True)
class Object:
    """An object with required and optional members. An optional one may also be null.

    Attributes:
        members: In the order in which messages are written.
    """

    members: dict[str, Member]

    def read(self, value: Any, where: str) -> dict[str, Any]:
        """Check the known members, and keep the others."""
        if not isinstance(value, dict):
            raise BadMessage(f"{where} is {shown(value)}. Expected an object.")
        for name, member in self.members.items():
            if member.required and value.get(name) is None:
                raise BadMessage(f"{where} lacks {name}. Expected {', '.join(self.required)}.")
        return {
            name: self.members[name].kind.read(part, f"{where}.{name}")
            if name in self.members and part is not None
            else part
            for name, part in value.items()
        }

    def write(self, value: Any, spelling: Spelling) -> dict[str, Any]:
        """Write the members in the order of the value."""
        return {
            name: self.members[name].kind.write(part, spelling) if name in self.members and part is not None else part
            for name, part in value.items()
        }

    @property
    def required(self) -> list[str]:
        """The names of the required members."""
        return [name for name, member in self.members.items() if member.required]

    def without(self, name: str) -> "Object":
        """Make a copy in which one member is optional."""
        if name not in self.members:
            return self
        return Object({**self.members, name: replace(self.members[name], required=False)})


TEXT = Plain(str, "text")
FLAG = Plain(bool, "true or false")
OBJECT = Plain(dict, "an object")
ANYTHING = Plain(object, "anything")


def shape(members: str, kinds: Mapping[str, Kind] | None = None) -> Object:
    """Make an object from the names of its members, such as ``uid payload?``.

    Args:
        members: The names in order, between blanks; ``?`` marks an optional one.
        kinds: The kinds by name; members that are not listed are text.
    """
    known = kinds or {}
    names = [(name.rstrip("?"), not name.endswith("?")) for name in members.split()]
    return Object({name: Member(known.get(name, TEXT), required) for name, required in names})
