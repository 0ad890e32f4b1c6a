"""Parses the bytes of a scenario file into a tree whose values have their lines and columns.

The file may be hostile: `connsim check` runs in CI on files from pull requests. So only the events of the YAML parser
are used, never its constructors, and depth, number of values and expansion of aliases are limited: a few lines of
nested aliases ("billion laughs") would otherwise expand to more values than memory holds.

An alias is the anchored node itself, not a copy of it; its size and height count at each place.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import yaml

from connsim.scenarios import syntax
from connsim.scenarios.findings import Findings, Place, quoted
from connsim.scenarios.tree import Items, Json, Members, Node, Text

LARGEST = 1024 * 1024
"""The greatest size of a file in bytes."""

_DEEPEST = 50
_MOST_VALUES = 200_000  # values in a file; thousands of rules have fewer
_MOST_BY_ALIAS = 100_000  # values that all aliases of a file may expand to


def parse(data: bytes, findings: Findings) -> Node | None:
    """Parse a file.

    Args:
        data: The bytes of the file.
        findings: Collects errors.

    Returns:
        The root of the tree; ``None`` if the file is not YAML, or is empty.
    """
    try:
        text = _decoded(data)
        syntax.check_characters(text)
        return _TreeBuilder(text, findings).document()
    except syntax.NotYaml as wrong:
        findings.error(wrong.place, str(wrong))
    return None


def _decoded(data: bytes) -> str:
    if len(data) > LARGEST:
        raise syntax.NotYaml(Place(1, 1), f"The file has more than {LARGEST} bytes. Expected fewer. Split it.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        before = data[: wrong.start].decode("utf-8-sig", "replace")
        raise syntax.NotYaml(
            syntax.place_after(before),
            f"The byte 0x{data[wrong.start]:02x} is not valid UTF-8. Save the file as UTF-8.",
        ) from wrong


class _Subtree(NamedTuple):
    """A node of the tree, the number of values in it, and its height."""

    node: Node
    size: int = 1
    height: int = 1


class _TreeBuilder:
    """Builds a tree from the events of the parser."""

    def __init__(self, text: str, findings: Findings) -> None:
        self._text = text
        self._findings = findings
        self._events = self._parse()
        self._anchors: dict[str, _Subtree | None] = {}  # None: the anchored value has not ended yet
        self._value_count = 0
        self._alias_count = 0

    def _parse(self) -> Iterator[yaml.Event]:
        try:
            yield from yaml.parse(self._text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as wrong:
            raise syntax.explained(wrong) from wrong
        except (yaml.YAMLError, ValueError, OverflowError) as wrong:
            # PyYAML passes the numbers of escapes and of %YAML to chr() and int() unchecked.
            raise syntax.out_of_range(self._text) from wrong

    def document(self) -> Node | None:
        """Return the root of the file's only document; ``None`` if the file is empty."""
        subtree: _Subtree | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if subtree is not None:
                    raise syntax.NotYaml(
                        _place(event), "A second document begins here. Expected one per file. Take the '---' out."
                    )
                subtree = self._value(next(self._events), 1)
        empty = subtree is None or (isinstance(subtree.node, Text) and subtree.node.json is None)
        return None if subtree is None or empty else subtree.node

    def _value(self, event: yaml.Event, depth: int) -> _Subtree:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        assert isinstance(event, yaml.NodeEvent)
        if depth > _DEEPEST:
            raise _too_deep(_place(event))
        self._value_count += 1
        if self._value_count > _MOST_VALUES:
            raise syntax.NotYaml(
                _place(event), f"The file has more than {_MOST_VALUES} values. Expected fewer. Split it."
            )
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        subtree = self._subtree(event, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = subtree
        return subtree

    def _alias(self, event: yaml.AliasEvent, depth: int) -> _Subtree:
        name, place = event.anchor or "", _place(event)
        if name not in self._anchors:
            raise syntax.NotYaml(
                place,
                f"No anchor &{name} is defined above, so *{name} has no value. Put a text that begins with a star "
                f"in quotes.",
            )
        subtree = self._anchors[name]
        if subtree is None:
            raise syntax.NotYaml(place, f"*{name} refers to a value that contains it, so it would never end.")
        if depth + subtree.height > _DEEPEST:
            raise _too_deep(place)
        self._alias_count += subtree.size
        if self._alias_count > _MOST_BY_ALIAS:
            raise syntax.NotYaml(
                place,
                f"With *{name}, the aliases of the file expand to more than {_MOST_BY_ALIAS} values. Use fewer.",
            )
        return subtree

    def _subtree(self, event: yaml.NodeEvent, depth: int) -> _Subtree:
        tag = getattr(event, "tag", None)
        if tag not in (None, "!", "tag:yaml.org,2002:str"):
            self._findings.error(_place(event), f"The tag {tag} is not supported here. Take it out.")
        if isinstance(event, yaml.ScalarEvent):
            return _Subtree(self._scalar(event))
        if isinstance(event, yaml.SequenceStartEvent):
            return self._items(event, depth)
        return self._members(event, depth)

    def _scalar(self, event: yaml.ScalarEvent) -> Text:
        if any("\ud800" <= character <= "\udfff" for character in event.value):
            self._findings.error(
                _place(event), "This text contains a lone surrogate. Expected valid Unicode. Take it out."
            )
        is_plain = event.tag is None and event.implicit[0]
        return Text(_place(event), event.value, _json(event.value) if is_plain else event.value)

    def _items(self, event: yaml.NodeEvent, depth: int) -> _Subtree:
        items: list[Node] = []
        size = height = 0
        while not isinstance(child := next(self._events), yaml.SequenceEndEvent):
            subtree = self._value(child, depth + 1)
            items.append(subtree.node)
            size, height = size + subtree.size, max(height, subtree.height)
        return _Subtree(Items(_place(event), items), size + 1, height + 1)

    def _members(self, event: yaml.NodeEvent, depth: int) -> _Subtree:
        made = Members(_place(event), {}, {})
        merged: list[Members] = []
        size = height = 0
        while not isinstance(child := next(self._events), yaml.MappingEndEvent):
            is_merge = isinstance(child, yaml.ScalarEvent) and child.value == "<<" and child.implicit[0]
            key, value = self._value(child, depth + 1), self._value(next(self._events), depth + 1)
            size, height = size + value.size, max(height, value.height)
            if is_merge:
                merged += self._merged(value.node)
            else:
                self._add(made, key.node, value.node)
        for other in merged:
            for name, value_node in other.values.items():
                if name not in made.keys:
                    made.keys[name], made.values[name] = other.keys[name], value_node
        return _Subtree(made, size + 1, height + 1)

    def _add(self, made: Members, key: Node, value: Node) -> None:
        if not isinstance(key, Text):
            what = "list" if isinstance(key, Items) else "mapping"
            self._findings.error(
                key.place,
                f"A {what} cannot be a key. Expected a text. Put a text with brackets or braces in quotes.",
            )
        elif key.text in made.keys:
            first = made.keys[key.text].place.line
            self._findings.error(
                key.place, f"{quoted(key.text)} is a duplicate of the key in line {first}. Expected each key once."
            )
        else:
            made.keys[key.text], made.values[key.text] = key, value

    def _merged(self, node: Node) -> list[Members]:
        nodes = node.items if isinstance(node, Items) else [node]
        for other in nodes:
            if not isinstance(other, Members):
                self._findings.error(
                    other.place, "'<<' merges a mapping, or a list of mappings. Expected an alias: *name."
                )
        return [other for other in nodes if isinstance(other, Members)]


def _place(event: yaml.Event) -> Place:
    return syntax.place_of(event.start_mark)


def _too_deep(place: Place) -> syntax.NotYaml:
    return syntax.NotYaml(place, f"Lists and mappings are nested more than {_DEEPEST} deep. Expected fewer levels.")


_CONSTANTS: dict[str, Json] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,30}")
_NUMBER = re.compile(
    r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)"
    r"|\.(nan|NaN|NAN)"
)


def _json(text: str) -> Json:
    """Return the JSON value of a text without quotes, by YAML 1.2 (core schema), which editors follow.

    Numbers other than decimal integers all become 0.5: no setting takes one, so the schema only has to see a number.
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return 0.5 if _NUMBER.fullmatch(text) else text
