"""JSON as the agent's invitation library reads and prints it: the jawn 1.5.1 parser, and circe 0.14.7's printer.

Faults are worded as jawn words them. Neither side recurses: values nest as deep as clients like.
"""

import re
from dataclasses import dataclass
from string import hexdigits
from typing import NoReturn, TypeAlias

from connsim.prism.jvm.zio_json import join_surrogates

Json: TypeAlias = "bool | str | Raw | list[Json] | dict[str, Json] | None"

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_BLANKS = re.compile(r"[ \t\r\n]*")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_TO_ESCAPE = re.compile(r'["\\\x00-\x1f\x7f-\x9f]')
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_SHORT = {char: f"\\{letter}" for letter, char in _ESCAPES.items() if char != "/"}
_WORDS: dict[str, tuple[str, bool | None]] = {"n": ("null", None), "t": ("true", True), "f": ("false", False)}


class Unparsable(ValueError):
    """The payload is no invitation; the text is the agent's ``cause``."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A number as it was written, which is how circe keeps it; also punctuation on its way out."""

    text: str


def compact(value: Json, *, drop_nulls: bool = False) -> str:
    """Print compact JSON as circe does: nothing escaped but quotes, backslashes and control characters.

    Args:
        value: Made of what `parse` returns.
        drop_nulls: Leave members that are null out of objects.
    """
    printed: list[str] = []
    todo = [value]
    while todo:
        value = todo.pop()
        if isinstance(value, dict | list):
            named = value.items() if isinstance(value, dict) else (("", part) for part in value)
            parts: list[Json] = []
            for name, part in named:
                if part is not None or not drop_nulls:
                    label = f"{_quote(name)}:" if isinstance(value, dict) else ""
                    parts += Raw(f",{label}" if parts else label), part
            opening, closing = "{}" if isinstance(value, dict) else "[]"
            todo += reversed([Raw(opening), *parts, Raw(closing)])
        elif isinstance(value, str):
            printed.append(_quote(value))
        elif isinstance(value, Raw):
            printed.append(value.text)
        else:
            printed.append("null" if value is None else str(value).lower())
    return "".join(printed)


def _quote(text: str) -> str:
    escaped = _TO_ESCAPE.sub(lambda found: _SHORT.get(found[0]) or f"\\u{ord(found[0]):04x}", text)
    return f'"{escaped}"'


def parse(text: str) -> Json:
    """Read a text as one JSON value.

    Raises:
        Unparsable: With jawn's message.
    """
    return _Jawn(text).document()


class _Jawn:
    """A position in a text, and jawn's steps from it."""

    def __init__(self, text: str) -> None:
        # columns and quotations are counted in UTF-16 code units
        self._text = text if text.isascii() else _ASTRAL.sub(_halves, text)
        self._at = 0

    def document(self) -> Json:
        """Read the whole text as one value."""
        value = self._value()
        self._run(_BLANKS)
        if self._at < len(self._text):
            self._die(self._at, "expected whitespace or eof")
        return value

    def _value(self) -> Json:
        """Read a value, keeping a stack of our own."""
        around: list[list[Json] | dict[str, Json]] = []
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

    def _plain_or_empty(self) -> Json:
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

    def _closes(self, value: list[Json] | dict[str, Json]) -> bool:
        """Whether the bracket just opened closes at once; if so, pass it."""
        closed = self._peek() == ("]" if isinstance(value, list) else "}")
        self._at += closed
        return closed

    def _continues(self, value: list[Json] | dict[str, Json]) -> bool:
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

    def _number(self) -> Raw:
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
        return Raw(found[0])

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
