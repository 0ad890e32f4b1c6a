"""The tree of a parsed scenario file: texts, lists and mappings with their places.

A value keeps its text: a phone number is not a number, and ``007`` is not 7. Beside the text is its JSON value, which
JSON Schema checks.
"""

from dataclasses import dataclass
from typing import TypeAlias

from connsim.scenarios.findings import Place

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar.

    Attributes:
        place: Where it begins.
        text: The text, without quotes.
        json: Its JSON value: a text, a number, a Boolean, or ``None``.
    """

    place: Place
    text: str
    json: Json


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    place: Place
    items: "list[Node]"


@dataclass(frozen=True, slots=True)
class Members:
    """A mapping.

    Attributes:
        keys: The keys, by their text.
        values: The values, by the text of their keys.
    """

    place: Place
    keys: dict[str, Text]
    values: "dict[str, Node]"


Node = Text | Items | Members


def plain(node: Node) -> Json:
    """Return the JSON value of a node. All aliases of a value share one object: copies could exceed memory."""
    return _plain(node, {})


def _plain(node: Node, known: dict[int, Json]) -> Json:
    if isinstance(node, Text):
        return node.json
    if id(node) not in known:
        if isinstance(node, Items):
            known[id(node)] = [_plain(item, known) for item in node.items]
        else:
            known[id(node)] = {key: _plain(value, known) for key, value in node.values.items()}
    return known[id(node)]
