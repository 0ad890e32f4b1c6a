"""Request bodies, read the way the agent of 2023 reads them: spray-json 1.3.6 below Akka HTTP 10.2.9.

spray-json makes a tree of the whole body first. Then the members are taken from it in the order in which the agent
declares them, and the first one of a wrong type is reported. Members that the agent does not know are dropped, and of
members with one name the last one counts.

Status, order of checks and the first line of each message are those of spray-json. Left out, as the law of exactness
in ``docs/architecture.md`` allows: the lines that quote the body and mark the place with a caret, the messages for
numbers beyond Java's range, and the effects of invalid UTF-8 and U+FFFF on its decoder. Read in the sources of both,
and compared with runs of spray-json 1.3.6.

Source: docs/protocol/prism-agent.md, 5.5.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar, NoReturn

from connsim.prism.jvm.jawn import compact
from connsim.prism.jvm.json_parser import Fault, JsonParser, Raw
from connsim.prism.jvm.zio_json import jvm_utf8

DEPTH_LIMIT = 1_000
"""The greatest number of arrays and objects around a value."""

NUMBER_LIMIT = 100
"""The greatest number of characters in a number."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Malformed(ValueError):
    """The body does not decode; the text is the first line of spray-json's message."""


def decode(body: bytes, members: Mapping[str, bool]) -> dict[str, str]:
    """Read an object whose known members are strings.

    Args:
        body: The request's bytes.
        members: The known members in the order the agent declares them, at least one; True marks a required one. The
            others may be absent or null, and then are absent from the result.

    Returns:
        The strings, in the order of ``members``. A lone surrogate is already the ``?`` that the JVM writes for it.

    Raises:
        Malformed: The agent would refuse the body.
    """
    tree = _Spray(body).document()
    found = {}
    for name, required in members.items():
        if not isinstance(tree, dict):
            raise Malformed(f"Object expected in field '{name}'")
        value = tree.get(name)
        if isinstance(value, str):
            found[name] = value
        elif required and name not in tree:
            raise Malformed(f"Object is missing required member '{name}'")
        elif required or value is not None:
            raise Malformed(f"Expected String as JsString, but got {compact(value, sort_members=True)}")
    return found


class _Spray(JsonParser):
    """spray-json's messages and limits. Outside of strings it counts bytes, so its text has one character per byte."""

    words: ClassVar = {
        Fault.VALUE: "JSON Value",
        Fault.WORD: "JSON Value",
        Fault.DIGIT: "DIGIT",
        Fault.CHARACTER: "'{wanted}'",
        Fault.FIRST_NAME: "'{wanted}'",
        Fault.COMMA_OR_CLOSING: "'{wanted}'",
        Fault.STRING_CHARACTER: "'{wanted}'",
        Fault.ESCAPE: "JSON escape sequence",
        Fault.HEX_DIGIT: "hex digit",
        Fault.END: "end-of-input",
    }

    def __init__(self, body: bytes) -> None:
        super().__init__(body.decode("latin-1"))

    def plain(self) -> str:
        """Read the unescaped characters of a string, which are UTF-8."""
        return jvm_utf8(super().plain().encode("latin-1"))

    def number(self) -> Raw:
        """Read a number in the form of Java's ``BigDecimal``, which keeps all digits, but not the sign of a zero."""
        text = super().number().text
        if len(text) > NUMBER_LIMIT:
            raise Malformed(
                f"Number too long:The number starting with '{text[:20]}' had {len(text)} characters which is more than "
                f"the allowed limit maxNumberCharacters = {NUMBER_LIMIT}. If this is legit input consider increasing "
                "the limit."
            )
        if abs(int(text.lower().partition("e")[2] or "0")) >= 2**31:
            raise Malformed("Exponent overflow.")
        number = Decimal(text)
        return Raw(str(number if number else number.copy_abs()))

    def check_depth(self, depth: int) -> None:
        """Refuse a value that is nested too deeply."""
        if depth == DEPTH_LIMIT:
            raise Malformed(
                "JSON input nested too deeply:JSON input was nested more deeply than the configured limit of "
                f"maxNesting = {DEPTH_LIMIT}"
            )

    def fail(self, fault: Fault, at: int, start: int, wanted: str) -> NoReturn:
        """Refuse the body. For a misspelt word, the place is its beginning, the character its first wrong letter."""
        got = self.text[at : at + 1]
        place = start if fault is Fault.WORD else at
        shown = f"\\u{ord(got):04x}" if _CONTROL.match(got) else got
        what = f"character '{shown}'" if got else "end-of-input"
        line = self.text.count("\n", 0, place) + 1
        position = place - self.text.rfind("\n", 0, place)
        expected = self.words[fault].format(wanted=wanted)
        raise Malformed(
            f"Unexpected {what} at input index {place} (line {line}, position {position}), expected {expected}:"
        )
