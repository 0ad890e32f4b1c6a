import pytest

from connsim.core.table import Table
from connsim.errors import UnknownBehaviour
from connsim.script import roles
from connsim.script.machines.prism import INVITEE, INVITER, State


@pytest.mark.parametrize("table", [INVITER, INVITEE], ids=lambda table: table.name)
def test_tables_walk_from_the_start_to_the_end(table: Table) -> None:
    """Every state is reached from the start, and no state is ever entered twice."""
    for state in table.states:
        paths = table.paths(None, state)
        assert paths, state
        assert all(state not in path for path in paths)


@pytest.mark.parametrize("table", [INVITER, INVITEE], ids=lambda table: table.name)
def test_events_lead_where_the_rows_say(table: Table) -> None:
    """An event is legal in the states that have a row for it, and nowhere else."""
    rows = {(edge.source, edge.event): edge.target for edge in table.edges}

    for state in (None, *table.states):
        for event in table.events:
            assert table.follow(state, event) == rows.get((state, event))


def test_legal_next() -> None:
    """The states that may come next are read off the rows."""
    assert INVITER.legal_next(State.INVITATION_GENERATED) == (State.REQUEST_RECEIVED, State.INVITATION_EXPIRED)
    assert INVITER.legal_next(State.RESPONSE_SENT) == ()


def test_problem_reports_are_in_no_table() -> None:
    """The agent declares the ProblemReport states and never reaches them."""
    assert not [state for table in (INVITER, INVITEE) for state in table.states if "Problem" in state]


def test_diagram_shows_every_row() -> None:
    """The diagram of the docs is drawn from the table."""
    diagram = INVITEE.diagram()

    assert diagram.startswith("stateDiagram-v2\n    [*] --> InvitationReceived: created (client)")
    assert diagram.count("-->") == len(INVITEE.edges)


def test_roles_are_found_by_name() -> None:
    """A role names its table; an unknown one is told the nearest."""
    assert roles.find("prism-inviter").table is INVITER
    with pytest.raises(UnknownBehaviour, match="no role 'prism-invitor'. Did you mean 'prism-inviter'?"):
        roles.find("prism-invitor")
