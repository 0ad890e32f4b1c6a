"""Checks a scenario file against its schema, and words each violation for the author of the file."""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from connsim.errors import BadFault, did_you_mean
from connsim.faults.registry import read_fault
from connsim.scenarios.findings import Findings, Path, Place, quoted, with_article
from connsim.scenarios.schema import DURATION, ENDS, FAULT, schema
from connsim.scenarios.schema_parts import Schema
from connsim.scenarios.tree import Items, Members, Node, Text, plain

if TYPE_CHECKING:
    from jsonschema import ValidationError

_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


def check(root: Node, findings: Findings) -> None:
    """Find all violations of the schema, and the values that have them."""
    from jsonschema import Draft7Validator  # noqa: PLC0415 (heavy, and needed only here)

    reported: set[Place] = set()
    for error in Draft7Validator(schema()).iter_errors(plain(root)):
        path = tuple(error.absolute_path)
        findings.broken.update(path[:length] for length in range(len(path) + 1))
        for place, message in _messages(error, root, path):
            if place not in reported:  # two rules may find the same mistake
                reported.add(place)
                findings.error(place, message)
            if findings.are_enough:
                findings.incomplete = True
                return


def node_at(root: Node, path: Iterable[str | int]) -> Node:
    """Return the node at a path."""
    for step in path:
        if isinstance(root, Members):
            root = root.values[str(step)]
        elif isinstance(root, Items):
            root = root.items[int(step)]
    return root


def _messages(error: "ValidationError", root: Node, path: Path) -> Iterator[tuple[Place, str]]:
    rule, node = error.schema, node_at(root, path)
    title, expected = rule.get("title", ""), rule.get("errorMessage", "")
    if title == FAULT:
        yield node.place, _wrong_fault(node) or f"{_shown(node)} is not a fault. {expected}"
    elif "propertyNames" in error.absolute_schema_path and isinstance(node, Members):
        name = error.instance
        spaced = f" Did you mean {name.strip().replace(' ', '-')!r}?" if " " in name.strip() else ""
        near = did_you_mean(name, rule.get("enum", ())) or spaced
        yield node.keys[name].place, f"{quoted(name)} is not {with_article(title)}.{near} {expected}"
    elif error.validator == "additionalProperties" and isinstance(node, Members):
        yield from _unknown_keys(node, rule)
    elif error.validator == "required" and isinstance(node, Members):
        yield from _missing_keys(node, rule, _place(root, path))
    elif error.validator == "not":
        yield _place(root, path), expected
    elif error.validator == "anyOf" and isinstance(node, Members):
        known = [way["required"][0] for way in rule["anyOf"]]
        if not any(did_you_mean(name, known) for name in node.keys):  # a misspelt one is reported as an unknown key
            yield _place(root, path), expected
    elif error.validator == "minItems":
        yield node.place, f"This {title} is empty. {expected}"
    elif error.validator == "maxItems":
        yield node.place, f"This {title} has {len(error.instance)} items. Expected at most {rule['maxItems']}."
    elif error.validator == "maxLength":
        yield node.place, f"This {title} has {len(error.instance)} characters. Expected at most {rule['maxLength']}."
    elif isinstance(node, Text) and node.json is None:
        yield _place(root, path), f"The value is missing. {expected}"
    else:
        yield node.place, f"{_shown(node)} is not {with_article(title)}{_nearest(node, rule)} {expected}"


def _wrong_fault(node: Node) -> str:
    try:
        read_fault(plain(node))  # type: ignore[arg-type]  # it checks the type itself
    except BadFault as wrong:
        return str(wrong)
    return ""


def _unknown_keys(node: Members, rule: Schema) -> Iterator[tuple[Place, str]]:
    known = _properties(rule)
    for name in node.keys:
        if name not in known:
            parents = [key for key, schema in known.items() if name in _properties(schema)]
            near = f" It belongs in {parents[0]!r}." if parents else _instead(name, rule)
            yield (
                node.keys[name].place,
                f"{quoted(name)} is not a key of a {rule['title']}.{near} Expected one of: {', '.join(known)}.",
            )


def _missing_keys(node: Members, rule: Schema, place: Place) -> Iterator[tuple[Place, str]]:
    known, required = _properties(rule), rule["required"]
    assert isinstance(required, list)
    suggested = "".join(_instead(key, rule) for key in node.keys if key not in known)  # reported as unknown keys
    for name in required:
        if name not in node.keys and repr(name) not in suggested:
            yield place, f"This {rule['title']} has no {name!r}. {known[name].get('errorMessage', '')}".rstrip()


def _instead(name: str, rule: Schema) -> str:
    """Suggest a known key in place of an unknown one."""
    known = list(_properties(rule))
    if name in ("act", "state") and {"act", "state"} & set(known):
        return f" Did you mean {'act' if 'act' in known else 'state'!r}?"
    return did_you_mean(name, known)


def _properties(rule: Schema) -> dict[str, Schema]:
    properties = rule.get("properties", {})
    assert isinstance(properties, dict)
    return properties


def _place(root: Node, path: Path) -> Place:
    """Return the place of a node: that of its key, if it has one."""
    if path and isinstance(above := node_at(root, path[:-1]), Members):
        return above.keys[str(path[-1])].place
    return node_at(root, path).place


def _shown(node: Node) -> str:
    if isinstance(node, Text):
        return quoted(node.text)
    return "A list" if isinstance(node, Items) else "A mapping"


def _nearest(node: Node, rule: Schema) -> str:
    if not isinstance(node, Text):
        return "."
    known = rule.get("enum", ())
    assert isinstance(known, list | tuple)
    if rule.get("title") in (DURATION, ENDS) and _NUMBER.fullmatch(node.text.strip()):
        return f": the unit is missing. Did you mean '{node.text.strip()}s'?"
    if "properties" in rule and ":" in node.text:
        return ". Put a space after the ':'."
    if rule.get("type") == "boolean":
        return f".{did_you_mean(node.text.lower(), ('true', 'false'))}"
    return f".{did_you_mean(node.text, known)}"
