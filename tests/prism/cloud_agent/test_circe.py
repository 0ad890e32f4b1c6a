"""How the agent decodes invitation payloads."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connsim.prism.invitation import Invitation
from connsim.prism.jvm.circe import CloudAgentDecoder
from connsim.prism.jvm.jawn import Unparsable

TYPE = "https://didcomm.org/out-of-band/2.0/invitation"
LONG = 2**63 - 1

FRAGMENTS = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"a"',
    '"',
    "\\",
    "\\u00",
    "41",
    " ",
    "\n",
    "null",
    "tru",
    "-",
    "1",
    "0",
    ".",
    "e",
    "+",
    "😀",
]


def invitation(**changes: Any) -> dict[str, Any]:
    """Return an invitation's JSON tree with some changes."""
    return {"id": "i", "type": TYPE, "from": "did:peer:2.x", "body": {"accept": []}} | changes


def cause(text: str) -> str:
    """Return the reason for which the agent refuses a payload."""
    with pytest.raises(Unparsable) as refused:
        CloudAgentDecoder().parse(text)
    return str(refused.value)


def test_minimal() -> None:
    """An invitation with the members that agents write is read."""
    assert CloudAgentDecoder().parse(json.dumps(invitation())) == Invitation("i", "did:peer:2.x")


def test_full() -> None:
    """All known members are read, in any order, and unknown ones are dropped."""
    body = {"accept": ["didcomm/v2", "é😀"], "goal": "g", "x": 1, "goal_code": "c"}
    full = invitation(expires_time=2, created_time=1, attachments=[], body=body, y={"z": []})
    text = json.dumps(dict(reversed(full.items())))
    expected = Invitation("i", "did:peer:2.x", "c", "g", ("didcomm/v2", "é😀"), TYPE, "[]", 1, 2)
    assert CloudAgentDecoder().parse(f" \r\n\t{text}\n ") == expected


def test_nulls_are_absent() -> None:
    """A null is an absent option."""
    nulls: dict[str, object] = dict.fromkeys(("attachments", "created_time", "expires_time"))
    body: dict[str, object] = {"goal_code": None, "goal": None, "accept": []}
    assert CloudAgentDecoder().parse(json.dumps(invitation(body=body, **nulls))) == CloudAgentDecoder().parse(
        json.dumps(invitation())
    )


def test_last_duplicate_wins() -> None:
    """Of two members with one name, the last counts."""
    text = json.dumps(invitation())
    assert CloudAgentDecoder().parse('{"id":5,' + text[1:-1] + ',"id":"last"}').id == "last"


def test_lone_surrogates() -> None:
    """A lone surrogate is read as a question mark, as the JVM would write it, in members and messages."""
    assert CloudAgentDecoder().parse(json.dumps(invitation(id="\ud83d\ude00\ud83d"))).id == "😀?"
    assert (
        cause(r'{"id":["\ud83d"]}') == """DecodingFailure at .id: Got value '["?"]' with wrong type, expecting string"""
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "exhausted input", id="empty"),
        pytest.param(" \n", "exhausted input", id="blank"),
        pytest.param("{", "exhausted input", id="open"),
        pytest.param("[1", "exhausted input", id="unclosed-array"),
        pytest.param('{"a"', "exhausted input", id="unclosed-name"),
        pytest.param('"abc', "exhausted input", id="unclosed-string"),
        pytest.param('"\\', "exhausted input", id="unclosed-escape"),
        pytest.param('"\\u12', "exhausted input", id="unclosed-code"),
        pytest.param('"\\uzz', "exhausted input", id="end-before-bad-code"),
        pytest.param('"\\u00é0"', "exhausted input", id="code-beyond-the-table"),
        pytest.param("nul", "exhausted input", id="unclosed-null"),
        pytest.param("-", "exhausted input", id="lone-minus"),
        pytest.param("1.", "exhausted input", id="unclosed-fraction"),
        pytest.param("1e", "exhausted input", id="unclosed-exponent"),
        pytest.param("1e+", "exhausted input", id="unclosed-exponent-sign"),
        pytest.param("hello", "expected json value got 'hello' (line 1, column 1)", id="word"),
        pytest.param("hello!", "expected json value got 'hello!' (line 1, column 1)", id="six-characters"),
        pytest.param("hello world", "expected json value got 'hello ...' (line 1, column 1)", id="words"),
        pytest.param("\ufeff{}", "expected json value got '\ufeff{}' (line 1, column 1)", id="byte-order-mark"),
        pytest.param("😀x", "expected json value got '😀x' (line 1, column 1)", id="character-of-two-units"),
        pytest.param("x😀😀😀", "expected json value got 'x😀😀?...' (line 1, column 1)", id="half-a-pair"),
        pytest.param("[1,]", "expected json value got ']' (line 1, column 4)", id="trailing-comma"),
        pytest.param("[}", "expected json value got '}' (line 1, column 2)", id="wrong-bracket"),
        pytest.param('{"a":}', "expected json value got '}' (line 1, column 6)", id="no-value"),
        pytest.param("[\n\n \t?]", "expected json value got '?]' (line 3, column 3)", id="third-line"),
        pytest.param('["😀",?]', "expected json value got '?]' (line 1, column 7)", id="column-in-units"),
        pytest.param('{"a":1,}', "expected \" got '}' (line 1, column 8)", id="trailing-comma-in-object"),
        pytest.param("{a:1}", "expected \" got 'a:1}' (line 1, column 2)", id="unquoted-name"),
        pytest.param('{"a" 1}', "expected : got '1}' (line 1, column 6)", id="no-colon"),
        pytest.param('{"a":1 "b":2}', "expected } or , got '\"b\":2}' (line 1, column 8)", id="no-comma"),
        pytest.param("[1 2]", "expected ] or , got '2]' (line 1, column 4)", id="no-comma-in-array"),
        pytest.param("[01]", "expected ] or , got '1]' (line 1, column 3)", id="leading-zero"),
        pytest.param("{} x", "expected whitespace or eof got 'x' (line 1, column 4)", id="trailing-garbage"),
        pytest.param("{}\n{}", "expected whitespace or eof got '{}' (line 2, column 1)", id="second-object"),
        pytest.param("nope", "expected null got 'nope' (line 1, column 1)", id="not-quite-null"),
        pytest.param("[truE]", "expected true got 'truE]' (line 1, column 2)", id="not-quite-true"),
        pytest.param("faLse", "expected false got 'faLse' (line 1, column 1)", id="not-quite-false"),
        pytest.param("[-x]", "expected digit got '-x]' (line 1, column 2)", id="minus"),
        pytest.param("-.", "expected digit got '-.' (line 1, column 1)", id="minus-point"),
        pytest.param("[1.]", "expected digit got '1.]' (line 1, column 2)", id="no-fraction"),
        pytest.param("[1.e5]", "expected digit got '1.e5]' (line 1, column 2)", id="no-fraction-but-exponent"),
        pytest.param("[10.5E-]", "expected digit got '10.5E-...' (line 1, column 2)", id="no-exponent"),
        pytest.param("[1.5.2]", "expected ] or , got '.2]' (line 1, column 5)", id="two-fractions"),
        pytest.param('["a\nb"]', "control char (10) in string got '\n...' (line 1, column 4)", id="line-feed"),
        pytest.param('["\\n\t"]', "control char (9) in string got '\t...' (line 1, column 5)", id="tab"),
        pytest.param('["\\x"]', "illegal escape sequence (\\x) got '\\...' (line 1, column 3)", id="unknown-escape"),
        pytest.param(
            '["\\u00g0"]',
            "expected valid unicode escape got '00g0\"]' (line 1, column 5)",
            id="not-hexadecimal",
        ),
    ],
)
def test_not_json(text: str, message: str) -> None:
    """A text that is not JSON is refused in jawn's words, with the place and up to six UTF-16 code units of it."""
    assert cause(text) == message


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        pytest.param([], ": Got value '[]' with wrong type, expecting object", id="array"),
        pytest.param("x", ": Got value '\"x\"' with wrong type, expecting object", id="string"),
        pytest.param(None, ": Got value 'null' with wrong type, expecting object", id="null"),
        pytest.param({}, ".id: Missing required field", id="id"),
        pytest.param({"id": "i"}, ".type: Missing required field", id="type"),
        pytest.param({"id": "i", "type": "t"}, ".from: Missing required field", id="from"),
        pytest.param({"id": "i", "type": "t", "from": "f"}, ".body: Missing required field", id="body"),
        pytest.param(invitation(body={}), ".body.accept: Missing required field", id="accept"),
        pytest.param({"from": 5}, ".id: Missing required field", id="declared-order"),
        pytest.param(invitation(id=None), ".id: Got value 'null' with wrong type, expecting string", id="null-id"),
        pytest.param(
            invitation(**{"from": {"a": [True, None, "\x7f\x1f\n/é"], "b": -1.50}}),
            r""".from: Got value '{"a":[true,null,"\u007f\u001f\n/é"],"b":-1.5}' """
            "with wrong type, expecting string",
            id="printed-value",
        ),
        pytest.param(invitation(body=[]), ".body: Got value '[]' with wrong type, expecting object", id="array-body"),
        pytest.param(
            invitation(body={"goal_code": 5}),
            ".body.goal_code: Got value '5' with wrong type, expecting string",
            id="goal-code",
        ),
        pytest.param(
            invitation(body={"accept": None}),
            ".body.accept: Got value 'null' with wrong type, expecting array",
            id="null-accept",
        ),
        pytest.param(
            invitation(body={"accept": {}}),
            ".body.accept: Got value '{}' with wrong type, expecting array",
            id="object-accept",
        ),
        pytest.param(
            invitation(body={"accept": ["a", 5, 6]}),
            ".body.accept[1]: Got value '5' with wrong type, expecting string",
            id="item",
        ),
        pytest.param(
            invitation(attachments={}),
            ".attachments: Got value '{}' with wrong type, expecting array",
            id="attachments",
        ),
        pytest.param(
            invitation(attachments=[5]),
            ".attachments[0]: Got value '5' with wrong type, expecting object",
            id="attachment",
        ),
        pytest.param(
            invitation(attachments=[{"id": 5}]),
            ".attachments[0].id: Got value '5' with wrong type, expecting string",
            id="attachment-id-of-wrong-type",
        ),
        pytest.param(
            invitation(attachments=[{}]),
            ".attachments.id: Missing required field",
            id="attachment-id-missing",
        ),
        pytest.param(
            invitation(attachments=[{"id": "a"}]),
            ".attachments.data: Missing required field",
            id="attachment-data",
        ),
        pytest.param(
            invitation(attachments=[{"id": "a", "data": {"json": []}}]),
            ".attachments[0].data.links: Missing required field",
            id="attached-links",
        ),
        pytest.param(
            invitation(attachments=[{"id": "a", "data": {"links": [], "base64": 5}}]),
            ".attachments[0].data.hash: Missing required field",
            id="attached-hash",
        ),
        pytest.param(
            invitation(attachments=[{"id": "a", "data": {"base64": ""}, "byte_count": True}]),
            ".attachments[0].byte_count: Long",
            id="attachment-number",
        ),
        pytest.param(invitation(created_time=1.5, expires_time=[]), ".created_time: Long", id="created-time"),
    ],
)
def test_no_invitation(tree: object, message: str) -> None:
    """JSON that is not an invitation is refused in circe's words, with the first member that does not match."""
    assert cause(json.dumps(tree)) == f"DecodingFailure at {message}"


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0", 0),
        ("-0", 0),
        ("0.00e5", 0),
        ("12.0", 12),
        ("1e3", 1000),
        ("-1200e-2", -12),
        ("0.5e1", 5),
        (f"{LONG}", LONG),
        (f"-{LONG + 1}", -LONG - 1),
        (f"{LONG + 1}", None),
        ("1.5", None),
        ("1e-1", None),
        ("1e19", None),
        ("1e99999999999999999999", None),
        ('"007"', 7),
        ('"-1.20e1"', -12),
        ('"+1"', None),
        ('"1."', None),
        ('"1e"', None),
        ('" 1"', None),
        ('"٣"', None),
        ('""', None),
        ("1" * 5000, None),
        ("1e" + "9" * 5000, None),
        ("0e" + "9" * 5000, 0),
    ],
    ids=lambda value: str(value)[:24],
)
def test_times(written: str, number: int | None) -> None:
    """A time is any whole number of 64 bits, in any notation, also in a string."""
    text = json.dumps(invitation())[:-1] + f',"expires_time":{written}}}'
    if number is None:
        assert cause(text) == "DecodingFailure at .expires_time: Long"
    else:
        assert CloudAgentDecoder().parse(text).expires_time == number


@pytest.mark.parametrize(
    ("attachment", "printed"),
    [
        pytest.param('{"data":{"base64":"eA=="},"id":"a"}', '{"id":"a","data":{"base64":"eA=="}}', id="base64"),
        pytest.param(
            '{"id":"a","data":{"base64":"","jws":{"signature":"s"}}}',
            '{"id":"a","data":{"base64":""}}',
            id="signed",
        ),
        pytest.param(
            '{"id":"a","data":{"hash":"h","links":["l"]}}',
            '{"id":"a","data":{"links":["l"],"hash":"h"}}',
            id="links",
        ),
        pytest.param(
            '{"id":"a","data":{"base64":"","json":{"a":null,"b":[null,1.50,{"c":null}],"\\u007f":-0}}}',
            '{"id":"a","data":{"json":{"b":[1.50,{}],"\\u007f":-0}}}',
            id="json",
        ),
        pytest.param(
            '{"id":"a","description":"d","byte_count":"1e1","lastmod_time":2.0,"filename":"n","format":"f",'
            '"data":{"base64":""},"media_type":"m"}',
            '{"id":"a","media_type":"m","data":{"base64":""},"format":"f","filename":"n","lastmod_time":2,'
            '"byte_count":10,"description":"d"}',
            id="all-members",
        ),
    ],
)
def test_attachments(attachment: str, printed: str) -> None:
    """Attachments are stored as the agent prints them: known members in its order, numbers unchanged."""
    text = json.dumps(invitation())[:-1] + f',"attachments":[{attachment}]}}'
    assert CloudAgentDecoder().parse(text).attachments == f"[{printed}]"


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")], ids=["arrays", "objects"])
def test_nesting(opening: str, closing: str) -> None:
    """Deep nesting is accepted, whether the value is dropped, quoted or stored."""
    deep = opening * 100_000 + "1" + closing * 100_000
    text = json.dumps(invitation())[:-1]
    assert CloudAgentDecoder().parse(f'{text},"x":{deep}}}').id == "i"
    assert (
        cause(f'{text},"id":{deep}}}')
        == f"DecodingFailure at .id: Got value '{deep}' with wrong type, expecting string"
    )
    attached = f'{{"id":"a","data":{{"json":{{"a":{deep}}}}}}}'
    assert CloudAgentDecoder().parse(f'{text},"attachments":[{attached}]}}').attachments == f"[{attached}]"
    assert cause(opening * 100_000) == "exhausted input"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
OPTION = st.none() | st.text()


@given(
    strings=st.tuples(st.text(), st.text(), st.text(), OPTION, OPTION),
    accept=st.lists(st.text(), max_size=3),
    unknown=st.dictionaries(st.text(min_size=13), JSON, max_size=3),
    indent=st.sampled_from([None, 2]),
    escaped=st.booleans(),
)
def test_reads_any_invitation(
    strings: tuple[str, str, str, str | None, str | None],
    accept: list[str],
    unknown: dict[str, object],
    indent: int | None,
    escaped: bool,
) -> None:
    """An invitation is read from any form that a JSON printer gives it."""
    id_, type_, from_did, goal_code, goal = strings
    body = {"goal_code": goal_code, "goal": goal, "accept": accept}
    tree = unknown | {"id": id_, "type": type_, "from": from_did, "body": body}
    text = json.dumps(tree, indent=indent, ensure_ascii=escaped)
    assert CloudAgentDecoder().parse(text) == Invitation(id_, from_did, goal_code, goal, tuple(accept), type_)


@given(
    st.text(st.characters(codec=None))
    | st.lists(st.sampled_from(FRAGMENTS)).map("".join)
    | JSON.map(json.dumps)
    | st.builds(lambda tree, cut: json.dumps(tree)[:cut], JSON, st.integers(0, 30))
)
@example('{"a":"\ud800"}')
def test_is_json_or_not(text: str) -> None:
    """Any text is read or refused, and counts as JSON exactly if another parser accepts it."""

    def refuse(word: str) -> None:
        raise ValueError(word)

    try:
        json.loads(text, parse_constant=refuse)
        is_json = True
    except ValueError:
        is_json = False
    message = cause(text)
    assert message.startswith("DecodingFailure at ") == is_json
    message.encode()
