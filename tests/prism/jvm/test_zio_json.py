"""How the agent decodes request bodies."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connsim.prism.jvm.zio_json import NESTING_LIMIT, Malformed, decode_strings, jvm_utf8, utf16_length

CREATE = {"label": False, "goalCode": False, "goal": False}
ACCEPT = {"invitation": True}

FRAGMENTS = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    "\\",
    "\\u00",
    "d83d",
    " ",
    "null",
    "tru",
    "-1.e",
    "label",
    '"label":',
]


@pytest.mark.parametrize(
    ("body", "strings"),
    [
        pytest.param(b"{}", {}, id="empty-object"),
        pytest.param(b' \r\n\t{ "label"\n:\t"x" , "goal" : "y" } ', {"label": "x", "goal": "y"}, id="blanks"),
        pytest.param(b"{} trailing", {}, id="trailing-bytes"),
        pytest.param(b'{"label":"x"}{"label":5', {"label": "x"}, id="second-object"),
        pytest.param(b'{"label":null,"goal": null}', {}, id="null"),
        pytest.param(b'{"label":""}', {"label": ""}, id="empty-string"),
        pytest.param(b'{"Label":5,"labels":6,"labe":7,"":8}', {}, id="similar-names"),
        pytest.param(b'{"x":1,"x":2,"label":"y","x":[]}', {"label": "y"}, id="unknown-twice"),
        pytest.param(b'{"l\\u0061bel":"x"}', {"label": "x"}, id="escaped-name"),
        pytest.param(b'{"label":"\\"\\\\\\/\\b\\f\\n\\r\\t"}', {"label": '"\\/\b\f\n\r\t'}, id="short-escapes"),
        pytest.param(b'{"label":"\\u0000\\u00e9\\u00E9"}', {"label": "\0éé"}, id="long-escapes"),
        pytest.param(b'{"label":"\\ud83d\\ude00"}', {"label": "😀"}, id="escaped-pair"),
        pytest.param(b'{"label":"\\ude00\\ud83d!\\ud83d"}', {"label": "??!?"}, id="lone-surrogates"),
        pytest.param('{"label":"\\ud83d😀"}'.encode(), {"label": "?😀"}, id="lone-surrogate-before-character"),
        pytest.param('{"label":"é😀\x7f"}'.encode(), {"label": "é😀\x7f"}, id="raw-characters"),
        pytest.param(b'\xef\xbb\xbf{"label":"x"}', {"label": "x"}, id="byte-order-mark"),
        pytest.param(b'{"label":"\xff\xc3"}', {"label": "\ufffd\ufffd"}, id="not-utf8"),
        pytest.param(b'{"x":-,"y":1e+-.3,"z":00}', {}, id="ignored-numbers-are-loose"),
        pytest.param(b'{"x":{"a":[{},[],{"b":[true,false,null]}]},"y":[ ]}', {}, id="ignored-values"),
        pytest.param(b'{"x":{"label":"a","label":"b"},"label":"c"}', {"label": "c"}, id="ignored-members"),
    ],
)
def test_accepted(body: bytes, strings: dict[str, str]) -> None:
    """The known strings of a body are read; the rest is hardly checked, and what follows it is ignored."""
    assert decode_strings(body, CREATE) == strings


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(b"", "Unexpected end of input", id="empty"),
        pytest.param(b" \n", "Unexpected end of input", id="blank"),
        pytest.param(b"{", "Unexpected end of input", id="open"),
        pytest.param(b'{"label":"x"', "Unexpected end of input", id="unclosed"),
        pytest.param(b'{"label":"x', "Unexpected end of input", id="unclosed-string"),
        pytest.param(b'{"label":"\\', "Unexpected end of input", id="unclosed-escape"),
        pytest.param(b'{"label":nu', "Unexpected end of input", id="unclosed-null"),
        pytest.param(b'{"x":1', "Unexpected end of input", id="unclosed-number"),
        pytest.param(b"not json", "expected '{' got 'n'", id="not-json"),
        pytest.param(b"[]", "expected '{' got '['", id="array"),
        pytest.param(b"null", "expected '{' got 'n'", id="null"),
        pytest.param(b"(", "expected '{' got '('", id="parenthesis"),
        pytest.param("😀".encode(), "expected '{' got '?'", id="half-a-pair"),
        pytest.param(b"\xef\xbb\xbf\xef\xbb\xbf{}", "expected '{' got '\ufeff'", id="two-byte-order-marks"),
        pytest.param(b"\x0b{}", "expected '{' got '\x0b'", id="other-blank"),
        pytest.param(b"{label:1}", "expected string or '}' got 'l'", id="unquoted-name"),
        pytest.param(b'{,"label":"x"}', "expected string or '}' got ','", id="leading-comma"),
        pytest.param(b'{"label":"x",}', "expected '\"' got '}'", id="trailing-comma"),
        pytest.param(b'{"label" "x"}', "expected ':' got '\"'", id="no-colon"),
        pytest.param(b'{"label":"x" "goal":"y"}', "expected ',' or '}' got '\"'", id="no-comma"),
        pytest.param(b'{"label":"x"]', "expected ',' or '}' got ']'", id="wrong-bracket"),
        pytest.param(b'{"label":5}', "expected '\"' got '5' at 'label'", id="number"),
        pytest.param(b'{"goalCode":{}}', "expected '\"' got '{' at 'goalCode'", id="object"),
        pytest.param('{"goal": 😀}'.encode(), "expected '\"' got '?' at 'goal'", id="half-a-pair-for-a-string"),
        pytest.param(b'{"label":nil}', "expected 'null' at 'label'", id="not-quite-null"),
        pytest.param(b'{"label":"a","label":"b"}', "duplicate", id="duplicate"),
        pytest.param(b'{"label":null,"label":null}', "duplicate", id="duplicate-null"),
        pytest.param(b'{"label":"a","label":5', "duplicate", id="duplicate-before-its-value"),
        pytest.param(b'{"label":"a","label" 5', "expected ':' got '5'", id="colon-before-duplicate"),
        pytest.param(b'{"label":"a\nb"}', "invalid control in string at 'label'", id="control-character"),
        pytest.param(b'{"label":"\\x"}', "invalid '\\x' in string at 'label'", id="unknown-escape"),
        pytest.param(b'{"label":"\\\n"}', "invalid '\\\n' in string at 'label'", id="escaped-line-feed"),
        pytest.param('{"label":"\\😀"}'.encode(), "invalid '\\?' in string at 'label'", id="escaped-half"),
        pytest.param(b'{"label":"\\u12g4"}', "invalid charcode in string at 'label'", id="not-hexadecimal"),
        pytest.param('{"label":"\\u12٣4"}'.encode(), "invalid charcode in string at 'label'", id="foreign-digit"),
        pytest.param(b'{"label":"\\u12', "unexpected EOB in string at 'label'", id="unclosed-code"),
        pytest.param(b'{"label":"\\u"', "invalid charcode in string at 'label'", id="quote-in-code"),
        pytest.param(b'{"\\u12', "unexpected EOB in string", id="unclosed-code-in-name"),
        pytest.param(b'{"a\tb":1}', "invalid control in string", id="control-character-in-name"),
        pytest.param(b'{"x":"\\q"}', "invalid '\\q' in string", id="ignored-escape"),
        pytest.param(b'{"x":nope}', "expected 'null'", id="ignored-null"),
        pytest.param(b'{"x":tru }', "expected 'true'", id="ignored-true"),
        pytest.param(b'{"x":fals}', "expected 'false'", id="ignored-false"),
        pytest.param(b'{"x":}', "unexpected '}'", id="ignored-nothing"),
        pytest.param(b'{"x":+1}', "unexpected '+'", id="ignored-plus"),
        pytest.param(b'{"x":1x}', "expected ',' or '}' got 'x'", id="ignored-number"),
        pytest.param(b'{"x":[1 2]}', "expected ',' or ']' got '2'", id="ignored-array"),
        pytest.param(b'{"x":[1,]}', "unexpected ']'", id="ignored-trailing-comma"),
        pytest.param(b'{"x":{1:2}}', "expected string or '}' got '1'", id="ignored-unquoted-name"),
        pytest.param(b'{"x":{"a":1,}}', "expected '\"' got '}'", id="ignored-object"),
        pytest.param(b'{"x":5,"label":6}', "expected '\"' got '6' at 'label'", id="after-ignored"),
        pytest.param(b'{"label":6,"x":', "expected '\"' got '6' at 'label'", id="first-fault-wins"),
    ],
)
def test_refused(body: bytes, message: str) -> None:
    """The first fault that reading reaches is reported, with the name of the member in whose value it is."""
    with pytest.raises(Malformed) as refused:
        decode_strings(body, CREATE)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(b"{}", "missing at 'invitation'", id="missing"),
        pytest.param(b'{"x":{"invitation":"y"}}', "missing at 'invitation'", id="deeper"),
        pytest.param(b'{"invitation":null}', "expected '\"' got 'n' at 'invitation'", id="null"),
        pytest.param(b'{"x":?}', "unexpected '?'", id="fault-before-missing"),
    ],
)
def test_required(body: bytes, message: str) -> None:
    """A required member must be present and a string; that it is missing is checked last."""
    with pytest.raises(Malformed) as refused:
        decode_strings(body, ACCEPT)
    assert str(refused.value) == message
    assert decode_strings(b'{"invitation":"x"}', ACCEPT) == {"invitation": "x"}


def test_first_missing_is_reported() -> None:
    """Of several missing members, the first in the agent's order is reported."""
    with pytest.raises(Malformed, match=r"^missing at 'b'$"):
        decode_strings(b"{}", {"a": False, "b": True, "c": True})


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")], ids=["arrays", "objects"])
def test_nesting(opening: str, closing: str) -> None:
    """An ignored value may nest deeply, up to the limit of the agent's stack."""

    def nested(depth: int) -> bytes:
        return f'{{"x":{opening * (depth - 1)}1{closing * (depth - 1)}}}'.encode()

    assert decode_strings(nested(NESTING_LIMIT), CREATE) == {}
    for depth in (NESTING_LIMIT + 1, 100_000):
        with pytest.raises(Malformed, match=r"^Unexpected structure$"):
            decode_strings(nested(depth), CREATE)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param("aé€😀".encode(), "aé€😀", id="valid"),
        pytest.param(b"\xed\xa0\xbd\xed\xb8\x80", "\ufffd\ufffd", id="encoded-surrogates"),
        pytest.param(b"\xed\xa0x", "\ufffdx", id="cut-surrogate"),
        pytest.param(b"\xed\xa0", "\ufffd", id="cut-surrogate-at-the-end"),
        pytest.param(b"\xe2\x82\xed\xa0\x80\xe2\x82", "\ufffd\ufffd\ufffd", id="cut-characters"),
        pytest.param(b"\xc0\x80", "\ufffd\ufffd", id="overlong"),
        pytest.param(b"\xf0\x9f\x98x\xf5", "\ufffdx\ufffd", id="cut-pair"),
    ],
)
def test_jvm_utf8(data: bytes, text: str) -> None:
    """Bytes that are not UTF-8 become as many U+FFFD as observed on Java 17."""
    assert jvm_utf8(data) == text


@pytest.mark.parametrize(
    ("text", "length"),
    [("", 0), ("abc", 3), ("é€", 2), ("😀a", 3), ("\ud800", 1)],
    ids=["empty", "ascii", "one-unit-each", "pair", "lone-surrogate"],
)
def test_utf16_length(text: str, length: int) -> None:
    """Lengths are in UTF-16 code units."""
    assert utf16_length(text) == length


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(
    known=st.dictionaries(st.sampled_from(sorted(CREATE)), st.text() | st.none()),
    unknown=st.dictionaries(st.text().filter(lambda name: name not in CREATE), JSON, max_size=3),
    indent=st.sampled_from([None, 2]),
    escaped=st.booleans(),
)
def test_reads_any_json(
    known: dict[str, str | None], unknown: dict[str, object], indent: int | None, escaped: bool
) -> None:
    """Known strings among unknown values are read from any form that a JSON printer gives them."""
    body = json.dumps(unknown | known, indent=indent, ensure_ascii=escaped).encode()
    assert decode_strings(body, CREATE) == {name: text for name, text in known.items() if text is not None}


@given(st.binary() | st.lists(st.sampled_from(FRAGMENTS)).map(lambda parts: ("{" + "".join(parts)).encode()))
@example(b'{"label":"\xed\xa0\x80')
def test_only_malformed(body: bytes) -> None:
    """Any body is read or refused, and what is read can be written as UTF-8."""
    try:
        strings = decode_strings(body, CREATE)
    except Malformed as refused:
        strings = {"": str(refused)}
    "".join(strings.values()).encode()
