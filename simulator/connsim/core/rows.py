"""Turns rows into values: JSON of the control API, faults, settings.

Rows are written by hand, in an editor, a cell of a table or a shell. So the error for a mistake is a sentence: the
value that was given, the nearest name, and what is expected. The three places differ only in the class of the error and
in the words for an unknown or a missing member. A `Reader` holds these.

    row  ->  Reader.members  ->  Reader.read, for each member  ->  values by the names of fields

Each member has a type (`connsim.core.shapes`), from which the JSON Schema is made, too. For the reason why no library
does this, see ``docs/decisions/0002-rows-are-read-by-hand-written-code.md``.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from types import NoneType
from typing import Any, NamedTuple, TypeVar, cast, get_args, get_origin

from connsim.core.shapes import Kind, choices_of, hints_of, is_shape, stripped
from connsim.errors import ConnsimError, Misuse, did_you_mean

T = TypeVar("T")

_SHOWN = 80  # characters of a value in a message
_EXACT = 2**53  # a greater upper bound is not mentioned: it only excludes numbers that JSON parsers may round
_LONGEST = 20  # digits of a number that is written as a text
_WORDS: Mapping[object, str] = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    tuple: "a list",
    frozenset: "a list",
    Mapping: "an object",
    NoneType: "null",
}
_LISTS = (list, tuple, frozenset)
_TYPES: Mapping[object, type | tuple[type, ...]] = {
    str: str,
    bool: bool,
    NoneType: NoneType,
    tuple: _LISTS,
    frozenset: _LISTS,
    Mapping: Mapping,
}


class Member(NamedTuple):
    """A member of a row.

    Attributes:
        key: Its name in the row.
        field: The name of the dataclass field.
        kind: Its type, or a `Kind`.
        doc: Its meaning, in half a sentence. The message for a missing member has it in place of the type.
        default: ``MISSING`` if the member is required.
    """

    key: str
    field: str
    kind: Any
    doc: str = ""
    default: Any = MISSING


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the rows of one place, and words the errors for mistakes in them.

    Attributes:
        error: The class of the errors.
        unknown: The message for an unknown member, with ``{row}``, ``{name}``, ``{near}``, ``{known}`` (the list of
            known members) and ``{only}`` ("nothing but" this list).
        missing: The message for a missing member, with ``{row}``, ``{name}`` and ``{expected}``.
        row_name: The noun for a row in messages.
        member: The noun for a member, with ``{!r}`` for its quoted name.
        strict: Whether unknown members are refused.
        texts: Whether a number or a flag may be written as a text: a query or a cell of a table holds nothing else.
        nulls: Whether messages list null among the expected values.
    """

    error: type[Misuse]
    unknown: str = "{row} has the member {name}.{near} Expected {only}."
    missing: str = "{row} has no {name}. Expected {expected}."
    row_name: str = "The row"
    member: str = "The member {!r}"
    strict: bool = True
    texts: bool = False
    nulls: bool = False

    def make(self, kind: type[T], row: object) -> T:
        """Make an instance of a dataclass from a row.

        Raises:
            Misuse: An `error`; the message names the member, and for an unknown one the nearest known name.
        """
        if not isinstance(row, Mapping):
            raise self._unfit(kind, row, self.row_name)
        shape: Any = kind
        return kind(**self.members(members_of(shape), row, self.row_name, self.member))

    def members(self, members: Iterable[Member], row: Mapping[Any, object], row_name: str, noun: str) -> dict[str, Any]:
        """Read the members of a row, by field name; a member that the row leaves out is left out here, too.

        Args:
            row_name: Replaces the attribute `row_name`.
            noun: Replaces the attribute `member`.

        Raises:
            Misuse: As for `make`.
        """
        known = {member.key: member for member in members}
        listed = ", ".join(known)
        for key in row if self.strict else ():
            if key not in known:
                near, only = did_you_mean(key, known), f"nothing but {listed}" if known else "nothing"
                text = self.unknown.format(row=row_name, name=quoted(key), near=near, known=listed, only=only)
                raise self.error(text)
        values: dict[str, Any] = {}
        for member in known.values():
            if member.key in row:
                values[member.field] = self.read(member.kind, row[member.key], noun.format(member.key))
            elif member.default is MISSING:
                expected = member.doc or self.expected(member.kind)
                raise self.error(self.missing.format(row=row_name, name=repr(member.key), expected=expected))
        return values

    def read(self, kind: Any, value: Any, name: str) -> Any:
        """Read one value.

        Args:
            name: The name of the value in messages.

        Raises:
            Misuse: An `error`; the value is of another kind.
        """
        bare, rules = stripped(kind)
        if self.texts and isinstance(value, str):
            value = _of_text(kind, value)
        if choices := choices_of(bare):
            chosen = next((one for one in choices if self._takes(one, value)), None)
            if chosen is None:
                raise self._unfit(kind, value, name)
            return self.read(chosen, value, name)
        if isinstance(bare, Kind):
            try:
                return bare.read(value)
            except (ValueError, TypeError, ConnsimError):
                raise self._unfit(kind, value, name) from None
        if not self._takes(bare, value):
            raise self._unfit(kind, value, name)
        if is_shape(bare):
            return bare(**self.members(members_of(bare), value, name, "{!r}"))
        outer, inner = get_origin(bare) or bare, get_args(bare)
        if outer in (tuple, frozenset):
            return outer(self.read(inner[0], one, f"{name}, number {n},") for n, one in enumerate(value, start=1))
        if outer is Mapping:
            return {self._text(key, name): self.read(inner[1], one, quoted(key)) for key, one in value.items()}
        if outer is int:
            value = int(value)
        elif outer is str:
            value = self._text(value, name)
        if not _allowed(rules, value):
            raise self._unfit(kind, value, name)
        return value

    def _takes(self, kind: Any, value: object) -> bool:
        """Whether a value has the type in which rows write this kind; the rules are not checked."""
        bare = stripped(kind)[0]
        if choices := choices_of(bare):
            return any(self._takes(one, value) for one in choices)
        if isinstance(bare, Kind):
            return bare.takes(value)
        outer = Mapping if is_shape(bare) else get_origin(bare) or bare
        if outer is object:
            return True
        if outer is int:  # 1.0 is an integer in JSON, and True is one in Python
            is_integer = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
            return is_integer and not isinstance(value, bool)
        return isinstance(value, _TYPES[outer])

    def _text(self, value: str, name: str) -> str:
        if any("\ud800" <= char <= "\udfff" for char in value):
            raise self.error(f"{name} contains a lone surrogate. Expected valid Unicode.")
        return value

    def _unfit(self, kind: Any, value: object, name: str) -> Misuse:
        near = did_you_mean(value, stripped(kind)[1].get("enum", ()))
        return self.error(f"{name} is {shown(value)}.{near} Expected {self.expected(kind)}.")

    def expected(self, kind: Any) -> str:
        """Describe a kind in words, for messages."""
        bare, rules = stripped(kind)
        if isinstance(bare, Kind):
            return bare.words
        if choices := choices_of(bare):
            words = " or ".join(self.expected(one) for one in choices if self.nulls or one is not NoneType)
        elif offered := rules.get("enum"):
            words = f"one of: {', '.join(map(str, offered))}"
        elif is_shape(bare):
            words = f"an object with {', '.join(hints_of(bare))}"
        else:
            outer, inner = get_origin(bare) or bare, get_args(bare)
            words = _WORDS[outer] + (f", each {self.expected(inner[0])}" if outer in (tuple, frozenset) else "")
        least, most = rules.get("minimum"), rules.get("maximum")
        if least is not None:
            words += f" of at least {least}" if most is None or most > _EXACT else f" from {least} to {most}"
        if rules.get("minLength"):
            words += " that is not empty"
        if examples := rules.get("examples"):
            words += f", such as {' or '.join(map(json.dumps, examples))}"
        return words


def shown(value: object) -> str:
    """A value as messages quote it, in the words of JSON."""
    match value:
        case Mapping():
            return "an object"
        case list() | tuple() | frozenset():
            return "a list"
        case None:
            return "null"
        case bool():
            return str(value).lower()
    return repr(value)[:_SHOWN]


def quoted(name: object) -> str:
    """A name as messages quote it."""
    return repr(name[:_SHOWN] if isinstance(name, str) else name)


@cache
def members_of(kind: type) -> tuple[Member, ...]:
    """The members of a row that becomes this dataclass."""
    hints = hints_of(kind)
    return tuple(
        Member(
            field.name,
            field.name,
            hints[field.name],
            default=None if field.default_factory is not MISSING else field.default,
        )
        for field in fields(cast(Any, kind))
    )


def _of_text(kind: Any, text: str) -> object:
    """Convert a text to a number or flag if the kind asks for one; any other text is returned, and refused later."""
    kinds = {stripped(one)[0] for one in choices_of(stripped(kind)[0]) or (kind,)}
    if int in kinds and text.removeprefix("-").isdecimal() and text.isascii() and len(text) <= _LONGEST:
        return int(text)
    return text == "true" if bool in kinds and text in ("true", "false") else text


def _allowed(rules: Mapping[str, Any], value: object) -> bool:
    """Whether the keywords ``enum`` and the bounds allow a value."""
    if (offered := rules.get("enum")) and value not in offered:
        return False
    size = len(value) if isinstance(value, str) else value
    bounds = ("minLength", "maxLength") if isinstance(value, str) else ("minimum", "maximum")
    least, most = (rules.get(bound) for bound in bounds)
    return not isinstance(size, int) or ((least is None or size >= least) and (most is None or size <= most))
