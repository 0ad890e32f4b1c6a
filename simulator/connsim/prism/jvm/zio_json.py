"""Request bodies, read the way the agent reads them: zio-json 0.7.3 over text that the JVM decoded.

zio-json reads the members of an object in the order of the text, and stops at the closing brace. So it reports the
first fault that it reaches, and ignores everything after the object.

Source: docs/protocol/prism-agent.md, 5.3.
"""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar, NoReturn

from connsim.prism.jvm.json_parser import Fault, JsonParser, Raw

NESTING_LIMIT = 8_000
"""The greatest nesting of an ignored value that the agent accepts.

The agent recurses until its thread's stack is full, so the real limit varies: a similar reader reached 7 000 to 17 000
levels in the one megabyte of Java 17, depending on how much of it was compiled.
"""

_BOM = b"\xef\xbb\xbf"
_ENCODED_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]?")
_NUMBER = re.compile(r"[-+.0-9eE]*")


class Malformed(ValueError):
    """The body does not decode.

    The text is what the agent puts between the parentheses of ``Invalid value for: body (...)``.
    """


class PlacedFault(Malformed):
    """A fault whose message gets the name of the member; other faults, such as an early end of the body, do not."""


def decode_strings(body: bytes, members: Mapping[str, bool]) -> dict[str, str]:
    """Read an object whose known members are strings.

    Args:
        body: The request's bytes, taken for UTF-8.
        members: The known members in the order the agent declares them; True marks a required one. The others
            may be absent or null, and then are absent from the result.

    Returns:
        The strings, in order of appearance. A lone surrogate, which can only come from an escape, is already the ``?``
        that the JVM would write for it; like the surrogate, this counts as one UTF-16 code unit.

    Raises:
        Malformed: The agent would refuse the body.
    """
    reader = Reader(body)
    found: dict[str, str | None] = {}
    for name in reader.members():
        reader.require(":")
        if name not in members:
            reader.value()
        elif name in found:
            raise Malformed("duplicate")
        else:
            try:
                found[name] = None if not members[name] and reader.null() else reader.string()
            except PlacedFault as fault:
                raise Malformed(f"{fault} at '{name}'") from fault
    for name, required in members.items():
        if required and name not in found:
            raise Malformed(f"missing at '{name}'")
    return {name: text for name, text in found.items() if text is not None}


class Reader(JsonParser):
    """zio-json's messages, and its way of reading objects. An ignored number is any mix of a number's characters."""

    words: ClassVar = {
        Fault.VALUE: "unexpected '{got}'",
        Fault.WORD: "expected '{wanted}'",
        Fault.CHARACTER: "expected '{wanted}' got '{got}'",
        Fault.FIRST_NAME: "expected string or '}}' got '{got}'",
        Fault.COMMA_OR_CLOSING: "expected ',' or '{wanted}' got '{got}'",
        Fault.STRING_CHARACTER: "invalid control in string",
        Fault.ESCAPE: "invalid '\\{got}' in string",
        Fault.HEX_DIGIT: "invalid charcode in string",
    }

    def __init__(self, body: bytes) -> None:
        # the agent's HTTP layer, not zio-json, drops one byte order mark
        super().__init__(jvm_utf8(body.removeprefix(_BOM)))

    def members(self) -> Iterator[str]:
        """Read an object: each name is yielded before its colon, and the caller reads colon and value."""
        self.require("{")
        more = first = not self.take("}")
        while more:
            yield self.name(first=first)
            more, first = self.another("}"), False

    def null(self) -> bool:
        """Read a null if it is next; returns whether it was."""
        is_null = self.peek() == "n"
        if is_null:
            self.word("null")
        return is_null

    def number(self) -> Raw:
        """Read a number that is ignored."""
        return Raw(self.run(_NUMBER))

    def check_depth(self, depth: int) -> None:
        """Refuse a value that would overflow the agent's stack."""
        if depth == NESTING_LIMIT:
            raise Malformed("Unexpected structure")

    def fail(self, fault: Fault, at: int, start: int, wanted: str) -> NoReturn:
        """Refuse the body."""
        got = self.text[at : at + 1]
        if not got:
            if fault is Fault.HEX_DIGIT:  # only here zio-json reports an early end as a fault at a place
                raise PlacedFault("unexpected EOB in string")
            raise Malformed("Unexpected end of input")
        # zio-json quotes only the first half of a surrogate pair, which the JVM writes as a question mark.
        raise PlacedFault(self.words[fault].format(wanted=wanted, got=got if got <= "\uffff" else "?"))


def jvm_utf8(data: bytes) -> str:
    """Decode UTF-8 as the JVM does, with U+FFFD for what is not UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        # Python replaces an encoded surrogate byte by byte, Java as a whole, even if its last byte is missing
        return _ENCODED_SURROGATE.sub("\ufffd".encode(), data).decode("utf-8", "replace")


def utf16_length(text: str) -> int:
    """Return the length of a text in UTF-16 code units, which is what the agent's limits count."""
    return len(text) if text.isascii() else len(text) + sum(char > "\uffff" for char in text)
