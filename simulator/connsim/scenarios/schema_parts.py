"""Building blocks of the schema of scenario files.

``title`` names a value, and ``errorMessage`` says what is expected of it. Some editors show both, and `structure` makes
its messages of them.
"""

from collections.abc import Iterable

from connsim.script.catalogue import BUILT_IN

Schema = dict[str, object]

LONGEST = 1000
"""The greatest number of characters in a text that is not prose."""


def value(title: str, description: str, expected: str, **rules: object) -> Schema:
    """Return the schema of a value with these rules."""
    return {"title": title, "description": description, "errorMessage": expected, **rules}


def items(title: str, description: str, example: str, item: Schema, **rules: object) -> Schema:
    """Return the schema of a list of such items."""
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
    """Return the schema of a mapping with these keys and no others.

    Args:
        empty: Whether null is allowed, too.
        example: A valid value, for the error message.
    """
    expected = f"Expected one such as {example}." if example else f"Expected {', '.join(properties)}."
    rules = {"required": list(required)} if required else {}
    kind = ["object", "null"] if empty else "object"
    return value(title, description, expected, type=kind, properties=properties, additionalProperties=False, **rules)


def text(
    title: str, description: str, expected: str = "Expected a text.", *, longest: int | None = LONGEST, **rules: object
) -> Schema:
    """Return the schema of a text. Without quotes, YAML may take it for a number or a Boolean."""
    kind = "string" if "pattern" in rules else ["string", "number", "boolean"]
    limit = {} if longest is None else {"maxLength": longest}
    return value(title, description, expected, type=kind, **limit, **rules)


def behaviour_text(description: str) -> Schema:
    """Return the schema of a behaviour in words."""
    names = [behaviour.name for behaviour in BUILT_IN]
    return text("behaviour", description, "Expected one by its name, such as 'accepts after 5s'.", examples=names)


def one_of(title: str, description: str, known: Iterable[str], more: str = "") -> Schema:
    """Return the schema of one of these names.

    Args:
        more: The other values, for the error message.
    """
    names = [str(name) for name in known]
    return value(title, description, f"Expected one of: {', '.join(names)}{more}.", enum=names)


def anchored(pattern: str) -> str:
    """Anchor a pattern at both ends; spaces around it are allowed."""
    return rf"^\s*{pattern}\s*$"


def ref(name: str, role: str) -> Schema:
    """Return a reference to the definition of a role's steps."""
    return {"$ref": f"#/definitions/{name}-of-{role}"}
