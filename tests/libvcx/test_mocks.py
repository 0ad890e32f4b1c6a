"""The test modes: no agency is contacted, and answers are always the same.

Sections are those of docs/protocol/libvcx.md.
"""

import json
from typing import Any

import pytest

from connsim.libvcx.errors import VcxError
from connsim.libvcx.proprietary import connecting, connections, messaging, polling
from connsim.libvcx.session import Session

DID, KEY = "FhrSrYtQcw3p9xwf7NYemf", "91qMFrZjXDoi2Vc8Mm14Ys112tEZdDegBZZoembFEATE"
AGENT_DID, AGENT_KEY = "U5LXs4U7P9msh647kToezy", "FktSZg8idAVzyQZrdUppK6FTrfAzW3wWVzAjJAfdUvJq"
URL = "http://localhost:9001/agency/invite/WRUzXXuFVTYkT8CjSZpFvT?uid=NjcwOWU"
OPTIONS = json.dumps({"msg_type": "t", "msg_title": "t"})


@pytest.fixture
def mocked() -> Session:
    """A session in the test mode."""
    session = Session("test")
    session.settings.merge("ENABLE_TEST_MODE")
    return session


def saved(session: Session, handle: int) -> dict[str, Any]:
    """Return the data of a document."""
    data: dict[str, Any] = json.loads(connections.serialize(session, handle))["data"]
    return data


def invited(session: Session) -> int:
    """Create a connection that has invited."""
    handle = connections.create(session, "alice")
    connecting.connect(session, handle, "")
    return handle


def test_5_5_mocked_values(mocked: Session) -> None:
    """All connections have the same keys, and all invitations are the same."""
    one, other = saved(mocked, invited(mocked)), saved(mocked, invited(mocked))

    assert one == other
    assert (one["pw_did"], one["pw_verkey"]) == (DID, KEY)
    assert (one["agent_did"], one["agent_vk"]) == (AGENT_DID, AGENT_KEY)
    assert (one["invite_detail"]["connReqId"], one["invite_url"]) == ("NjcwOWU", URL)
    assert one["invite_detail"]["senderDetail"]["name"] == "ent-name"


def test_5_5_keys_are_real_where_only_the_agency_is_mocked(vcx_session: Session) -> None:
    """With only the agency mocked, the wallet makes real keys, for which the mocked answers are not closed."""
    vcx_session.settings.update({"enable_test_mode": "agency", "institution_name": "n", "institution_logo_url": "a:b"})
    handle = invited(vcx_session)

    data = saved(vcx_session, handle)
    assert vcx_session.wallet.pair(data["pw_verkey"]).did == data["pw_did"] != DID
    assert data["agent_did"] == AGENT_DID
    assert messaging.sign_data(vcx_session, handle, b"data") != b"data"
    vcx_session.answers.append(9)
    with pytest.raises(VcxError) as failed:
        polling.update_state(vcx_session, handle)
    assert failed.value.code == 1003


@pytest.mark.parametrize(
    ("answers", "states"),
    [
        pytest.param([], [2, 2], id="5.5 an empty stack is an empty mailbox"),
        pytest.param([3], [4, 4], id="5.5 messages with an acceptance"),
        pytest.param([9], [4, 4], id="5.5 messages with an invitation that was accepted"),
        pytest.param([9, 4, 5], [2, 2, 4], id="5.5 the last comes first; other kinds are skipped"),
        pytest.param([6, 7, 8], [2, 2, 2, 2], id="5.5 credentials and proofs"),
        pytest.param([77], [2, 2], id="5.5 a number that nobody knows"),
    ],
)
def test_5_5_polls_use_the_stack(mocked: Session, answers: list[int], states: list[int]) -> None:
    """Each poll uses one answer of the stack."""
    handle = invited(mocked)
    mocked.answers.extend(answers)

    assert [polling.update_state(mocked, handle) for _ in states] == states


@pytest.mark.parametrize("number", [1, 2], ids=["5.5 keys created", "5.5 profile updated"])
def test_5_5_an_answer_to_something_else_fails_a_poll(mocked: Session, number: int) -> None:
    """An answer to another message fails one poll, and the next succeeds."""
    handle = invited(mocked)
    mocked.answers.append(number)

    with pytest.raises(VcxError) as failed:
        polling.update_state(mocked, handle)

    assert failed.value.code == 1003
    assert polling.update_state(mocked, handle) == 2


def test_5_5_only_polls_use_the_stack(mocked: Session) -> None:
    """Every other call pushes its own answer, and uses that."""
    mocked.answers.append(9)

    handle = invited(mocked)
    messaging.delete(mocked, invited(mocked))

    assert mocked.answers == [9]
    assert polling.update_state(mocked, handle) == 4


def test_5_5_an_invitee(mocked: Session) -> None:
    """Accepting and redirecting succeed at once."""
    text = json.dumps(saved(mocked, invited(mocked))["invite_detail"])
    one, other = (connections.create_with_invite(mocked, name, text) for name in "ab")

    assert json.loads(connecting.connect(mocked, one, "") or b"")["id"] == "NjcwOWU"
    connecting.redirect(mocked, other, one)

    assert [connections.get_state(mocked, handle) for handle in (one, other)] == [4, 8]


def test_5_5_messages_and_signatures(mocked: Session) -> None:
    """A message's id is constant; a signature is the data itself; any signature is valid."""
    handle = invited(mocked)
    mocked.answers.append(9)
    polling.update_state(mocked, handle)

    assert messaging.send_message(mocked, handle, "text", OPTIONS) == "ntc2ytb"
    assert messaging.sign_data(mocked, handle, b"data") == b"data"
    assert messaging.verify_signature(mocked, handle, b"x", b"y") is True
