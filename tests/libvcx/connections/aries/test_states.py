"""The tables of an Aries connection, read as what they say.

Sections are those of docs/protocol/libvcx.md.
"""

import pytest

from connsim.core.table import Table
from connsim.libvcx.aries.states import INVITEE, INVITER, Event, Inner


@pytest.mark.parametrize("table", [INVITER, INVITEE], ids=lambda table: table.name)
def test_nobody_leaves_a_complete_connection(table: Table) -> None:
    """Not even by a problem report."""
    assert table.legal_next(Inner.COMPLETED) == (Inner.COMPLETED,)


def test_only_an_inviter_can_start_again() -> None:
    """An invitee that was thrown back has no row."""
    assert INVITER.legal_next(Inner.NULL) == (Inner.INVITED,)
    assert INVITEE.legal_next(Inner.NULL) == ()


def test_whatever_can_be_answered_can_fail() -> None:
    """Wherever a request or a response is taken, there is a row for one that is bad."""
    for table, event in ((INVITER, Event.REQUESTED), (INVITEE, Event.RESPONDED)):
        (source,) = {edge.source for edge in table.edges if edge.event == event}
        assert table.follow(source, Event.FAILED) == Inner.NULL


def test_3_2_numbers() -> None:
    """Requested and Responded cannot be told apart by them."""
    assert {inner.value: inner.number for inner in Inner} == {
        "Null": 1,
        "Invited": 2,
        "Requested": 3,
        "Responded": 3,
        "Completed": 4,
    }
