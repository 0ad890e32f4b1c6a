"""The posts of connect and redirect, in order, and their effect on the connection.

Sections are those of docs/protocol/libvcx.md.
"""

import json
from typing import Any

import pytest

from connsim.agency.invites import link
from connsim.core.seed import Seed
from connsim.libvcx.errors import VcxError
from connsim.libvcx.options import Options, read_options
from connsim.wire.bundles import bundle
from connsim.wire.codes import Version
from connsim.wire.crypt import drawing
from connsim.wire.envelope import close_envelope
from connsim.wire.invite_detail import abbreviate
from connsim.wire.keys import KeyPair
from connsim.wire.notation import dump_msgpack
from connsim.wire.proofs import redirect_holds
from connsim.wire.states import State
from tests.libvcx.connections.conftest import NewParty, Party

AGENT = KeyPair.from_seed("a" * 32)
DID = "V5ipGZhPeQ5B86nQUMWiUV"
OTHER_DID = "FhrSrYtQcw3p9xwf7NYemf"
STRANGER = "FuN98eH2eZybECWkofW6A9BKJxxnTatBCopfUiNxo6ZB"
INVITING = ["UPDATE_CONFIGS", "CREATE_KEY", "CONN_REQUEST"]
ACCEPTING = ["UPDATE_CONFIGS", "CREATE_KEY", "ACCEPT_CONN_REQ"]
REDIRECTING = ["UPDATE_CONFIGS", "CREATE_KEY", "REDIRECT_CONN_REQ"]
PREPARING = ["UPDATE_CONFIGS", "CREATE_KEY"]


def test_2_6_an_inviter_connects(new_party: NewParty, protocol: dict[str, str]) -> None:
    """An inviter makes three posts; the result is the abbreviated invitation, and the link is stored."""
    party = new_party(**protocol)
    handle = party.call("create", "alice")

    abbreviated = json.loads(party.call("connect", handle, '{"connection_type": "QR"}'))

    connection = party.connection(handle)
    (invitation,) = party.world.agency.invitations.values()
    assert party.posts() == INVITING
    assert connection.state is State.OFFER_SENT
    assert connection.invite_detail is not None
    assert abbreviated == abbreviate(connection.invite_detail)
    assert (abbreviated["id"], connection.invite_url) == (invitation.uid, link(party.world.agency, invitation))
    assert connection.agent_did == invitation.connection.identity.did
    assert abbreviated["s"]["n"] == "faber"
    assert invitation.version is (party.session.settings.connections)


def test_2_6_an_invitee_connects(new_party: NewParty, protocol: dict[str, str]) -> None:
    """An invitee is connected at once, before the inviter; the inviter's next poll finds the answer."""
    faber, alice = new_party("faber", **protocol), new_party("alice", **protocol)
    offered = faber.invited()
    text = faber.call("invite_details", offered, True).decode()
    taken = alice.call("create_with_invite", "faber", text)
    assert alice.connection(taken).state is State.REQUEST_RECEIVED
    alice.posts()

    assert json.loads(alice.call("connect", taken, None)) == json.loads(text)

    assert alice.posts()[:3] == ACCEPTING
    mine, theirs = alice.connection(taken), faber.connection(offered)
    assert mine.state is State.ACCEPTED
    assert theirs.state is State.OFFER_SENT
    assert faber.call("update_state", offered) == 4
    assert (mine.their_pw_did, theirs.their_pw_did) == (theirs.pw_did, mine.pw_did)
    assert (mine.their_pw_verkey, theirs.their_pw_verkey) == (theirs.pw_verkey, mine.pw_verkey)
    assert mine.invite_url is None


def test_2_6_a_phone_number_is_sent_unchanged(new_party: NewParty) -> None:
    """A phone number is sent unchanged, and alone causes a text message; the connection_type has no effect."""
    party = new_party()
    handle = party.call("create", "alice")

    party.call("connect", handle, '{"connection_type": "FAX", "id": "alice", "phone": "+1 555 0100"}')

    assert [sms.phone for sms in party.world.agency.outbox] == ["+1 555 0100"]


def test_2_6_without_a_name_no_profile_is_sent(new_party: NewParty) -> None:
    """Without a name two posts are enough, and a logo is not needed."""
    party = new_party(institution_name=None, institution_logo_url=None)

    party.invited()

    assert party.posts() == ["CREATE_KEY", "CONN_REQUEST"]


def test_2_6_the_public_did_is_shown_and_stays(new_party: NewParty) -> None:
    """Once `use_public_did` was true, a later false does not remove the public DID."""
    party = new_party(institution_did=DID, webhook_url="http://127.0.0.1:9")
    handle = party.call("create", "alice")

    party.call("connect", handle, '{"use_public_did": true}')

    (invitation,) = party.world.agency.invitations.values()
    assert (invitation.connection.agent.configs, invitation.public_did) == (
        {
            "name": "faber",
            "logoUrl": "https://logo.example/a.png",
            "notificationWebhookUrl": "http://127.0.0.1:9",
            "publicDid": DID,
        },
        DID,
    )
    assert list(invitation.connection.agent.configs) == ["name", "logoUrl", "notificationWebhookUrl", "publicDid"]
    # The agency refuses a second key for the DID.
    assert party.fails("connect", handle, '{"use_public_did": false}') == 1010
    assert party.connection(handle).public_did == DID


def test_2_6_a_document_with_a_public_did_keeps_it(party: Party) -> None:
    """A connection loaded from a document with a public DID shows it without the option."""
    handle = party.loaded(party.call("create", "alice"), public_did=DID)

    party.call("connect", handle, '{"use_public_did": false}')

    (invitation,) = party.world.agency.invitations.values()
    assert invitation.public_did == DID


def test_2_10_the_agency_gets_the_dids_of_the_document(party: Party) -> None:
    """The agency gets the DIDs in the document, even if the wallet has another DID for the key."""
    handle = party.loaded(party.call("create", "alice"), pw_did=DID)

    party.call("connect", handle, "")

    (invitation,) = party.world.agency.invitations.values()
    assert invitation.connection.user.did == DID


def test_2_1_a_document_without_a_version_uses_the_settings(new_party: NewParty) -> None:
    """A document without a version uses the protocol_type, not the version of new connections."""
    party = new_party(protocol_type="2.0")
    new = party.call("create", "alice")
    handle = party.loaded(new, version=None)

    party.call("connect", handle, "")

    (invitation,) = party.world.agency.invitations.values()
    assert (party.connection(new).version, invitation.version) == ("1.0", Version.V2)


@pytest.mark.parametrize("state", [s for s in State if s not in ("Initialized", "OfferSent", "RequestReceived")])
def test_2_6_connect_in_a_wrong_state_posts_twice_before_it_fails(new_party: NewParty, state: State) -> None:
    """In a wrong state, connect makes two posts before it fails, and the connection keeps the new agent."""
    party = new_party()
    handle = party.loaded(party.call("create", "alice"), state=state)

    with pytest.raises(VcxError) as failed:
        party.call("connect", handle, "")

    assert (failed.value.code, *failed.value.causes) == (
        1002,
        f"Connection alice in state {state.number} not ready to connect",
    )
    assert party.posts() == PREPARING
    assert party.connection(handle).agent_did
    assert party.connection(handle).state is state


def test_2_6_the_agency_decides_about_a_second_connect(new_party: NewParty) -> None:
    """A second connect requests another agent for the DID; this agency refuses, and the first invitation remains."""
    party = new_party()
    handle = party.invited()
    before = party.connection(handle).agent_did
    party.posts()

    assert party.fails("connect", handle, "") == 1010

    assert party.posts() == PREPARING
    party.world.agency.holder_accepts(party.uid(handle))
    assert party.call("update_state", handle) == 4
    assert party.connection(handle).agent_did == before


def test_2_6_a_missing_invitation(new_party: NewParty) -> None:
    """A hand-made document in state 3 without an invitation fails, as it has nothing to accept."""
    party = new_party()
    handle = party.loaded(party.call("create", "alice"), state=State.REQUEST_RECEIVED)

    assert party.fails("connect", handle, "") == 1002
    assert party.posts() == PREPARING


@pytest.mark.parametrize(
    ("text", "options"),
    [
        pytest.param(None, Options(), id="2.6 null"),
        pytest.param("", Options(), id="2.6 empty"),
        pytest.param(" \n", Options(), id="2.6 blank"),
        pytest.param("{}", Options(), id="2.6 no member"),
        pytest.param('{"phone": null, "use_public_did": null, "connection_type": null}', Options(), id="2.6 nulls"),
        pytest.param('{"phone": ""}', Options(phone=""), id="2.6 an empty number is one"),
        pytest.param('{"phone": "x", "id": 7, "more": {}}', Options("x"), id="2.6 unknown members"),
        pytest.param('{"use_public_did": false}', Options(), id="2.6 no public DID"),
        pytest.param('{"use_public_did": true}', Options(public_did=True), id="2.6 public DID"),
    ],
)
def test_options(text: str | None, options: Options) -> None:
    """Options are read with these values."""
    assert read_options(text) == options


@pytest.mark.parametrize(
    "text",
    ["{", "null", "[]", '"SMS"', '{"phone": 123}', '{"use_public_did": "true"}', '{"connection_type": 1}'],
)
def test_2_6_wrong_options(party: Party, text: str) -> None:
    """Wrong options fail before any post."""
    assert party.fails("connect", party.call("create", "alice"), text) == 1007
    assert party.posts() == []


@pytest.mark.parametrize(
    ("settings", "options", "code", "posts"),
    [
        pytest.param({"institution_logo_url": None}, "", 1004, [], id="2.6 a name and no logo"),
        pytest.param({"institution_logo_url": "<CHANGE_ME>"}, "", 1013, [], id="2.6 a logo that is no URL"),
        pytest.param({"webhook_url": "52.26.0.1:80"}, "", 1013, [], id="2.6 a webhook that is no URL"),
        pytest.param({"institution_did": None}, '{"use_public_did": true}', 1004, [], id="2.6 no public DID"),
        pytest.param({"agency_verkey": None}, "", 1004, [], id="5.2 no agency"),
        pytest.param({"agency_endpoint": "http://127.0.0.1:1"}, "", 1010, [], id="2.20 nobody answers"),
        pytest.param({"sdk_to_remote_verkey": DID}, "", 1073, [], id="2.6 an owner's key that is not in the wallet"),
    ],
)
def test_settings_that_make_connect_fail(
    new_party: NewParty, settings: dict[str, str | None], options: str, code: int, posts: list[str]
) -> None:
    """Each wrong setting has its code, and the connection can be connected later."""
    party = new_party()
    handle = party.call("create", "alice")
    for name, value in settings.items():
        party.session.settings._values.pop(name, None)
        party.session.settings.update({} if value is None else {name: value})

    assert party.fails("connect", handle, options) == code
    assert party.posts() == posts
    assert party.connection(handle).state is State.INITIALIZED


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        pytest.param({"pw_did": "short"}, 1008, id="2.6 a DID of another size"),
        pytest.param({"pw_did": "0OIl"}, 1014, id="2.6 a DID that is no base58"),
        pytest.param({"pw_verkey": DID}, 1009, id="2.6 a key of another size"),
        pytest.param({"pw_verkey": "0OIl"}, 1014, id="2.6 a key that is no base58"),
        pytest.param({"pw_verkey": STRANGER}, 1073, id="2.10 a key that is not in the wallet"),
    ],
)
def test_documents_that_cannot_connect(party: Party, changed: dict[str, str], code: int) -> None:
    """Such documents can be loaded, and fail when they are used."""
    handle = party.loaded(party.call("create", "alice"), **changed)

    assert party.fails("connect", handle, "") == code


def test_2_15_redirect(new_party: NewParty, protocol: dict[str, str]) -> None:
    """An invitee redirects to its older connection to the inviter, which learns which one it is."""
    faber, alice = new_party("faber", **protocol), new_party("alice", **protocol)
    old = faber.invited()
    older = alice.call("create_with_invite", "faber", faber.call("invite_details", old, False).decode())
    alice.call("connect", older, "")
    faber.call("update_state", old)
    new = faber.invited()
    newer = alice.call("create_with_invite", "faber again", faber.call("invite_details", new, True).decode())
    assert json.loads(alice.call("get_redirect_details", newer)) is None
    alice.posts()

    alice.call("redirect", newer, older)

    assert alice.posts()[:3] == REDIRECTING
    assert alice.connection(newer).state is State.REDIRECTED
    assert faber.call("update_state", new) == 8
    detail = json.loads(faber.call("get_redirect_details", new))
    assert redirect_holds(detail)
    assert (detail["DID"], detail["verKey"]) == (faber.connection(old).pw_did, faber.connection(old).pw_verkey)
    assert detail["theirDID"] == faber.connection(old).their_pw_did
    assert list(detail) == ["DID", "verKey", "theirDID", "theirVerKey", "signature"]


def test_2_15_a_redirection_has_public_dids(new_party: NewParty) -> None:
    """Public DIDs are beside the pairwise ones; "their" is the redirecting side, as the inviter sees it."""
    faber, alice = new_party("faber", institution_did=DID), new_party("alice", institution_did=OTHER_DID)
    old, new = faber.call("create", "alice"), faber.call("create", "alice again")
    taken = []
    for handle in (old, new):
        faber.call("connect", handle, '{"use_public_did": true}')
        taken.append(alice.call("create_with_invite", "x", faber.call("invite_details", handle, True).decode()))
    alice.call("connect", taken[0], '{"use_public_did": true}')

    alice.call("redirect", taken[1], taken[0])

    assert faber.call("update_state", new) == 8
    detail = json.loads(faber.call("get_redirect_details", new))
    assert (detail["publicDID"], detail["theirPublicDID"]) == (DID, OTHER_DID)


@pytest.mark.parametrize(
    ("state", "why"),
    [
        pytest.param(State.INITIALIZED, "has no invitation", id="2.15 never invited"),
        pytest.param(State.ACCEPTED, "in state 4 not ready to redirect", id="2.15 answered already"),
    ],
)
def test_2_15_redirect_in_a_wrong_state(new_party: NewParty, state: State, why: str) -> None:
    """In a wrong state, redirect sends profile and CREATE_KEY before it fails."""
    party = new_party()
    older = party.accepted()
    handle = party.call("create", "bob") if state is State.INITIALIZED else None
    if handle is None:
        detail = party.connection(older).invite_detail
        handle = party.loaded(party.call("create", "bob"), state=state, invite_detail=detail)
    party.posts()

    with pytest.raises(VcxError, match=why) as failed:
        party.call("redirect", handle, older)

    assert failed.value.code == 1002
    assert party.posts() == PREPARING


def answered(party: Party, content: bytes) -> None:
    """Make the agency answer the next request with this content, in an envelope for the owner."""
    owner = party.session.settings.need("sdk_to_remote_verkey")
    version = party.session.settings.connections
    body = close_envelope(content, version, AGENT, owner, drawing(Seed("answer")))
    party.session.posting = lambda url, sent: body


def one(name: str, **members: Any) -> bytes:
    """Return a bundle of one message of protocol 1.0."""
    return bundle([{"@type": {"name": name, "ver": "1.0"}, **members}])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"\xc1", 1019, id="2.3 no msgpack"),
        pytest.param(dump_msgpack({"some": "map"}), 1019, id="2.3 no bundle"),
        pytest.param(dump_msgpack({"bundled": [b"bytes"]}), 1019, id="2.3 bytes that are no integers"),
        pytest.param(bundle([]), 1019, id="9 nothing in the bundle, where libvcx hangs"),
        pytest.param(one("NEVER_HEARD_OF"), 1016, id="2.3 a message that nobody knows"),
        pytest.param(one("KEY_CREATED"), 1016, id="2.3 members that are missing"),
        pytest.param(one("SIGNED_UP"), 1033, id="2.3 a message that answers something else"),
    ],
)
def test_2_3_invalid_answers(new_party: NewParty, content: bytes, code: int) -> None:
    """The code depends on what is wrong with the answer; the connection stays unchanged."""
    party = new_party(institution_name=None)  # so that CREATE_KEY is the first request
    handle = party.call("create", "alice")
    answered(party, content)

    assert party.fails("connect", handle, "") == code
    assert party.connection(handle).state is State.INITIALIZED


@pytest.mark.parametrize(
    ("members", "code"),
    [
        pytest.param([("MSG_CREATED", {"uid": "c"})], 1033, id="9 no detail, where libvcx hangs"),
        pytest.param(
            [("MSG_CREATED", {"uid": "c"}), ("MSG_DETAIL", {"inviteDetail": {}, "urlToInviteDetail": ""})],
            1016,
            id="2.3 half a detail",
        ),
    ],
)
def test_2_3_invalid_invitations(new_party: NewParty, members: list[tuple[str, dict[str, Any]]], code: int) -> None:
    """If only the answer to the third post is wrong, the connection has its agent."""
    party = new_party()
    handle = party.call("create", "alice")
    real, seen = party.session.posting, []

    def post(url: str, sent: bytes) -> bytes:
        seen.append(sent)
        if len(seen) == 3:
            answered(party, bundle([{"@type": {"name": name, "ver": "1.0"}, **given} for name, given in members]))
            return party.session.posting(url, sent)
        return real(url, sent)

    party.session.posting = post

    assert party.fails("connect", handle, "") == code
    assert party.connection(handle).agent_did
    assert party.connection(handle).invite_detail is None
