"""An inviter on the stand-in with scripted Aries holders, over real sockets.

Sections are those of docs/protocol/vcx-agency.md.
"""

import pytest

from connsim.core.table import By
from connsim.script.machines.aries import ARIES_HOLDER, Act
from connsim.script.sequence import Sequence
from tests.libvcx.connections.conftest import Party


@pytest.mark.parametrize(
    ("act", "state"),
    [
        pytest.param(edge.target, int(edge.why[-1]), id=f"12.5 {edge.target}")
        for edge in ARIES_HOLDER.edges
        if edge.by is By.PEER
    ],
)
def test_each_act_leads_where_its_table_says(aries: Party, act: str, state: int) -> None:
    """Each act leads the inviter to the state in the table after enough polls; a garbled message makes them fail."""
    aries.world.script("aries-holder", Sequence.of(act))
    handle = aries.call("create", "alice")
    invitation = aries.call("connect", handle, None).decode()

    assert aries.world.agency.holder_scans(invitation) == aries.call("get_pw_did", handle)

    for _ in range(3):
        if act == Act.GARBLE:
            assert aries.fails("update_state", handle) == 1003
        else:
            aries.call("update_state", handle)
    assert aries.call("get_state", handle) == state
