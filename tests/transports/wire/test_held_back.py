"""Replies that are held back until the world's clock reaches their moment."""

import json
from collections.abc import Callable

import pytest

from connsim import World
from connsim.core.durations import SECOND
from connsim.journal.entries import Exchange
from connsim.journal.query import Query
from tests.transports.wire.conftest import Wire, create, hold, parked, until


class TestHeldBack:
    """Replies that are held back."""

    def held(self, world: World, wires: Callable[[], Wire], by: int | None) -> Wire:
        """Return a client whose reply is held back."""
        hold(world, by)
        made = create(wires())
        wire = wires()
        wire.send(f"GET /connections/{made['connectionId']}")
        until(lambda: parked(world) == 1)
        return wire

    def test_comes_when_it_is_due(self, connsim_world: World, wires: Callable[[], Wire]) -> None:
        """A held reply is sent at its moment and dated by it; other requests are answered in between."""
        wire = self.held(connsim_world, wires, 90 * SECOND)
        connsim_world.clock.advance_ns(90 * SECOND - 1)
        assert wires().ask("GET /_system/health").status == 200
        assert parked(connsim_world) == 1
        connsim_world.clock.advance_ns(1)
        answer = wire.receive()
        assert answer.header("Date") == "Mon, 05 Jan 2026 09:01:30 GMT"
        assert (answer.status, json.loads(answer.body)["state"]) == (200, "InvitationGenerated")
        assert parked(connsim_world) == 0

    @pytest.mark.parametrize("by", [90 * SECOND, None], ids=["late", "never"])
    def test_client_hangs_up(self, connsim_world: World, wires: Callable[[], Wire], by: int | None) -> None:
        """After a client disconnects, nothing is held back or due for it, and its world continues."""
        wire = self.held(connsim_world, wires, by)
        assert (connsim_world.clock.next_due() is None) == (by is None)
        wire.close()
        until(lambda: parked(connsim_world) == 0)
        assert connsim_world.clock.next_due() is None
        connsim_world.advance("1h")
        assert wires().ask("GET /connections").status == 200

    def test_open_requests_are_in_the_journal(self, connsim_world: World, wires: Callable[[], Wire]) -> None:
        """A held request is in the journal at once as open, and later with its answer or the disconnection."""
        hold(connsim_world, 60 * SECOND)
        made = create(wires())
        patient, hasty = wires(), wires()
        for wire in (patient, hasty):
            wire.send(f"GET /connections/{made['connectionId']}")
        until(lambda: parked(connsim_world) == 2)
        journal, start = connsim_world.journal, connsim_world.clock.start
        waiting = [entry for entry in journal.find(Query(open=True)) if isinstance(entry, Exchange)]
        assert [(entry.answered, entry.hung_up) for entry in waiting] == [(None, None)] * 2
        assert connsim_world.timeline().endswith(
            "-> 200 InvitationGenerated, not sent yet (fault: delay 1 minute), 2 times until +00:00:00.000"
        )

        connsim_world.advance("10s")
        hasty.close()
        until(lambda: parked(connsim_world) == 1)
        connsim_world.advance("50s")

        assert patient.receive().status == 200
        until(lambda: not journal.find(Query(open=True)))
        assert sorted([(entry.answered or 0, entry.hung_up or 0) for entry in waiting]) == [
            (0, start + 10 * SECOND),
            (start + 60 * SECOND, 0),
        ]
        assert "-> the client hung up" in connsim_world.timeline()

    def test_reset_hangs_up(self, connsim_world: World, wires: Callable[[], Wire]) -> None:
        """A reset closes the connection of every held reply without an answer, and empties the agenda."""
        hold(connsim_world, None)
        made = create(wires())
        clients = [wires() for _ in range(25)]
        for wire in clients:
            wire.send(f"GET /connections/{made['connectionId']}")
        idle = wires()
        assert idle.ask("GET /_system/health").status == 200
        until(lambda: parked(connsim_world) == 25)

        connsim_world.reset()

        assert all(wire.ended() for wire in clients)
        until(lambda: parked(connsim_world) == 0)
        assert connsim_world.journal.entries() == []
        assert idle.ask("GET /connections").body == b'{"contents":[],"kind":"ConnectionsPage","self":"","pageOf":""}'
        create(idle)  # for the script, which must be played

    def test_release_and_hang_up_at_once(self, connsim_world: World, wires: Callable[[], Wire]) -> None:
        """A client that disconnects at the very moment of its reply causes no error."""
        for _ in range(20):
            wire = self.held(connsim_world, wires, SECOND)
            wire.close()
            connsim_world.advance("1s")
            until(lambda: parked(connsim_world) == 0)
