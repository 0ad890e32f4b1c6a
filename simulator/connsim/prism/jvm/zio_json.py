"""Request bodies, read the way the agent reads them: zio-json 0.7.3 over text that the JVM decoded.

zio-json pulls one character after the other and stops at the brace that closes the object. So a fault counts
only once it is reached, the first one wins, and whatever follows the object is never looked at. A general
JSON parser would refuse other bodies with other words, hence this reader.
"""

import re
from collections.abc import Mapping

NESTING_LIMIT = 8_000
"""How deep an ignored value may nest before the agent says so.

The agent recurses until the stack of its thread is full, which is no fixed number: a reader of the same shape
got 7 000 to 17 000 levels out of Java 17's one megabyte, depending on how much of it was compiled.
"""

BOM = b"\xef\xbb\xbf"
_ENCODED_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]?")
_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANKS = re.compile(r"[ \t\r\n]*")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_HEX = re.compile(r"[0-9A-Fa-f]{0,4}")
_NUMBER = re.compile(r"[-+.0-9eE]*")
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_LITERALS = {"n": "null", "t": "true", "f": "false"}
_CLOSINGS = {"{": "}", "[": "]"}


class Malformed(ValueError):
    """The body does not decode.

    The text is what the agent puts between the parentheses of ``Invalid value for: body (...)``.
    """


def decode_strings(body: bytes, members: Mapping[str, bool]) -> dict[str, str]:
    """Read an object whose known members are strings.

    Args:
        body: The request's bytes, taken for UTF-8.
        members: The known members in the order the agent declares them; True marks a required one. The others
            may be absent or null, and then are absent from the result.

    Returns:
        The strings, in order of appearance. A lone surrogate, which only an escape can bring in, is already
        the ``?`` that the JVM would write for it; it still counts as one UTF-16 code unit.

    Raises:
        Malformed: The agent would refuse the body.
    """
    # the agent's HTTP layer, not zio-json, drops one byte order mark
    reader = Reader(jvm_utf8(body.removeprefix(BOM)))
    found: dict[str, str | None] = {}
    reader.expect("{")
    more = reader.first_member()
    while more:
        name = reader.key()
        if name not in members:
            reader.skip()
        elif name in found:
            raise Malformed("duplicate")
        else:
            try:
                found[name] = None if not members[name] and reader.null() else reader.string()
            except Fault as fault:
                raise Malformed(f"{fault} at '{name}'") from fault
        more = reader.another("}")
    for name, required in members.items():
        if required and name not in found:
            raise Malformed(f"missing at '{name}'")
    return {name: text for name, text in found.items() if text is not None}


def jvm_utf8(data: bytes) -> str:
    """Decode UTF-8 as the JVM does, with U+FFFD for what is not UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        # Python replaces an encoded surrogate byte by byte, Java as a whole, even if its last byte is missing
        return _ENCODED_SURROGATE.sub("\ufffd".encode(), data).decode("utf-8", "replace")


def join_surrogates(text: str) -> str:
    """Make a character of each surrogate pair, and of a lone surrogate the ``?`` the JVM writes for it."""
    if not _SURROGATE.search(text):
        return text
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return joined.encode("utf-8", "replace").decode()


def utf16_length(text: str) -> int:
    """The length of a text in UTF-16 code units, which is what the agent's limits count."""
    return len(text) if text.isascii() else len(text) + sum(char > "\uffff" for char in text)


class Fault(Malformed):
    """A fault at a place, to which the name of the member is added; an early end of the body gets no name."""


class Reader:
    """A position in a text, and zio-json's steps from it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def expect(self, wanted: str) -> None:
        """Pass blanks and one given character."""
        got = self._next()
        if got != wanted:
            raise Fault(f"expected '{wanted}' got '{_unit(got)}'")

    def first_member(self) -> bool:
        """Whether a member follows the opening brace; if not, the closing brace is passed."""
        got = self._next()
        if got == '"':
            self._at -= 1
        elif got != "}":
            raise Fault(f"expected string or '}}' got '{_unit(got)}'")
        return got == '"'

    def another(self, closing: str) -> bool:
        """Pass a comma or the closing bracket: whether it was a comma."""
        got = self._next()
        if got not in (",", closing):
            raise Fault(f"expected ',' or '{closing}' got '{_unit(got)}'")
        return got == ","

    def key(self) -> str:
        """Pass a member's name and the colon."""
        name = self.string()
        self.expect(":")
        return name

    def null(self) -> bool:
        """Pass a null if there is one."""
        if self._next() == "n":
            self._literal("null")
            return True
        self._at -= 1
        return False

    def string(self) -> str:
        """Pass a string."""
        self.expect('"')
        return self._rest_of_string()

    def skip(self) -> None:
        """Pass a value of any kind, checked only as far as zio-json checks what it ignores."""
        closings: list[str] = []  # a list, not the call stack: clients choose how deep it gets
        while True:
            got = self._next()
            if self._opens(got):
                closings.append(_CLOSINGS[got])
                if len(closings) >= NESTING_LIMIT:  # the value now awaited is one level more
                    raise Malformed("Unexpected structure")
            else:
                self._rest_of_plain_value(got)
                while closings and not self.another(closings[-1]):
                    closings.pop()
                if not closings:
                    return
            if closings[-1] == "}":
                self.key()

    def _opens(self, got: str) -> bool:
        """Whether a character opens an object or array with something in it; an empty one is passed."""
        if got == "{":
            return self.first_member()
        if got == "[" and self._next() != "]":
            self._at -= 1
            return True
        return False

    def _rest_of_plain_value(self, got: str) -> None:
        """Pass a value without members, given its first character, which is passed."""
        if got == '"':
            self._rest_of_string()
        elif got in _LITERALS:
            self._literal(_LITERALS[got])
        elif got in "-0123456789":
            self._run(_NUMBER)  # any mix of a number's characters will do
        elif got not in _CLOSINGS:
            raise Fault(f"unexpected '{_unit(got)}'")

    def _literal(self, word: str) -> None:
        """Pass what is left of a word, given that its first letter is passed."""
        for wanted in word[1:]:
            if self._char() != wanted:
                raise Fault(f"expected '{word}'")

    def _rest_of_string(self) -> str:
        """Pass a string, given that its opening quote is passed."""
        text = self._run(_PLAIN)
        got = self._char()
        if got == '"':
            return text
        parts = [text]
        while got != '"':
            if got != "\\":
                raise Fault("invalid control in string")
            parts += self._escaped(), self._run(_PLAIN)
            got = self._char()
        return join_surrogates("".join(parts))

    def _escaped(self) -> str:
        """Pass what follows a backslash."""
        got = self._char()
        if got != "u":
            if got not in _ESCAPES:
                raise Fault(f"invalid '\\{_unit(got)}' in string")
            return _ESCAPES[got]
        digits = self._run(_HEX)
        if len(digits) == 4:
            return chr(int(digits, 16))
        # here, and only here, zio-json reports an early end as a fault at a place
        at_end = self._at == len(self._text)
        raise Fault("unexpected EOB in string" if at_end else "invalid charcode in string")

    def _run(self, pattern: re.Pattern[str]) -> str:
        """Pass the characters a pattern takes, perhaps none."""
        found = pattern.match(self._text, self._at)
        assert found  # every pattern here matches the empty text
        self._at = found.end()
        return found[0]

    def _next(self) -> str:
        """Pass blanks and one character."""
        self._run(_BLANKS)
        return self._char()

    def _char(self) -> str:
        """Pass one character."""
        if self._at == len(self._text):
            raise Malformed("Unexpected end of input")
        self._at += 1
        return self._text[self._at - 1]


def _unit(char: str) -> str:
    """A character as the agent quotes it: of a pair it quotes the first half, which is written as ``?``."""
    return char if char <= "\uffff" else "?"
