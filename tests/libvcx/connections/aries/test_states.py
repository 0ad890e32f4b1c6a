"""Properties of the tables of an Aries connection.

Sections are those of docs/protocol/libvcx.md.
"""

import pytest

from connsim.core.table import Table
from connsim.libvcx.aries.states import INVITEE, INVITER, Event, Inner


@pytest.mark.parametrize("table", [INVITER, INVITEE], ids=lambda table: table.name)
def test_complete_connections_have_no_way_out(table: Table) -> None:
    """A complete connection changes its state by no event, not even by a problem report."""
    assert table.legal_next(Inner.COMPLETED) == (Inner.COMPLETED,)


def test_only_an_inviter_can_start_again() -> None:
    """An inviter has a row to invite again after a failure, and an invitee has none."""
    assert INVITER.legal_next(Inner.NULL) == (Inner.INVITED,)
    assert INVITEE.legal_next(Inner.NULL) == ()


def test_every_answer_can_fail() -> None:
    """Where a request or response is accepted, there is a row for a bad one."""
    for table, event in ((INVITER, Event.REQUESTED), (INVITEE, Event.RESPONDED)):
        (source,) = {edge.source for edge in table.edges if edge.event == event}
        assert table.follow(source, Event.FAILED) == Inner.NULL


def test_3_2_numbers() -> None:
    """Requested and Responded have the same number."""
    assert {inner.value: inner.number for inner in Inner} == {
        "Null": 1,
        "Invited": 2,
        "Requested": 3,
        "Responded": 3,
        "Completed": 4,
    }
