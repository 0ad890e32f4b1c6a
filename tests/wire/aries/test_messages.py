import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connsim.wire.aries import messages
from connsim.wire.aries.messages import DIDCOMM, PREFIX, AriesMessage, Problem, Type, read, read_invitation, write
from connsim.wire.errors import BadMessage

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(TEXT, JSON, max_size=3)
BUILT = st.one_of(
    st.builds(messages.invitation, TEXT, TEXT, st.lists(TEXT), st.lists(TEXT), TEXT),
    st.builds(messages.request, TEXT, TEXT, TEXT, OBJECTS),
    st.builds(messages.response, TEXT, TEXT, OBJECTS, please_ack=st.booleans()),
    st.builds(messages.ack, TEXT, TEXT, st.sampled_from(["OK", "PENDING", "FAIL"])),
    st.builds(messages.ping, TEXT, st.none() | TEXT, response_requested=st.booleans()),
    st.builds(messages.ping_response, TEXT, TEXT),
    st.builds(messages.problem_report, TEXT, TEXT, st.none() | st.sampled_from(Problem), st.none() | TEXT),
)
MEMBERS = ["@id", "label", "connection", "connection~sig", "~thread", "status", "problem-code", "msg", "to", "explain"]


@given(BUILT)
def test_what_is_written_is_read(message: AriesMessage) -> None:
    """Every message that can be built is read unchanged."""
    found = read(write(message))

    assert found == message
    assert (found.known, found.id) == (True, message.members["@id"])


@given(
    st.sampled_from([*(PREFIX + t for t in Type), *(DIDCOMM + t for t in Type), "", "x"]) | JSON,
    st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=6),
)
def test_any_members_give_a_message_or_one_error(type_: Any, members: dict[str, Any]) -> None:
    """A message with members of any kind is read, or refused with a readable text."""
    try:
        found = read(json.dumps({"@type": type_, **members}))
    except BadMessage:
        return
    assert found.members == members
    assert found.thread is None or isinstance(found.thread, str)


@given(st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_give_a_message_or_one_error(text: bytes) -> None:
    """Any bytes give a message or the one error."""
    try:
        read(text)
    except BadMessage:
        return
    assert "@type" in json.loads(text)


@pytest.mark.parametrize(
    ("type_", "known"),
    [
        pytest.param(f"{PREFIX}connections/1.0/request", Type.REQUEST, id="known"),
        pytest.param(f"{DIDCOMM}connections/1.0/request", f"{DIDCOMM}connections/1.0/request", id="newer"),
        pytest.param(f"{PREFIX}report-problem/1.0/problem-report", None, id="general report"),
        pytest.param(f"{PREFIX}connections/1.0/problem-report", None, id="hyphen"),
        pytest.param("connections/1.0/request", None, id="no prefix"),
    ],
)
def test_only_known_types_are_recognized(type_: str, known: str | None) -> None:
    """Only one prefix is known; messages of other types keep their type."""
    members = {"@id": "i", "label": "l", "connection": {"DID": "d", "DIDDoc": {}}}

    found = read(json.dumps({"@type": type_, **members}))

    assert found.type == (known or type_)
    assert found.known is (known is Type.REQUEST)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param(AriesMessage(Type.REQUEST, {"@id": "i", "connection": {}}), "lacks label", id="no label"),
        pytest.param(
            AriesMessage(Type.REQUEST, {"@id": "i", "label": "l", "connection": {"DID": "d"}}),
            "connection lacks DIDDoc",
            id="no document",
        ),
        pytest.param(AriesMessage(Type.ACK, {"@id": "i", "~thread": {}}), "lacks status", id="no status"),
        pytest.param(messages.ack("i", "t", "MAYBE"), "status is 'MAYBE'. Expected one of: OK", id="odd status"),
        pytest.param(messages.problem_report("i", "t", "odd"), "problem-code is 'odd'", id="odd code"),
        pytest.param(AriesMessage(Type.PROBLEM, {"@id": "i"}), "lacks ~thread", id="no thread"),
        pytest.param(AriesMessage(Type.FORWARD, {"to": "k", "msg": "text"}), "Expected an object", id="text forwarded"),
    ],
)
def test_what_libvcx_fails_on_is_refused(message: AriesMessage, expected: str) -> None:
    """A missing or wrong member, on which libvcx fails, is refused."""
    with pytest.raises(BadMessage, match=expected):
        read(write(message))


@pytest.mark.parametrize(
    "message", [messages.problem_report("i", "t"), messages.ping("i"), messages.ack("i", "", "FAIL")]
)
def test_what_libvcx_accepts_is_accepted(message: AriesMessage) -> None:
    """A missing code, a ping without thread, and a failed acknowledgement are accepted."""
    assert read(write(message)) == message


def test_members_are_written_in_order() -> None:
    """Members are written in alphabetical order on every level, as by libvcx."""
    assert write(messages.ack("i", "t")) == (
        b'{"@id":"i","@type":"did:sov:BzCbsNYhMrjHiqZDTUASHg;spec/notification/1.0/ack","status":"OK",'
        b'"~thread":{"received_orders":{},"sender_order":0,"thid":"t"}}'
    )


class TestInvitation:
    TOLD = messages.invitation("i", "Ä", ["k"], ["r"], "http://x")

    @pytest.mark.parametrize("padded", [True, False])
    @pytest.mark.parametrize("link", ["https://a.example/b?c_i={}", "?d=1&c_i={}", " id.streetcred://launch?c_i={}&e "])
    def test_links_are_read(self, link: str, padded: bool) -> None:
        """A link is read whatever precedes the question mark."""
        encoded = urlsafe_b64encode(write(self.TOLD)).decode()

        assert read_invitation(link.format(encoded if padded else encoded.rstrip("="))) == self.TOLD

    @pytest.mark.parametrize("type_", [PREFIX + Type.INVITATION, DIDCOMM + Type.INVITATION, "odd", None])
    def test_the_type_is_not_looked_at(self, type_: str | None) -> None:
        """As in libvcx, the @type of an invitation is not checked, only its members."""
        assert read_invitation(json.dumps({"@type": type_, **self.TOLD.members})) == self.TOLD

    @given(TEXT | JSON.map(json.dumps) | st.binary(max_size=30).map(lambda b: "?c_i=" + urlsafe_b64encode(b).decode()))
    def test_any_text_gives_one_error(self, text: str) -> None:
        """Any text that lacks an invitation's members gives the one error."""
        with pytest.raises(BadMessage):
            read_invitation(text)
