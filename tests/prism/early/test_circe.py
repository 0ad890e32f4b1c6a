"""How the agent of 2023 decodes invitation payloads.

Rows name a section of the protocol page, or the part of circe's sources that they are about.

Sections are those of docs/protocol/prism-agent.md.
"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connsim.prism.invitation import Invitation
from connsim.prism.jvm.circe import CloudAgentDecoder, EarlyDecoder
from connsim.prism.jvm.jawn import Unparsable

TYPE = "https://didcomm.org/out-of-band/2.0/invitation"
BODY = {"goal_code": "c", "goal": "g", "accept": []}


def invitation(**changes: Any) -> dict[str, Any]:
    """Return an invitation's JSON tree with some changes; a member changed to None is removed."""
    tree = {"id": "i", "type": TYPE, "from": "did:peer:2.x", "body": BODY} | changes
    return {name: value for name, value in tree.items() if value is not None}


def cause(text: str) -> str:
    """Return the reason for which the agent refuses a payload."""
    with pytest.raises(Unparsable) as refused:
        EarlyDecoder().parse(text)
    return str(refused.value)


def without(name: str) -> dict[str, object]:
    """Return a body without a member."""
    return {other: value for other, value in BODY.items() if other != name}


def attached(*attachments: object) -> str:
    """Return an invitation with attachments."""
    return json.dumps(invitation(attachments=list(attachments)))


def test_read() -> None:
    """Known members are read in any order; the times of later releases are dropped."""
    full = invitation(created_time="x", expires_time=1, attachments=[], body={"x": 1} | BODY | {"accept": ["é"]})
    text = json.dumps(dict(reversed(full.items())))
    assert EarlyDecoder().parse(text) == Invitation("i", "did:peer:2.x", "c", "g", ("é",), TYPE, "[]")
    assert EarlyDecoder().parse(json.dumps(invitation(type="x"))).type == "x"
    assert EarlyDecoder().parse(json.dumps(invitation())[:-1] + ',"attachments":null}').attachments is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "exhausted input", id="5.4 empty string"),
        pytest.param("hello", "expected json value got 'hello' (line 1, column 1)", id="5.5 unparsable invitation"),
        pytest.param("hello world", "expected json value got 'hello ...' (line 1, column 1)", id="5.4 six characters"),
        pytest.param("{} x", "expected whitespace or eof got 'x' (line 1, column 4)", id="Parser trailing text"),
    ],
)
def test_no_json(text: str, message: str) -> None:
    """A text that is not JSON is refused in Java's form of the exception, with its class."""
    assert cause(text) == f"io.circe.ParsingFailure: {message}"


MISSING = "Missing required field"
WRONG = "Got value '{}' with wrong type, expecting {}"


@pytest.mark.parametrize(
    ("tree", "message", "steps"),
    [
        pytest.param([], "Invitation", "", id="DecoderDerivation no object"),
        pytest.param(None, "Invitation", "", id="DecoderDerivation null"),
        pytest.param({}, MISSING, "DownField(id)", id="14 first member"),
        pytest.param(invitation(type=None), MISSING, "DownField(type)", id="14 no type"),
        pytest.param({"id": "i", "type": "t"}, MISSING, "DownField(from)", id="14 no from"),
        pytest.param(invitation(body=None), MISSING, "DownField(body)", id="14 no body"),
        pytest.param(
            invitation(body=without("goal_code")), MISSING, "DownField(goal_code), DownField(body)", id="7.1 goal_code"
        ),
        pytest.param(invitation(body=without("goal")), MISSING, "DownField(goal), DownField(body)", id="7.1 goal"),
        pytest.param(
            invitation(body=without("accept")), MISSING, "DownField(accept), DownField(body)", id="7.1 accept"
        ),
        pytest.param(invitation(body=[1]), "Body", "DownField(body)", id="DecoderDerivation no object inside"),
        pytest.param(invitation(id=5), WRONG.format(5, "string"), "DownField(id)", id="decodeString"),
        pytest.param(
            {"id": "i", "type": "t", "from": ["é"]},
            WRONG.format('["é"]', "string"),
            "DownField(from)",
            id="decodeString emapTry",
        ),
        pytest.param(
            invitation(body=BODY | {"goal": None}),
            WRONG.format("null", "string"),
            "DownField(goal), DownField(body)",
            id="decodeString null",
        ),
        pytest.param(
            invitation(body=BODY | {"accept": {}}),
            WRONG.format("{}", "array"),
            "DownField(accept), DownField(body)",
            id="SeqDecoder no array",
        ),
        pytest.param(
            invitation(body=BODY | {"accept": ["a", "b", 5]}),
            WRONG.format(5, "string"),
            "MoveRight, MoveRight, DownArray, DownField(accept), DownField(body)",
            id="SeqDecoder third element",
        ),
        pytest.param({"body": 5, "id": 6}, WRONG.format(6, "string"), "DownField(id)", id="7.1 order of members"),
        pytest.param(invitation(attachments=1), WRONG.format(1, "array"), "DownField(attachments)", id="OptionDecoder"),
    ],
)
def test_no_invitation(tree: object, message: str, steps: str) -> None:
    """JSON that is not an invitation is refused with the steps to the first wrong member, latest first."""
    assert cause(json.dumps(tree)) == f"DecodingFailure({message}, List({steps}))"


@pytest.mark.parametrize(
    ("attachment", "message", "steps"),
    [
        ("x", "AttachmentDescriptor", ""),
        ({"data": {}}, MISSING, "DownField(id), "),
        ({"id": "a"}, MISSING, "DownField(data), "),
        ({"id": "a", "data": "x"}, "LinkData", "DownField(data), "),
        ({"id": "a", "data": {}}, MISSING, "DownField(links), DownField(data), "),
        ({"id": "a", "data": {"links": [], "json": 1}}, MISSING, "DownField(hash), DownField(data), "),
        ({"id": "a", "data": {"json": {}}, "byte_count": 1.5}, "Long", "DownField(byte_count), "),
        ({"id": "a", "data": {"json": {}}, "filename": 1}, WRONG.format(1, "string"), "DownField(filename), "),
    ],
)
def test_no_attachment(attachment: object, message: str, steps: str) -> None:
    """Of an invalid attachment the last kind of data is reported, with its place in the list."""
    good = {"id": "b", "data": {"base64": ""}}
    place = f"{steps}MoveRight, DownArray, DownField(attachments)"
    assert cause(attached(good, attachment)) == f"DecodingFailure({message}, List({place}))"


def test_attachments() -> None:
    """Attachments are stored as the agent prints them: known members in its order, nulls left out."""
    text = attached(
        {"x": 1, "lastmod_time": "2.0", "data": {"base64": "eA", "jws": {}}, "id": "a", "format": "f"},
        {"id": "b", "media_type": None, "data": {"links": ["l"], "hash": "h"}, "byte_count": 0},
        {"id": "c", "data": {"json": {"z": None, "a": [None, 1]}}},
    )
    assert EarlyDecoder().parse(text).attachments == (
        '[{"id":"a","data":{"base64":"eA"},"lastmod_time":2},'
        '{"id":"b","data":{"links":["l"],"hash":"h"},"byte_count":0},{"id":"c","data":{"json":{"a":[1]}}}]'
    )


@given(st.tuples(st.text(), st.text(), st.text(), st.text(), st.text()), st.lists(st.text(), max_size=3))
def test_reads_as_release_1_40(strings: tuple[str, str, str, str, str], accept: list[str]) -> None:
    """Both releases read an invitation of 2023, with the same result."""
    id_, type_, from_did, goal_code, goal = strings
    body = {"goal_code": goal_code, "goal": goal, "accept": accept}
    text = json.dumps({"id": id_, "type": type_, "from": from_did, "body": body})
    assert EarlyDecoder().parse(text) == CloudAgentDecoder().parse(text)
    assert EarlyDecoder().parse(text) == Invitation(id_, from_did, goal_code, goal, tuple(accept), type_)


@given(st.text() | st.text('{}[]:,"id ').map('{"id":'.__add__))
def test_only_unparsable(text: str) -> None:
    """Any text is read or refused; no short one is an invitation."""
    assert cause(text).startswith(("io.circe.ParsingFailure: ", "DecodingFailure("))
