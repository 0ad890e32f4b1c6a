"""UUIDs as Java 11 and 17 read them, and the messages for texts that are not UUIDs.

Source: docs/protocol/prism-agent.md, 2.3.
"""

from string import hexdigits

from connsim.prism.jvm import reading
from connsim.prism.jvm.zio_json import utf16_length

_LONGEST = 36  # UTF-16 code units
_LARGEST = 2**63 - 1


def parse(text: str) -> str:
    """Read a UUID as ``java.util.UUID.fromString`` does.

    Java also accepts digits of other scripts; this function does not, like `reading.uuid`.

    Returns:
        The UUID in full, lower case.

    Raises:
        ValueError: It does not parse; the text is Java's message, which may be empty.
    """
    try:
        return reading.uuid(text)
    except ValueError:
        raise ValueError(_fault(text)) from None


def _fault(text: str) -> str:
    if utf16_length(text) > _LONGEST:
        return "UUID string too large"
    groups = text.split("-")
    if len(groups) != 5:
        return f"Invalid UUID string: {text}"
    for group in groups:
        if not group:
            return ""
        at = _fault_in(group)
        if at is not None:
            return f'Error at index {at} in: "{group}"'
    raise AssertionError(f"{text} is a UUID")


def _fault_in(group: str) -> int | None:
    """Return the index at which a group stops being a hexadecimal ``long``, which may begin with a plus sign."""
    start = int(group[0] == "+")
    number = 0
    for at in range(start, len(group)):
        if group[at] not in hexdigits:
            return at
        number = number * 16 + int(group[at], 16)
        if number > _LARGEST:
            return at
    return None if len(group) > start else start
