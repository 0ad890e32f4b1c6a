"""What a member of a message can be: its check, and how it is written.

Reading gives values that are the same for msgpack and JSON: bytes are `bytes`, whether they came as a list of
integers or as a packed message. Objects keep members that nobody knows; parties hand objects on unchanged.
"""

from dataclasses import dataclass, replace
from typing import Any, Protocol

from connsim.wire.bundles import Integers, Spelling, byte_list, bytes_of
from connsim.wire.errors import BadMessage, BadNotation
from connsim.wire.notation import dump_json, load_json, shown


class Kind(Protocol):
    """Reads and writes one member."""

    def read(self, value: Any, where: str) -> Any:
        """Check a value as it came, and give it in its neutral form.

        Raises:
            BadMessage: It is of the wrong kind; the text names ``where``.
        """
        ...

    def write(self, value: Any, spelling: Spelling) -> Any:
        """Give a neutral value as it is sent."""
        ...


@dataclass(frozen=True)
class Plain:
    """A value that is sent as it is."""

    type: type
    said: str

    def read(self, value: Any, where: str) -> Any:
        """Check its type."""
        if not isinstance(value, self.type):
            raise BadMessage(f"{where} is {shown(value)}. Expected {self.said}.")
        return value

    def write(self, value: Any, spelling: Spelling) -> Any:
        """Leave it as it is."""
        return value


@dataclass(frozen=True)
class Blob:
    """Bytes that somebody encrypted: an object if they are a packed message, else a list of integers.

    Args:
        integers: The style of the list; ``None`` is the style that the writer asks for, which is for payloads. The
            client reads those as signed only.
    """

    integers: Integers | None

    def read(self, value: Any, where: str) -> bytes:
        """Take either form."""
        try:
            return dump_json(value) if isinstance(value, dict) else bytes_of(value)
        except BadNotation as wrong:
            raise BadMessage(f"{where} is {shown(value)}. Expected bytes or a packed message. {wrong}") from None

    def write(self, value: Any, spelling: Spelling) -> Any:
        """Choose the form by what the bytes are."""
        data: bytes = value
        if data.startswith(b"{"):
            try:
                return load_json(data)
            except BadNotation:
                pass  # the first byte of a sealed box, by chance
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
    """An object with members that must or may be there; one that may be absent may also be null.

    Attributes:
        members: In the order in which messages are written.
    """

    members: dict[str, Member]

    def read(self, value: Any, where: str) -> dict[str, Any]:
        """Check the members that are known, and keep the others."""
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
        """Write the members in the order in which they are given."""
        return {
            name: self.members[name].kind.write(part, spelling) if name in self.members and part is not None else part
            for name, part in value.items()
        }

    @property
    def required(self) -> list[str]:
        """The names that must be there."""
        return [name for name, member in self.members.items() if member.required]

    def without(self, name: str) -> "Object":
        """The same with one member made optional."""
        if name not in self.members:
            return self
        return Object({**self.members, name: replace(self.members[name], required=False)})


TEXT = Plain(str, "text")
FLAG = Plain(bool, "true or false")
ANYTHING = Plain(object, "anything")
