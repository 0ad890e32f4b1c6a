"""How circe 0.14 decodes an invitation from JSON, and its messages for other JSON.

circe takes the members of the invitation from the tree in the order in which the agent declares them, and reports the
first one that is missing or of a wrong type. Members that the agent does not know are dropped. The versions of the
agent differ in the required members and in the printed form of a place: see the subclasses of `InvitationDecoder`.

Source: docs/protocol/prism-agent.md, 5.4.
"""

import re
from collections.abc import Callable
from typing import ClassVar, NoReturn, TypeVar

from connsim.prism.invitation import Invitation
from connsim.prism.jvm.jawn import compact
from connsim.prism.jvm.json_parser import Json, Raw

Steps = tuple[str | int, ...]
"""The path from the root to a value: names of members, and indices of arrays."""

_T = TypeVar("_T")
_LOOSE_NUMBER = re.compile(r"(-?)(?=\.?[0-9])([0-9]*)(?:\.([0-9]+))?(?:[eE]([-+]?)([0-9]+))?")


class InvitationDecoder:
    """Decodes invitations as one version of the agent does.

    Attributes:
        requires_goal: Whether goal code and goal are required.
        times: The members that hold times; empty if the version does not know them.
        attachment: The known members of an attachment, in the order in which they are printed again.
    """

    requires_goal: ClassVar[bool]
    times: ClassVar[tuple[str, ...]]
    attachment: ClassVar[tuple[str, ...]]

    def refuse(self, message: str, steps: Steps) -> NoReturn:
        """Raise `Unparsable` with this version's form of a place."""
        raise NotImplementedError

    def refuse_missing(self, steps: Steps) -> NoReturn:
        """Refuse an object without a required member, whose name comes last in ``steps``."""
        self.refuse("Missing required field", steps)

    def refuse_non_object(self, value: Json, steps: Steps, made: str) -> NoReturn:
        """Refuse a value that is not an object; ``made`` is the agent's class for such an object."""
        raise NotImplementedError

    def invitation(self, tree: Json) -> Invitation:
        """Decode an invitation.

        Raises:
            Unparsable: The agent would refuse the tree.
        """
        members = self._object(tree, (), "Invitation")
        # In the order of the agent's declaration, which decides which fault is reported.
        id_, type_, from_did = (self._member(members, name, (), self._string) for name in ("id", "type", "from"))
        goal_code, goal, accept = self._member(members, "body", (), self._body)
        attachments = self._option(members, "attachments", (), self._attachments)
        times = [self._option(members, name, (), self._long) for name in self.times]
        return Invitation(id_, from_did, goal_code, goal, accept, type_, attachments, *times)

    def _body(self, value: Json, steps: Steps) -> tuple[str | None, str | None, tuple[str, ...]]:
        members = self._object(value, steps, "Body")
        read = self._member if self.requires_goal else self._option
        goal_code, goal = (read(members, name, steps, self._string) for name in ("goal_code", "goal"))
        return goal_code, goal, tuple(self._member(members, "accept", steps, self._strings))

    def _attachments(self, value: Json, steps: Steps) -> str:
        return compact(self._array(value, steps, self._attachment), drop_nulls=True)

    def _attachment(self, value: Json, steps: Steps) -> Json:
        members = self._object(value, steps, "AttachmentDescriptor")
        readers = {"data": self._data, "lastmod_time": self._number, "byte_count": self._number}
        return {
            name: (self._member if name in ("id", "data") else self._option)(
                members, name, steps, readers.get(name, self._string)
            )
            for name in self.attachment
        }

    def _data(self, value: Json, steps: Steps) -> Json:
        """Read attached data: the first kind that matches wins, and only faults of the last kind are reported."""
        members = self._object(value, steps, "LinkData")
        if isinstance(members.get("json"), dict):
            return {"json": members["json"]}
        if isinstance(members.get("base64"), str):
            return {"base64": members["base64"]}  # signed data matches here, too, and so loses its signature
        links = self._member(members, "links", steps, self._strings)
        return {"links": [*links], "hash": self._member(members, "hash", steps, self._string)}

    def _member(self, members: dict[str, Json], name: str, steps: Steps, read: Callable[[Json, Steps], _T]) -> _T:
        return read(members[name], (*steps, name)) if name in members else self.refuse_missing((*steps, name))

    def _option(
        self, members: dict[str, Json], name: str, steps: Steps, read: Callable[[Json, Steps], _T]
    ) -> _T | None:
        return None if members.get(name) is None else self._member(members, name, steps, read)

    def _object(self, value: Json, steps: Steps, made: str) -> dict[str, Json]:
        return value if isinstance(value, dict) else self.refuse_non_object(value, steps, made)

    def _array(self, value: Json, steps: Steps, read: Callable[[Json, Steps], _T]) -> list[_T]:
        items = value if isinstance(value, list) else self.refuse_type(value, steps, "array")
        return [read(item, (*steps, index)) for index, item in enumerate(items)]

    def _string(self, value: Json, steps: Steps) -> str:
        return value if isinstance(value, str) else self.refuse_type(value, steps, "string")

    def _strings(self, value: Json, steps: Steps) -> list[str]:
        return self._array(value, steps, self._string)

    def _long(self, value: Json, steps: Steps) -> int:
        number = whole_number(value)
        return self.refuse("Long", steps) if number is None else number

    def _number(self, value: Json, steps: Steps) -> Json:
        return Raw(str(self._long(value, steps)))

    def refuse_type(self, value: Json, steps: Steps, expected: str) -> NoReturn:
        """Refuse a value of another type."""
        self.refuse(f"Got value '{compact(value)}' with wrong type, expecting {expected}", steps)


def whole_number(value: Json) -> int | None:
    """Read a 64-bit number. circe also takes one from a string, and accepts any notation of a whole number."""
    text = value.text if isinstance(value, Raw) else value
    found = _LOOSE_NUMBER.fullmatch(text) if isinstance(text, str) else None
    if found:
        sign, whole, fraction, exponent_sign, exponent = (part or "" for part in found.groups())
        digits = (whole + fraction).lstrip("0") or "0"
        # Nine digits suffice: no number with a longer exponent fits 64 bits, and computing it would take long.
        shift = int(exponent_sign + (exponent.lstrip("0")[:9] or "0")) - len(fraction)
        if digits == "0":
            return 0
        if len(digits.rstrip("0")) - len(digits) <= shift <= 19 - len(digits):
            number = int(sign + (digits + "0" * shift if shift >= 0 else digits[:shift]))
            if -(2**63) <= number < 2**63:
                return number
    return None
