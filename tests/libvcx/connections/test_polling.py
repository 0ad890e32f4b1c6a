"""How update_state reacts to the contents of a mailbox, and to failures.

Sections are those of docs/protocol/libvcx.md.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from connsim.core.seed import Seed
from connsim.libvcx.proprietary.polling import check_message
from connsim.script.sequence import Sequence
from connsim.wire.codes import Version
from connsim.wire.crypt import drawing
from connsim.wire.invite_detail import sender_detail
from connsim.wire.keys import KeyPair
from connsim.wire.payloads import answer_payload
from connsim.wire.proofs import delegation_proof, redirect_detail
from connsim.wire.states import State
from tests.libvcx.connections.conftest import NewParty, Party

HOLDER, AGENT, OLDER = (KeyPair.from_seed(letter * 32) for letter in "hao")
SENDER = sender_detail(HOLDER, delegation_proof(HOLDER, AGENT))
REDIRECTION = redirect_detail(OLDER, HOLDER.identity)


@pytest.mark.parametrize("state", [State.INITIALIZED, State.ACCEPTED, State.REDIRECTED])
def test_2_7_settled_states_need_no_post(party: Party, state: State) -> None:
    """In a settled state the call makes no post."""
    handle = party.loaded(party.invited(), state=state)
    party.posts()

    assert party.call("update_state", handle) == state.number
    assert party.posts() == []


@pytest.mark.parametrize(
    "state",
    [State.UNDEFINED, State.REQUEST_RECEIVED, State.UNFULFILLED, State.EXPIRED, State.REVOKED, State.REJECTED],
)
def test_2_7_states_without_effect(party: Party, state: State) -> None:
    """In states that only documents have, the agency is polled, and its answer has no effect."""
    invited = party.invited()
    party.world.agency.holder_accepts(party.uid(invited))
    handle = party.loaded(invited, state=state)
    party.posts()

    assert party.call("update_state", handle) == state.number
    assert party.posts() == ["GET_MSGS"]
    assert party.connection(handle).their_pw_did == ""


def test_2_7_acceptance(new_party: NewParty, protocol: dict[str, str]) -> None:
    """After an acceptance the holder is known; the poll makes one post, and does not mark the messages."""
    party = new_party(**protocol)
    handle = party.invited()
    (invitation,) = party.world.agency.invitations.values()
    assert party.call("update_state", handle) == 2
    party.world.agency.holder_accepts(invitation.uid)
    party.posts()

    assert party.call("update_state", handle) == party.call("get_state", handle) == 4

    assert party.posts() == ["GET_MSGS"]
    remote = invitation.connection.remote
    assert remote is not None
    holder = remote.pairwise
    connection = party.connection(handle)
    assert (connection.their_pw_did, connection.their_pw_verkey) == (holder.did, holder.verkey)
    assert party.call("get_their_pw_did", handle) == holder.did
    assert {mail.status.value for mail in invitation.connection.mailbox.values()} == {"MS-104"}


def test_2_7_redirection(new_party: NewParty, protocol: dict[str, str]) -> None:
    """After a redirection, the caller can read the older connection to which the holder points."""
    party = new_party(**protocol)
    older = party.accepted()
    handle = party.invited()
    party.world.agency.holder_redirects(party.uid(handle))

    assert party.call("update_state", handle) == 8

    detail = json.loads(party.call("get_redirect_details", handle))
    assert detail["DID"] == party.connection(older).pw_did
    assert detail["theirDID"] == party.connection(older).their_pw_did
    assert party.connection(handle).their_pw_did == ""


def test_3_4_refusal_looks_like_silence(new_party: NewParty, protocol: dict[str, str]) -> None:
    """A refusal stays in the mailbox, and is skipped in every poll."""
    party = new_party(**protocol)
    handle = party.invited()
    party.world.agency.holder_refuses(party.uid(handle))

    assert [party.call("update_state", handle) for _ in range(3)] == [2, 2, 2]
    assert party.connection(handle).their_pw_did == ""


def test_2_7_of_two_acceptances_the_last_counts(party: Party) -> None:
    """All messages are read, so of two acceptances, which some agencies allow, the last counts."""
    party.world.script("vcx-holder", Sequence.of(("accept", "1s"), "answer-again", strict=False))
    handle = party.invited()
    party.world.advance("1s")
    (invitation,) = party.world.agency.invitations.values()
    answers = [mail for mail in invitation.connection.mailbox.values() if mail.type == "connReqAnswer"]
    assert len(answers) == 2

    assert party.call("update_state", handle) == 4

    assert party.connection(handle).their_pw_did == answers[1].sender != answers[0].sender


Break = Callable[[Party, int], object]
"""Breaks something of a connection; may return the handle of another one."""


def without_agent(party: Party, handle: int) -> int:
    """Load the connection without its agent."""
    return party.loaded(handle, agent_did="", agent_vk="")


def remove_setting(name: str) -> Break:
    """Return a function that removes a setting."""
    return lambda party, handle: party.session.settings._values.pop(name)


def change_setting(name: str, value: str) -> Break:
    """Return a function that sets a wrong value."""
    return lambda party, handle: party.session.settings.update({name: value})


FAILURES: dict[str, Break] = {
    "2.7 no agent yet": without_agent,
    "2.20 nobody answers": change_setting("agency_endpoint", "http://127.0.0.1:1"),
    "2.3 not 2xx": change_setting("sdk_to_remote_verkey", "FuN98eH2eZybECWkofW6A9BKJxxnTatBCopfUiNxo6ZB"),
    "2.3 a path that is not there": lambda party, handle: change_setting(
        "agency_endpoint", f"{party.world.agency.url}/"
    )(party, handle),
    "5.2 no agency": remove_setting("agency_did"),
    "5.2 no cloud agent": remove_setting("remote_to_sdk_did"),
    "2.4 no wallet": lambda party, handle: party.session.wallets.close(),
    "2.10 a key that is not in the wallet": lambda party, handle: party.loaded(handle, pw_verkey=AGENT.verkey),
    "2.6 a DID that is none": lambda party, handle: party.loaded(handle, pw_did="x"),
}


@pytest.mark.parametrize("break_it", FAILURES.values(), ids=FAILURES)
def test_2_7_every_failure_is_1003(party: Party, break_it: Break) -> None:
    """Every failure is 1003, with its cause in the log only; the connection stays unchanged."""
    logged: list[tuple[int, str]] = []
    party.session.log_to(lambda _, level, target, text, *rest: logged.append((level, text.decode())), 5)
    handle = party.invited()
    changed = break_it(party, handle)
    handle = changed if isinstance(changed, int) else handle
    logged.clear()

    assert party.fails("update_state", handle) == 1003

    assert [level for level, _ in logged] == [1]
    assert str(handle) in logged[0][1]
    assert party.call("get_state", handle) == 2


@pytest.mark.parametrize("body", [b"", b"garbage", b"{}"], ids=["empty", "garbage", "json"])
def test_2_7_an_answer_that_does_not_open_is_1003(party: Party, body: bytes) -> None:
    """An answer with status 200 that cannot be opened is a failure."""
    handle = party.invited()
    party.session.posting = lambda url, sent: body

    assert party.fails("update_state", handle) == 1003
    assert party.fails("connect", party.call("create", "bob"), "") == 1080


def test_2_7_an_answer_whose_payload_does_not_open_is_1003(party: Party) -> None:
    """An acceptance whose payload cannot be opened is a failure, and is not skipped."""
    handle = party.invited()
    (invitation,) = party.world.agency.invitations.values()
    party.world.agency.holder_accepts(invitation.uid)
    for mail in invitation.connection.mailbox.values():
        mail.payload = b"garbage" if mail.type == "connReqAnswer" else None

    assert party.fails("update_state", handle) == 1003
    assert party.call("get_state", handle) == 2


def stored(party: Party, version: Version = Version.V1, **changed: Any) -> str:
    """Return a stored message as callers pass it, by default an acceptance for the party's owner, as JSON."""
    owner = party.session.settings.need("sdk_to_remote_verkey")
    inner = changed.pop("inner", {"senderDetail": SENDER})
    payload = answer_payload(version, AGENT, owner, inner, drawing(Seed("stored")))
    message = {
        "statusCode": "MS-104",
        "payload": json.loads(payload) if version is Version.V2 else signed(payload),
        "senderDID": HOLDER.did,
        "uid": "u",
        "type": "connReqAnswer",
        "deliveryDetails": [],
    }
    return json.dumps({name: value for name, value in (message | changed).items() if value is not ...})


def signed(data: bytes) -> list[int]:
    """Return bytes as the JVM writes them, as signed integers."""
    return [byte - 256 if byte > 127 else byte for byte in data]


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("version", Version)
def test_2_8_an_acceptance_counts_in_every_state(party: Party, state: State, version: Version) -> None:
    """A message is accepted in every state, without a post."""
    handle = party.loaded(party.call("create", "alice"), state=state)

    assert party.call("update_state_with_message", handle, stored(party, version)) == 4

    assert party.posts() == []
    assert party.call("get_their_pw_did", handle) == HOLDER.did


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        pytest.param({"statusCode": "MS-103"}, 4, id="2.8 nobody looks at the status"),
        pytest.param({"type": "connReq"}, 4, id="2.8 nor at the type"),
        pytest.param({"refMsgId": "x", "more": 1}, 4, id="2.3 members that may be there"),
        pytest.param(
            {"statusCode": "MS-107", "type": "connReqRedirect", "inner": {"redirectDetail": REDIRECTION}},
            8,
            id="2.8 redirection",
        ),
        pytest.param(
            {"statusCode": "MS-107", "type": "CONN_REQ_REDIRECTED", "inner": {"redirectDetail": REDIRECTION}},
            8,
            id="2.8 redirection by its other name",
        ),
    ],
)
def test_2_8_states_after_a_message(party: Party, changed: dict[str, Any], state: int) -> None:
    """Only a redirection is distinguished from an acceptance; neither status nor type matter otherwise."""
    handle = party.call("create", "alice")

    assert party.call("update_state_with_message", handle, stored(party, **changed)) == state


def test_4_2_a_redirection_is_kept_in_the_librarys_form(party: Party) -> None:
    """A redirection is stored with the library's members in their order; unknown ones are dropped."""
    shuffled = {"more": 1, **dict(reversed(REDIRECTION.items()))}
    text = stored(party, statusCode="MS-107", type="connReqRedirect", inner={"redirectDetail": shuffled})
    handle = party.call("create", "alice")

    party.call("update_state_with_message", handle, text)

    assert party.call("get_redirect_details", handle).decode() == json.dumps(REDIRECTION, separators=(",", ":"))


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"payload": ...}, id="2.8 no payload"),
        pytest.param({"payload": None}, id="2.8 null"),
        pytest.param({"payload": []}, id="2.8 empty"),
        pytest.param({"payload": [1, 2, 3]}, id="2.8 garbage"),
        pytest.param({"payload": "text"}, id="2.8 text"),
        pytest.param({"payload": {"protected": "x"}}, id="2.8 an object that does not open"),
        pytest.param({"inner": {"redirectDetail": REDIRECTION}}, id="2.8 an acceptance that redirects"),
        pytest.param({"statusCode": "MS-107", "type": "connReqRedirect"}, id="2.8 a redirection that accepts"),
    ],
)
def test_2_8_what_does_not_decode_is_1003(party: Party, changed: dict[str, Any]) -> None:
    """A message that cannot be decoded is reported by the callback, and has no effect."""
    handle = party.call("create", "alice")
    text = stored(party, **changed)
    check_message(party.session, handle, text)

    assert party.fails("update_state_with_message", handle, text) == 1003
    assert party.call("get_state", handle) == 1


def test_2_8_a_message_for_another_key_is_1003(party: Party, new_party: NewParty) -> None:
    """A message must be closed for the owner."""
    assert party.fails("update_state_with_message", party.call("create", "alice"), stored(new_party("bob"))) == 1003


def test_2_3_unsigned_bytes_are_1003(party: Party) -> None:
    """A payload whose bytes are numbers above 127 is refused, although it could be opened."""
    text = stored(party)
    unsigned = stored(party, payload=[number & 255 for number in json.loads(text)["payload"]])
    handle = party.call("create", "alice")

    assert party.fails("update_state_with_message", handle, unsigned) == 1003
    assert party.call("update_state_with_message", handle, text) == 4


def test_2_3_production_puts_packed_messages_into_byte_lists(party: Party) -> None:
    """The second decoder accepts packed messages in byte lists, with an object in place of the text."""
    owner = party.session.settings.need("sdk_to_remote_verkey")
    packed = answer_payload(Version.V2, AGENT, owner, {"senderDetail": SENDER}, drawing(Seed("p")))

    assert (
        party.call("update_state_with_message", party.call("create", "a"), stored(party, payload=signed(packed))) == 4
    )
