"""Creating and reading Aries connections: the functions that need no agency.

Sections are those of docs/protocol/libvcx.md.
"""

import json

import pytest

from connsim.libvcx.aries.documents import AriesConnection
from connsim.libvcx.proprietary.documents import Connection
from connsim.wire.aries.messages import PREFIX
from tests.libvcx.connections.aries.conftest import Peer
from tests.libvcx.connections.conftest import NewParty, Party

INVITATION_KEYS = ["@id", "@type", "label", "recipientKeys", "routingKeys", "serviceEndpoint"]


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        pytest.param({"protocol_type": "3.0"}, AriesConnection, id="2.1 3.0"),
        pytest.param({"protocol_type": "4.0"}, AriesConnection, id="2.1 4.0"),
        pytest.param({"protocol_type": "2.0", "communication_method": "aries"}, AriesConnection, id="2.1 2.0 aries"),
        pytest.param({"protocol_type": "2.0"}, Connection, id="2.1 2.0"),
        pytest.param({"communication_method": "aries"}, Connection, id="2.1 1.0 aries"),
    ],
)
def test_2_1_which_kind_is_created(party: Party, settings: dict[str, str], kind: type) -> None:
    """The settings determine the kind of a connection that is created."""
    party.session.settings.update(settings)

    assert type(party.session.objects.get(party.call("create", "alice"))) is kind


def test_2_1_an_invitation_decides_whatever_the_settings_say(new_party: NewParty, aries: Party, peer: Peer) -> None:
    """The members of an invitation, not its @type or the settings, determine the kind of the connection."""
    party = new_party("alice")
    proprietary = party.call("invite_details", party.invited(), True).decode()

    for invitation in (peer.invitation(), peer.invitation(**{"@type": "x"})):
        assert party.call("get_state", party.call("create_with_invite", "a", invitation)) == 2
    assert aries.call("get_state", aries.call("create_with_invite", "a", proprietary)) == 3


def test_2_4_creating_uses_neither_wallet_nor_network(aries: Party, peer: Peer) -> None:
    """Before connect, a connection has no keys in the wallet, and makes no posts."""
    aries.posts()
    aries.session.wallets.close()

    inviter, invitee = aries.call("create", "a"), aries.call("create_with_invite", "b", peer.invitation())

    assert (aries.call("get_state", inviter), aries.call("get_state", invitee)) == (1, 2)
    assert (aries.call("get_pw_did", inviter), aries.call("get_pw_did", invitee)) == ("", "")
    assert aries.posts() == []


def test_2_1_routing_keys_may_lack(aries: Party, peer: Peer) -> None:
    """An invitation without routing keys is stored with an empty list; unknown members are not stored."""
    given = json.loads(peer.invitation(more=1))
    del given["routingKeys"]

    handle = aries.call("create_with_invite", "a", json.dumps(given))

    saved = json.loads(aries.call("serialize", handle))["state"]["Invitee"]["Invited"]["invitation"]
    assert saved == json.loads(peer.invitation())
    aries.call("connect", handle, None)
    assert aries.call("get_state", handle) == 3


def test_2_17_the_other_sides_did(aries: Party, peer: Peer) -> None:
    """In state 1 the call fails; until there is an answer, the other side's DID is the id of the invitation."""
    inviter, invitee = aries.call("create", "a"), aries.call("create_with_invite", "b", peer.invitation())

    assert aries.fails("get_their_pw_did", inviter) == 1003
    assert aries.call("get_their_pw_did", invitee) == "invitation-1"
    shown = json.loads(aries.call("connect", inviter, None))
    assert aries.call("get_their_pw_did", inviter) == shown["@id"]
    aries.call("connect", invitee, None)
    assert aries.call("get_their_pw_did", invitee) == "invitation-1"


@pytest.mark.parametrize("abbreviated", [True, False])
def test_2_11_invite_details(aries: Party, peer: Peer, abbreviated: bool) -> None:
    """The details are empty, then the invitation, then the other side in the form of one; there is no abbreviation."""
    inviter, invitee = aries.call("create", "a"), aries.call("create_with_invite", "b", peer.invitation())

    assert aries.call("invite_details", inviter, abbreviated) == b"{}"
    shown = json.loads(aries.call("invite_details", invitee, abbreviated))
    assert list(shown) == INVITATION_KEYS
    assert shown == json.loads(peer.invitation()) | {"@type": shown["@type"]}
    assert shown["@type"] == "did:sov:BzCbsNYhMrjHiqZDTUASHg;spec/connections/1.0/invitation"

    aries.call("connect", invitee, None)
    later = json.loads(aries.call("invite_details", invitee, abbreviated))
    assert later == json.loads(peer.invitation(label=""))


def test_2_16_info(aries: Party, peer: Peer) -> None:
    """`info` has both sides; the protocols of the other side only after it has disclosed them."""
    handle = aries.call("create", "a")
    assert json.loads(aries.call("info", handle))["their"] is None
    shown = json.loads(aries.call("connect", handle, None))

    info = json.loads(aries.call("info", handle))

    assert list(info) == ["my", "their"]
    ways = {name: shown[name] for name in INVITATION_KEYS[3:]}
    assert info["their"] == {"did": shown["@id"], **ways}
    assert {**info["my"], "protocols": 0} == {"did": aries.call("get_pw_did", handle), **ways, "protocols": 0}
    assert {one["pid"].removeprefix(PREFIX) for one in info["my"]["protocols"]} == {
        "connections/1.0",
        "trust_ping/1.0",
        "discover-features/1.0",
        "basicmessage/1.0",
    }


@pytest.mark.parametrize(
    ("actors", "roles"),
    [
        pytest.param(None, {"inviter", "invitee", "sender", "receiver"}, id="5.2 all"),
        pytest.param('["inviter"]', {"inviter"}, id="5.2 one"),
        pytest.param("[]", set(), id="5.2 none"),
    ],
)
def test_5_2_actors_limit_the_own_protocols(aries: Party, actors: str | None, roles: set[str]) -> None:
    """A protocol without a role of the actors is not listed."""
    if actors is not None:
        aries.session.settings.update({"actors": actors})

    protocols = json.loads(aries.call("info", aries.call("create", "a")))["my"]["protocols"]

    assert {role for protocol in protocols for role in protocol["roles"]} == roles
    assert all(protocol["roles"] for protocol in protocols)


@pytest.mark.parametrize("name", ["agency_verkey", "agency_endpoint"])
def test_2_16_info_needs_the_agency(aries: Party, name: str) -> None:
    """A missing setting of the agency has its code."""
    handle = aries.call("create", "a")
    aries.session.settings._values.pop(name)

    assert aries.fails("info", handle) == 1004


def test_2_15_redirections_are_refused(aries: Party) -> None:
    """An Aries connection neither redirects nor is redirected to; its details end with 1003."""
    handle = aries.call("create", "a")
    aries.session.settings.update({"protocol_type": "1.0"})
    proprietary = aries.call("create", "b")
    aries.posts()

    assert aries.fails("redirect", handle, proprietary) == 1103
    assert aries.fails("redirect", proprietary, handle) == 1103
    assert aries.fails("get_redirect_details", handle) == 1003
    assert aries.posts() == []


def test_2_12_release(aries: Party) -> None:
    """Releasing a connection makes no post."""
    handle = aries.call("create", "a")
    aries.call("release", handle)

    assert aries.fails("get_state", handle) == 1003
