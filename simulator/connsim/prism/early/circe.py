"""Invitation payloads, read the way the agent of 2023 reads them: circe 0.14.2 or 0.14.3 on the jawn parser.

It differs from release 1.40 in what an invitation has, and in how its errors print. Goal code and goal are required,
the times are unknown. The words are the same, but a place is told as the list of steps to it, the latest first; and
what is no object where one is read is told by the name of the class that was to be made of it. Read in the sources of
circe; the library at work is that of one of its dependents, 0.14.3. Deduced.
"""

from collections.abc import Callable
from typing import NoReturn, TypeVar

from connsim.prism.invitation import Invitation
from connsim.prism.jvm.circe import whole_number
from connsim.prism.jvm.jawn import Json, Raw, Unparsable, compact, parse

_T = TypeVar("_T")
_Steps = tuple[str, ...]


def parse_invitation(text: str) -> Invitation:
    """Read an invitation.

    Lone surrogates come out as ``?``, in members and messages alike, for that is how the JVM writes them.

    Raises:
        Unparsable: The agent would refuse the text; the message is what stands in ``InvitationParsingError(...)``.
    """
    try:
        tree = parse(text)
    except Unparsable as bad:
        raise Unparsable(f"io.circe.ParsingFailure: {bad}") from None
    members = _members(tree, (), "Invitation")
    # in the agent's order of declaration, which decides whose fault is told
    id_, type_, from_did = (_member(members, name, (), _string) for name in ("id", "type", "from"))
    goal_code, goal, accept = _member(members, "body", (), _body)
    attachments = _option(members, "attachments", (), _attachments)
    return Invitation(id_, from_did, goal_code, goal, accept, type_, attachments)


def _fail(message: str, steps: _Steps) -> NoReturn:
    raise Unparsable(f"DecodingFailure({message}, List({', '.join(steps)}))")


def _member(members: dict[str, Json], name: str, steps: _Steps, read: Callable[[Json, _Steps], _T]) -> _T:
    inside = (f"DownField({name})", *steps)
    return read(members[name], inside) if name in members else _fail("Missing required field", inside)


def _option(members: dict[str, Json], name: str, steps: _Steps, read: Callable[[Json, _Steps], _T]) -> _T | None:
    return None if members.get(name) is None else _member(members, name, steps, read)


def _members(value: Json, steps: _Steps, made: str) -> dict[str, Json]:
    return value if isinstance(value, dict) else _fail(made, steps)


def _string(value: Json, steps: _Steps) -> str:
    return value if isinstance(value, str) else _wrong_type(value, steps, "string")


def _array(value: Json, steps: _Steps, read: Callable[[Json, _Steps], _T]) -> list[_T]:
    items = value if isinstance(value, list) else _wrong_type(value, steps, "array")
    return [read(item, ("MoveRight",) * index + ("DownArray", *steps)) for index, item in enumerate(items)]


def _wrong_type(value: Json, steps: _Steps, wanted: str) -> NoReturn:
    _fail(f"Got value '{compact(value)}' with wrong type, expecting {wanted}", steps)


def _strings(value: Json, steps: _Steps) -> list[str]:
    return _array(value, steps, _string)


def _number(value: Json, steps: _Steps) -> Json:
    number = whole_number(value)
    return _fail("Long", steps) if number is None else Raw(str(number))


def _body(value: Json, steps: _Steps) -> tuple[str, str, tuple[str, ...]]:
    members = _members(value, steps, "Body")
    goal_code, goal = (_member(members, name, steps, _string) for name in ("goal_code", "goal"))
    return goal_code, goal, tuple(_member(members, "accept", steps, _strings))


def _attached(value: Json, steps: _Steps) -> Json:
    """Read attached data: the first kind that fits wins, and only what is wrong with the last one is told."""
    members = _members(value, steps, "LinkData")
    if isinstance(members.get("json"), dict):
        return {"json": members["json"]}
    if isinstance(members.get("base64"), str):
        return {"base64": members["base64"]}
    links = _member(members, "links", steps, _strings)
    return {"links": [*links], "hash": _member(members, "hash", steps, _string)}


_ATTACHMENT: dict[str, Callable[[Json, _Steps], Json]] = {
    "id": _string,
    "media_type": _string,
    "data": _attached,
    "filename": _string,
    "lastmod_time": _number,
    "byte_count": _number,
    "description": _string,
}


def _attachment(value: Json, steps: _Steps) -> Json:
    members = _members(value, steps, "AttachmentDescriptor")
    return {
        name: (_member if name in ("id", "data") else _option)(members, name, steps, read)
        for name, read in _ATTACHMENT.items()
    }


def _attachments(value: Json, steps: _Steps) -> str:
    return compact(_array(value, steps, _attachment), drop_nulls=True)
