"""The settings of an agent as a row, for scenario files, the control API and remote tests.

Durations are texts such as ``"5m"``, or nanoseconds; ``None`` is ``null``.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin

from connsim.core.rows import Member, Reader
from connsim.core.shapes import Kind, choices_of, hints_of, stripped
from connsim.errors import Misuse

Settings = TypeVar("Settings")

_READER = Reader(Misuse, unknown="{row} has no setting {name}.{near} Expected one of: {known}.", nulls=True)


def changed(settings: Settings, row: Mapping[str, object]) -> Settings:
    """Copy settings, with the values of a row in place of the present ones.

    Raises:
        Misuse: A setting is unknown, or its value has the wrong type; the message has the nearest name.
    """
    # A setting that the row leaves out keeps its value, so each member has a default here.
    members = [Member(name, name, hint, default=None) for name, hint in _hints(settings).items()]
    values = _READER.members(members, row, type(settings).__name__, "The setting {!r}")
    return replace(settings, **values)  # type: ignore[type-var]


def row_of(settings: Any) -> dict[str, object]:
    """Write settings as a row that `changed` reads."""
    return {name: _written(getattr(settings, name), hint) for name, hint in _hints(settings).items()}


def _hints(settings: Any) -> dict[str, Any]:
    cls: type = type(settings)
    hints = hints_of(cls)
    return {field.name: hints[field.name] for field in fields(settings)}


def _written(value: Any, hint: Any) -> object:
    bare = stripped(hint)[0]
    if choices := choices_of(bare):
        return None if value is None else _written(value, next(one for one in choices if one is not NoneType))
    if get_origin(bare) in (tuple, frozenset):
        return [_written(one, get_args(bare)[0]) for one in (sorted(value) if isinstance(value, frozenset) else value)]
    return bare.write(value) if isinstance(bare, Kind) else value
