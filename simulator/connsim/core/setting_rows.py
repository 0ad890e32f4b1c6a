"""The settings of an agent as a row of data: what a scenario, the control API and a remote test change by name.

Durations are written as people write them (``"5m"``), or as nanoseconds; ``null`` is what ``None`` is in Python.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from connsim.core.durations import Ns, duration, spoken
from connsim.errors import BadDuration, Misuse, did_you_mean

Settings = TypeVar("Settings")


def changed(settings: Settings, row: Mapping[str, object]) -> Settings:
    """Settings that differ in what a row says.

    Raises:
        Misuse: A setting is unknown, or its value is of another kind; the message names the nearest.
    """
    hints = _hints(settings)
    values = {}
    for name, value in row.items():
        if name not in hints:
            raise Misuse(
                f"{type(settings).__name__} has no setting {name[:80]!r}.{did_you_mean(name, hints)} "
                f"Expected one of: {', '.join(hints)}."
            )
        values[name] = _read(name, value, hints[name])
    return replace(settings, **values)  # type: ignore[type-var]


def row_of(settings: Any) -> dict[str, object]:
    """Settings as a row that `changed` reads."""
    return {name: _written(getattr(settings, name), hint) for name, hint in _hints(settings).items()}


def _hints(settings: object) -> dict[str, Any]:
    hints = get_type_hints(type(settings), include_extras=True)
    return {field.name: hints[field.name] for field in fields(settings)}  # type: ignore[arg-type]


def _read(name: str, value: object, hint: Any) -> object:
    for kind in _kinds(hint):
        try:
            return _read_as(value, kind)
        except (TypeError, BadDuration):
            continue
    expected = " or ".join(_said(kind) for kind in _kinds(hint))
    raise Misuse(f"The setting {name} was given {value!r}. Expected {expected}.")


def _read_as(value: object, kind: Any) -> object:
    """Read a value as one kind.

    Raises:
        TypeError: It is none.
        BadDuration: It is a text, and no duration.
    """
    if kind is NoneType and value is None:
        return None
    if kind == Ns and isinstance(value, str):
        return duration(value)
    if get_origin(kind) is Literal and value in get_args(kind):
        return value
    if get_origin(kind) in (tuple, frozenset) and isinstance(value, list | tuple | frozenset):
        each = get_args(kind)[0]
        return get_origin(kind)(_read_as(one, each) for one in value)
    plain = int if kind == Ns else kind
    if plain in (str, bool, int) and type(value) is plain and not (plain is int and value < 0):
        return value
    raise TypeError


def _written(value: object, hint: Any) -> object:
    if isinstance(value, tuple | frozenset):
        [kind] = (kind for kind in _kinds(hint) if get_origin(kind) is type(value))
        return [_written(one, get_args(kind)[0]) for one in (sorted(value) if isinstance(value, frozenset) else value)]
    return spoken(value) if isinstance(value, int) and Ns in _kinds(hint) else value


def _kinds(hint: Any) -> tuple[Any, ...]:
    """What a setting can be: the members of a union, or itself."""
    if hint == Ns or get_origin(hint) in (Literal, tuple, frozenset) or isinstance(hint, type):
        return (hint,)
    return get_args(hint)


def _said(kind: Any) -> str:
    if kind == Ns:
        return "a duration ('5m')"
    if get_origin(kind) is Literal:
        return f"one of: {', '.join(get_args(kind))}"
    if get_origin(kind) in (tuple, frozenset):
        return f"a list, each {_said(get_args(kind)[0])}"
    names = {NoneType: "null", str: "a text", bool: "true or false", int: "a whole number from 0 on"}
    return names[kind]
