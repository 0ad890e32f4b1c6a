"""Creating, saving, loading and reading connections; and each row of the tables.

Sections are those of docs/protocol/libvcx.md.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from connsim.core.table import Table
from connsim.wire.states import INVITEE, INVITER, Event, State
from tests.libvcx.connections.conftest import NewParty, Party


def invitee(new_party: NewParty) -> tuple[Party, int, Any]:
    """Create an invited connection; return its party, its handle, and the inviter."""
    faber, alice = new_party("faber"), new_party("alice")
    handle = alice.call("create_with_invite", "faber", faber.call("invite_details", faber.invited(), True).decode())
    return alice, handle, faber


def created_inviter(new_party: NewParty) -> tuple[Party, int]:
    """Create a connection."""
    party = new_party()
    return party, party.call("create", "alice")


def connected_inviter(new_party: NewParty) -> tuple[Party, int]:
    """Create a connection that has invited."""
    party, handle = created_inviter(new_party)
    party.call("connect", handle, "")
    return party, handle


def connected_twice(new_party: NewParty) -> tuple[Party, int]:
    """Create a connection that has invited a second time."""
    # The agency refuses a second agent for a DID, the library does not; so the connection gets another pair first.
    party, handle = connected_inviter(new_party)
    party.connection(handle).pw_did, party.connection(handle).pw_verkey = _other_pair(party)
    before = party.connection(handle).agent_did
    party.call("connect", handle, "")
    assert party.connection(handle).agent_did != before
    return party, handle


def _other_pair(party: Party) -> tuple[str, str]:
    pair = party.session.wallet.new_pair()
    return pair.did, pair.verkey


def accepted_inviter(new_party: NewParty) -> tuple[Party, int]:
    """Create a connection whose invitation was accepted."""
    party, handle = connected_inviter(new_party)
    party.world.agency.holder_accepts(party.uid(handle))
    party.call("update_state", handle)
    return party, handle


def redirected_inviter(new_party: NewParty) -> tuple[Party, int]:
    """Create a connection whose holder redirected to an older one."""
    party, _ = accepted_inviter(new_party)
    handle = party.invited()
    party.world.agency.holder_redirects(party.uid(handle))
    party.call("update_state", handle)
    return party, handle


def created_invitee(new_party: NewParty) -> tuple[Party, int]:
    """Create a connection that was invited."""
    return invitee(new_party)[:2]


def connected_invitee(new_party: NewParty) -> tuple[Party, int]:
    """Create a connection that has accepted."""
    party, handle = created_invitee(new_party)
    party.call("connect", handle, "")
    return party, handle


def redirected_invitee(new_party: NewParty) -> tuple[Party, int]:
    """Create a connection that has redirected to an older one."""
    party, older, faber = invitee(new_party)
    party.call("connect", older, "")
    text = faber.call("invite_details", faber.invited(), True).decode()
    newer = party.call("create_with_invite", "again", text)
    party.call("redirect", newer, older)
    return party, newer


WALKS: dict[tuple[Table, str | None, str], Callable[[NewParty], tuple[Party, int]]] = {
    (INVITER, None, Event.CREATED): created_inviter,
    (INVITER, State.INITIALIZED, Event.CONNECTED): connected_inviter,
    (INVITER, State.OFFER_SENT, Event.CONNECTED): connected_twice,
    (INVITER, State.OFFER_SENT, Event.ACCEPTED): accepted_inviter,
    (INVITER, State.OFFER_SENT, Event.REDIRECTED): redirected_inviter,
    (INVITEE, None, Event.CREATED): created_invitee,
    (INVITEE, State.REQUEST_RECEIVED, Event.CONNECTED): connected_invitee,
    (INVITEE, State.REQUEST_RECEIVED, Event.REDIRECTED): redirected_invitee,
}


@pytest.mark.parametrize(
    ("table", "source", "event", "target"),
    [
        pytest.param(table, edge.source, edge.event, edge.target, id=f"{table.name}: {edge.source} {edge.event}")
        for table in (INVITER, INVITEE)
        for edge in table.edges
    ],
)
def test_every_row_is_walked(new_party: NewParty, table: Table, source: str | None, event: str, target: str) -> None:
    """With a real agency, the library follows each edge of the tables."""
    party, handle = WALKS[table, source, event](new_party)

    assert party.connection(handle).state is State(target)
    assert party.call("get_state", handle) == State(target).number
    assert json.loads(party.call("serialize", handle))["data"]["state"] == State(target).number


@pytest.mark.parametrize(
    ("settings", "version"),
    [
        pytest.param({}, "1.0", id="2.1 nothing set"),
        pytest.param({"protocol_type": "2.0"}, "1.0", id="2.1 the protocol alone"),
        pytest.param({"use_latest_protocols": "True"}, "2.0", id="2.1 latest protocols"),
        pytest.param({"communication_method": "aries"}, "1.0", id="2.1 aries with protocol 1.0"),
    ],
)
def test_2_4_create(party: Party, settings: dict[str, str], version: str) -> None:
    """Creating makes no post, puts a new pair into the wallet, and determines the version."""
    party.session.settings.update(settings)

    one, other = party.call("create", "alice"), party.call("create", "alice")

    assert one != other
    connection = party.connection(one)
    assert (connection.state, connection.source_id, connection.version) == (State.INITIALIZED, "alice", version)
    assert party.session.wallet.pair(connection.pw_verkey).did == connection.pw_did == party.call("get_pw_did", one)
    assert party.connection(other).pw_did != connection.pw_did
    assert party.call("get_their_pw_did", one) == ""
    assert party.posts() == []


def test_2_4_without_a_wallet(party: Party) -> None:
    """The invitation is checked before the wallet."""
    invitation = party.call("invite_details", party.invited(), True).decode()
    party.session.wallets.close()

    assert party.fails("create", "alice") == 1057
    assert party.fails("create_with_invite", "alice", "{") == 1016
    assert party.fails("create_with_invite", "alice", invitation) == 1057


@pytest.mark.parametrize("invitation", ["{", "null", "[]", "{}", '{"sc": "MS-101"}', '{"@type": "x", "label": "l"}'])
def test_2_5_garbage_is_no_invitation(mocked: Party, invitation: str) -> None:
    """Garbage is refused, and so is an Aries invitation without its id."""
    assert mocked.fails("create_with_invite", "alice", invitation) == 1016


@pytest.mark.parametrize(
    ("given", "version"),
    [({}, "1.0"), ({"version": "2.0"}, "2.0"), ({"version": "1.0"}, "1.0"), ({"version": "7"}, "1.0")],
)
def test_2_5_the_invitation_decides_the_version(mocked: Party, given: dict[str, str], version: str) -> None:
    """The invitation's own version counts, then that of the settings; an unknown one is 1.0."""
    inviter = mocked.call("create", "a")
    mocked.call("connect", inviter, "")
    detail = json.loads(mocked.call("invite_details", inviter, False))
    detail["senderDetail"]["publicDID"] = "V5ipGZhPeQ5B86nQUMWiUV"

    connection = mocked.connection(mocked.call("create_with_invite", "b", json.dumps(detail | given)))

    assert connection.version == version
    assert connection.their_public_did == "V5ipGZhPeQ5B86nQUMWiUV"
    assert connection.their_pw_did == detail["senderDetail"]["DID"]
    assert connection.invite_detail == detail | given


def test_2_10_saved_and_loaded(party: Party) -> None:
    """A document can be loaded as a second connection, which continues from its state."""
    handle = party.invited()
    text = party.call("serialize", handle).decode()

    copy = party.call("deserialize", text)

    assert copy != handle
    assert party.call("serialize", copy).decode() == text
    party.world.agency.holder_accepts(party.uid(handle))
    assert (party.call("update_state", copy), party.call("get_state", handle)) == (4, 2)


def test_2_10_no_wallet_is_needed_to_load(party: Party) -> None:
    """A missing key is noticed on first use only."""
    text = party.call("serialize", party.invited()).decode()
    party.session.wallets.close()

    handle = party.call("deserialize", text)

    assert party.fails("update_state", handle) == 1003
    assert party.fails("connect", handle, "") == 1057


@pytest.mark.parametrize("text", ["{", '{"invalid": -99}', '{"version": "1.0", "data": {"state": 1}}'])
def test_2_10_garbage_is_no_document(mocked: Party, text: str) -> None:
    """Each is refused with the code for JSON."""
    assert mocked.fails("deserialize", text) == 1016


@pytest.mark.parametrize("abbreviated", [True, False])
def test_2_11_no_invitation_yet(mocked: Party, abbreviated: bool) -> None:
    """Before connect the details are null, without an error."""
    assert mocked.call("invite_details", mocked.call("create", "alice"), abbreviated) == b"null"


def test_2_12_release(party: Party) -> None:
    """Releasing makes no post, and drops the handle; a second release is an error."""
    handle = party.invited()
    party.posts()

    assert party.call("release", handle) is None

    assert party.fails("release", handle) == 1003
    assert party.fails("get_state", handle) == 1003
    assert party.posts() == []


@pytest.mark.parametrize(
    ("name", "given"), [("send_ping", ("x",)), ("send_discovery_features", (None, "x")), ("info", ())]
)
def test_2_16_proprietary_connections_are_refused(mocked: Party, name: str, given: tuple[Any, ...]) -> None:
    """Three functions refuse every proprietary connection."""
    assert mocked.fails(name, mocked.call("create", "alice"), *given) == 1103


def test_handles_of_other_objects_are_refused(mocked: Party) -> None:
    """Credentials and proofs share the numbers of handles, but a function for connections refuses theirs."""
    assert mocked.fails("get_state", mocked.session.objects.add(object())) == 1003


POSTS = [
    ("create", ("x",), []),
    ("get_state", (), []),
    ("serialize", (), []),
    ("invite_details", (True,), []),
    ("get_redirect_details", (), []),
    ("get_pw_did", (), []),
    ("get_their_pw_did", (), []),
    ("sign_data", (b"x",), []),
    ("update_state", (), ["GET_MSGS"]),
    ("delete", (), ["UPDATE_CONN_STATUS"]),
]


@pytest.mark.parametrize(("name", "given", "posts"), POSTS, ids=[f"2.19 {name}" for name, *_ in POSTS])
def test_posts_of_each_call(party: Party, name: str, given: tuple[Any, ...], posts: list[str]) -> None:
    """Each call makes exactly these posts; most make none."""
    handle = party.invited()
    party.posts()

    party.call(name, *([] if name == "create" else [handle]), *given)

    assert party.posts() == posts
