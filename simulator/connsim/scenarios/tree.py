"""What a file holds, as values that know where they stand.

Values keep their text: a phone number is no number, and ``007`` is not 7. What a text would be to a reader of JSON is
kept beside it, because the schema is about that.
"""

from dataclasses import dataclass
from typing import TypeAlias

from connsim.scenarios.findings import Place

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


@dataclass(frozen=True, slots=True)
class Text:
    """A text.

    Attributes:
        json: What it is to a reader of JSON: a number, ``None``, ...
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
        values: What stands behind them.
    """

    place: Place
    keys: dict[str, Text]
    values: "dict[str, Node]"


Node = Text | Items | Members


def plain(node: Node) -> Json:
    """A value as a reader of JSON sees it."""
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
