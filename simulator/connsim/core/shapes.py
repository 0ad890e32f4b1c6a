"""Shapes of rows: a type defines what a value looks like, and everything else is derived from it.

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
    """Keywords of JSON Schema for `Annotated`, which a type alone does not carry.

    Attributes:
        keywords: Of these, ``enum`` and the bounds are checked when a value is read; a ``format`` only describes.
    """

    def __init__(self, **keywords: object) -> None:
        self.keywords = keywords


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A kind of value that rows write otherwise than Python holds it, such as a duration; a type, or in `Annotated`.

    Attributes:
        read: Makes a value of what was written; raises ``ValueError``, ``TypeError`` or a `ConnsimError` if it cannot.
        write: Writes it down again.
        schema: Its JSON Schema.
        words: What is expected, for messages.
    """

    read: Callable[[Any], Any]
    write: Callable[[Any], Any]
    schema: Node
    words: str

    def takes(self, given: object) -> bool:
        """Tell whether a value can be made of what was written."""
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
    """Turn a value into what `json.dumps` takes."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): as_json(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [as_json(one) for one in value]
    return value


# --- describing -----------------------------------------------------------------------------------------------------


def schema(kind: Any, parts: Node) -> Node:
    """Describe a kind.

    Args:
        parts: Gets the descriptions of the classes that it is made of, by their names.
    """
    bare, rules = stripped(kind)
    if choices := choices_of(bare):
        return {"anyOf": [schema(one, parts) for one in choices], **rules}
    if is_shape(bare):
        name = bare.__name__
        if name not in parts:
            parts[name] = {}  # a class may hold itself
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
    """Describe a dataclass itself."""
    needed = [field.name for field in fields(kind) if required(field)]
    return {
        "type": "object",
        "description": summary(kind),
        "properties": member_schemas(kind, parts),
        **({"required": needed} if needed else {}),
        "additionalProperties": False,
    }


def member_schemas(kind: type, parts: Node) -> Node:
    """Describe the members of a dataclass, by name."""
    about = dict(described(kind))
    return {
        name: {**schema(hint, parts), **({"description": about[name]} if name in about else {})}
        for name, hint in hints_of(kind).items()
    }


def summary(thing: object) -> str:
    """Return the first paragraph of a docstring."""
    return _joined((inspect.getdoc(thing) or "").partition("\n\n")[0])


def described(kind: type) -> Iterator[tuple[str, str]]:
    """Read the descriptions of members off the docstring of a class."""
    text = (inspect.getdoc(kind) or "").partition("Attributes:\n")[2]
    for name, words in re.findall(r"^    (\w+): (.*(?:\n     .*)*)", text, re.MULTILINE):
        yield name, _joined(words)


def _joined(text: str) -> str:
    return " ".join(text.split()).replace("``", "`")


# --- types ----------------------------------------------------------------------------------------------------------


def is_shape(kind: object) -> TypeGuard[type]:
    """Tell whether a kind is a dataclass."""
    return isinstance(kind, type) and is_dataclass(kind)


@cache
def hints_of(kind: type) -> dict[str, Any]:
    """The types of a dataclass's members."""
    return get_type_hints(kind, include_extras=True)


def required(field: "Field[Any]") -> bool:
    """Whether a member must be given."""
    return field.default is MISSING and field.default_factory is MISSING


def stripped(kind: Any) -> tuple[Any, dict[str, Any]]:
    """A kind without the keywords that are added to it, and these; a `Kind` replaces the type that it is added to."""
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
    """What a kind can be that is one of several; empty for any other."""
    return get_args(bare) if get_origin(bare) in (Union, UnionType) else ()
