r"""Request bodies, read the way the agent of 2023 reads them: spray-json 1.3.6 below Akka HTTP 10.2.9.

spray-json makes a tree of the whole body first. Then the members are taken from it in the order in which the agent
declares them, and the first that does not fit is told. Members that the agent does not know are dropped, and of
members with one name the last one counts.

Where the text is at fault, the message has three lines: what was found, the faulty line of the body, and a caret below
the place. Akka HTTP takes the exception's whole message, so all three are sent. spray-json decodes UTF-8 itself, and
only within strings: elsewhere a byte counts as a character. That, its count of columns, and its decoder that is left
dirty by a character cut off at the end of the body all show in the messages. Read in the sources of both, and compared
with spray-json 1.3.6 at work.
"""

import re
from collections.abc import Mapping
from typing import NoReturn

from connsim.prism.early.spray_text import Printed, decimal, decode_utf8, disturbed, printed
from connsim.prism.jvm.zio_json import join_surrogates

DEPTH_LIMIT = 1_000
"""How many arrays and objects there may be around a value."""

NUMBER_LIMIT = 100
"""Characters of a number."""

_END = "\uffff"  # stands for the end of the body, so that this very character ends it too

# A body is kept as text with one character for each byte: outside of strings that is what it is read as.
_PLAIN = re.compile(
    r"(?:[ !#-\[\]-\x7f]++|[\xc0-\xdf].|(?!\xef\xbf\xbf)[\xe0-\xef]..|[\xf0-\xf7]...|[\x80-\xbf\xf8-\xff])*+",
    re.DOTALL,
)
_BLANKS = re.compile(r"[ \t\r\n]*")
_DIGITS = re.compile(r"[0-9]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS = {"f": "false", "n": "null", "t": "true"}


class Malformed(ValueError):
    """The body does not decode; the text is spray-json's message."""


class BadNumber(Malformed):
    """The body has a number whose exponent Java does not take; Akka HTTP words the refusal in another way."""


def decode(body: bytes, members: Mapping[str, bool]) -> dict[str, str]:
    """Read an object whose known members are strings.

    Args:
        body: The request's bytes.
        members: The known members in the order the agent declares them, at least one, with names of characters up to
            U+FFFF; True marks a required one. The others may be absent or null, and then are absent from the result.

    Returns:
        The strings, in the order of ``members``. A lone surrogate is already the ``?`` that the JVM writes for it.

    Raises:
        Malformed: The agent would refuse the body.
    """
    tree = _Parser(body).document()
    found = {}
    for name, required in members.items():
        if not isinstance(tree, dict):
            raise Malformed(f"Object expected in field '{name}'")
        if name not in tree:
            if required:
                raise Malformed(f"Object is missing required member '{name}'")
        elif not isinstance(tree[name], Printed):
            found[name] = join_surrogates(tree[name])
        elif required or tree[name] != "null":
            raise Malformed(join_surrogates(f"Expected String as JsString, but got {tree[name]}"))
    return found


class _Parser:
    """A position in a body, and spray-json's steps from it. Strings are made of UTF-16 code units."""

    def __init__(self, body: bytes) -> None:
        self._text = body.decode("latin-1")
        self._at = 0

    def document(self) -> str | dict[str, str]:
        """Read the whole body as one value; of an object the members."""
        self._blanks()
        value = self._value()
        self._require(_END, "end-of-input")
        return value

    def _value(self) -> str | dict[str, str]:
        """Pass a value, keeping a stack of our own."""
        around: list[list[str] | dict[str, str]] = []
        names: list[str] = []
        while True:
            if len(around) == DEPTH_LIMIT:
                raise Malformed(
                    "JSON input nested too deeply:JSON input was nested more deeply than the configured limit of "
                    f"maxNesting = {DEPTH_LIMIT}"
                )
            value = self._plain_or_empty()
            if not isinstance(value, str) and not self._closes(value):
                around.append(value)
            else:
                while around:
                    inner, value = value if isinstance(value, str) else printed(value), around[-1]
                    if isinstance(value, list):
                        value.append(inner)
                    else:
                        value[names.pop()] = inner
                    if self._continues(value):
                        break
                    around.pop()
                else:
                    return printed(value) if isinstance(value, list) else value
            if isinstance(around[-1], dict):
                names.append(self._name())

    def _plain_or_empty(self) -> str | list[str] | dict[str, str]:
        """Pass a value without parts, or the bracket that opens one with parts."""
        got = self._char()
        if got == '"':
            return self._string()
        if got in _WORDS:
            return self._word(_WORDS[got])
        if got in "-0123456789":
            return self._number()
        if got not in "{[":
            self._fail("JSON Value")
        self._at += 1
        self._blanks()
        return {} if got == "{" else []

    def _closes(self, value: list[str] | dict[str, str]) -> bool:
        """Whether the bracket just opened closes at once; if so, pass it."""
        closed = self._take("]" if isinstance(value, list) else "}")
        if closed:
            self._blanks()
        return closed

    def _continues(self, value: list[str] | dict[str, str]) -> bool:
        """Pass a comma or the closing bracket: whether it was a comma."""
        more = self._take(",")
        if not more:
            closing = "]" if isinstance(value, list) else "}"
            self._require(closing, f"'{closing}'")
        self._blanks()
        return more

    def _name(self) -> str:
        """Pass a member's name and the colon."""
        name = self._string()
        self._require(":", "':'")
        self._blanks()
        return name

    def _word(self, word: str) -> str:
        start = self._at
        for wanted in word:
            if not self._take(wanted):
                # the place is that of the word, the character that of the fault
                self._fail("JSON Value", start)
        self._blanks()
        return Printed(word)

    def _number(self) -> str:
        start = self._at
        self._take("-")
        if not self._take("0"):
            self._digits()
        if self._take("."):
            self._digits()
        if self._take("e") or self._take("E"):
            _ = self._take("-") or self._take("+")
            self._digits()
        text = self._text[start : self._at]
        if len(text) > NUMBER_LIMIT:
            raise Malformed(
                f"Number too long:The number starting with '{text[:20]}' had {len(text)} characters which is more than "
                f"the allowed limit maxNumberCharacters = {NUMBER_LIMIT}. If this is legit input consider increasing "
                "the limit."
            )
        self._blanks()
        try:
            return Printed(decimal(text))
        except OverflowError as bad:
            raise BadNumber(str(bad)) from None

    def _digits(self) -> None:
        """Pass one digit or more."""
        if not self._run(_DIGITS):
            self._fail("DIGIT")

    def _string(self) -> str:
        """Pass a string and the blanks after it."""
        self._require('"', "'\"'")
        parts = [decode_utf8(self._run(_PLAIN))]
        while self._take("\\"):
            parts += self._escaped(), decode_utf8(self._run(_PLAIN))
        unread = len(self._text) - self._at
        if unread and self._char() > "\x7f":
            if self._text.startswith("\xef\xbf\xbf", self._at):
                self._fail("'\"'", self._at + 2, _END)
            self._fail("'\"'", len(self._text) + 1, _END, unread)  # a character that is cut off
        self._require('"', "'\"'")
        self._blanks()
        return "".join(parts)

    def _escaped(self) -> str:
        """Pass what follows a backslash."""
        got = self._char()
        if got != "u" and got not in _ESCAPES:
            self._fail("JSON escape sequence")
        self._at += 1
        if got != "u":
            return _ESCAPES[got]
        code = 0
        for _ in range(4):
            digit = "0123456789abcdef".find(self._char().lower())
            if digit < 0:
                self._fail("hex digit")
            code = code * 16 + digit
            self._at += 1
        return chr(code)

    def _require(self, wanted: str, target: str) -> None:
        """Pass one given character."""
        if not self._take(wanted):
            self._fail(target)

    def _take(self, wanted: str) -> bool:
        """Pass one given character if it is there."""
        there = self._char() == wanted
        self._at += there
        return there

    def _blanks(self) -> None:
        self._run(_BLANKS)

    def _run(self, pattern: re.Pattern[str]) -> str:
        """Pass the characters a pattern takes, perhaps none."""
        found = pattern.match(self._text, self._at)
        assert found  # every pattern here matches the empty text
        self._at = found.end()
        return found[0]

    def _char(self) -> str:
        """The character here, which outside of strings is a byte."""
        return self._text[self._at] if self._at < len(self._text) else _END

    def _fail(self, target: str, at: int | None = None, got: str | None = None, unread: int = 0) -> NoReturn:
        """Refuse the body.

        Args:
            target: What was expected.
            at: The index of the byte that is told; the present one if there is none.
            got: The character that is told; the present one if there is none.
            unread: How many bytes of a cut-off character are left in the decoder.
        """
        at = self._at if at is None else at
        got = self._char() if got is None else got
        shown = f"\\u{ord(got):04x}" if _CONTROL.match(got) else got
        what = "end-of-input" if got == _END else f"character '{shown}'"
        # bytes are looked for among characters: a place after others than ASCII is told too far to the right
        try:
            text = decode_utf8(disturbed(self._text, unread) if unread else self._text).partition(_END)[0]
        except BufferError:
            raise Malformed("") from None
        start = text.rfind("\n", 0, at) + 1
        end = text.find("\n", at)
        line = _CONTROL.sub("?", text[start : len(text) if end < 0 else end])
        place = f"input index {at} (line {text[:at].count(chr(10)) + 1}, position {at - start + 1})"
        caret = " " * (at - start) + "^"
        raise Malformed(join_surrogates(f"Unexpected {what} at {place}, expected {target}:\n{line}\n{caret}\n"))
