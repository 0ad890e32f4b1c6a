"""Building blocks of the schema of scenario files.

``title`` names a value, ``errorMessage`` what is expected of it: some editors show both, and `structure` makes its
messages of them.
"""

from collections.abc import Iterable

from connsim.script.catalogue import BUILT_IN

Schema = dict[str, object]

LONGEST = 1000
"""Characters of a text other than prose."""


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
    """A text. It may stand without quotes, and then look like a number or a flag to YAML."""
    return {
        "type": "string" if "pattern" in rules else ["string", "number", "boolean"],
        "title": title,
        "description": description,
        "errorMessage": expected,
        **({} if longest is None else {"maxLength": longest}),
        **rules,
    }


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
    return {
        "enum": names,
        "title": title,
        "description": description,
        "errorMessage": f"Expected one of: {', '.join(names)}{more}.",
    }


def whole(pattern: str) -> str:
    """Anchor a pattern at both ends, with spaces around it."""
    return rf"^\s*{pattern}\s*$"


def ref(name: str, role: str) -> Schema:
    """The steps of a role, by the name of their definition."""
    return {"$ref": f"#/definitions/{name}-of-{role}"}
