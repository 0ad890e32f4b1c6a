"""Invitations are written and read in the library's two forms.

Sections are those of docs/protocol/libvcx.md.
"""

import json
from typing import Any

import pytest

from connsim.libvcx.proprietary import invitations
from connsim.wire.errors import Unreadable
from connsim.wire.invite_detail import abbreviate, agency_detail, invite_detail, sender_detail
from connsim.wire.keys import KeyPair
from connsim.wire.proofs import delegation_proof

OWNER, AGENT = (KeyPair.from_seed(letter * 32) for letter in "oa")
DETAIL = invite_detail(
    "c1", sender_detail(OWNER, delegation_proof(OWNER, AGENT), "Faber"), agency_detail(AGENT, "http://a.example")
)
ARIES = {"@id": "i", "label": "Faber", "recipientKeys": ["k"], "serviceEndpoint": "http://a.example"}


@pytest.mark.parametrize("given", [DETAIL, abbreviate(DETAIL)], ids=["full", "abbreviated"])
def test_both_forms_are_read(given: dict[str, Any]) -> None:
    """The result is the full form, with null for a missing thread."""
    assert invitations.read(json.dumps(given)) == {**DETAIL, "threadId": None}


def test_full_and_abbreviated_are_shown() -> None:
    """The abbreviated form has sorted names; names without a short form stay."""
    formed = invitations.formed(DETAIL)

    assert invitations.shown(formed, abbreviated=False) == formed
    short = invitations.shown(formed, abbreviated=True)
    assert short is not None
    assert list(short) == ["id", "s", "sa", "sc", "sm", "t", "threadId"]
    assert list(short["s"]) == ["d", "dp", "l", "n", "v"]
    assert short["s"]["dp"]["k"] == AGENT.verkey


@pytest.mark.parametrize("abbreviated", [True, False])
def test_a_missing_invitation_is_null(abbreviated: bool) -> None:
    """Before connect the invitation is null, without an error."""
    assert invitations.shown(None, abbreviated=abbreviated) is None


@pytest.mark.parametrize("lacking", ["connReqId", "senderDetail", "senderAgencyDetail", "targetName", "statusMsg"])
def test_members_that_must_be_there(lacking: str) -> None:
    """An invitation without one of these members is refused."""
    with pytest.raises(Unreadable, match=lacking):
        invitations.read(json.dumps({name: value for name, value in DETAIL.items() if name != lacking}))


@pytest.mark.parametrize(
    ("given", "aries"),
    [
        pytest.param(ARIES, True, id="2.1 the least"),
        pytest.param({**ARIES, "routingKeys": ["r"], "@type": "anything"}, True, id="2.1 nobody looks at the type"),
        pytest.param({name: ARIES[name] for name in ARIES if name != "@id"}, False, id="2.1 without @id"),
        pytest.param({**ARIES, "label": None}, False, id="2.1 without label"),
        pytest.param({**ARIES, "recipientKeys": "k"}, False, id="2.1 keys that are no list"),
        pytest.param({**ARIES, "routingKeys": [1]}, False, id="2.1 routing keys that are no texts"),
        pytest.param(DETAIL, False, id="2.1 proprietary"),
        pytest.param([], False, id="2.1 a list"),
    ],
)
def test_what_is_an_invitation_of_aries(given: Any, aries: bool) -> None:
    """The members determine whether an invitation is one of Aries."""
    assert invitations.is_aries(json.dumps(given)) is aries


def test_other_texts_are_not_aries_invitations() -> None:
    """A text that is not JSON is left to the other reader, which reports what is wrong with it."""
    assert not invitations.is_aries("{")
