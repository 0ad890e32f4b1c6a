"""Every fault there is, and how one is read from a row. A new fault is a file, and a name in the list below."""

from collections.abc import Mapping
from dataclasses import MISSING
from inspect import getdoc
from typing import Any

from connsim.core.rows import Member, Reader
from connsim.core.shapes import schema as shape
from connsim.errors import BadFault, did_you_mean
from connsim.faults.content_type import ContentType
from connsim.faults.delay import Delay
from connsim.faults.drip import Drip
from connsim.faults.empty import Empty
from connsim.faults.fault import Fault
from connsim.faults.malformed import Malformed
from connsim.faults.parameters import parameters
from connsim.faults.rate_limit import RateLimit
from connsim.faults.reset import Reset
from connsim.faults.stale import Stale
from connsim.faults.status import Status
from connsim.faults.truncate import Truncate
from connsim.faults.webhook import Webhook
from connsim.faults.when import When

_ALL: tuple[type[Fault], ...] = (
    Delay,
    Status,
    RateLimit,
    Reset,
    Empty,
    Truncate,
    Malformed,
    ContentType,
    Drip,
    Stale,
    Webhook,
)

FAULTS: dict[str, type[Fault]] = {cls.word: cls for cls in _ALL}
"""Every fault by its name."""

CONDITIONS: tuple[Member, ...] = parameters(When)
"""The parameters that every fault takes beside its own: when it strikes."""

_READER = Reader(
    BadFault,
    unknown="{row} has no parameter {name}.{near} Expected one of: {known}.",
    missing="{row} lacks {name}. Expected it: {expected}.",
    texts=True,
)


def read_fault(given: "Mapping[str, object] | str | Fault") -> Fault:
    """Read a fault.

    Args:
        given: A row such as ``{"status": 503, "times": 2, "retry_after": "30s"}``; the same in words, with commas
            between: ``"status 503, times 2, retry_after 30s"``; or a fault, which is checked.

    Raises:
        BadFault: There is no such fault, or a parameter is unknown, missing or wrong. The message names the nearest.
    """
    if isinstance(given, Fault):
        return read_fault(given.row())
    if isinstance(given, str):
        return read_fault(_row_of(given))
    if not isinstance(given, Mapping):
        raise BadFault(f"A fault is given as {given!r}. Expected a row such as {{status: 503, times: 2}}.")
    cls = _named(given)
    members = (*parameters(cls), *CONDITIONS)
    values = _READER.members(members, given, f"The fault {cls.word!r}", f"In the fault {cls.word!r}, {{}}")
    when = When(**{one.field: values.pop(one.field) for one in CONDITIONS if one.field in values})
    return cls(**values, when=when)


def doc_of(cls: type[Fault]) -> str:
    """Return the sentence that describes a fault."""
    return " ".join((getdoc(cls) or "").partition("\n\n")[0].split())


def schema_of(cls: type[Fault]) -> dict[str, object]:
    """The JSON Schema of one fault's row."""
    own = parameters(cls)
    described = {one.key: {**shape(one.kind, {}), "description": one.doc} for one in (*own, *CONDITIONS)}
    return {
        "type": "object",
        "description": doc_of(cls),
        "properties": described,
        "required": [one.key for one in own if one.key == cls.word or one.default is MISSING],
        "additionalProperties": False,
    }


def schema() -> dict[str, object]:
    """The JSON Schema of a row that `read_fault` takes."""
    return {"anyOf": [schema_of(cls) for cls in FAULTS.values()]}


def _row_of(text: str) -> dict[str, object]:
    row: dict[str, object] = {}
    for part in text.split(","):
        key, _, value = part.strip().partition(" ")
        row[key.removesuffix(":")] = value.strip() or True
    return row


def _named(row: Mapping[str, Any]) -> type[Fault]:
    named = [key for key in row if key in FAULTS]
    if len(named) == 1:
        return FAULTS[named[0]]
    keys = ", ".join(map(str, row)) or "nothing"
    if named:
        raise BadFault(f"A row names the faults {' and '.join(named)}. Expected one. Give each a row of its own.")
    near = next(filter(None, (did_you_mean(key, FAULTS) for key in row)), "")
    raise BadFault(f"A row has {keys}, which names no fault.{near} Expected one of: {', '.join(FAULTS)}.")
