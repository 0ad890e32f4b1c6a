"""Invitation payloads, read the way release 1.40 reads them: circe 0.14.7 on the jawn 1.5.1 parser.

Reading goes in two steps, and their faults are worded differently. jawn makes a tree of the whole text; then
circe takes the members of the invitation from the tree in the order the agent declares them, and reports the
first one that does not fit. What the agent does not know, it drops.
"""

import re
from collections.abc import Callable
from typing import NoReturn, TypeVar

from connsim.prism.invitation import Invitation
from connsim.prism.jvm.circe import whole_number
from connsim.prism.jvm.jawn import Json, Raw, Unparsable, compact, parse

_T = TypeVar("_T")

_LAST_INDEX = re.compile(r"\[[0-9]+\]$")


def parse_invitation(text: str) -> Invitation:
    """Read an invitation.

    Lone surrogates come out as ``?``, in members and messages alike, for that is how the JVM writes them.

    Raises:
        Unparsable: The agent would refuse the text.
    """
    members = _object(parse(text), "")
    # in the agent's order of declaration, which decides whose fault is told
    id_, type_, from_did = (_member(members, name, "", _string) for name in ("id", "type", "from"))
    body = _member(members, "body", "", _object)
    goal_code, goal = (_option(body, name, ".body", _string) for name in ("goal_code", "goal"))
    accept = tuple(_member(body, "accept", ".body", _strings))
    attachments = _option(members, "attachments", "", _attachments)
    created, expires = (_option(members, name, "", _long) for name in ("created_time", "expires_time"))
    return Invitation(id_, from_did, goal_code, goal, accept, type_, attachments, created, expires)


def _member(members: dict[str, Json], name: str, path: str, read: Callable[[Json, str], _T]) -> _T:
    if name not in members:
        # circe loses the index of an array's element when one of the element's own members is missing
        raise Unparsable(f"DecodingFailure at {_LAST_INDEX.sub('', path)}.{name}: Missing required field")
    return read(members[name], f"{path}.{name}")


def _option(members: dict[str, Json], name: str, path: str, read: Callable[[Json, str], _T]) -> _T | None:
    value = members.get(name)
    return None if value is None else read(value, f"{path}.{name}")


def _string(value: Json, path: str) -> str:
    return value if isinstance(value, str) else _wrong_type(value, path, "string")


def _object(value: Json, path: str) -> dict[str, Json]:
    return value if isinstance(value, dict) else _wrong_type(value, path, "object")


def _array(value: Json, path: str, read: Callable[[Json, str], _T]) -> list[_T]:
    items = value if isinstance(value, list) else _wrong_type(value, path, "array")
    return [read(item, f"{path}[{index}]") for index, item in enumerate(items)]


def _strings(value: Json, path: str) -> list[str]:
    return _array(value, path, _string)


def _wrong_type(value: Json, path: str, wanted: str) -> NoReturn:
    printed = compact(value)
    raise Unparsable(f"DecodingFailure at {path}: Got value '{printed}' with wrong type, expecting {wanted}")


def _long(value: Json, path: str) -> int:
    number = whole_number(value)
    if number is None:
        raise Unparsable(f"DecodingFailure at {path}: Long")
    return number


def _number(value: Json, path: str) -> Json:
    return Raw(str(_long(value, path)))


def _attached(value: Json, path: str) -> Json:
    """Read attached data: the first kind that fits wins, and only what is wrong with the last one is told."""
    members = _object(value, path)
    if isinstance(members.get("json"), dict):
        return {"json": members["json"]}
    if isinstance(members.get("base64"), str):
        return {"base64": members["base64"]}  # signed data fits here too, and so loses its signature
    links = _member(members, "links", path, _strings)
    return {"links": [*links], "hash": _member(members, "hash", path, _string)}


_ATTACHMENT: dict[str, Callable[[Json, str], Json]] = {
    "id": _string,
    "media_type": _string,
    "data": _attached,
    "format": _string,
    "filename": _string,
    "lastmod_time": _number,
    "byte_count": _number,
    "description": _string,
}


def _attachment(value: Json, path: str) -> Json:
    members = _object(value, path)
    return {
        name: (_member if name in ("id", "data") else _option)(members, name, path, read)
        for name, read in _ATTACHMENT.items()
    }


def _attachments(value: Json, path: str) -> str:
    return compact(_array(value, path, _attachment), drop_nulls=True)
