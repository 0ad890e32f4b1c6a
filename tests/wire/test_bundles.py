"""The msgpack of protocol 1.0.

Sections are those of docs/protocol/vcx-agency.md.
"""

from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connsim.wire.bundles import Integers, bundle, byte_list, bytes_of, style_of, unbundle
from connsim.wire.errors import BadNotation

SIGNED_UP = {"@type": {"name": "SIGNED_UP", "ver": "1.0"}}
MESSAGES = st.lists(
    st.dictionaries(st.text(max_size=40), st.text(max_size=40) | st.integers(-9, 999) | st.none(), max_size=4),
    min_size=1,
    max_size=3,
)


def test_known_signed_bundle() -> None:
    """3.1: the bytes are those of a published answer."""
    content = bytes.fromhex(
        "81a762756e646c656491dc001fd081d0a54074797065d082d0a46e616d65d0a95349474e45445f5550d0a3766572d0a3312e30"
    )

    assert bundle([SIGNED_UP], Integers.SIGNED) == content
    assert unbundle(content) == [SIGNED_UP]


def test_known_unsigned_bundle() -> None:
    """3.2: the client writes the same with 0xcc before each large byte."""
    content = bundle([SIGNED_UP])

    assert content.startswith(bytes.fromhex("81a762756e646c656491dc001fcc81cca54074797065cc82cca46e616d65cca9"))
    assert content == msgpack.packb({"bundled": [list(msgpack.packb(SIGNED_UP))]})


@given(MESSAGES, st.sampled_from(Integers))
def test_both_ways(messages: list[dict[str, Any]], integers: Integers) -> None:
    """Whatever is bundled is read again, in either style."""
    assert unbundle(bundle(messages, integers)) == messages


@given(st.binary(max_size=300), st.sampled_from(Integers))
def test_byte_lists(data: bytes, integers: Integers) -> None:
    """A list of integers stands for its bytes, and shows its style if one of them is large."""
    numbers = byte_list(data, integers)

    assert bytes_of(numbers) == data
    assert style_of(numbers) is (integers if any(byte > 127 for byte in data) else None)


@pytest.mark.parametrize(
    ("number", "packed"),
    [
        pytest.param(127, "7f", id="3.2 fixint"),
        pytest.param(-127, "d081", id="3.2 signed"),
        pytest.param(-32, "e0", id="3.2 negative fixint"),
        pytest.param(-33, "d0df", id="3.2 just no negative fixint"),
    ],
)
def test_signed_bytes(number: int, packed: str) -> None:
    """A signed byte takes one byte or two."""
    assert byte_list(bytes([number & 255]), Integers.SIGNED) == [number]
    assert msgpack.packb(number).hex() == packed


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(msgpack.packb({"bundled": [list(msgpack.packb(SIGNED_UP))], "more": [{}]}), id="3.2 more members"),
        pytest.param(bundle([SIGNED_UP]) + b"\xc1\xff", id="3.2 trailing bytes"),
        pytest.param(
            msgpack.packb({"bundled": [list(msgpack.packb(SIGNED_UP) + b"\xc1")]}), id="3.2 trailing bytes inside"
        ),
        pytest.param(
            bundle([SIGNED_UP]).replace(b"\xcc\x81", b"\xcd\x00\x81", 1),
            id="3.2 an integer that is written longer than needed",
        ),
    ],
)
def test_read_tolerantly(content: bytes) -> None:
    """What the real reader ignores is ignored."""
    assert unbundle(content) == [SIGNED_UP]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "0 bytes that should be msgpack are not", id="nothing"),
        pytest.param(b"\xc1", "1 bytes that should be msgpack are not", id="no msgpack"),
        pytest.param(msgpack.packb(SIGNED_UP), "Expected a map with a list 'bundled'", id="a bare message"),
        pytest.param(msgpack.packb([SIGNED_UP]), "of messages, not list of 1", id="a list"),
        pytest.param(msgpack.packb({"bundled": {}}), "Expected a map with a list 'bundled'", id="no list"),
        pytest.param(msgpack.packb({"bundled": []}), "Expected a map with a list 'bundled'", id="empty"),
        pytest.param(
            msgpack.packb({"bundled": [msgpack.packb(SIGNED_UP)]}),
            "list of integers, not bytes of 31",
            id="3.2 bin refused",
        ),
        pytest.param(msgpack.packb({"bundled": [SIGNED_UP]}), "list of integers, not dict", id="3.1 a map"),
        pytest.param(msgpack.packb({"bundled": [[1, True]]}), "list of integers, not list", id="a flag"),
        pytest.param(msgpack.packb({"bundled": [[1.0]]}), "list of integers, not list", id="a fraction"),
        pytest.param(msgpack.packb({"bundled": [[256]]}), "integers of bytes, not 256", id="above a byte"),
        pytest.param(msgpack.packb({"bundled": [[-129]]}), "integers of bytes, not -129", id="below a byte"),
        pytest.param(msgpack.packb({"bundled": [[129, -126]]}), "The integers -126 and 129 are mixed", id="3.2 mixed"),
        pytest.param(
            msgpack.packb({"bundled": [byte_list(msgpack.packb(SIGNED_UP), style) for style in Integers]}),
            "Expected all signed or all unsigned",
            id="3.2 mixed between members",
        ),
        pytest.param(msgpack.packb({"bundled": [[5]]}), "to be a map, not 5", id="member is no map"),
        pytest.param(msgpack.packb({"bundled": [[]]}), "0 bytes that should be msgpack", id="member is nothing"),
    ],
)
def test_refused(content: bytes, message: str) -> None:
    """What is no bundle is refused with what there is instead."""
    with pytest.raises(BadNotation) as refused:
        unbundle(content)
    assert message in str(refused.value)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """Hostile bytes raise the one error, or are a bundle."""
    try:
        assert isinstance(unbundle(content), list)
    except BadNotation:
        assert not content.startswith(bundle([SIGNED_UP]))


def test_nothing_else_is_written() -> None:
    """A value that msgpack has no form for is refused by name."""
    with pytest.raises(BadNotation, match="cannot be written as msgpack: can not serialize 'object'"):
        bundle([{"x": object()}])
