r"""One JSON parser for the three libraries with which the agents read JSON.

Problem: jawn (invitations), zio-json (bodies of 1.40.0) and spray-json (bodies of 2023) read the same grammar, but
their error messages differ, and clients see them.

Solution: `JsonParser` reads from left to right and calls `JsonParser.fail` at the first fault, with what was expected
and where. A dialect is a subclass with a table of messages and a `fail` that adds the place::

    text --> JsonParser.value() --> tree of Python values, numbers as written
                  |
                  +-- Fault, index --> dialect.fail() --> the library's message

Consequences: all dialects report the first fault in the text. Values may nest as deep as the dialect allows, because
the parser keeps a stack instead of recursing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import ClassVar, NoReturn, TypeAlias

Json: TypeAlias = "bool | str | Raw | list[Json] | dict[str, Json] | None"

_BLANKS = re.compile(r"[ \t\r\n]*")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_HEX = re.compile(r"[0-9A-Fa-f]{0,4}")
_DIGITS = re.compile(r"[0-9]*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS: dict[str, tuple[str, bool | None]] = {"n": ("null", None), "t": ("true", True), "f": ("false", False)}

ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Raw:
    """A number as it was written, because circe keeps it so; or punctuation in a value that is being printed."""

    text: str


class Fault(Enum):
    """What was expected where a text is not JSON.

    A dialect's message for it may contain ``{got}``, the wrong character, and ``{wanted}``: the character, word or
    closing bracket that was expected.
    """

    VALUE = auto()
    WORD = auto()
    DIGIT = auto()
    CHARACTER = auto()
    FIRST_NAME = auto()
    COMMA_OR_CLOSING = auto()
    STRING_CHARACTER = auto()
    ESCAPE = auto()
    HEX_DIGIT = auto()
    END = auto()


class JsonParser:
    """A parser: a text and a position in it, with methods that read on from there.

    Attributes:
        words: The dialect's message for each fault.
        text: The text.
        at: The index of the next character.
    """

    words: ClassVar[Mapping[Fault, str]]

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def fail(self, fault: Fault, at: int, start: int, wanted: str) -> NoReturn:
        """Refuse the text.

        Args:
            at: The index of the first wrong character; the length of the text at its end.
            start: Where the number, word or escape began; otherwise the same as ``at``.
            wanted: What was expected, for `Fault`'s ``{wanted}``.
        """
        raise NotImplementedError

    def check_depth(self, depth: int) -> None:
        """Refuse a value inside this many arrays and objects, if the dialect has a limit."""

    # --- values ---------------------------------------------------------------------------------------------------

    def document(self) -> Json:
        """Read the whole text as one value."""
        value = self.value()
        if self.peek():
            self._fail(Fault.END)
        return value

    def value(self) -> Json:
        """Read a value of any kind."""
        around: list[list[Json] | dict[str, Json]] = []  # instead of recursion: clients choose the depth
        names: list[str] = []
        while True:
            self.check_depth(len(around))
            value = self._plain_or_opened()
            opened = False
            if isinstance(value, list | dict) and not self.take(_closing(value)):
                opened = True
                around.append(value)
            else:
                while around:
                    inner, value = value, around[-1]
                    if isinstance(value, list):
                        value.append(inner)
                    else:
                        value[names.pop()] = inner
                    if self.another(_closing(value)):
                        break
                    around.pop()
                else:
                    return value
            if isinstance(around[-1], dict):
                names.append(self.name(first=opened))
                self.require(":")

    def _plain_or_opened(self) -> Json:
        """Read a value without parts, or the bracket that opens one with parts."""
        got = self.peek()
        if got == '"':
            return self.string()
        if got in _WORDS:
            return self.word(*_WORDS[got])
        if got and got in "-0123456789":
            return self.number()
        if got not in ("{", "["):
            self._fail(Fault.VALUE)
        self.at += 1
        return {} if got == "{" else []

    def another(self, closing: str) -> bool:
        """Skip a comma or the closing bracket; returns whether it was a comma."""
        more = self.take(",")
        if not more and not self.take(closing):
            self._fail(Fault.COMMA_OR_CLOSING, wanted=closing)
        return more

    def name(self, *, first: bool) -> str:
        """Read the name of a member, but not the colon.

        Args:
            first: Whether the object could also have been closed here.
        """
        if first and self.peek() != '"':
            self._fail(Fault.FIRST_NAME, wanted='"')
        return self.string()

    def word(self, word: str, meaning: bool | None = None) -> bool | None:
        """Read ``null``, ``true`` or ``false``, of which only the first letter is known."""
        start = self.at
        for wanted in word:
            if self._here() != wanted:
                self._fail(Fault.WORD, start, word)
            self.at += 1
        return meaning

    def number(self) -> Raw:
        """Read a number."""
        start = self.at
        if self._here() == "-":
            self.at += 1
        if self._here() == "0":
            self.at += 1
        else:
            self._digits(start)
        if self._here() == ".":
            self.at += 1
            self._digits(start)
        if self._here() in ("e", "E"):
            self.at += 1
            if self._here() in ("+", "-"):
                self.at += 1
            self._digits(start)
        return Raw(self.text[start : self.at])

    def _digits(self, start: int) -> None:
        if not self.run(_DIGITS):
            self._fail(Fault.DIGIT, start)

    # --- strings --------------------------------------------------------------------------------------------------

    def string(self) -> str:
        """Read a string. Surrogate pairs become characters, and a lone surrogate the ``?`` that the JVM writes."""
        self.require('"')
        parts = [self.plain()]
        while (got := self._here()) != '"':
            if got != "\\":
                self._fail(Fault.STRING_CHARACTER, wanted='"')
            parts += self._escaped(), self.plain()
        self.at += 1
        return join_surrogates("".join(parts))

    def plain(self) -> str:
        """Read the unescaped characters of a string."""
        return self.run(_PLAIN)

    def _escaped(self) -> str:
        start = self.at
        self.at += 1
        got = self._here()
        if got != "u" and got not in ESCAPES:
            self._fail(Fault.ESCAPE, start)
        self.at += 1
        if got != "u":
            return ESCAPES[got]
        start = self.at
        digits = self.run(_HEX)
        if len(digits) < 4:
            self._fail(Fault.HEX_DIGIT, start)
        return chr(int(digits, 16))

    # --- characters -----------------------------------------------------------------------------------------------

    def require(self, wanted: str) -> None:
        """Skip white space and one given character, which must be there."""
        if not self.take(wanted):
            self._fail(Fault.CHARACTER, wanted=wanted)

    def take(self, wanted: str) -> bool:
        """Skip white space, and one given character if it is next; returns whether it was."""
        there = self.peek() == wanted
        self.at += there
        return there

    def peek(self) -> str:
        """Skip white space, and return the next character without reading it; an empty string at the end."""
        self.run(_BLANKS)
        return self._here()

    def run(self, pattern: re.Pattern[str]) -> str:
        """Read the characters that a pattern matches, which may be none."""
        found = pattern.match(self.text, self.at)
        assert found  # every pattern here matches the empty text
        self.at = found.end()
        return found[0]

    def _here(self) -> str:
        return self.text[self.at : self.at + 1]

    def _fail(self, fault: Fault, start: int | None = None, wanted: str = "") -> NoReturn:
        self.fail(fault, self.at, self.at if start is None else start, wanted)


def _closing(value: Json) -> str:
    return "]" if isinstance(value, list) else "}"


def join_surrogates(text: str) -> str:
    """Make a character of each surrogate pair, and of a lone surrogate the ``?`` that the JVM writes for it."""
    if not _SURROGATE.search(text):
        return text
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return joined.encode("utf-8", "replace").decode()
