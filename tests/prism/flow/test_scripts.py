"""Scripts on both sides, scripts that no real agent would play, and durations drawn from the seed."""

from connsim import Sequence, World
from connsim.core.durations import SECOND
from connsim.core.exchange import Request
from tests.prism.flow.conftest import (
    GENERATED,
    INVITEE,
    INVITER,
    REQUEST_PENDING,
    REQUEST_RECEIVED,
    REQUEST_SENT,
    RESPONSE_PENDING,
    RESPONSE_RECEIVED,
    RESPONSE_SENT,
    THIRD,
    Pair,
)


class TestBothScripted:
    """Scripts on both sides get each other's events."""

    def test_each_waits_for_the_other(self) -> None:
        """Events of one script end steps of the other."""
        pair = Pair()
        pair.world.script(
            "prism-inviter", Sequence.of((GENERATED, "until accepted"), (RESPONSE_PENDING, "5s"), RESPONSE_SENT)
        )
        pair.world.script(
            "prism-invitee", Sequence.of((REQUEST_PENDING, "3s"), (REQUEST_SENT, "until answered"), RESPONSE_RECEIVED)
        )
        pair.invite()
        pair.accept()
        pair.world.advance("1m")
        assert pair.history(pair.made)[1:] == [
            (3_000, REQUEST_RECEIVED),
            (3_000, RESPONSE_PENDING),
            (8_000, RESPONSE_SENT),
        ]
        assert pair.history(pair.accepted)[2:] == [(3_000, REQUEST_SENT), (8_000, RESPONSE_RECEIVED)]

    def test_labels_select(self) -> None:
        """A script may be for one label only; the invitee's is selected by its inviter's label."""
        pair = Pair()
        pair.world.script("prism-invitee", "never responds", label="slow-*")
        first = pair.invite("slow-1"), pair.accept()
        second = pair.invite("quick"), pair.accept()
        pair.world.advance("1m")
        assert [pair.look(c, INVITEE)["state"] for _, c in (first, second)] == [REQUEST_SENT, RESPONSE_RECEIVED]
        assert [pair.look(c, INVITER)["state"] for c, _ in (first, second)] == [RESPONSE_SENT, RESPONSE_SENT]


class TestImpossible:
    """`strict=False` plays what no real agent would do."""

    def test_starts_at_the_end(self) -> None:
        """An impossible script shows its states from the first answer on."""
        pair = Pair()
        pair.world.script("prism-inviter", Sequence.of(RESPONSE_SENT, strict=False))
        assert pair.invite()["state"] == RESPONSE_SENT

    def test_goes_back(self) -> None:
        """States may recur, and may be unknown; nothing is inserted between them."""
        pair = Pair()
        steps: list[str | tuple[str, str]]
        steps = [(GENERATED, "1s"), (RESPONSE_SENT, "1s"), ("ProblemReportSent", "1s"), (GENERATED, "1s"), "Nonsense"]
        pair.world.script("prism-inviter", Sequence.of(*steps, strict=False))
        pair.invite()
        seen = []
        for _ in range(5):
            seen.append(pair.poll(pair.made, INVITER)["state"])
            pair.world.advance("1s")
        assert seen == [GENERATED, RESPONSE_SENT, "ProblemReportSent", GENERATED, "Nonsense"]
        pair.world.check()

    def test_does_not_expire(self) -> None:
        """An impossible inviter may connect after any time."""
        pair = Pair()
        pair.world.script("prism-inviter", Sequence.of((GENERATED, "10h"), RESPONSE_SENT, strict=False))
        pair.invite()
        pair.world.advance("10h")
        assert pair.history(pair.made, pair.invited_at)[1:] == [(36_000_000, RESPONSE_SENT)]

    def test_without_a_request(self) -> None:
        """An impossible invitee is connected although its inviter never got a request."""
        pair = Pair()
        pair.world.script("prism-invitee", Sequence.of(RESPONSE_RECEIVED, strict=False))
        pair.invite()
        assert pair.accept()["state"] == RESPONSE_RECEIVED
        pair.world.advance("1m")
        assert pair.states() == (GENERATED, RESPONSE_RECEIVED)


class TestJitter:
    """The duration `for: 5s..20s` is drawn from the seed."""

    def entered(self, seed: str) -> tuple[int, ...]:
        """Return when five inviters left their first state."""
        world = World(seed)
        world.script("prism-inviter", Sequence.of((GENERATED, "5s..20s"), RESPONSE_SENT))
        for _ in range(5):
            world.prism.handle(Request("POST", "/connections", INVITER, b"{}"))
        world.advance("1m")
        return tuple(t.at - world.clock.start for t in world.journal.transitions() if t.target == RESPONSE_SENT)

    def test_same_seed(self) -> None:
        """The same seed gives the same moments, another seed others."""
        assert self.entered("a") == self.entered("a")
        assert self.entered("a") != self.entered("b")

    def test_bounds(self) -> None:
        """Each record draws its own moment, within the bounds."""
        drawn = [at for seed in range(20) for at in self.entered(str(seed))]
        assert len(set(drawn)) == len(drawn)
        assert all(5 * SECOND <= at <= 20 * SECOND for at in drawn)
        assert max(drawn) - min(drawn) > 10 * SECOND

    def test_does_not_depend_on_others(self) -> None:
        """A record's duration does not depend on other wallets."""
        alone = self.entered("a")
        world = World("a")
        world.script("prism-inviter", Sequence.of((GENERATED, "5s..20s"), RESPONSE_SENT))
        for _ in range(5):
            world.prism.handle(Request("POST", "/connections", THIRD, b"{}"))
            world.prism.handle(Request("POST", "/connections", INVITER, b"{}"))
        world.advance("1m")
        assert set(alone) < {t.at - world.clock.start for t in world.journal.transitions() if t.target == RESPONSE_SENT}
