"""Hostile Aries messages: whatever an inviter posts or forwards, only that request fails."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connsim.control import Control
from connsim.core.exchange import Request
from connsim.core.seed import Seed
from connsim.wire.aries.did_doc import contact
from connsim.wire.aries.messages import DIDCOMM, PREFIX, Type
from connsim.wire.aries.signature import sign
from connsim.wire.codes import Version
from connsim.wire.crypt import drawing
from connsim.wire.notation import dump_json
from connsim.wire.pack import pack
from tests.agency.aries.conftest import Inviter, answered
from tests.agency.conftest import NewOwner

OFTEN = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
DRAW = drawing(Seed("fuzz"), "aries")
MEMBERS = [
    *("@id", "label", "connection", "connection~sig", "~thread", "~please_ack", "status", "problem-code", "explain"),
    *("comment", "response_requested", "to", "msg", "thid", "DID", "DIDDoc", "@context", "id", "service", "publicKey"),
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.sampled_from(["OK", "i", "1"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=4),
    max_leaves=8,
)
TYPES = st.sampled_from([*(PREFIX + t for t in Type), DIDCOMM + Type.REQUEST, "x"])
OBJECTS = st.dictionaries(st.sampled_from(MEMBERS), VALUES, max_size=6)


@pytest.fixture
def inviter(new_owner: NewOwner) -> Inviter:
    """A client whose invitation was scanned."""
    inviter = Inviter(new_owner("owner", Version.V2, Version.V2))
    inviter.owner.world.agency.holder_scans(inviter.text)
    [(_, inviter.request)] = inviter.mails(inviter.pair)
    inviter.their = contact(inviter.request.members["connection"]["DIDDoc"])
    return inviter


def check(inviter: Inviter, status: int) -> None:
    """Assert that the request was accepted or refused, and that no exception occurred in the fake."""
    inviter.owner.world.check()
    assert status in (200, 400)


@OFTEN
@given(type_=TYPES, members=OBJECTS)
def test_any_message_to_a_holder(inviter: Inviter, type_: str, members: dict[str, Any]) -> None:
    """A well packed message may have members of any kind."""
    reply = answered(inviter.post(dump_json({"@type": type_, **members})))

    check(inviter, reply.status)


@OFTEN
@given(members=OBJECTS, doc=OBJECTS, thid=st.booleans())
def test_any_signed_response(inviter: Inviter, members: dict[str, Any], doc: dict[str, Any], thid: bool) -> None:
    """A response with valid signature and thread may contain anything under the signature."""
    signed = sign(inviter.first.pw, "D", doc, 1)
    thread = {"thid": inviter.request.id if thid else "x"}
    response = {**members, "@id": "i", "~thread": thread, "connection~sig": signed}

    reply = answered(inviter.post(dump_json({"@type": PREFIX + Type.RESPONSE, **response})))

    check(inviter, reply.status)
    assert reply.status == 200


@OFTEN
@given(body=st.binary(max_size=60), packed=st.booleans())
def test_any_bytes_to_a_holder(inviter: Inviter, body: bytes, packed: bool) -> None:
    """Bytes of any kind are refused, with and without an envelope."""
    if packed:
        body = pack([inviter.their.recipient_keys[0]], body, None, DRAW)

    check(inviter, answered(inviter.post_raw(body)).status)


@OFTEN
@given(payload=OBJECTS, to=st.sampled_from(["verkey", "did", "x"]), way=st.sampled_from([1, 2]))
def test_any_payload_in_a_forward(inviter: Inviter, payload: dict[str, Any], to: str, way: int) -> None:
    """The agency stores a payload that it cannot open, returns it unchanged, and refuses other recipients."""
    agency = inviter.owner.agency
    name = {"verkey": inviter.pair.pw.verkey, "did": inviter.pair.pw.did}.get(to, to)
    before = len(inviter.owner.messages(inviter.pair))
    body = dump_json({"@type": PREFIX + Type.FORWARD, "to": name, "msg": payload})
    if way == 2:
        packed = pack([inviter.pair.ac.verkey], body, None, DRAW)
        forward = {"@type": PREFIX + Type.FORWARD, "to": inviter.pair.ac.verkey, "msg": json.loads(packed)}
        body = dump_json(forward)

    reply = inviter.owner.post(pack([agency.verkey], body, None, DRAW))

    check(inviter, reply.status)
    mails = inviter.owner.messages(inviter.pair)
    if way == 2 and to != "x":
        assert (reply.status, reply.body) == (200, b"")
        assert json.loads(mails[-1]["payload"]) == payload
    else:
        assert (reply.status, len(mails)) == (400, before)


@OFTEN
@given(text=st.text(max_size=30) | OBJECTS.map(json.dumps))
def test_any_text_to_scan(inviter: Inviter, text: str) -> None:
    """Any text that is scanned through the control API is accepted, or refused with a 400."""
    body = json.dumps({"invitation": text}).encode()

    assert Control(inviter.owner.world).handle(Request("POST", "/holder/scan", {}, body)).status == 400
