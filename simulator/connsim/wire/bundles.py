"""The msgpack of protocol 1.0: bundles of messages, and bytes as lists of small integers.

A bundle is ``{"bundled": [M1, M2, ...]}``. Each M is a list of integers: the bytes of a message in msgpack. This is how
Rust's serde, which libvcx uses, writes bytes by default; msgpack's ``bin`` is refused everywhere. A byte above 127 can
be written in two ways, see `Integers`.

Source: docs/protocol/vcx-agency.md, 3.1, 3.2.
"""

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from connsim.wire.errors import BadNotation
from connsim.wire.notation import dump_msgpack, load_msgpack, shown


class Integers(Enum):
    """How the bytes 128 to 255 are written: 0x81 as 129 or as -127.

    Clients write them unsigned and the production agency signed. A reader accepts either, but not both in one bundle:
    libvcx refuses such a mixture. That agencies do so, too, is deduced.
    """

    UNSIGNED = "unsigned"
    SIGNED = "signed"


@dataclass(frozen=True)
class Spelling:
    """How a writer spells its lists of integers.

    Attributes:
        bundles: The members of bundles.
        payloads: The payloads of stored messages. Signed by default: libvcx reads them as ``i8``, and fails on 129.
    """

    bundles: Integers = Integers.UNSIGNED
    payloads: Integers = Integers.SIGNED


DEFAULT_SPELLING = Spelling()


def byte_list(data: bytes, integers: Integers) -> list[int]:
    """Write bytes as a list of integers."""
    return array("b", data).tolist() if integers is Integers.SIGNED else list(data)


def bytes_of(value: object) -> bytes:
    """Read a list of integers, of either style.

    Raises:
        BadNotation: The value is not a list of integers, mixes the two styles, or exceeds a byte.
    """
    # Types are compared exactly, because isinstance() would let True pass for 1.
    if not isinstance(value, list) or not set(map(type, value)) <= {int}:
        raise BadNotation(f"Expected bytes as a list of integers, not {shown(value)}.")
    try:
        # The whole list at once, without a check of each integer: one poll reads thousands of them.
        return bytes(value)
    except ValueError:
        pass  # an integer is negative or above 255
    try:
        return array("b", value).tobytes()
    except OverflowError:
        _check_style(value)
        raise


def style_of(value: list[int]) -> Integers | None:
    """Determine the style of a list of integers; ``None`` if all are below 128, which look the same in both."""
    if min(value, default=0) < 0:
        return Integers.SIGNED
    return Integers.UNSIGNED if max(value, default=0) > 127 else None


def bundle(messages: Iterable[Mapping[str, Any]], integers: Integers = Integers.UNSIGNED) -> bytes:
    """Write messages as one bundle."""
    return dump_msgpack({"bundled": [byte_list(dump_msgpack(message), integers) for message in messages]})


def unbundle(content: bytes) -> list[dict[str, Any]]:
    """Read the messages of a bundle, in order.

    Raises:
        BadNotation: The content is not a bundle, or one of its members is not a message.
    """
    value = load_msgpack(content)
    members = value.get("bundled") if isinstance(value, dict) else None
    if not isinstance(members, list) or not members:
        raise BadNotation(f"Expected a map with a list 'bundled' of messages, not {shown(value)}.")
    packed = [bytes_of(member) for member in members]
    if len(members) > 1:  # bytes_of() has checked each member; this checks all of them together
        _check_style([number for member in members for number in (min(member, default=0), max(member, default=0))])
    messages = [load_msgpack(data) for data in packed]
    for message in messages:
        if not isinstance(message, dict):
            raise BadNotation(f"Expected every member of a bundle to be a map, not {shown(message)}.")
    return messages


def _check_style(numbers: list[int]) -> None:
    lowest, highest = min(numbers, default=0), max(numbers, default=0)
    if lowest < -128 or highest > 255:
        raise BadNotation(f"Expected the integers of bytes, not {lowest if lowest < -128 else highest}.")
    if lowest < 0 and highest > 127:
        raise BadNotation(f"The integers {lowest} and {highest} are mixed. Expected all signed or all unsigned.")
