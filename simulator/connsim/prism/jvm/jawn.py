"""JSON as the agent's invitation library reads and prints it: the jawn 1.5.1 parser, and circe 0.14.7's printer."""

import re
from typing import ClassVar, NoReturn

from connsim.prism.jvm.json_parser import ESCAPES, Fault, Json, JsonParser, Raw, join_surrogates

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_TO_ESCAPE = re.compile(r'["\\\x00-\x1f\x7f-\x9f]')
_SHORT = {char: f"\\{letter}" for letter, char in ESCAPES.items() if char != "/"}


class Unparsable(ValueError):
    """The payload is not an invitation; the text is the agent's ``cause``."""


def compact(value: Json, *, drop_nulls: bool = False, sort_members: bool = False) -> str:
    """Print compact JSON as circe does: only quotes, backslashes and control characters are escaped.

    Args:
        value: A value that `parse` returned, or one made of such values.
        drop_nulls: Leave null members out of objects.
        sort_members: Print members in the order of their names.
    """
    printed: list[str] = []
    todo = [value]  # instead of recursion, because clients choose the depth
    while todo:
        value = todo.pop()
        if isinstance(value, dict | list):
            named = list(value.items()) if isinstance(value, dict) else [("", part) for part in value]
            if sort_members:
                named.sort(key=lambda member: member[0])
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
        Unparsable: The text is not JSON; the message is jawn's.
    """
    return _Jawn(text if text.isascii() else _ASTRAL.sub(_halves, text)).document()


class _Jawn(JsonParser):
    """jawn's messages. The text consists of UTF-16 code units, because jawn counts and quotes those."""

    words: ClassVar = {
        Fault.VALUE: "expected json value",
        Fault.WORD: "expected {wanted}",
        Fault.DIGIT: "expected digit",
        Fault.CHARACTER: "expected {wanted}",
        Fault.FIRST_NAME: "expected {wanted}",
        Fault.COMMA_OR_CLOSING: "expected {wanted} or ,",
        Fault.STRING_CHARACTER: "control char ({code}) in string",
        Fault.ESCAPE: "illegal escape sequence (\\{got})",
        Fault.HEX_DIGIT: "expected valid unicode escape",
        Fault.END: "expected whitespace or eof",
    }

    def fail(self, fault: Fault, at: int, start: int, wanted: str) -> NoReturn:
        """Refuse the text with line, column and up to six units of it, from where the faulty token began."""
        got = self.text[at : at + 1]
        if fault is Fault.HEX_DIGIT and (start + 4 > len(self.text) or got > "\x7f"):
            # jawn reads four digits at once, and looks each up in a table of 128. It reports an index beyond the table
            # as if it were beyond the text.
            got = ""
        if not got:
            raise Unparsable("exhausted input")
        message = self.words[fault].format(wanted=wanted, got=got, code=ord(got))
        quoted = 1 if fault in (Fault.STRING_CHARACTER, Fault.ESCAPE) else 6
        dots = "..." if start + quoted < len(self.text) else ""
        line = self.text.count("\n", 0, start) + 1
        column = start - self.text.rfind("\n", 0, start)
        shown = self.text[start : start + quoted] + dots
        raise Unparsable(join_surrogates(f"{message} got '{shown}' (line {line}, column {column})"))


def _halves(found: re.Match[str]) -> str:
    """Split a character beyond U+FFFF into its two code units."""
    offset = ord(found[0]) - 0x10000
    return chr(0xD800 + (offset >> 10)) + chr(0xDC00 + (offset & 0x3FF))
