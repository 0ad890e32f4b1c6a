"""How the agent of 2023 reads request bodies.

Rows name a section of the protocol page, or what in spray-json's sources they are about. Every message was made by
spray-json 1.3.6 itself, too.

Sections are those of docs/protocol/prism-agent.md.
"""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connsim.prism.early.spray import DEPTH_LIMIT, BadNumber, Malformed, decode

CREATE = {"label": False}
ACCEPT = {"invitation": True}
FRAGMENTS = [b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\\u00", b"d83d", b"\n", b"null", b"tru", b"-1.e", b"9"]
BYTES = [b"\xc3", b"\xa9", b"\xe2\x82", b"\xf0\x9f\x98", b"\xef\xbf\xbf", b"\xff", b'"label":', b'"invitation":']


def refusal(body: bytes, members: dict[str, bool] = CREATE) -> str:
    """Why the agent refuses a body."""
    with pytest.raises(Malformed) as refused:
        decode(body, members)
    return str(refused.value)


def told(what: str, index: int, expected: str, line: str) -> str:
    """The message about a body of one line of ASCII."""
    place = f"input index {index} (line 1, position {index + 1})"
    return f"Unexpected {what} at {place}, expected {expected}:\n{line}\n{' ' * index}^\n"


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
        pytest.param(b'{"label":"\xc3""}', {"label": "\ufffd"}, id="nextUtf8Char swallows a quote"),
    ],
)
def test_accepted(body: bytes, strings: dict[str, str]) -> None:
    """A body gives its known strings."""
    assert decode(body, CREATE) == strings


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(b"", told("end-of-input", 0, "JSON Value", ""), id="5.5 empty body"),
        pytest.param(b"hello", told("character 'h'", 0, "JSON Value", "hello"), id="5.5 malformed JSON"),
        pytest.param(b"not json", told("character 'o'", 0, "JSON Value", "not json"), id="5.5 word cut by a blank"),
        pytest.param(b'{"a":nul}', told("character '}'", 5, "JSON Value", '{"a":nul}'), id="value mark of a word"),
        pytest.param(b"{", told("end-of-input", 1, "'\"'", "{"), id="object open"),
        pytest.param(b'{"label":"x"', told("end-of-input", 12, "'}'", '{"label":"x"'), id="object unclosed"),
        pytest.param(b'{"label":"x', told("end-of-input", 11, "'\"'", '{"label":"x'), id="string unclosed"),
        pytest.param(b'{"a":1,}', told("character '}'", 7, "'\"'", '{"a":1,}'), id="object trailing comma"),
        pytest.param(b'{"a" 1}', told("character '1'", 5, "':'", '{"a" 1}'), id="object no colon"),
        pytest.param(b"{a:1}", told("character 'a'", 1, "'\"'", "{a:1}"), id="object unquoted name"),
        pytest.param(b"[1 2]", told("character '2'", 3, "']'", "[1 2]"), id="array no comma"),
        pytest.param(b"[1,]", told("character ']'", 3, "JSON Value", "[1,]"), id="array trailing comma"),
        pytest.param(b"{} x", told("character 'x'", 3, "end-of-input", "{} x"), id="parseJsValue trailing text"),
        pytest.param(b"01", told("character '1'", 1, "end-of-input", "01"), id="int leading zero"),
        pytest.param(b"-x", told("character 'x'", 1, "DIGIT", "-x"), id="int no digit"),
        pytest.param(b"1.", told("end-of-input", 2, "DIGIT", "1."), id="frac no digit"),
        pytest.param(b"1e+ ", told("character ' '", 3, "DIGIT", "1e+ "), id="exp no digit"),
        pytest.param(b'"\\x"', told("character 'x'", 2, "JSON escape sequence", '"\\x"'), id="escaped unknown"),
        pytest.param(b'"\\u12g4"', told("character 'g'", 5, "hex digit", '"\\u12g4"'), id="unicode no digit"),
        pytest.param(b'"\\u12', told("end-of-input", 5, "hex digit", '"\\u12'), id="unicode unclosed"),
        pytest.param(b'"a\tb"', told(r"character '\u0009'", 2, "'\"'", '"a?b"'), id="fail control character"),
        pytest.param(b"\x85", told(r"character '\u0085'", 0, "JSON Value", "\ufffd"), id="nextChar control byte"),
        pytest.param(b"\xef\xbb\xbf{}", told("character 'ï'", 0, "JSON Value", "\ufeff{}"), id="nextChar is a byte"),
    ],
)
def test_malformed(body: bytes, message: str) -> None:
    """What is wrong with the text is told with its line and a caret."""
    assert refusal(body) == refusal(body, ACCEPT) == message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(
            b'{\n"label":\n  x\n}',
            "Unexpected character 'x' at input index 13 (line 3, position 3), expected JSON Value:\n  x\n  ^\n",
            id="getLine third line",
        ),
        pytest.param(
            b"\nx",
            "Unexpected character 'x' at input index 1 (line 2, position 1), expected JSON Value:\nx\n^\n",
            id="getLine first of a line",
        ),
        pytest.param(
            '{"é":\n"€" x}'.encode(),
            "Unexpected character 'x' at input index 13 (line 2, position 8), expected '}':\n\"€\" x}\n       ^\n",
            id="getLine counts bytes among characters",
        ),
        pytest.param(
            b'["\xef\xbf\xbf"]',
            "Unexpected end-of-input at input index 4 (line 1, position 5), expected '\"':\n[\"\n    ^\n",
            id="EOI as a character",
        ),
        pytest.param(
            b'["\xc3\xa9\xe2\x82',
            "Unexpected end-of-input at input index 7 (line 1, position 8), expected '\"':\n"
            '["\ufffd\ufffd\n       ^\n',
            id="nextUtf8Char leaves two bytes",
        ),
        pytest.param(b'["\xf0\x9f\x98', "", id="nextUtf8Char leaves three bytes"),
        pytest.param(b'["\xe2\x82\xac\xe2\x82', "", id="nextUtf8Char leaves two bytes and needs three"),
    ],
)
def test_malformed_elsewhere(body: bytes, message: str) -> None:
    """Lines count; beyond ASCII the place is off, and a character cut off at the end spoils the message."""
    assert refusal(body) == message


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
    """A required member must be there and be a string."""
    assert refusal(body, ACCEPT) == message
    assert decode(b'{"invitation":"x"}', ACCEPT) == {"invitation": "x"}


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ("true", "true"),
        ("[ ]", "[]"),
        ('[ {} , "\\u00e9\\u007f\\n\\u001f\\/" ]', '[{},"é\x7f\\n\\u001f/"]'),
        ('{ "b" : 1 , "a" : [ null ] }', '{"a":[null],"b":1}'),
        ('{"\ue000":1,"😀":2}', '{"😀":2,"\ue000":1}'),
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
    """What is no string is quoted: compact, members sorted by UTF-16 code unit, numbers as Java's BigDecimal."""
    assert refusal(f'{{"label":{value}}}'.encode()) == f"Expected String as JsString, but got {printed}"


@pytest.mark.parametrize(
    ("number", "message"),
    [
        pytest.param("1e2147483648", "Exponent overflow.", id="BigDecimal exponent"),
        pytest.param("1.5e-2147483647", "Scale out of range.", id="BigDecimal scale"),
        pytest.param("1e-0009999999999", "Exponent overflow.", id="BigDecimal ten digits"),
        pytest.param("1e10000000000", "Too many nonzero exponent digits.", id="BigDecimal eleven digits"),
    ],
)
def test_exponents(number: str, message: str) -> None:
    """A number that Java can not hold is refused even where nobody reads it, and told apart from other faults."""
    with pytest.raises(BadNumber) as refused:
        decode(f'{{"x":[{number}]}}'.encode(), CREATE)
    assert str(refused.value) == message


def test_long_number() -> None:
    """A number has a hundred characters at most."""
    assert refusal(b"-" + b"1" * 100) == (
        "Number too long:The number starting with '-1111111111111111111' had 101 characters which is more than the "
        "allowed limit maxNumberCharacters = 100. If this is legit input consider increasing the limit."
    )


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")], ids=["arrays", "objects"])
def test_nesting(opening: str, closing: str) -> None:
    """Nesting has a limit, known or unknown."""

    def nested(depth: int, member: str) -> bytes:
        return f'{{"{member}":{opening * (depth - 1)}1{closing * (depth - 1)}}}'.encode()

    assert decode(nested(DEPTH_LIMIT - 1, "x"), CREATE) == {}
    assert refusal(nested(DEPTH_LIMIT - 1, "label")).startswith("Expected String as JsString, but got ")
    for depth in (DEPTH_LIMIT, 100_000):
        assert refusal(nested(depth, "x")) == (
            "JSON input nested too deeply:JSON input was nested more deeply than the configured limit of "
            "maxNesting = 1000"
        )


def test_first_declared_is_told() -> None:
    """Of several faults that of the member declared first is told; parts of the result come in that order."""
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
    """Whatever a JSON printer makes of strings is read as another JSON parser reads it."""
    text = json.dumps(unknown | strings, indent=indent, ensure_ascii=escaped)
    if not escaped and "\uffff" in text:
        assert "end-of-input" in refusal(text.encode())
    else:
        members = dict.fromkeys([*strings, "absent"], False)
        read = json.loads(text)
        assert decode(text.encode(), members) == {name: read[name] for name in strings}


@given(st.binary() | st.lists(st.sampled_from([*FRAGMENTS, *BYTES])).map(lambda parts: b"{" + b"".join(parts)))
@example(b'{"invitation":"\xe2\x82')
@example(b'{"invitation":"\xed\xa0\x80\xf0\x9f')
@example(b'{"label":"\xef\xbf\xbf\xc3')
def test_only_malformed(body: bytes) -> None:
    """No body does worse than being refused, and what comes out can be written as UTF-8."""
    for members in (CREATE, ACCEPT):
        try:
            strings = decode(body, members)
        except Malformed as refused:
            strings = {"": str(refused)}
        "".join(strings.values()).encode()
