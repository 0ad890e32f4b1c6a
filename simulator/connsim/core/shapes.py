"""Shapes of rows: the form of a value is defined once, by a type, and everything else is derived from that type.

The same dataclass checks a request (`connsim.core.rows`), prints a reply, is described in the OpenAPI document, and is
the type that the Python client returns. `Annotated` adds the keywords of JSON Schema that a type lacks (`Rules`), and a
text that describes the member; without one, the description is that of the docstring. A `Kind` is a value that is
written in another form than Python has it.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeGuard, Union, get_args, get_origin, get_type_hints

from connsim.errors import ConnsimError

Node = dict[str, object]
"""A part of a JSON Schema."""


class Rules:
    """Keywords of JSON Schema for `Annotated`, in addition to those that follow from the type.

    Attributes:
        keywords: ``enum`` and the bounds are checked when a value is read; others, such as ``format``, only describe.
    """

    def __init__(self, **keywords: object) -> None:
        self.keywords = keywords


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A kind of value whose form in rows differs from the one in Python, such as a duration.

    Used in place of a type, or in `Annotated`.

    Attributes:
        read: Converts the form in a row to a value; raises ``ValueError``, ``TypeError`` or a `ConnsimError` if it
            cannot.
        write: Converts a value to the form in a row.
        schema: The JSON Schema of that form.
        words: The noun for messages: "Expected ...".
    """

    read: Callable[[Any], Any]
    write: Callable[[Any], Any]
    schema: Node
    words: str

    def takes(self, given: object) -> bool:
        """Return whether `read` accepts what was written."""
        try:
            self.read(given)
        except (ValueError, TypeError, ConnsimError):
            return False
        return True


_SCHEMAS: Mapping[object, Node] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    object: {},
    bytes: {
        "anyOf": [
            {"type": "string"},
            {"type": "object", "properties": {"base64": {"type": "string"}}, "required": ["base64"]},
        ],
    },
}


def as_json(value: object) -> object:
    """Turn a value into one that `json.dumps` accepts."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): as_json(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [as_json(one) for one in value]
    return value


# --- describing -----------------------------------------------------------------------------------------------------


def schema(kind: Any, parts: Node) -> Node:
    """Make the JSON Schema of a kind.

    Args:
        parts: The schemas of all classes in it are added here, by class name.
    """
    bare, rules = stripped(kind)
    if choices := choices_of(bare):
        return {"anyOf": [schema(one, parts) for one in choices], **rules}
    if is_shape(bare):
        name = bare.__name__
        if name not in parts:
            parts[name] = {}  # a class may contain itself: this ends the recursion
            parts[name] = object_schema(bare, parts)
        return {"$ref": f"#/components/schemas/{name}", **rules}
    outer, inner = get_origin(bare) or bare, get_args(bare)
    if outer is tuple and inner[-1] is not Ellipsis:
        size: Node = {"minItems": len(inner), "maxItems": len(inner)}
        return {"type": "array", "prefixItems": [schema(one, parts) for one in inner], **size, **rules}
    if outer is tuple:
        return {"type": "array", "items": schema(inner[0], parts), **rules}
    if outer is Mapping:
        return {"type": "object", "additionalProperties": schema(inner[1], parts), **rules}
    return {**(bare.schema if isinstance(bare, Kind) else _SCHEMAS[outer]), **rules}


def object_schema(kind: type, parts: Node) -> Node:
    """Make the JSON Schema of a dataclass itself, in place of a reference to it."""
    needed = [field.name for field in fields(kind) if required(field)]
    return {
        "type": "object",
        "description": summary(kind),
        "properties": member_schemas(kind, parts),
        **({"required": needed} if needed else {}),
        "additionalProperties": False,
    }


def member_schemas(kind: type, parts: Node) -> Node:
    """Make the JSON Schemas of the members of a dataclass, by name."""
    about = dict(described(kind))
    return {
        name: {**schema(hint, parts), **({"description": about[name]} if name in about else {})}
        for name, hint in hints_of(kind).items()
    }


def summary(thing: object) -> str:
    """Return the first paragraph of a docstring."""
    return _joined((inspect.getdoc(thing) or "").partition("\n\n")[0])


def described(kind: type) -> Iterator[tuple[str, str]]:
    """Yield the names of members with their descriptions in the docstring of a class."""
    text = (inspect.getdoc(kind) or "").partition("Attributes:\n")[2]
    for name, words in re.findall(r"^    (\w+): (.*(?:\n     .*)*)", text, re.MULTILINE):
        yield name, _joined(words)


def _joined(text: str) -> str:
    return " ".join(text.split()).replace("``", "`")


# --- types ----------------------------------------------------------------------------------------------------------


def is_shape(kind: object) -> TypeGuard[type]:
    """Return whether a kind is a dataclass."""
    return isinstance(kind, type) and is_dataclass(kind)


@cache
def hints_of(kind: type) -> dict[str, Any]:
    """The types of a dataclass's members."""
    return get_type_hints(kind, include_extras=True)


def required(field: "Field[Any]") -> bool:
    """Whether a member must be given."""
    return field.default is MISSING and field.default_factory is MISSING


def stripped(kind: Any) -> tuple[Any, dict[str, Any]]:
    """Split off the keywords that `Annotated` adds to a kind; a `Kind` among them replaces the type."""
    if get_origin(kind) is Literal:
        return str, {"enum": list(get_args(kind))}
    if get_origin(kind) is not Annotated:
        return kind, {}
    inner, *added = get_args(kind)
    bare, rules = stripped(inner)
    for more in added:
        if isinstance(more, Kind):
            bare = more
        else:
            rules = {**rules, **({"description": more} if isinstance(more, str) else more.keywords)}
    return bare, rules


def choices_of(bare: Any) -> tuple[Any, ...]:
    """The members of a union; empty for any other kind."""
    return get_args(bare) if get_origin(bare) in (Union, UnionType) else ()
