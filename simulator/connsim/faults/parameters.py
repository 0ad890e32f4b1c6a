"""The parameters of faults, and how each kind of value is written in a row.

A value is read from a scenario file, from JSON, or from a cell of a feature file, where everything is a text.
"""

import dataclasses
from typing import Annotated, Any

from connsim.core.durations import duration, spoken
from connsim.core.ends import Ever, For, Polls, parse_ends
from connsim.core.nth import Nth
from connsim.core.rows import Member
from connsim.core.shapes import Kind, Rules

Plain = str | int | float | bool
"""What a row can hold."""


def parameter(kind: Any, doc: str, *, key: str = "", default: Any = dataclasses.MISSING) -> Any:
    """A field of a dataclass that can be written in a row.

    Args:
        kind: A type that `connsim.core.rows` reads, or a `Kind`.
        doc: What it means, for the docs: half a sentence.
        key: How it is written, if not by the field's name.
        default: The value that rows leave out; without it, the parameter is required.
    """
    return dataclasses.field(default=default, metadata={"kind": kind, "doc": doc, "key": key})


def parameters(cls: type[Any]) -> tuple[Member, ...]:
    """The parameters of a dataclass, in their order."""
    return tuple(
        Member(f.metadata["key"] or f.name, f.name, f.metadata["kind"], f.metadata["doc"], f.default)
        for f in dataclasses.fields(cls)
        if "kind" in f.metadata
    )


def written(parameter: Member, value: Any) -> Plain:
    """Write the value of a parameter down."""
    plain: Plain = parameter.kind.write(value) if isinstance(parameter.kind, Kind) else value
    return plain


# --- kinds --------------------------------------------------------------------------------------------------------


def integer(low: int, high: int | None = None) -> Any:
    """The type of a whole number within bounds, both included."""
    return Annotated[int, Rules(minimum=low) if high is None else Rules(minimum=low, maximum=high)]


def one_of(*words: str) -> Any:
    """The type of a text that is one of these words."""
    return Annotated[str, Rules(enum=list(words))]


def _read_chance(given: Any) -> float:
    if isinstance(given, bool):
        raise ValueError
    text = str(given).strip()
    chance = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not 0 < chance <= 1:
        raise ValueError
    return chance


def _read_flag(given: Any) -> bool:
    word = str(given).strip().lower()
    if word not in _FLAGS:
        raise ValueError
    return _FLAGS[word]


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


_FLAGS = {"true": True, "yes": True, "false": False, "no": False}
_TEXT: dict[str, object] = {"type": "string", "minLength": 1}

CHANCE = Kind(
    _read_chance,
    float,
    {"anyOf": [{"type": "number", "exclusiveMinimum": 0, "maximum": 1}, {"type": "string", "pattern": "%$"}]},
    "a number above 0 and up to 1, or a percentage such as '30%'",
)
FLAG = Kind(_read_flag, bool, {"type": "boolean"}, "true or false")
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
    "a number from 1 ('2'), a range ('2..4'), or a range without an end ('3..')",
)
