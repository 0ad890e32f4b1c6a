"""Reads JSON into the dataclasses that say its shape, and tells what does not fit."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from types import NoneType
from typing import Any, TypeVar, cast, get_args, get_origin

from connsim.control.shapes.shape import Node, choices_of, hints_of, is_shape, required, stripped
from connsim.errors import Misuse, did_you_mean

T = TypeVar("T")

BODY = "The body"
REQUEST = "The request"
"""What is read, in messages: a body, or the parameters in path and query."""

_OWN = {BODY: "The member", REQUEST: "The parameter"}
_SHOWN = 80  # characters of what somebody sent, in a text for people
_MANY = 2**53  # beyond, a bound says no more than that there is one
_WORDS: Mapping[object, str] = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    tuple: "a list",
    Mapping: "an object",
}
_TYPES: Mapping[object, type] = {str: str, bool: bool, NoneType: NoneType, tuple: list, Mapping: dict}


class Unfit(Misuse):
    """A value does not have the shape that it should have."""


def read(kind: type[T], value: object, name: str = BODY, *, strict: bool = True) -> T:
    """Make a value of a kind from JSON.

    Args:
        name: What to call it in messages.
        strict: Whether members that are not known are refused; a client lives with those that a newer server has.

    Raises:
        Unfit: It does not have the shape; the message names the member, and the nearest where one is unknown.
    """
    return cast(T, _read(kind, value, name, strict))


def _read(kind: Any, value: Any, name: str, strict: bool) -> object:
    bare, rules = stripped(kind)
    if choices := choices_of(bare):
        chosen = next((one for one in choices if _takes(one, value)), None)
        if chosen is None:
            raise _unfit(kind, value, name)
        return _read(chosen, value, name, strict)
    if not _takes(bare, value):
        raise _unfit(kind, value, name)
    if is_shape(bare):
        return _read_object(bare, value, name, strict)
    inner = get_args(bare)
    match get_origin(bare) or bare:
        case outer if outer is tuple:
            return tuple(
                _read(inner[0], one, f"{name}, number {number},", strict) for number, one in enumerate(value, start=1)
            )
        case outer if outer is Mapping:
            return {_text(key, name): _read(inner[1], one, f"{key[:_SHOWN]!r}", strict) for key, one in value.items()}
        case outer if outer is int:
            value = int(value)
        case outer if outer is str:
            value = _text(value, name)
    fitting: object = value
    _check(kind, rules, fitting, name)
    return fitting


def _read_object(kind: type, value: Mapping[str, object], name: str, strict: bool) -> object:
    hints = hints_of(kind)
    for member in value if strict else ():
        if member not in hints:
            word = "parameter" if name == REQUEST else "member"
            raise Unfit(
                f"{name} has the {word} {member[:_SHOWN]!r}.{did_you_mean(member, hints)} "
                f"Expected {f'nothing but {_listed(hints)}' if hints else 'nothing'}."
            )
    given: dict[str, object] = {}
    for field in fields(kind):
        if field.name in value:
            told = f"{_OWN[name]} {field.name!r}" if name in _OWN else repr(field.name)
            given[field.name] = _read(hints[field.name], value[field.name], told, strict)
        elif required(field):
            raise Unfit(f"{name} has no {field.name!r}. Expected {_expected(hints[field.name])}.")
    return kind(**given)


def _takes(kind: Any, value: object) -> bool:
    """Whether a JSON value is of the type that a kind is written in; what is in it is another matter."""
    bare = stripped(kind)[0]
    if choices := choices_of(bare):
        return any(_takes(one, value) for one in choices)
    outer = Mapping if is_shape(bare) else get_origin(bare) or bare
    if outer is object:
        return True
    if outer is int:  # to JSON, 1.0 is a whole number, and true is none
        return not isinstance(value, bool) and (isinstance(value, int) or _whole(value))
    return isinstance(value, _TYPES[outer])


def _whole(value: object) -> bool:
    return isinstance(value, float) and value.is_integer()


def _text(value: str, name: str) -> str:
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise Unfit(f"{name} has half of a surrogate pair. Expected characters of Unicode.")
    return value


def _check(kind: Any, rules: Node, value: object, name: str) -> None:
    """Check the keywords that say what a value may be."""
    offered = _several(rules, "enum")
    if offered and value not in offered:
        raise Unfit(f"{name} is {_shown(value)}.{did_you_mean(value, offered)} Expected {_expected(kind)}.")
    size = len(value) if isinstance(value, str) else value
    bounds = ("minLength", "maxLength") if isinstance(value, str) else ("minimum", "maximum")
    least, most = (_bound(rules, bound) for bound in bounds)
    if isinstance(size, int) and ((least is not None and size < least) or (most is not None and size > most)):
        raise _unfit(kind, value, name)


# --- words ----------------------------------------------------------------------------------------------------------


def _unfit(kind: Any, value: object, name: str) -> Unfit:
    return Unfit(f"{name} is {_shown(value)}. Expected {_expected(kind)}.")


def _shown(value: object) -> str:
    match value:
        case dict():
            return "an object"
        case list():
            return "a list"
        case None:
            return "null"
        case bool():
            return str(value).lower()
    return repr(value)[:_SHOWN]


def _expected(kind: Any) -> str:
    """What a kind is, for people."""
    bare, rules = stripped(kind)
    if choices := choices_of(bare):
        words = " or ".join(_expected(one) for one in choices if one is not NoneType)
    elif offered := _several(rules, "enum"):
        words = f"one of: {_listed(offered)}"
    elif is_shape(bare):
        words = f"an object with {_listed(hints_of(bare))}"
    else:
        words = _WORDS[get_origin(bare) or bare]
    least, most = _bound(rules, "minimum"), _bound(rules, "maximum")
    if least is not None:
        words += f" from {least} on" if most is None or most > _MANY else f" from {least} to {most}"
    if rules.get("minLength"):
        words += " that is not empty"
    if examples := _several(rules, "examples"):
        words += f", such as {' or '.join(map(json.dumps, examples))}"
    return words


def _several(rules: Node, keyword: str) -> list[object]:
    values = rules.get(keyword)
    return values if isinstance(values, list) else []


def _bound(rules: Node, keyword: str) -> int | None:
    value = rules.get(keyword)
    return value if isinstance(value, int) else None


def _listed(names: Iterable[object]) -> str:
    return ", ".join(map(str, names))
