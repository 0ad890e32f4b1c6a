"""The heart: what a sequence shows depends on what happened and when, never on who looks."""

from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from connsim.core.clock import START, Clock
from connsim.core.ends import Ever, For, Polls, Until
from connsim.core.seed import Seed
from connsim.script.player import Player
from connsim.script.sequence import Sequence, Step


@dataclass
class Owner:
    """Keeps what it is told."""

    entered: list[tuple[str, int]] = field(default_factory=list)
    over: int | None = None

    def on_enter(self, step: Step, at: int) -> bool:
        self.entered.append((step.state, at - START))
        return True

    def on_over(self, at: int) -> None:
        self.over = at - START

    def draw(self, index: int, low: int, high: int) -> int:
        return Seed("player").draw_between(low, high, index)


def play(sequence: Sequence, clock: Clock) -> tuple[Player, Owner]:
    """Start a sequence now."""
    owner = Owner()
    player = Player(sequence, owner, clock)
    player.start(clock.now())
    return player, owner


ENDS = st.one_of(
    st.integers(0, 8).map(lambda ns: For(ns, ns)),
    st.tuples(st.integers(0, 4), st.integers(4, 8)).map(lambda pair: For(*pair)),
    st.integers(1, 3).map(Polls),
    st.sampled_from(["a", "b"]).map(Until),
)
SEQUENCES = st.tuples(st.lists(ENDS, max_size=6), ENDS | st.just(Ever())).map(
    lambda parts: Sequence(tuple(Step(f"s{i}", ends) for i, ends in enumerate([*parts[0], parts[1]])))
)
MOVES = st.lists(
    st.one_of(st.integers(0, 9), st.just("poll"), st.sampled_from(["a", "b"]).map(lambda event: f"event {event}")),
    max_size=25,
)


def replay(sequence: Sequence, moves: list[int | str], looks: bool) -> tuple[list[tuple[str, int]], int | None]:
    """Let moves happen to a sequence; ``looks`` cuts every wait into single nanoseconds and settles in between."""
    clock = Clock()
    player, owner = play(sequence, clock)
    for move in moves:
        if isinstance(move, int):
            for by in [1] * move if looks else [move]:
                clock.advance_ns(by)
                if looks:
                    clock.settle()
                    assert player.step.state
        elif owner.over is None:
            if move == "poll":
                player.count_poll(clock.now())
            else:
                player.handle_event(move.removeprefix("event "), clock.now())
    return owner.entered, owner.over


@given(SEQUENCES, MOVES)
def test_looking_changes_nothing(sequence: Sequence, moves: list[int | str]) -> None:
    """The same reads at the same moments give the same history, however often somebody looks in between."""
    assert replay(sequence, moves, looks=False) == replay(sequence, moves, looks=True)


def expected(sequence: Sequence, moves: list[int | str]) -> list[tuple[str, int]]:
    """A model of the rules, one nanosecond at a time."""
    seed = Seed("player")
    entered: list[tuple[str, int]] = []
    index, since, seen, now = -1, 0, 0, 0

    def end() -> None:
        nonlocal index, since, seen
        index, since, seen = index + 1, now, 0
        if index < len(sequence.steps):
            entered.append((sequence.steps[index].state, now))

    def settle() -> None:
        while index < len(sequence.steps) and isinstance(ends := sequence.steps[index].ends, For):
            fixed = ends.shortest == ends.longest
            if now < since + (ends.shortest if fixed else seed.draw_between(ends.shortest, ends.longest, index)):
                return
            end()

    end()
    settle()
    for move in moves:
        for _ in range(move if isinstance(move, int) else 0):
            now += 1
            settle()
        if isinstance(move, str) and index < len(sequence.steps):
            ends = sequence.steps[index].ends
            seen += move == "poll"
            if (isinstance(ends, Polls) and seen >= ends.count) or (
                isinstance(ends, Until) and move == f"event {ends.event}"
            ):
                end()
                settle()
    return entered


@given(SEQUENCES, MOVES)
def test_keeps_to_the_rules(sequence: Sequence, moves: list[int | str]) -> None:
    """Each step ends exactly when its rule says."""
    assert replay(sequence, moves, looks=False)[0] == expected(sequence, moves)


@given(SEQUENCES, MOVES)
def test_time_never_goes_back(sequence: Sequence, moves: list[int | str]) -> None:
    """Steps are entered in order, at moments in order."""
    entered, _ = replay(sequence, moves, looks=False)

    assert [state for state, _ in entered] == [f"s{i}" for i in range(len(entered))]
    assert all(one <= other for (_, one), (_, other) in pairwise(entered))


def test_jitter_comes_from_the_seed() -> None:
    """The same seed draws the same duration, inside its bounds."""
    sequence = Sequence((Step("s0", For(10, 10_000)), Step("s1")))
    moments = set()
    for _ in range(3):
        clock = Clock()
        _, owner = play(sequence, clock)
        clock.advance_ns(10_000)
        moments.add(owner.entered[1][1])

    assert len(moments) == 1
    assert 10 <= moments.pop() <= 10_000


def test_stop_is_final() -> None:
    """A stopped player enters no further step."""
    clock = Clock()
    player, owner = play(Sequence((Step("s0", For(5, 5)), Step("s1"))), clock)

    player.stop()
    clock.advance_ns(10)

    assert owner.entered == [("s0", 0)]
