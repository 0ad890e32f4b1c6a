"""Invitation payloads, read the way release 1.40 reads them: circe 0.14.7 on the jawn 1.5.1 parser.

Reading goes in two steps, and their faults are worded differently. jawn makes a tree of the whole text; then
circe takes the members of the invitation from the tree in the order the agent declares them, and reports the
first one that does not fit. What the agent does not know, it drops.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from string import hexdigits
from typing import NoReturn, TypeAlias, TypeVar

from simulator.prism.zio_json import join_surrogates

_Json: TypeAlias = "bool | str | _Raw | list[_Json] | dict[str, _Json] | None"
_T = TypeVar("_T")

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_BLANKS = re.compile(r"[ \t\r\n]*")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_LOOSE_NUMBER = re.compile(r"(-?)(?=\.?[0-9])([0-9]*)(?:\.([0-9]+))?(?:[eE]([-+]?)([0-9]+))?")
_LAST_INDEX = re.compile(r"\[[0-9]+\]$")
_TO_ESCAPE = re.compile(r'["\\\x00-\x1f\x7f-\x9f]')
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_SHORT = {char: f"\\{letter}" for letter, char in _ESCAPES.items() if char != "/"}
_WORDS: dict[str, tuple[str, bool | None]] = {"n": ("null", None), "t": ("true", True), "f": ("false", False)}


class Unparsable(ValueError):
    """The payload is no invitation; the text is the agent's ``cause``."""


@dataclass(frozen=True, slots=True)
class Payload:
    """What the agent keeps of an invitation; it prints it again in this order, without what is None.

    Attributes:
        type: Any string. The agent takes a single one, and fails with a 500 on others.
        attachments: The array as the agent prints it again: compact JSON without nulls. An empty one is kept.
        created_time: Like ``expires_time`` a 64-bit number that nobody looks at.
    """

    id: str
    type: str
    from_did: str
    goal_code: str | None
    goal: str | None
    accept: tuple[str, ...]
    attachments: str | None = None
    created_time: int | None = None
    expires_time: int | None = None


def parse_invitation(text: str) -> Payload:
    """Read an invitation.

    Lone surrogates come out as ``?``, in members and messages alike, for that is how the JVM writes them.

    Raises:
        Unparsable: The agent would refuse the text.
    """
    members = _object(_Jawn(text).document(), "")
    # in the agent's order of declaration, which decides whose fault is told
    id_, type_, from_did = (_member(members, name, "", _string) for name in ("id", "type", "from"))
    body = _member(members, "body", "", _object)
    goal_code, goal = (_option(body, name, ".body", _string) for name in ("goal_code", "goal"))
    accept = tuple(_member(body, "accept", ".body", _strings))
    attachments = _option(members, "attachments", "", _attachments)
    created, expires = (_option(members, name, "", _long) for name in ("created_time", "expires_time"))
    return Payload(id_, type_, from_did, goal_code, goal, accept, attachments, created, expires)


def _member(members: dict[str, _Json], name: str, path: str, read: Callable[[_Json, str], _T]) -> _T:
    if name not in members:
        # circe loses the index of an array's element when one of the element's own members is missing
        raise Unparsable(f"DecodingFailure at {_LAST_INDEX.sub('', path)}.{name}: Missing required field")
    return read(members[name], f"{path}.{name}")


def _option(members: dict[str, _Json], name: str, path: str, read: Callable[[_Json, str], _T]) -> _T | None:
    value = members.get(name)
    return None if value is None else read(value, f"{path}.{name}")


def _string(value: _Json, path: str) -> str:
    return value if isinstance(value, str) else _wrong_type(value, path, "string")


def _object(value: _Json, path: str) -> dict[str, _Json]:
    return value if isinstance(value, dict) else _wrong_type(value, path, "object")


def _array(value: _Json, path: str, read: Callable[[_Json, str], _T]) -> list[_T]:
    items = value if isinstance(value, list) else _wrong_type(value, path, "array")
    return [read(item, f"{path}[{index}]") for index, item in enumerate(items)]


def _strings(value: _Json, path: str) -> list[str]:
    return _array(value, path, _string)


def _wrong_type(value: _Json, path: str, wanted: str) -> NoReturn:
    printed = _print(value)
    raise Unparsable(f"DecodingFailure at {path}: Got value '{printed}' with wrong type, expecting {wanted}")


def _long(value: _Json, path: str) -> int:
    """Read a 64-bit number; circe takes it from strings too, and any spelling of a whole number is fine."""
    text = value.text if isinstance(value, _Raw) else value
    found = _LOOSE_NUMBER.fullmatch(text) if isinstance(text, str) else None
    if found:
        sign, whole, fraction, exponent_sign, exponent = (part or "" for part in found.groups())
        digits = (whole + fraction).lstrip("0") or "0"
        # what an exponent of more digits would shift does not fit in any case, and would only take time
        shift = int(exponent_sign + (exponent.lstrip("0")[:9] or "0")) - len(fraction)
        if digits == "0":
            return 0
        if len(digits.rstrip("0")) - len(digits) <= shift <= 19 - len(digits):
            number = int(sign + (digits + "0" * shift if shift >= 0 else digits[:shift]))
            if -(2**63) <= number < 2**63:
                return number
    raise Unparsable(f"DecodingFailure at {path}: Long")


def _number(value: _Json, path: str) -> _Json:
    return _Raw(str(_long(value, path)))


def _attached(value: _Json, path: str) -> _Json:
    """Read attached data: the first kind that fits wins, and only what is wrong with the last one is told."""
    members = _object(value, path)
    if isinstance(members.get("json"), dict):
        return {"json": members["json"]}
    if isinstance(members.get("base64"), str):
        return {"base64": members["base64"]}  # signed data fits here too, and so loses its signature
    links = _member(members, "links", path, _strings)
    return {"links": [*links], "hash": _member(members, "hash", path, _string)}


_ATTACHMENT: dict[str, Callable[[_Json, str], _Json]] = {
    "id": _string,
    "media_type": _string,
    "data": _attached,
    "format": _string,
    "filename": _string,
    "lastmod_time": _number,
    "byte_count": _number,
    "description": _string,
}


def _attachment(value: _Json, path: str) -> _Json:
    members = _object(value, path)
    return {
        name: (_member if name in ("id", "data") else _option)(members, name, path, read)
        for name, read in _ATTACHMENT.items()
    }


def _attachments(value: _Json, path: str) -> str:
    return _print(_array(value, path, _attachment), drop_nulls=True)


@dataclass(frozen=True, slots=True)
class _Raw:
    """A number as it was written, which is how circe keeps it; also punctuation on its way out."""

    text: str


def _print(value: _Json, *, drop_nulls: bool = False) -> str:
    """Print compact JSON as circe does, keeping an own stack: values nest as deep as clients like."""
    printed: list[str] = []
    todo = [value]
    while todo:
        value = todo.pop()
        if isinstance(value, dict | list):
            named = value.items() if isinstance(value, dict) else (("", part) for part in value)
            parts: list[_Json] = []
            for name, part in named:
                if part is not None or not drop_nulls:
                    label = f"{_quote(name)}:" if isinstance(value, dict) else ""
                    parts += _Raw(f",{label}" if parts else label), part
            opening, closing = "{}" if isinstance(value, dict) else "[]"
            todo += reversed([_Raw(opening), *parts, _Raw(closing)])
        elif isinstance(value, str):
            printed.append(_quote(value))
        elif isinstance(value, _Raw):
            printed.append(value.text)
        else:
            printed.append("null" if value is None else str(value).lower())
    return "".join(printed)


def _quote(text: str) -> str:
    escaped = _TO_ESCAPE.sub(lambda found: _SHORT.get(found[0]) or f"\\u{ord(found[0]):04x}", text)
    return f'"{escaped}"'


class _Jawn:
    """A position in a text, and jawn's steps from it."""

    def __init__(self, text: str) -> None:
        # columns and quotations are counted in UTF-16 code units
        self._text = text if text.isascii() else _ASTRAL.sub(_halves, text)
        self._at = 0

    def document(self) -> _Json:
        """Read the whole text as one value."""
        value = self._value()
        self._run(_BLANKS)
        if self._at < len(self._text):
            self._die(self._at, "expected whitespace or eof")
        return value

    def _value(self) -> _Json:
        """Read a value, keeping an own stack: values nest as deep as clients like."""
        around: list[list[_Json] | dict[str, _Json]] = []
        names: list[str] = []
        while True:
            value = self._plain_or_empty()
            if isinstance(value, list | dict) and not self._closes(value):
                around.append(value)
            else:
                while around:
                    inner, value = value, around[-1]
                    if isinstance(value, list):
                        value.append(inner)
                    else:
                        value[names.pop()] = inner
                    if self._continues(value):
                        break
                    around.pop()
                else:
                    return value
            if isinstance(around[-1], dict):
                names.append(self._name())

    def _plain_or_empty(self) -> _Json:
        """Pass a value without parts, or the bracket that opens one with parts."""
        got = self._peek()
        if got in "{[":
            self._at += 1
            return {} if got == "{" else []
        if got == '"':
            return self._string()
        if got in _WORDS:
            return self._word(*_WORDS[got])
        if got in "-0123456789":
            return self._number()
        self._die(self._at, "expected json value")

    def _closes(self, value: list[_Json] | dict[str, _Json]) -> bool:
        """Whether the bracket just opened closes at once; if so, pass it."""
        closed = self._peek() == ("]" if isinstance(value, list) else "}")
        self._at += closed
        return closed

    def _continues(self, value: list[_Json] | dict[str, _Json]) -> bool:
        """Pass a comma or the closing bracket: whether it was a comma."""
        closing = "]" if isinstance(value, list) else "}"
        got = self._peek()
        if got not in (",", closing):
            self._die(self._at, f"expected {closing} or ,")
        self._at += 1
        return got == ","

    def _name(self) -> str:
        if self._peek() != '"':
            self._die(self._at, 'expected "')
        name = self._string()
        if self._peek() != ":":
            self._die(self._at, "expected :")
        self._at += 1
        return name

    def _word(self, word: str, meaning: bool | None) -> bool | None:
        for offset, wanted in enumerate(word):
            if self._char(self._at + offset) != wanted:
                self._die(self._at, f"expected {word}")
        self._at += len(word)
        return meaning

    def _number(self) -> _Raw:
        start = self._at
        found = _NUMBER.match(self._text, start)
        if not found:
            self._no_digit(start, start + 1)  # a lone minus
        fraction, exponent = found.groups()
        self._at = found.end()
        after = self._text[self._at : self._at + 1]
        if after in ("e", "E") and not exponent:
            self._no_digit(start, self._at + (2 if self._char(self._at + 1) in "+-" else 1))
        if after == "." and not fraction and not exponent:
            self._no_digit(start, self._at + 1)
        return _Raw(found[0])

    def _no_digit(self, start: int, at: int) -> NoReturn:
        self._char(at)  # where the digit should be, the text may also end
        self._die(start, "expected digit")

    def _string(self) -> str:
        self._at += 1
        parts = [self._run(_PLAIN)]
        while (got := self._char(self._at)) != '"':
            if got != "\\":
                self._die(self._at, f"control char ({ord(got)}) in string", 1)
            parts += self._escaped(), self._run(_PLAIN)
        self._at += 1
        return join_surrogates("".join(parts))

    def _escaped(self) -> str:
        got = self._char(self._at + 1)
        start = self._at + 2
        if got != "u":
            if got not in _ESCAPES:
                self._die(self._at, f"illegal escape sequence (\\{got})", 1)
            self._at = start
            return _ESCAPES[got]
        self._char(start + 3)
        self._at = start + 4
        digits = self._text[start : self._at]
        for digit in digits:
            if digit > "\x7f":
                # jawn looks digits up in a table of 128, and takes falling out of it for the end of the text
                raise Unparsable("exhausted input")
            if digit not in hexdigits:
                self._die(start, "expected valid unicode escape")
        return chr(int(digits, 16))

    def _run(self, pattern: re.Pattern[str]) -> str:
        """Pass the characters a pattern takes, perhaps none."""
        found = pattern.match(self._text, self._at)
        assert found  # the patterns match the empty text
        self._at = found.end()
        return found[0]

    def _peek(self) -> str:
        """Pass blanks and show the character after them."""
        self._run(_BLANKS)
        return self._char(self._at)

    def _char(self, at: int) -> str:
        if at >= len(self._text):
            raise Unparsable("exhausted input")
        return self._text[at]

    def _die(self, at: int, message: str, quoted: int = 6) -> NoReturn:
        got = self._text[at : at + quoted]
        dots = "..." if at + quoted < len(self._text) else ""
        line = self._text.count("\n", 0, at) + 1
        column = at - self._text.rfind("\n", 0, at)
        raise Unparsable(join_surrogates(f"{message} got '{got}{dots}' (line {line}, column {column})"))


def _halves(found: re.Match[str]) -> str:
    """A character beyond U+FFFF as its two code units."""
    offset = ord(found[0]) - 0x10000
    return chr(0xD800 + (offset >> 10)) + chr(0xDC00 + (offset & 0x3FF))
