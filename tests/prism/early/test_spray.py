"""How the agent of 2023 decodes request bodies.

Rows name a section of the protocol page, or the part of spray-json's sources that they are about. The messages are the
first lines of those that spray-json 1.3.6 produces.

Sections are those of docs/protocol/prism-agent.md.
"""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connsim.prism.early.spray import DEPTH_LIMIT, Malformed, decode

CREATE = {"label": False}
ACCEPT = {"invitation": True}
FRAGMENTS = [b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\\u00", b"d83d", b"\n", b"null", b"tru", b"-1.e", b"9"]
BYTES = [b"\xc3", b"\xa9", b"\xe2\x82", b"\xf0\x9f\x98", b"\xef\xbf\xbf", b"\xff", b'"label":', b'"invitation":']


def refusal(body: bytes, members: dict[str, bool] = CREATE) -> str:
    """Return the reason for which the agent refuses a body."""
    with pytest.raises(Malformed) as refused:
        decode(body, members)
    return str(refused.value)


def unexpected(what: str, index: int, expected: str) -> str:
    """Return the message about a body of one line of ASCII."""
    return f"Unexpected {what} at input index {index} (line 1, position {index + 1}), expected {expected}:"


@pytest.mark.parametrize(
    ("body", "strings"),
    [
        pytest.param(b"{}", {}, id="5.5 empty object"),
        pytest.param(b' \r\n\t{ "label"\n:\t"x" , "goal" : "y" } \n', {"label": "x"}, id="ws blanks"),
        pytest.param(b'{"label":null}', {}, id="OptionFormat null"),
        pytest.param(b'{"label":""}', {"label": ""}, id="string empty"),
        pytest.param(b'{"label":5,"label":"x"}', {"label": "x"}, id="object last duplicate wins"),
        pytest.param(b'{"label":"x","label":null}', {}, id="object last duplicate is null"),
        pytest.param(b'{"Label":5,"labels":{"label":6},"":[[],{},1.5e3]}', {}, id="fromField unknown members"),
        pytest.param(b'{"l\\u0061bel":"x"}', {"label": "x"}, id="escaped name"),
        pytest.param(b'{"label":"\\"\\\\\\/\\b\\f\\n\\r\\t"}', {"label": '"\\/\b\f\n\r\t'}, id="escaped short"),
        pytest.param(b'{"label":"\\u0000\\u00e9\\uFFFF"}', {"label": "\0é\uffff"}, id="escaped unicode"),
        pytest.param(b'{"label":"\\ud83d\\ude00\\ud83d"}', {"label": "😀?"}, id="escaped lone surrogate"),
        pytest.param('{"label":"é€😀\x7f\x85"}'.encode(), {"label": "é€😀\x7f\x85"}, id="char beyond ASCII"),
        pytest.param(b'{"label":"\xff\x80\xed\xa0\x80"}', {"label": "\ufffd" * 3}, id="nextUtf8Char broken"),
    ],
)
def test_accepted(body: bytes, strings: dict[str, str]) -> None:
    """The known strings of a body are read."""
    assert decode(body, CREATE) == strings


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(b"", unexpected("end-of-input", 0, "JSON Value"), id="5.5 empty body"),
        pytest.param(b"hello", unexpected("character 'h'", 0, "JSON Value"), id="5.5 malformed JSON"),
        pytest.param(b"not json", unexpected("character 'o'", 0, "JSON Value"), id="5.5 word cut by a blank"),
        pytest.param(b'{"a":nul}', unexpected("character '}'", 5, "JSON Value"), id="value mark of a word"),
        pytest.param(b"{", unexpected("end-of-input", 1, "'\"'"), id="object open"),
        pytest.param(b'{"label":"x"', unexpected("end-of-input", 12, "'}'"), id="object unclosed"),
        pytest.param(b'{"label":"x', unexpected("end-of-input", 11, "'\"'"), id="string unclosed"),
        pytest.param(b'{"a":1,}', unexpected("character '}'", 7, "'\"'"), id="object trailing comma"),
        pytest.param(b'{"a" 1}', unexpected("character '1'", 5, "':'"), id="object no colon"),
        pytest.param(b"{a:1}", unexpected("character 'a'", 1, "'\"'"), id="object unquoted name"),
        pytest.param(b"[1 2]", unexpected("character '2'", 3, "']'"), id="array no comma"),
        pytest.param(b"[1,]", unexpected("character ']'", 3, "JSON Value"), id="array trailing comma"),
        pytest.param(b"{} x", unexpected("character 'x'", 3, "end-of-input"), id="parseJsValue trailing text"),
        pytest.param(b"01", unexpected("character '1'", 1, "end-of-input"), id="int leading zero"),
        pytest.param(b"-x", unexpected("character 'x'", 1, "DIGIT"), id="int no digit"),
        pytest.param(b"1.", unexpected("end-of-input", 2, "DIGIT"), id="frac no digit"),
        pytest.param(b"1e+ ", unexpected("character ' '", 3, "DIGIT"), id="exp no digit"),
        pytest.param(b'"\\x"', unexpected("character 'x'", 2, "JSON escape sequence"), id="escaped unknown"),
        pytest.param(b'"\\u12g4"', unexpected("character 'g'", 5, "hex digit"), id="unicode no digit"),
        pytest.param(b'"\\u12', unexpected("end-of-input", 5, "hex digit"), id="unicode unclosed"),
        pytest.param(b'"a\tb"', unexpected(r"character '\u0009'", 2, "'\"'"), id="fail control character"),
        pytest.param(b"\x85", unexpected(r"character '\u0085'", 0, "JSON Value"), id="nextChar control byte"),
        pytest.param(b"\xef\xbb\xbf{}", unexpected("character 'ï'", 0, "JSON Value"), id="nextChar is a byte"),
    ],
)
def test_malformed(body: bytes, message: str) -> None:
    """Faults of the text are reported with their place and what was expected."""
    assert refusal(body) == refusal(body, ACCEPT) == message


@pytest.mark.parametrize(
    ("body", "place"),
    [
        pytest.param(b'{\n"label":\n  x\n}', "input index 13 (line 3, position 3)", id="getLine third line"),
        pytest.param(b"\nx", "input index 1 (line 2, position 1)", id="getLine first of a line"),
    ],
)
def test_malformed_elsewhere(body: bytes, place: str) -> None:
    """The place contains the line."""
    assert refusal(body) == f"Unexpected character 'x' at {place}, expected JSON Value:"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(b"[]", "Object expected in field 'invitation'", id="5.5 array"),
        pytest.param(b'"x"', "Object expected in field 'invitation'", id="fromField string"),
        pytest.param(b"{}", "Object is missing required member 'invitation'", id="5.5 missing"),
        pytest.param(b'{"invitation":null}', "Expected String as JsString, but got null", id="StringJsonFormat null"),
        pytest.param(b'{"invitation":5}', "Expected String as JsString, but got 5", id="5.5 number"),
    ],
)
def test_required(body: bytes, message: str) -> None:
    """A required member must be present and a string."""
    assert refusal(body, ACCEPT) == message
    assert decode(b'{"invitation":"x"}', ACCEPT) == {"invitation": "x"}


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ("true", "true"),
        ("[ ]", "[]"),
        ('[ {} , "\\u00e9\\n\\u001f\\/" ]', '[{},"é\\n\\u001f/"]'),
        ('{ "b" : 1 , "a" : [ null ] }', '{"a":[null],"b":1}'),
        ('["\\ud83d"]', '["?"]'),
        ("-0", "0"),
        ("-0.00", "0.00"),
        ("1e3", "1E+3"),
        ("1.50E-7", "1.50E-7"),
        ("0.000001", "0.000001"),
        ("0.0000001", "1E-7"),
        ("0e-2147483647", "0E-2147483647"),
        ("1" * 100, "1" * 100),
    ],
)
def test_printed(value: str, printed: str) -> None:
    """A value that is not a string is quoted: compact, members sorted, numbers as Java's BigDecimal."""
    assert refusal(f'{{"label":{value}}}'.encode()) == f"Expected String as JsString, but got {printed}"


@pytest.mark.parametrize("number", ["1e2147483648", "1e-0009999999999", "1e10000000000"])
def test_exponents(number: str) -> None:
    """A number whose exponent Java cannot hold is refused even in a member that is ignored."""
    assert refusal(f'{{"x":[{number}]}}'.encode()) == "Exponent overflow."


def test_long_number() -> None:
    """A number may have up to a hundred characters."""
    assert refusal(b"-" + b"1" * 100) == (
        "Number too long:The number starting with '-1111111111111111111' had 101 characters which is more than the "
        "allowed limit maxNumberCharacters = 100. If this is legit input consider increasing the limit."
    )


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")], ids=["arrays", "objects"])
def test_nesting(opening: str, closing: str) -> None:
    """Nesting is limited, in known members and unknown ones."""

    def nested(depth: int, member: str) -> bytes:
        return f'{{"{member}":{opening * (depth - 1)}1{closing * (depth - 1)}}}'.encode()

    assert decode(nested(DEPTH_LIMIT - 1, "x"), CREATE) == {}
    assert refusal(nested(DEPTH_LIMIT - 1, "label")).startswith("Expected String as JsString, but got ")
    for depth in (DEPTH_LIMIT, 100_000):
        assert refusal(nested(depth, "x")) == (
            "JSON input nested too deeply:JSON input was nested more deeply than the configured limit of "
            "maxNesting = 1000"
        )


def test_first_declared_is_reported() -> None:
    """Of several faults, that of the member declared first is reported; the result has the order of declaration."""
    two = {"a": True, "b": False}
    assert refusal(b'{"b":1,"a":2}', two) == "Expected String as JsString, but got 2"
    assert list(decode(b'{"b":"x","a":"y"}', two)) == ["a", "b"]


@given(
    strings=st.dictionaries(st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"])), st.text()),
    unknown=st.dictionaries(st.text(min_size=1).map("unknown ".__add__), st.integers() | st.booleans() | st.none()),
    indent=st.sampled_from([None, 2]),
    escaped=st.booleans(),
)
def test_reads_any_json(strings: dict[str, str], unknown: dict[str, object], indent: int | None, escaped: bool) -> None:
    """Strings are read from any form that a JSON printer gives them, as by another parser."""
    text = json.dumps(unknown | strings, indent=indent, ensure_ascii=escaped)
    members = dict.fromkeys([*strings, "absent"], False)
    read = json.loads(text)
    assert decode(text.encode(), members) == {name: read[name] for name in strings}


@given(st.binary() | st.lists(st.sampled_from([*FRAGMENTS, *BYTES])).map(lambda parts: b"{" + b"".join(parts)))
@example(b'{"invitation":"\xe2\x82')
@example(b'{"invitation":"\xed\xa0\x80\xf0\x9f')
@example(b'{"label":"\xef\xbf\xbf\xc3')
def test_only_malformed(body: bytes) -> None:
    """Any body is read or refused, and what is read can be written as UTF-8."""
    for members in (CREATE, ACCEPT):
        try:
            strings = decode(body, members)
        except Malformed as refused:
            strings = {"": str(refused)}
        "".join(strings.values()).encode()
