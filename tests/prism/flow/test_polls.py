"""Steps that are counted in polls."""

import json
from collections.abc import Callable

import pytest

from connsim import Sequence, Step, World
from connsim.core.durations import SECOND
from connsim.core.ends import Ever, Polls
from connsim.core.exchange import Request
from connsim.faults.delay import Delay
from tests.prism.flow.conftest import (
    GENERATED,
    INVITEE,
    INVITER,
    LOOKS,
    REQUEST_PENDING,
    REQUEST_RECEIVED,
    REQUEST_SENT,
    RESPONSE_PENDING,
    RESPONSE_RECEIVED,
    RESPONSE_SENT,
    Pair,
)


class TestPolls:
    """Steps that are counted in polls."""

    def pair(self) -> Pair:
        """Return an inviter that accepts at its third poll, with its client."""
        pair = Pair()
        pair.other = pair.invite()
        pair.world.script(
            "prism-inviter", Sequence.of((GENERATED, "3 polls"), (RESPONSE_PENDING, "1 poll"), RESPONSE_SENT)
        )
        pair.invite()
        return pair

    def test_counts(self) -> None:
        """The step ends just after the nth answer, at that moment; only polls end it."""
        pair = self.pair()
        seen = []
        for _ in range(6):
            pair.world.advance("7s")
            seen.append(pair.poll(pair.made, INVITER)["state"])
        assert seen == [GENERATED] * 3 + [RESPONSE_PENDING] + [RESPONSE_SENT] * 2
        assert pair.history(pair.made, pair.invited_at)[1:] == [
            (21_000, REQUEST_RECEIVED),
            (21_000, RESPONSE_PENDING),
            (28_000, RESPONSE_SENT),
        ]

    @pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
    def test_other_reads_are_no_polls(self, look: Callable[[Pair], object]) -> None:
        """Only the client's successful reads of the one record count."""
        pair = self.pair()
        for _ in range(10):
            look(pair)
        assert [pair.poll(pair.made, INVITER)["state"] for _ in range(4)] == [GENERATED] * 3 + [RESPONSE_PENDING]

    @pytest.mark.parametrize("form", ["/cloud-agent/connections/{}", "//connections/{}/", "/connections/{}?x=y"])
    def test_every_form_of_the_path_counts(self, form: str) -> None:
        """A poll counts by any form of its path."""
        pair = self.pair()
        for _ in range(3):
            pair.send("GET", form.format(pair.made["connectionId"].upper()), INVITER)
        assert pair.look(pair.made, INVITER)["state"] == RESPONSE_PENDING

    def test_polls_in_an_earlier_state_do_not_count(self) -> None:
        """Each step counts its own polls."""
        pair = Pair()
        pair.world.script(
            "prism-inviter", Sequence.of((GENERATED, "10s"), (RESPONSE_PENDING, "2 polls"), RESPONSE_SENT)
        )
        pair.invite()
        for _ in range(5):
            pair.poll(pair.made, INVITER)
        pair.world.advance("10s")
        assert [pair.poll(pair.made, INVITER)["state"] for _ in range(3)] == [RESPONSE_PENDING] * 2 + [RESPONSE_SENT]

    def test_a_poll_of_the_invitee_moves_the_inviter(self) -> None:
        """A transition that a poll causes on one side affects the other side."""
        pair = Pair()
        pair.world.script("prism-invitee", Sequence.of((REQUEST_PENDING, "2 polls"), (REQUEST_SENT, "until answered")))
        pair.invite()
        pair.accept()
        pair.poll(pair.accepted, INVITEE)
        pair.world.advance("1m")
        assert pair.states() == (GENERATED, REQUEST_PENDING)
        pair.poll(pair.accepted, INVITEE)
        pair.world.advance("1m")
        assert pair.states() == (RESPONSE_SENT, RESPONSE_RECEIVED)

    def test_what_is_never_answered_is_not_seen(self) -> None:
        """A poll whose answer is held back without end does not count, and one that is late does."""
        for by, state in ((None, GENERATED), (5 * SECOND, RESPONSE_SENT)):
            pair = Pair()
            steps = Step(GENERATED, Polls(2), Delay(by)), Step(RESPONSE_SENT, Ever())
            pair.world.script("prism-inviter", Sequence.of(*steps))
            pair.invite()
            request = Request("GET", f"/connections/{pair.made['connectionId']}", INVITER)
            assert [pair.world.prism.handle(request).wait for _ in range(2)] == [by, by]
            pair.world.advance("1m")
            assert pair.look(pair.made, INVITER)["state"] == state

    def test_the_poll_comes_first_in_the_journal(self) -> None:
        """In the journal, a transition that a poll causes follows the poll."""
        pair = self.pair()
        for _ in range(3):
            pair.poll(pair.made, INVITER)
        entries = [
            getattr(entry, "state", None) or getattr(entry, "target", None)
            for entry in pair.world.journal.entries()
            if entry.connection == pair.made["connectionId"]
        ]
        assert entries[-5:] == [GENERATED, GENERATED, GENERATED, REQUEST_RECEIVED, RESPONSE_PENDING]

    def test_per_poll_clock(self) -> None:
        """A per-poll clock advances after the answer, and the journal stays in order of time."""
        world = World(per_poll=60 * SECOND)
        made = json.loads(world.prism.handle(Request("POST", "/connections", INVITER, b"{}")).body)
        world.prism.holder_accepts(made["connectionId"])
        reply = world.prism.handle(Request("GET", f"/connections/{made['connectionId']}", INVITER))
        assert (reply.state, world.clock.elapsed()) == (REQUEST_RECEIVED, 60 * SECOND)
        world.prism.handle(Request("GET", "/connections", INVITER))
        assert world.clock.elapsed() == 60 * SECOND
        moments = [entry.at for entry in world.journal.entries()]
        assert moments == sorted(moments)
