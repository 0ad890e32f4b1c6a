"""Msgpack, JSON and base64. For malformed bytes of any kind, reading raises only `BadNotation`."""

import binascii
import json
import re
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, NoReturn

import msgpack

from connsim.wire.errors import BadNotation

_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_URLSAFE = re.compile(r"([A-Za-z0-9_-]*)={0,2}")


def dump_msgpack(value: object) -> bytes:
    """Write a value of maps, lists, texts and numbers.

    Raises:
        BadNotation: The value contains something else, or a number beyond 64 bits.
    """
    try:
        packed: bytes = msgpack.packb(value)
    except (ValueError, TypeError, OverflowError) as wrong:
        raise BadNotation(f"A value cannot be written as msgpack: {wrong}.") from None
    return packed


def load_msgpack(data: bytes) -> Any:
    """Read one value. Bytes after it are ignored, as the reader of libvcx (rmp-serde) ignores them.

    Raises:
        BadNotation: The bytes are not msgpack.
    """
    try:
        return msgpack.unpackb(data, strict_map_key=False)
    except msgpack.ExtraData as more:
        return more.unpacked
    except (ValueError, TypeError, msgpack.UnpackException, RecursionError) as wrong:
        reason = str(wrong) or type(wrong).__name__
        raise BadNotation(f"{len(data)} bytes that should be msgpack are not: {reason}.") from None


def dump_json(value: object) -> bytes:
    """Write a value as the real programs do by serde_json: compact, in UTF-8, without unnecessary escapes.

    Raises:
        BadNotation: JSON cannot express the value: NaN, half a surrogate pair, an object that is not JSON's.
    """
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, TypeError, RecursionError) as wrong:
        raise BadNotation(f"A value cannot be written as JSON: {wrong}.") from None


def load_json(data: bytes | str) -> Any:
    """Read JSON in UTF-8.

    Raises:
        BadNotation: The bytes are not JSON, or contain what the JSON readers of the real programs refuse: NaN,
            infinities, lone surrogates.
    """
    try:
        text = data if isinstance(data, str) else data.decode()
        value = json.loads(text, parse_constant=_refuse)
        if _ESCAPED_SURROGATE.search(text):  # Python's reader accepts a lone surrogate, and its encoder does not
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as wrong:
        raise BadNotation(f"{len(data)} bytes that should be JSON are not: {wrong}.") from None
    return value


def base64_text(data: bytes) -> str:
    """Encode in the standard alphabet, padded."""
    return b64encode(data).decode()


def base64_bytes(text: str) -> bytes:
    """Decode from the standard alphabet, padded.

    Raises:
        BadNotation: The text is not padded base64.
    """
    try:
        return b64decode(text.encode(), validate=True)
    except ValueError as wrong:
        raise BadNotation(f"{shown(text)} is not padded base64: {wrong}.") from None


def base64url_text(data: bytes) -> str:
    """Encode in the alphabet of URLs, padded, as libindy writes it."""
    return urlsafe_b64encode(data).decode()


def base64url_bytes(text: str) -> bytes:
    """Decode from the alphabet of URLs, padded or not, as libindy reads it; ``+`` and ``/`` are refused.

    Raises:
        BadNotation: The text is not base64url.
    """
    found = _URLSAFE.fullmatch(text)
    if not found:
        raise BadNotation(f"{shown(text)} is not base64url. Expected letters, digits, '-' and '_' only.")
    try:
        return urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4))
    except binascii.Error as wrong:
        raise BadNotation(f"{shown(text)} is not base64url: {wrong}.") from None


def present(members: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the members that are ``None``, as the real programs leave out absent optional members."""
    return {name: value for name, value in members.items() if value is not None}


def shown(value: object) -> str:
    """Print a received value for an error message, in bounded length."""
    if isinstance(value, (dict, list, bytes)):
        return f"{type(value).__name__} of {len(value)}"
    text = repr(value) if not isinstance(value, str) else repr(value[:60])
    return text if len(text) <= 62 else text[:60] + "..."


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
