"""The tree of a parsed scenario file: texts, lists and mappings with their places.

Values keep their text: a phone number is not a number, and ``007`` is not 7. The JSON value that a text would have is
kept beside it, because JSON Schema checks that one.
"""

from dataclasses import dataclass
from typing import TypeAlias

from connsim.scenarios.findings import Place

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


@dataclass(frozen=True, slots=True)
class Text:
    """A text.

    Attributes:
        json: Its value in JSON: a number, ``None``, ...
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
    """The JSON value of a node. Aliases stay shared: a copy for each could be larger than memory."""
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
