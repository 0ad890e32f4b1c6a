"""What a fault can be told, and how it is written: one kind of value after the other.

A value is read from a scenario file, from JSON, or from a cell of a feature file, where everything is a text.
"""

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

from connsim.core.durations import duration, spoken
from connsim.core.ends import Ever, For, Polls, parse_ends
from connsim.core.nth import Nth
from connsim.errors import ConnsimError, did_you_mean

Plain = str | int | float | bool
"""What a row can hold."""


class Kind(NamedTuple):
    """A kind of value.

    Attributes:
        read: Makes a value of what was written; raises ``ValueError`` or a `ConnsimError` if it is none.
        write: Writes it down again.
        schema: Its JSON Schema.
        words: What is expected, for messages.
    """

    read: Callable[[Any], Any]
    write: Callable[[Any], Plain]
    schema: dict[str, object]
    words: str


def parameter(kind: Kind, doc: str, *, key: str = "", default: Any = dataclasses.MISSING) -> Any:
    """A field of a dataclass that can be written in a row.

    Args:
        doc: What it means, for the docs: half a sentence.
        key: How it is written, if not by the field's name.
        default: What is left out of rows.
    """
    return dataclasses.field(default=default, metadata={"kind": kind, "doc": doc, "key": key})


class Parameter(NamedTuple):
    """A parameter as the dataclass declares it.

    Attributes:
        key: How it is written in a row.
        field: The name of the field.
        default: ``MISSING`` if it must be given.
    """

    key: str
    field: str
    kind: Kind
    doc: str
    default: Any

    def read(self, given: object) -> Any:
        """Make its value of what was written.

        Raises:
            ValueError: It is none; the text says what was expected.
        """
        try:
            return self.kind.read(given)
        except (ValueError, TypeError, ConnsimError):
            raise ValueError(f"{self.key} is {given!r}. Expected {self.kind.words}.{self._near(given)}") from None

    def write(self, value: object) -> Plain:
        """Write its value down."""
        return self.kind.write(value)

    def _near(self, given: object) -> str:
        listed = self.kind.schema.get("enum", ())
        return did_you_mean(given, listed)  # type: ignore[arg-type]


def parameters(cls: type[Any]) -> tuple[Parameter, ...]:
    """The parameters of a dataclass, in their order."""
    return tuple(
        Parameter(f.metadata["key"] or f.name, f.name, f.metadata["kind"], f.metadata["doc"], f.default)
        for f in dataclasses.fields(cls)
        if "kind" in f.metadata
    )


# --- kinds --------------------------------------------------------------------------------------------------------


def whole(low: int, high: int | None = None) -> Kind:
    """A whole number, both ends included."""

    def read(given: Any) -> int:
        if isinstance(given, bool | float):
            raise ValueError
        number = int(given)
        if number < low or (high is not None and number > high):
            raise ValueError
        return number

    upper: dict[str, object] = {} if high is None else {"maximum": high}
    words = f"a whole number from {low} on" if high is None else f"a whole number from {low} to {high}"
    return Kind(read, int, {"type": "integer", "minimum": low, **upper}, words)


def one_of(*words: str) -> Kind:
    """One of a few words."""

    def read(given: Any) -> str:
        if given not in words:
            raise ValueError
        return str(given)

    return Kind(read, str, {"enum": list(words)}, f"one of: {', '.join(words)}")


def _read_chance(given: Any) -> float:
    if isinstance(given, bool):
        raise ValueError
    text = str(given).strip()
    chance = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not 0 < chance <= 1:
        raise ValueError
    return chance


def _read_flag(given: Any) -> bool:
    words = {"true": True, "yes": True, "false": False, "no": False}
    return given if isinstance(given, bool) else words[str(given).strip().lower()]


def _flag(given: Any) -> bool:
    try:
        return _read_flag(given)
    except KeyError:
        raise ValueError from None


def _read_text(given: Any) -> str:
    if not isinstance(given, str) or not given.strip():
        raise ValueError
    return given.strip()


def _read_span(given: Any) -> int:
    return duration(_read_text(given))


def _some(given: int) -> int:
    if not given:
        raise ValueError
    return given


def _read_pause(given: Any) -> int | tuple[int, int] | None:
    ends = parse_ends(_read_text(given))
    if isinstance(ends, Ever):
        return None
    if not isinstance(ends, For):
        raise ValueError
    return ends.shortest if ends.shortest == ends.longest else (ends.shortest, ends.longest)


def _write_pause(value: Any) -> str:
    if isinstance(value, tuple):
        return f"{spoken(value[0])} to {spoken(value[1])}"
    return "ever" if value is None else spoken(value)


def _read_age(given: Any) -> For | Polls:
    ends = parse_ends(_read_text(given))
    if isinstance(ends, Polls) or (isinstance(ends, For) and 0 < ends.shortest == ends.longest):
        return ends
    raise ValueError


def _read_media_type(given: Any) -> str:
    text = _read_text(given)
    if text != "none" and ("/" not in text or not text.isascii() or not text.isprintable()):
        raise ValueError
    return text


_TEXT: dict[str, object] = {"type": "string", "minLength": 1}

CHANCE = Kind(
    _read_chance,
    float,
    {"anyOf": [{"type": "number", "exclusiveMinimum": 0, "maximum": 1}, {"type": "string", "pattern": "%$"}]},
    "a number above 0 and up to 1, or a percentage such as '30%'",
)
FLAG = Kind(_flag, bool, {"type": "boolean"}, "true or false")
TEXT = Kind(_read_text, str, _TEXT, "a text")
GLOB = Kind(_read_text, str, _TEXT, "a value, or a pattern such as 'late-*'")
METHOD = one_of("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
SPAN = Kind(_read_span, spoken, _TEXT, "a duration such as '30s'")
LONG = Kind(lambda given: _some(_read_span(given)), spoken, _TEXT, "a duration such as '1m', longer than nothing")
PAUSE = Kind(_read_pause, _write_pause, _TEXT, "a duration ('5s'), a range ('5s..20s'), or 'ever'")
AGE = Kind(
    _read_age, lambda value: str(value).removeprefix("for "), _TEXT, "a duration such as '30s', or a number of polls"
)
MEDIA_TYPE = Kind(_read_media_type, str, _TEXT, "a media type such as 'text/html', or 'none' to send no such header")
NTH = Kind(
    lambda given: Nth.parse(given if isinstance(given, int | Nth) else _read_text(given), "a request"),
    str,
    {"type": ["integer", "string"], "minimum": 1},
    "a number from 1 on ('2'), a range ('2..4'), or all from one on ('3..')",
)
