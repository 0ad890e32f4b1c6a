"""The two ways in which spray-json 1.3.6 turns bytes and values into text: its UTF-8 decoder, and its printer.

Texts are made of UTF-16 code units here, as in the JVM: that is how columns are counted and names are sorted.
"""

import re
from decimal import Decimal

_EXPONENT_DIGITS = 10
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_TO_ESCAPE = re.compile(r'["\\\x00-\x1f]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}

# UTF-8 is taken apart by its first byte alone: as many bytes belong together as that one announces, whatever they are.
_SEQUENCE = re.compile(r"[\x00-\x7f]+|[\xc0-\xdf].?|[\xe0-\xef].{0,2}|[\xf0-\xf7].{0,3}|[\x80-\xff]", re.DOTALL)
_LEADING = re.compile(r"[\xc0-\xf7]")


class Printed(str):
    """A value that is no string, as the JSON that spray-json prints of it."""


def disturbed(text: str, unread: int) -> str:
    """A body as it is read again for a message, while bytes of its cut-off last character are left in the decoder.

    They spoil the first character that is not ASCII.

    Raises:
        BufferError: They do not leave room for it in the decoder's four bytes; Java's exception has no message.
    """
    first = _LEADING.search(text)
    assert first  # the cut-off character, if no other
    found = _SEQUENCE.match(text, first.start())
    assert found
    if unread + len(found[0]) > 4:
        raise BufferError
    return f"{text[: found.start()]}\x80{text[found.end() :]}"


def decode_utf8(text: str) -> str:
    """Decode UTF-8 that is kept as text, into UTF-16 code units."""
    if text.isascii():
        return text
    try:
        decoded = text.encode("latin-1").decode()
    except UnicodeDecodeError:
        decoded = "".join(_character(found[0]) for found in _SEQUENCE.finditer(text))
    return _ASTRAL.sub(_halves, decoded)


def _character(sequence: str) -> str:
    try:
        return sequence.encode("latin-1").decode()
    except UnicodeDecodeError:
        return "\ufffd"


def _halves(found: re.Match[str]) -> str:
    """A character beyond U+FFFF as its two code units."""
    offset = ord(found[0]) - 0x10000
    return chr(0xD800 + (offset >> 10)) + chr(0xDC00 + (offset & 0x3FF))


def decimal(text: str) -> str:
    """Print a number as Java prints a ``BigDecimal`` made of it, which keeps its digits, but not the sign of a zero.

    Raises:
        OverflowError: Java does not take the exponent; the text is its message.
    """
    mantissa, _, exponent = text.lower().partition("e")
    digits = exponent.lstrip("+-").lstrip("0")
    if len(digits) > _EXPONENT_DIGITS:
        raise OverflowError("Too many nonzero exponent digits.")
    power = int(exponent or "0")
    if not -(2**31) <= power < 2**31:
        raise OverflowError("Exponent overflow.")
    if not -(2**31) <= len(mantissa.partition(".")[2]) - power < 2**31:
        raise OverflowError("Scale out of range.")
    number = Decimal(text)
    return str(number if number else number.copy_abs())


def printed(value: list[str] | dict[str, str]) -> Printed:
    """Print an array, or an object sorted by the names of its members, whose values may be strings or printed."""
    if isinstance(value, list):
        return Printed(f"[{','.join(map(_shown, value))}]")
    return Printed(f"{{{','.join(f'{_quoted(name)}:{_shown(value[name])}' for name in sorted(value))}}}")


def _shown(value: str) -> str:
    return value if isinstance(value, Printed) else _quoted(value)


def _quoted(text: str) -> str:
    escaped = _TO_ESCAPE.sub(lambda found: _SHORT.get(found[0]) or f"\\u{ord(found[0]):04x}", text)
    return f'"{escaped}"'
