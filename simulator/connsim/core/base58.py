"""Base58 with bitcoin's alphabet, the spelling of DIDs and keys."""

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {digit: value for value, digit in enumerate(_ALPHABET)}


def encode(data: bytes) -> str:
    """Encode bytes; each leading zero byte is a leading ``1``."""
    number = int.from_bytes(data)
    digits = []
    while number:
        number, digit = divmod(number, 58)
        digits.append(_ALPHABET[digit])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * zeros + "".join(reversed(digits))


def decode(text: str, size: int) -> bytes:
    """Decode a text to exactly ``size`` bytes.

    Decoding takes time quadratic in the length, and clients choose the texts; so a text that is too long for ``size``
    is refused first.

    Raises:
        ValueError: A character is not a base58 digit, or the text decodes to another number of bytes.
    """
    if len(text) > 2 * size:  # a byte takes 1.37 digits
        raise ValueError(f"{text[:20]!r}... has {len(text)} characters. Expected base58 of {size} bytes.")
    number = 0
    for place, digit in enumerate(text, 1):
        if digit not in _VALUES:
            raise ValueError(f"{text!r} has {digit!r} as character {place}. Expected base58: no 0, O, I, l or signs.")
        number = number * 58 + _VALUES[digit]
    zeros = len(text) - len(text.lstrip("1"))
    data = b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)
    if len(data) != size:
        raise ValueError(f"{text!r} stands for {len(data)} bytes. Expected base58 of {size} bytes.")
    return data
