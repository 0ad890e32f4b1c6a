"""Reading without polling changes nothing, and time may pass in any steps."""

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connsim import Sequence, Step
from connsim.core.durations import MILLISECOND, SECOND
from connsim.core.ends import For
from connsim.script.machines.prism import INVITEE as INVITEE_TABLE
from connsim.script.machines.prism import INVITER as INVITER_TABLE
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
    THIRD,
    Pair,
)

SCRIPTS: dict[str, tuple[Sequence | None, Sequence | None]] = {
    "none": (None, None),
    "timed": (Sequence.of((GENERATED, "300ms..900ms"), (RESPONSE_PENDING, "2s..3s"), RESPONSE_SENT), None),
    "waiting": (Sequence.of((GENERATED, "until accepted"), (REQUEST_RECEIVED, "3s"), (RESPONSE_PENDING, "5ms")), None),
    "polls": (Sequence.of((GENERATED, "2 polls"), RESPONSE_SENT), None),
    "stuck": (None, Sequence.of((REQUEST_PENDING, "2s"), REQUEST_SENT)),
    "both": (
        Sequence.of((GENERATED, "until accepted"), (RESPONSE_PENDING, "1s..4s"), RESPONSE_SENT),
        Sequence.of((REQUEST_PENDING, "100ms"), (REQUEST_SENT, "until answered"), (RESPONSE_RECEIVED, "1s")),
    ),
}


PASSIVE = ["list", "thid", "journal", "polls", "timeline", "settle", "next-due", "foreign-wallet", "head", "health"]


MOMENTS = st.integers(0, 100 * SECOND) | st.sampled_from([10, 15, 20, 25, 30, 5_010, 15_010]).map(
    lambda n: n * MILLISECOND
)


def story(name: str, looks: list[tuple[int, str]]) -> list[tuple[int, str, str | None, str, str]]:
    """Play a connection, a second acceptance and some polls, reading at the given moments; return the history."""
    pair = Pair("looking")
    world = pair.world
    for role, sequence in zip(("prism-inviter", "prism-invitee"), SCRIPTS[name], strict=True):
        if sequence is not None:
            world.script(role, sequence)
    pair.other = pair.invite()
    acts: list[tuple[int, Callable[[], object]]] = [
        (0, pair.invite),
        (500 * MILLISECOND, pair.accept),
        (1 * SECOND, lambda: pair.poll(pair.made, INVITER)),
        (2 * SECOND, lambda: pair.accept(THIRD)),
        (4 * SECOND, lambda: pair.poll(pair.made, INVITER)),
    ]
    acts += [(at, partial(LOOKS[kind], pair)) for at, kind in looks]
    for at, act in sorted(acts, key=lambda pair_: pair_[0]):
        world.clock.advance_ns(world.clock.start + at - world.clock.now())
        act()
    world.clock.advance_ns(world.clock.start + 200 * SECOND - world.clock.now())
    return [(t.at, t.connection, t.source, t.target, t.event) for t in world.journal.transitions()]


@pytest.mark.parametrize("name", SCRIPTS)
@settings(max_examples=30, deadline=None)
@given(looks=st.lists(st.tuples(MOMENTS, st.sampled_from(PASSIVE)), max_size=25))
def test_looking_changes_nothing(name: str, looks: list[tuple[int, str]]) -> None:
    """However often and whenever a record is read without a poll, the history is the same to the nanosecond."""
    assert story(name, looks) == story(name, [])


@settings(max_examples=60, deadline=None)
@given(cuts=st.lists(st.integers(1, 60 * SECOND), max_size=30))
def test_time_may_pass_in_any_pieces(cuts: list[int]) -> None:
    """One long wait and many short ones give the same history and the same bytes."""

    def bodies(steps: list[int]) -> tuple[object, ...]:
        pair = Pair("pieces")
        pair.world.script("prism-inviter", Sequence.of((GENERATED, "1s..9s"), (RESPONSE_PENDING, "3s"), RESPONSE_SENT))
        pair.invite()
        pair.accept()
        late = pair.accept(THIRD)
        for step in steps:
            pair.world.clock.advance_ns(step)
        pair.world.clock.advance_ns(3_600 * SECOND - sum(steps))
        history = [(t.at, t.connection, t.target) for t in pair.world.journal.transitions()]
        return history, pair.look(pair.made, INVITER), pair.look(pair.accepted, INVITEE), pair.look(late, THIRD)

    assert bodies(cuts) == bodies([])


@settings(max_examples=40, deadline=None)
@given(
    first=st.integers(0, 400 * SECOND),
    pending=st.integers(0, 5 * SECOND),
    accepted=st.integers(0, 400 * SECOND),
)
def test_records_always_keep_to_their_tables(first: int, pending: int, accepted: int) -> None:
    """Whatever a strict script and its peer do and when, no record makes a transition that its table lacks."""
    pair = Pair()
    steps = Step(GENERATED, For(first, first)), Step(RESPONSE_PENDING, For(pending, pending))
    pair.world.script("prism-inviter", Sequence.of(*steps))
    pair.invite()
    pair.world.clock.advance_ns(accepted)
    pair.accept()
    pair.world.advance("1h")
    for t in pair.world.journal.transitions():
        table = INVITER_TABLE if t.role == "prism-inviter" else INVITEE_TABLE
        assert t.target in table.legal_next(t.source)
        assert table.follow(t.source, t.event) == t.target
