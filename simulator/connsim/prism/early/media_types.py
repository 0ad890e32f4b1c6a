"""Media types in ``Content-Type`` and ``Accept``, as Akka HTTP 10.2.9 reads and prints them.

A header that does not parse is ignored. Parameters are printed as they were sent. Not imitated: Akka HTTP sorts them,
and knows further names of charsets, and further types without a charset.
"""

import re

_WITHOUT_CHARSET = ("application/octet-stream", "application/x-www-form-urlencoded")
"""The types, apart from multipart ones, that Akka HTTP prints without their charset; those that API clients send."""

_OWS = r"[ \t]*+"
_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
_QUOTED = r'"(?:[\t !#-\[\]-~\x80-\ufffe]|\\[\t -~\x80-\ufffe])*+"'
_PARAMETERS = rf"(?:;{_OWS}{_TOKEN}{_OWS}={_OWS}(?:{_TOKEN}|{_QUOTED}){_OWS})*+"
_TYPE = re.compile(rf"({_TOKEN}){_OWS}/({_TOKEN}){_OWS}({_PARAMETERS})")
# A lone asterisk means */*, and is tried before */anything.
_RANGE = rf"(?>\*/\*|\*|{_TOKEN}{_OWS}/{_TOKEN}){_OWS}{_PARAMETERS}"
_RANGES = re.compile(rf"(?:{_RANGE}(?:,{_OWS}{_RANGE})*+)?")
_NEXT_RANGE = re.compile(rf"(?>(\*)/\*|(\*)|({_TOKEN}){_OWS}/({_TOKEN})){_OWS}({_PARAMETERS})")
_PARAMETER = re.compile(rf"({_TOKEN}){_OWS}={_OWS}({_TOKEN}|{_QUOTED})")
_FLOAT = re.compile(r"([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)[fFdD]?")


def not_json(content_type: str | None, has_body: bool) -> str | None:
    """Return the type of a body that is not JSON, as Akka HTTP prints it.

    Args:
        content_type: The header, if there is one. A body without it counts as ``application/octet-stream``.
        has_body: Whether the body is not empty; an empty body without a type counts as JSON.

    Returns:
        The type; ``None`` if it is ``application/json``, with or without parameters.
    """
    found = _TYPE.fullmatch((content_type or "").strip())
    if found is None:
        return "application/octet-stream" if has_body else None
    kind = f"{found[1]}/{found[2]}".lower()
    if kind == "application/json":
        return None
    parameters = _parameters(found[3])
    printed = kind + "".join(f"; {name}={value}" for name, value in parameters if name.lower() != "charset")
    charset = {name.lower(): value for name, value in parameters}.get("charset")
    if charset is None or kind in _WITHOUT_CHARSET or kind.startswith("multipart/"):
        return printed
    return f"{printed}; charset={charset.upper()}"


def accepts_json(accept: str | None) -> bool:
    """Check whether an ``Accept`` header allows JSON: the ``q`` of the most specific matching range decides.

    Of equally specific ranges, the one with the greatest ``q`` decides. A range with a parameter other than ``q`` and
    ``charset`` matches nothing.
    """
    text = (accept or "").strip()
    if not text or not _RANGES.fullmatch(text):
        return True
    ranges = []
    for found in _NEXT_RANGE.finditer(text):
        main, sub = ("*", "*") if found[1] or found[2] else (found[3].lower(), found[4].lower())
        parameters = dict(_parameters(found[5]))
        quality = _quality(parameters.pop("q", "1"))
        if not 0 <= quality <= 1:
            return True  # an illegal header is ignored
        fits = (main, sub) in (("*", "*"), ("application", "*"), ("application", "json"))
        # Akka HTTP ignores a charset, which belongs in Accept-Charset, but only in a range without an asterisk.
        others = set(parameters) - ({"charset"} if sub != "*" else set())
        generality = 2 if main == "*" else int(sub == "*")
        ranges.append((generality, -len(parameters), -quality, fits and not others))
    fitting = [quality for _, _, quality, fits in sorted(ranges) if fits]
    return not ranges or (bool(fitting) and fitting[0] < 0)


def _parameters(text: str) -> list[tuple[str, str]]:
    """Read what follows a media type; quoted values keep their quotes."""
    return [(found[1], found[2]) for found in _PARAMETER.finditer(text)]


def _quality(text: str) -> float:
    """Read a ``q`` as Java reads a float; other texts count as 1."""
    found = _FLOAT.fullmatch(text.strip('" '))
    return float(found[1]) if found else 1.0
