"""The tables have the library's numbers, and a row for each transition that its calls can cause.

Sections are those of docs/protocol/libvcx.md.
"""

import pytest

from connsim.core.table import By, Table
from connsim.wire.codes import MessageStatus
from connsim.wire.states import ANSWERED, INVITEE, INVITER, SETTLED, Event, State, answer

NAMES = [
    "Undefined",
    "Initialized",
    "OfferSent",
    "RequestReceived",
    "Accepted",
    "Unfulfilled",
    "Expired",
    "Revoked",
    "Redirected",
    "Rejected",
]


def test_numbers_are_the_wrappers() -> None:
    """State numbers and names are those that clients compare with."""
    assert [(state.number, state.value) for state in State] == list(enumerate(NAMES))
    assert [State.numbered(number) for number in range(10)] == list(State)


@pytest.mark.parametrize("table", [INVITER, INVITEE], ids=lambda table: table.name)
@pytest.mark.parametrize("state", [State.UNDEFINED, State.UNFULFILLED, State.EXPIRED, State.REVOKED, State.REJECTED])
def test_no_row_has_states_of_issuers(table: Table, state: State) -> None:
    """No row enters or leaves 0, 5, 6, 7 or 9."""
    assert state not in table.states
    assert not table.legal_next(state)


def test_an_inviter_never_sees_a_request() -> None:
    """An inviter goes from 2 to 4 or 8; only invitees begin in 3."""
    assert State.REQUEST_RECEIVED not in INVITER.states
    assert INVITER.legal_next(State.OFFER_SENT) == (State.OFFER_SENT, State.ACCEPTED, State.REDIRECTED)
    assert INVITEE.legal_next(None) == (State.REQUEST_RECEIVED,)


def test_an_event_in_a_state_is_in_one_table_only() -> None:
    """A document does not contain its role, so only one of the tables may have a row for a state and event."""
    both = [{(edge.source, edge.event) for edge in table.edges if edge.source} for table in (INVITER, INVITEE)]

    assert not both[0] & both[1]


def test_only_the_holder_moves_an_inviter_that_waits() -> None:
    """The result of a poll is caused by the peer; all other transitions by the client."""
    by_peer = {(edge.source, edge.event): edge.target for edge in INVITER.edges if edge.by is By.PEER}

    assert by_peer == {(State.OFFER_SENT, event): state for event, state in ANSWERED.items()}
    assert all(edge.by is By.CLIENT for edge in INVITEE.edges)
    assert State.OFFER_SENT not in SETTLED


ACCEPTED, REJECTED, REDIRECTED = MessageStatus.ACCEPTED, MessageStatus.REJECTED, MessageStatus.REDIRECTED


@pytest.mark.parametrize(
    ("status", "kind", "event"),
    [
        pytest.param(ACCEPTED, "connReqAnswer", Event.ACCEPTED, id="2.7 acceptance"),
        pytest.param(ACCEPTED, "CONN_REQ_ACCEPTED", Event.ACCEPTED, id="2.7 acceptance, other name"),
        pytest.param(REDIRECTED, "connReqRedirect", Event.REDIRECTED, id="2.7 redirection"),
        pytest.param(REDIRECTED, "connReqRedirected", Event.REDIRECTED, id="2.7 redirection, other name"),
        pytest.param(REDIRECTED, "CONN_REQ_REDIRECTED", Event.REDIRECTED, id="2.7 redirection, third name"),
        pytest.param(REJECTED, "connReqAnswer", None, id="3.4 refusal"),
        pytest.param(ACCEPTED, "connReq", None, id="2.7 the request itself"),
        pytest.param(MessageStatus.REVIEWED, "connReqAnswer", None, id="2.7 an answer with the status of a read one"),
        pytest.param(REDIRECTED, "connReqAnswer", None, id="2.7 mixed: an answer that redirects"),
        pytest.param(ACCEPTED, "connReqRedirect", None, id="2.7 mixed: a redirection that accepts"),
    ],
)
def test_what_a_stored_message_causes(status: MessageStatus, kind: str, event: Event | None) -> None:
    """Status and type together decide, and most pairs cause no event."""
    assert answer(status, kind) is event
