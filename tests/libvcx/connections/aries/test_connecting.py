"""`connect` of an Aries connection: the invitation, the request, and failures.

Sections are those of docs/protocol/libvcx.md.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from connsim.wire.aries.did_doc import contact
from connsim.wire.aries.messages import PREFIX, Type
from tests.libvcx.connections.aries.conftest import Peer
from tests.libvcx.connections.aries.stages import Walk
from tests.libvcx.connections.conftest import Party


def test_2_6_an_inviter_makes_its_invitation_itself(aries: Party, peer: Peer) -> None:
    """An inviter makes one post; the label is the source id, and the route leads through agent and agency."""
    handle = aries.call("create", "alice")
    aries.posts()

    text = aries.call("connect", handle, '{"connection_type": "QR"}')

    assert aries.posts() == ["CREATE_KEY"]
    invitation = json.loads(text)
    data = json.loads(aries.call("serialize", handle))["data"]
    agency = aries.world.agency
    assert invitation == {
        "@id": invitation["@id"],
        "@type": f"{PREFIX}connections/1.0/invitation",
        "label": "alice",
        "recipientKeys": [data["pw_verkey"]],
        "routingKeys": [data["agent_vk"], agency.identity.verkey],
        "serviceEndpoint": f"{agency.url}/agency/msg",
    }
    assert aries.call("invite_details", handle, True) == text
    assert aries.call("get_pw_did", handle) == data["pw_did"] == aries.session.wallet.pair(data["pw_verkey"]).did


def test_2_6_an_invitee_sends_its_request(aries: Party, peer: Peer) -> None:
    """An invitee makes two posts: one to the agency, and the request to the inviter's own endpoint."""
    handle = aries.call("create_with_invite", "alice", peer.invitation())
    aries.posts()

    aries.call("connect", handle, None)

    assert (aries.call("get_state", handle), aries.posts()) == (3, ["CREATE_KEY"])
    (request,) = peer.received
    assert (request.type, request.members["label"]) == (Type.REQUEST, "alice")
    assert request.members["connection"]["DID"] == aries.call("get_pw_did", handle)
    assert contact(request.members["connection"]["DIDDoc"]) == peer.contact(handle)


def connected(aries: Party, peer: Peer) -> int:
    """Create an inviter in state 2."""
    handle = aries.call("create", "a")
    aries.call("connect", handle, None)
    return int(handle)


def asked(aries: Party, peer: Peer) -> int:
    """Create an invitee in state 3."""
    handle = aries.call("create_with_invite", "a", peer.invitation())
    aries.call("connect", handle, None)
    return int(handle)


@pytest.mark.parametrize("before", [connected, asked])
def test_2_6_in_other_states_nothing_happens(aries: Party, peer: Peer, before: Walk) -> None:
    """In other states, connect succeeds without a post."""
    handle = before(aries, peer)
    saved, seen = aries.call("serialize", handle), len(peer.received)
    aries.posts()

    assert aries.call("connect", handle, None) == aries.call("invite_details", handle, False)

    assert aries.posts() == []
    assert (aries.call("serialize", handle), len(peer.received)) == (saved, seen)


@pytest.mark.parametrize("options", ["{", "null", "[]", '{"phone": 123}', '{"use_public_did": "true"}'])
def test_2_6_wrong_options_are_1007_here_too(aries: Party, options: str) -> None:
    """Wrong options fail before anything is posted; right ones have no effect."""
    handle = aries.call("create", "a")
    aries.posts()

    assert aries.fails("connect", handle, options) == 1007
    assert (aries.call("get_state", handle), aries.posts()) == (1, [])
    assert aries.call("connect", handle, '{"phone": "+1", "use_public_did": true}')


def refuse(aries: Party, peer: Peer) -> None:
    """Make the inviter's endpoint fail."""
    peer.refuses = True


FAILURES = {
    "2.6 the inviter refuses": (refuse, {}, 1010),
    "2.6 nobody at the inviter's address": (None, {"serviceEndpoint": "http://127.0.0.1:1"}, 1010),
    "2.6 no address": (None, {"serviceEndpoint": "x"}, 1010),
    "2.6 a key that is none": (None, {"recipientKeys": ["x"]}, 1009),
    "2.6 no key": (None, {"recipientKeys": []}, 1016),
    "2.6 an empty id": (None, {"@id": ""}, 1016),
    "2.6 no agency": (
        lambda aries, peer: aries.session.settings.update({"agency_endpoint": "http://127.0.0.1:1"}),
        {},
        1010,
    ),
    "2.6 no wallet": (lambda aries, peer: aries.session.wallets.close(), {}, 1057),
    "5.2 no setting": (lambda aries, peer: aries.session.settings._values.pop("agency_did"), {}, 1004),
}


@pytest.mark.parametrize(("break_it", "changed", "code"), FAILURES.values(), ids=FAILURES)
def test_2_6_each_failure_has_its_code(
    aries: Party, peer: Peer, break_it: Callable[[Party, Peer], object] | None, changed: dict[str, Any], code: int
) -> None:
    """Each failure has its code, and the connection stays unchanged."""
    handle = aries.call("create_with_invite", "a", peer.invitation(**changed))
    saved = aries.call("serialize", handle)
    if break_it:
        break_it(aries, peer)

    assert aries.fails("connect", handle, None) == code

    assert aries.call("serialize", handle) == saved


def test_5_5_mocked(mocked: Party, peer: Peer) -> None:
    """In the test mode nothing is posted, and the mailbox is empty."""
    mocked.session.settings.update({"protocol_type": "3.0"})
    inviter, invitee = mocked.call("create", "a"), mocked.call("create_with_invite", "b", peer.invitation())

    shown = json.loads(mocked.call("connect", inviter, None))
    mocked.call("connect", invitee, None)

    assert shown["recipientKeys"] == ["91qMFrZjXDoi2Vc8Mm14Ys112tEZdDegBZZoembFEATE"]
    assert [mocked.call("update_state", handle) for handle in (inviter, invitee)] == [2, 3]
    assert mocked.call("sign_data", inviter, b"x") == b"x"
    assert mocked.call("verify_signature", inviter, b"x", b"y") is True
    mocked.call("delete", inviter)
