"""Base58: known values, and encoding followed by decoding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connsim.core import base58


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param(b"", "", id="nothing"),
        pytest.param(b"\0", "1", id="zero"),
        pytest.param(b"\0\0\x01", "112", id="leading-zeros"),
        pytest.param(b"\x39", "z", id="last-digit"),
        pytest.param(b"\x3a", "21", id="carry"),
        pytest.param(b"\xff\xff", "LUv", id="two-bytes"),
        pytest.param(b"Hello World!", "2NEpo7TZRRrLZSi2U", id="published-example"),
    ],
)
def test_known_values(data: bytes, text: str) -> None:
    """Bytes are encoded to the known text, and the text is decoded to the bytes."""
    assert base58.encode(data) == text
    assert base58.decode(text, len(data)) == data


@given(st.binary(max_size=80))
def test_both_ways(data: bytes) -> None:
    """Encoded bytes decode to the same bytes."""
    assert base58.decode(base58.encode(data), len(data)) == data


@pytest.mark.parametrize(
    ("text", "size", "message"),
    [
        pytest.param("20", 1, "'20' has '0' as character 2. Expected base58", id="zero-digit"),
        pytest.param("lI", 2, "'lI' has 'l' as character 1", id="look-alike"),
        pytest.param("2٣", 2, "has '٣' as character 2", id="foreign-digit"),
        pytest.param("2 1", 2, "has ' ' as character 2", id="blank"),
        pytest.param("LUv", 3, "'LUv' stands for 2 bytes. Expected base58 of 3 bytes.", id="too-short"),
        pytest.param("1111", 2, "'1111' stands for 4 bytes", id="too-many-zeros"),
        pytest.param("z" * 100_000, 32, "has 100000 characters. Expected base58 of 32 bytes.", id="huge"),
    ],
)
def test_refused(text: str, size: int, message: str) -> None:
    """A text that is not base58, or has another size, is refused with the reason."""
    with pytest.raises(ValueError, match="Expected base58") as refused:
        base58.decode(text, size)
    assert message in str(refused.value)
