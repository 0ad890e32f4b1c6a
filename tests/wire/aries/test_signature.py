import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connsim.wire.aries.did_doc import did_doc
from connsim.wire.aries.signature import sign, signed_at, verify
from connsim.wire.errors import BadMessage
from connsim.wire.keys import KeyPair
from connsim.wire.notation import base64url_bytes, base64url_text

KEY = KeyPair.from_seed(b"k" * 32)
OTHER = KeyPair.from_seed(b"o" * 32)
PAIRS = st.binary(min_size=32, max_size=32).map(KeyPair.from_seed)
DOC = did_doc("D", KEY.verkey, "http://x")
SIGNED = sign(KEY, "D", DOC, 1_600_000_000)


@given(signer=PAIRS, seconds=st.integers(0, 2**64 - 1), endpoint=st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_signed_holds(signer: KeyPair, seconds: int, endpoint: str) -> None:
    """DID, document and time come back."""
    doc = did_doc(signer.did, signer.verkey, endpoint)

    signed = json.loads(json.dumps(sign(signer, signer.did, doc, seconds)))

    assert verify(signed, signer.verkey) == (signer.did, doc)
    assert signed_at(signed) == seconds


@given(where=st.integers(0), bits=st.integers(1, 255), member=st.sampled_from(["signature", "sig_data"]))
def test_any_change_breaks_it(where: int, bits: int, member: str) -> None:
    """All of ``sig_data`` is signed, the time too."""
    data = bytearray(base64url_bytes(SIGNED[member]))
    data[where % len(data)] ^= bits

    with pytest.raises(BadMessage, match="is not valid"):
        verify({**SIGNED, member: base64url_text(bytes(data))}, KEY.verkey)


@pytest.mark.parametrize(
    ("signed", "told"),
    [
        pytest.param(sign(OTHER, "D", DOC, 1), "is not valid", id="another signer"),
        pytest.param({**sign(OTHER, "D", DOC, 1), "signer": KEY.verkey}, "is not valid", id="another, pretending"),
        pytest.param({**SIGNED, "signature": "+/"}, "not base64url", id="alphabet"),
        pytest.param({**SIGNED, "signature": "AAAA"}, "is not valid", id="short signature"),
        pytest.param({**SIGNED, "sig_data": "AAAA"}, "has 3 bytes. Expected 8 bytes of time", id="short data"),
        pytest.param({**SIGNED, "signer": None}, "lacks signer", id="no signer"),
        pytest.param({}, "lacks @type", id="empty"),
        pytest.param("text", "Expected an object", id="text"),
    ],
)
def test_what_does_not_hold_is_refused(signed: Any, told: str) -> None:
    """One error, which says what was expected."""
    with pytest.raises(BadMessage, match=told):
        verify(signed, KEY.verkey)


def test_the_signer_that_counts_is_the_invitations() -> None:
    """Whatever the message calls itself."""
    assert verify({**SIGNED, "signer": OTHER.verkey}, KEY.verkey)[0] == "D"


@given(
    data=st.binary(max_size=20)
    | st.one_of(
        st.none(), st.integers(), st.lists(st.none()), st.dictionaries(st.sampled_from(["DID"]), st.text())
    ).map(lambda value: json.dumps(value).encode())
)
def test_well_signed_nonsense_is_refused(data: bytes) -> None:
    """The signature holds, but there is no document behind it."""
    data = bytes(8) + data
    signed = {**SIGNED, "signature": base64url_text(KEY.sign(data)), "sig_data": base64url_text(data)}

    with pytest.raises(BadMessage, match="sig_data"):
        verify(signed, KEY.verkey)
