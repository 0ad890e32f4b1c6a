"""Building blocks of the schema of scenario files.

``title`` names a value, ``errorMessage`` what is expected of it: some editors show both, and `structure` makes its
messages of them.
"""

from collections.abc import Iterable

from connsim.script.catalogue import BUILT_IN

Schema = dict[str, object]

LONGEST = 1000
"""Characters of a text other than prose."""


def value(title: str, description: str, expected: str, **rules: object) -> Schema:
    """A value with these rules."""
    return {"title": title, "description": description, "errorMessage": expected, **rules}


def items(title: str, description: str, example: str, item: Schema, **rules: object) -> Schema:
    """A list of such items."""
    return value(title, description, f"Expected one such as {example}.", type="array", items=item) | rules


def mapping(
    title: str,
    description: str,
    properties: dict[str, Schema],
    *,
    required: Iterable[str] = (),
    empty: bool = False,
    example: str = "",
) -> Schema:
    """A mapping with these keys and no other.

    Args:
        empty: Whether null may take its place.
        example: A right value, for the message about a wrong one.
    """
    expected = f"Expected one such as {example}." if example else f"Expected {', '.join(properties)}."
    rules = {"required": list(required)} if required else {}
    kind = ["object", "null"] if empty else "object"
    return value(title, description, expected, type=kind, properties=properties, additionalProperties=False, **rules)


def text(
    title: str, description: str, expected: str = "Expected a text.", *, longest: int | None = LONGEST, **rules: object
) -> Schema:
    """A text. It may stand without quotes, and then look like a number or a flag to YAML."""
    kind = "string" if "pattern" in rules else ["string", "number", "boolean"]
    limit = {} if longest is None else {"maxLength": longest}
    return value(title, description, expected, type=kind, **limit, **rules)


def behaviour_text(description: str) -> Schema:
    """A behaviour in words."""
    names = [behaviour.name for behaviour in BUILT_IN]
    return text("behaviour", description, "Expected one by its name, such as 'accepts after 5s'.", examples=names)


def one_of(title: str, description: str, known: Iterable[str], more: str = "") -> Schema:
    """One of some names.

    Args:
        more: Other values, for the message.
    """
    names = [str(name) for name in known]
    return value(title, description, f"Expected one of: {', '.join(names)}{more}.", enum=names)


def whole(pattern: str) -> str:
    """Anchor a pattern at both ends, with spaces around it."""
    return rf"^\s*{pattern}\s*$"


def ref(name: str, role: str) -> Schema:
    """The steps of a role, by the name of their definition."""
    return {"$ref": f"#/definitions/{name}-of-{role}"}
