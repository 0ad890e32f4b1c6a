"""How the agent reads request lines and headers: by Java's rules, which differ from Python's."""

import re
from urllib.parse import unquote

_FULL = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HEX = re.compile(r"\+?[0-9a-fA-F]+")
_INT = re.compile(r"[+-]?[0-9]+")
_FIELD_BITS = (32, 16, 16, 16, 48)
_TOKEN = r"[a-zA-Z0-9!#$%&'*+.^_`{|}~-]+"
_MEDIA_RANGE = re.compile(rf'({_TOKEN}/{_TOKEN}|\*)(?:;(?:{_TOKEN}=(?:{_TOKEN}|"[^"]*"))?)*')


def segments(path: str) -> list[str]:
    """Split a path as http4s and tapir do: leading slashes and empty segments at the end do not count."""
    return path.strip("/").split("/")


def uuid(text: str) -> str:
    """Read a UUID as ``java.util.UUID.fromString`` does: groups may be short, and the case does not matter.

    Returns:
        The UUID in full, lower case.

    Raises:
        ValueError: It does not parse.
    """
    if _FULL.fullmatch(text):  # the usual case: clients send the id as they got it
        return text
    groups = text.split("-")
    if len(text) > 36 or len(groups) != 5 or not all(map(_HEX.fullmatch, groups)):
        raise ValueError(text)
    numbers = [int(group, 16) for group in groups]
    if max(numbers) >= 1 << 63:  # each group is parsed as a long, then cut to its width
        raise ValueError(text)
    fields = (f"{n % (1 << bits):0{bits // 4}x}" for n, bits in zip(numbers, _FIELD_BITS, strict=True))
    return "-".join(fields)


def query(target: str) -> dict[str, list[str]]:
    """Read the query of a request target: a name without ``=`` counts as absent, and a plus is not a space."""
    values: dict[str, list[str]] = {}
    for pair in re.split("[&;]", target.partition("?")[2]):
        name, equals, value = pair.partition("=")
        if equals:
            values.setdefault(unquote(name), []).append(unquote(value))
    return values


def int32(text: str) -> int:
    """Read a number as ``Integer.parseInt`` does: a sign is allowed; spaces, underscores and overflow are not.

    Raises:
        ValueError: It does not parse.
    """
    if not _INT.fullmatch(text) or not -(1 << 31) <= int(text) < 1 << 31:
        raise ValueError(text)
    return int(text)


def accepts(accept: str | None, media: str = "application/json") -> bool:
    """Check whether an ``Accept`` header allows a media type; an absent or unreadable header allows all."""
    if not accept or accept == "*/*":
        return True
    ranges = [_MEDIA_RANGE.fullmatch("".join(part.split())) for part in accept.rstrip(", ").split(",")]
    fitting = ("*", "*/*", f"{media.partition('/')[0]}/*", media)
    return any(found is None or found[1].lower() in fitting for found in ranges)
