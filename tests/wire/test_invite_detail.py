"""The invite detail, in full and abbreviated.

Sections are those of docs/protocol/vcx-agency.md.
"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connsim.wire.codes import MessageStatus, Version
from connsim.wire.errors import BadMessage, BadNotation, Unreadable
from connsim.wire.invite_detail import (
    abbreviate,
    agency_detail,
    expand,
    invite_detail,
    read_invite_detail,
    sender_detail,
)
from connsim.wire.keys import Identity

PAIRWISE, AGENCY = Identity("pw-did", "pw-key"), Identity("agency-did", "agency-key")
PROOF = {"agentDID": "agent-did", "agentDelegatedKey": "agent-key", "signature": "signed"}
SENDER = sender_detail(PAIRWISE, PROOF, "Faber", "http://logo", "public")
FULL = invite_detail("uid", SENDER, agency_detail(AGENCY, "http://host"), thread="t", version=Version.V2)
SHORT = {
    "id": "uid",
    "s": {
        "d": "pw-did",
        "dp": {"d": "agent-did", "k": "agent-key", "s": "signed"},
        "l": "http://logo",
        "n": "Faber",
        "publicDID": "public",
        "v": "pw-key",
    },
    "sa": {"d": "agency-did", "e": "http://host", "v": "agency-key"},
    "sc": "MS-101",
    "sm": "message created",
    "t": "there",
    "threadId": "t",
    "version": "2.0",
}


def test_full_form() -> None:
    """10.1: the members have the order of the real answers; those not given are left out or null."""
    plain = invite_detail(
        "uid", sender_detail(PAIRWISE, PROOF), agency_detail(AGENCY, "e"), status=MessageStatus.SENT, target=""
    )

    assert json.dumps(plain) == json.dumps(
        {
            "statusCode": "MS-102",
            "connReqId": "uid",
            "senderDetail": {
                "name": None,
                "agentKeyDlgProof": PROOF,
                "DID": "pw-did",
                "logoUrl": None,
                "verKey": "pw-key",
            },
            "senderAgencyDetail": {"DID": "agency-did", "verKey": "agency-key", "endpoint": "e"},
            "targetName": "",
            "statusMsg": "message sent",
        }
    )
    assert list(FULL)[-2:] == ["threadId", "version"]


def test_abbreviated_form() -> None:
    """10.2: every name is abbreviated by the table, at any depth, and the names are sorted."""
    assert json.dumps(abbreviate(FULL)) == json.dumps(SHORT)


def test_expanding_needs_the_place() -> None:
    """10.2: ``s`` and ``d`` have different meanings in different places."""
    assert expand(SHORT) == FULL
    assert expand({"s": "x", "d": "y"}, "agentKeyDlgProof") == {"signature": "x", "agentDID": "y"}
    assert expand({"s": {}, "d": "y"}) == {"senderDetail": {}, "d": "y"}


@pytest.mark.parametrize(
    "given_",
    [
        pytest.param(FULL, id="full"),
        pytest.param(SHORT, id="abbreviated"),
        pytest.param(json.dumps(FULL), id="full text"),
        pytest.param(json.dumps(SHORT), id="abbreviated text"),
    ],
)
def test_either_form_is_read(given_: str | dict[str, Any]) -> None:
    """10.2: an invitation is read in either form."""
    assert read_invite_detail(given_) == FULL


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"targetName": None}, "The invite detail lacks targetName. Expected statusCode", id="10.1 null"),
        pytest.param({"senderDetail": {}}, "The invite detail.senderDetail lacks agentKeyDlgProof", id="10.1 sender"),
        pytest.param({"senderAgencyDetail": 5}, "The invite detail.senderAgencyDetail is 5", id="10.1 agency"),
        pytest.param({"connReqId": 7}, "The invite detail.connReqId is 7. Expected text.", id="10.1 id"),
    ],
)
def test_refused(changes: dict[str, Any], message: str) -> None:
    """An incomplete invitation is refused in the words of the full form."""
    with pytest.raises(BadMessage) as refused:
        read_invite_detail({**FULL, **changes})
    assert message in str(refused.value)


def test_what_may_be_missing() -> None:
    """10.1: name, logo and thread may be null or missing; unknown members are kept."""
    sender = {name: value for name, value in SENDER.items() if name not in ("name", "publicDID")}
    detail = {**FULL, "senderDetail": {**sender, "logoUrl": None}, "threadId": None, "more": 1}

    assert read_invite_detail(detail) == detail
    assert read_invite_detail(abbreviate(detail)) == detail


TREES = st.recursive(
    st.none() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from([*SHORT, *FULL, "d", "dp", "k", "x"]), inner, max_size=6)
    ),
)


@given(TREES)
def test_any_json_is_read_or_refused(value: Any) -> None:
    """Any JSON is read as an invitation or refused with the one error."""
    with pytest.raises(Unreadable):
        read_invite_detail(json.dumps(value))


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"s":' * 900 + "1" + "}" * 900])
def test_no_json(text: str) -> None:
    """A text that is not JSON, or too deep, is refused with the one error."""
    with pytest.raises((BadNotation, BadMessage)):
        read_invite_detail(text)


LETTERS = st.text("abc", min_size=1, max_size=3)


@given(st.builds(Identity, LETTERS, LETTERS), LETTERS, st.none() | LETTERS, st.none() | LETTERS, st.none() | LETTERS)
def test_abbreviating_can_be_undone(
    pairwise: Identity, uid: str, name: str | None, public: str | None, thread: str | None
) -> None:
    """Expanding an abbreviated detail gives the same detail."""
    sender = sender_detail(pairwise, PROOF, name, public_did=public)
    detail = invite_detail(uid, sender, agency_detail(AGENCY, "e"), thread=thread)

    assert expand(abbreviate(detail)) == detail == read_invite_detail(abbreviate(detail))
