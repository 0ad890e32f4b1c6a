"""The parts that the schema of scenario files is built of.

``title`` says what a value is, ``errorMessage`` what is expected of it: some editors show both, and our own messages
are made of them.
"""

from collections.abc import Iterable

from connsim.script.catalogue import BUILT_IN

Schema = dict[str, object]

LONGEST = 1000
"""Characters of a text that is no prose."""


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
        empty: Whether nothing may stand in its place.
        example: What is shown to whoever writes something else.
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
    """A text, which need not stand in quotes: then it may look like a number."""
    return {
        "type": "string" if "pattern" in rules else ["string", "number", "boolean"],
        "title": title,
        "description": description,
        "errorMessage": expected,
        **({} if longest is None else {"maxLength": longest}),
        **rules,
    }


def behaviour_text(description: str) -> Schema:
    """A behaviour as it is said."""
    names = [behaviour.name for behaviour in BUILT_IN]
    return text("behaviour", description, "Expected one by its name, such as 'accepts after 5s'.", examples=names)


def one_of(title: str, description: str, known: Iterable[str], more: str = "") -> Schema:
    """One of some names.

    Args:
        more: What else is told to be possible.
    """
    names = [str(name) for name in known]
    return {
        "enum": names,
        "title": title,
        "description": description,
        "errorMessage": f"Expected one of: {', '.join(names)}{more}.",
    }


def whole(pattern: str) -> str:
    """A pattern that a whole text has to fit."""
    return rf"^\s*{pattern}\s*$"


def ref(name: str, role: str) -> Schema:
    """The steps of a role, by the name of their definition."""
    return {"$ref": f"#/definitions/{name}-of-{role}"}
