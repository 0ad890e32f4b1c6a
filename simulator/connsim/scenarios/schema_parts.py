"""Building blocks of the schema of scenario files.

``title`` names a value, and ``errorMessage`` says what is expected of it. Some editors show both, and `structure` makes
its messages of them.
"""

from collections.abc import Iterable

from connsim.script.catalogue import BUILT_IN

Schema = dict[str, object]

LONGEST = 1000
"""The greatest number of characters in a text that is not prose."""


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
    return {
        "type": ["object", "null"] if empty else "object",
        "title": title,
        "description": description,
        "errorMessage": f"Expected one such as {example}." if example else f"Expected {', '.join(properties)}.",
        "properties": properties,
        "additionalProperties": False,
        **({"required": list(required)} if required else {}),
    }


def text(
    title: str, description: str, expected: str = "Expected a text.", *, longest: int | None = LONGEST, **rules: object
) -> Schema:
    """Return the schema of a text. Without quotes, YAML may take it for a number or a Boolean."""
    return {
        "type": "string" if "pattern" in rules else ["string", "number", "boolean"],
        "title": title,
        "description": description,
        "errorMessage": expected,
        **({} if longest is None else {"maxLength": longest}),
        **rules,
    }


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
    return {
        "enum": names,
        "title": title,
        "description": description,
        "errorMessage": f"Expected one of: {', '.join(names)}{more}.",
    }


def anchored(pattern: str) -> str:
    """Anchor a pattern at both ends; spaces around it are allowed."""
    return rf"^\s*{pattern}\s*$"


def ref(name: str, role: str) -> Schema:
    """Return a reference to the definition of a role's steps."""
    return {"$ref": f"#/definitions/{name}-of-{role}"}
