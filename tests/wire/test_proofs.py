"""Signatures within messages.

Sections are those of docs/protocol/vcx-agency.md.
"""

from base64 import b64decode, urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connsim.wire.keys import Identity, KeyPair, verify
from connsim.wire.proofs import delegation_holds, delegation_proof, redirect_detail, redirect_holds

PAIRWISE, AGENT, OTHER = (KeyPair.from_seed(letter * 32) for letter in "pao")
PROOF = delegation_proof(PAIRWISE, AGENT)
REDIRECT = redirect_detail(PAIRWISE, OTHER.identity)

# From an invitation of a real client.
PUBLISHED = {
    "agentDID": "8f6gqnT13GGMNPWDa2TRQ7",
    "agentDelegatedKey": "5B3pGBYjDeZYSNk9CXvgoeAAACe2BeujaAkipEC7Yyd1",
    "signature": "TgGSvZ6+/SynT3VxAZDOMWNbHpdsSl8zlOfPlcfm87CjPTmC/7Cyteep7U3m9Gw6ilu8SOOW59YR1rft+D8ZDg==",
}
PUBLISHED_BY = "CoYZMV6GrWqoG9ybfH3npwH3FnWPcHmpWYUF8n172FUx"


def test_delegation() -> None:
    """8.4: the signature is over the agent's DID and verkey, without separator, in standard base64."""
    assert list(PROOF) == ["agentDID", "agentDelegatedKey", "signature"]
    assert verify(PAIRWISE.verkey, f"{AGENT.did}{AGENT.verkey}".encode(), b64decode(PROOF["signature"]))
    assert delegation_holds(PROOF, PAIRWISE.verkey)
    assert not delegation_holds(PROOF, AGENT.verkey)


def test_published_delegation() -> None:
    """8.4: a published proof is valid."""
    assert delegation_holds(PUBLISHED, PUBLISHED_BY)
    assert not delegation_holds({**PUBLISHED, "agentDID": AGENT.did}, PUBLISHED_BY)


def test_redirect() -> None:
    """11.4: "their" is the holder, who signs its own DID and verkey of the older connection."""
    signature = b64decode(REDIRECT["signature"])

    assert list(REDIRECT) == ["DID", "verKey", "theirDID", "theirVerKey", "signature"]
    assert (REDIRECT["DID"], REDIRECT["verKey"]) == (OTHER.did, OTHER.verkey)
    assert (REDIRECT["theirDID"], REDIRECT["theirVerKey"]) == (PAIRWISE.did, PAIRWISE.verkey)
    assert verify(PAIRWISE.verkey, f"{PAIRWISE.did}{PAIRWISE.verkey}".encode(), signature)
    assert redirect_holds(REDIRECT)
    assert list(redirect_detail(PAIRWISE, Identity("d", "k"), "p", "t")) == [
        "DID",
        "verKey",
        "publicDID",
        "theirDID",
        "theirVerKey",
        "theirPublicDID",
        "signature",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"signature": None}, id="none"),
        pytest.param({"signature": 5}, id="a number"),
        pytest.param({"signature": ""}, id="empty"),
        pytest.param({"signature": "***"}, id="no base64"),
        pytest.param({"signature": "QQ=="}, id="short"),
        pytest.param(
            {"signature": urlsafe_b64encode(b64decode(PUBLISHED["signature"])).decode()}, id="2.5 base64 of URLs"
        ),
        pytest.param({"agentDID": "x", "theirDID": "x"}, id="another DID"),
        pytest.param({"agentDelegatedKey": None, "theirVerKey": None}, id="no key"),
        pytest.param({"agentDelegatedKey": "\ud800", "theirVerKey": "\ud800"}, id="no text"),
    ],
)
def test_invalid_proofs(changes: dict[str, Any]) -> None:
    """A changed or malformed proof is invalid, and raises no exception."""
    assert not delegation_holds({**PUBLISHED, **changes}, PUBLISHED_BY)
    assert not redirect_holds({**REDIRECT, **changes})


@given(st.none() | st.integers() | st.text(max_size=9) | st.lists(st.text(max_size=9)), st.text(max_size=50))
def test_other_values_are_invalid(value: Any, verkey: str) -> None:
    """Any other value, and any text as verkey, is invalid, and raises no exception."""
    assert not delegation_holds(value, PAIRWISE.verkey)
    assert not redirect_holds(value)
    assert not delegation_holds(PROOF, verkey)
