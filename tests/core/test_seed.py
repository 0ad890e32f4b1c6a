from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from connsim.core.seed import Seed
from connsim.story.people import People

NAMES = st.lists(st.text() | st.integers(), max_size=4)


@given(st.text(), NAMES)
def test_values_are_drawn_by_name(seed: str, name: list[object]) -> None:
    """The same seed and name give the same value, regardless of earlier draws."""
    one, other = Seed(seed), Seed(seed)
    other.draw("something", "else")

    assert one.draw(*name) == other.draw(*name)


@given(NAMES, NAMES)
def test_names_do_not_run_together(one: list[object], other: list[object]) -> None:
    """Two names give two values, even if their parts joined are the same text."""
    same = list(map(str, one)) == list(map(str, other))

    assert (Seed("s").draw(*one) == Seed("s").draw(*other)) is same


def test_seeds_differ() -> None:
    """Another seed gives other values."""
    assert Seed("one").draw("id") != Seed("other").draw("id")


def test_uuids_are_random_uuids() -> None:
    """Ids look like the random UUIDs of the real systems."""
    drawn = Seed("s").draw_uuid("id")

    assert (UUID(drawn).version, str(UUID(drawn))) == (4, drawn)


@given(st.integers(-100, 100), st.integers(0, 100))
def test_numbers_stay_between(low: int, span: int) -> None:
    """A drawn number is within its bounds, both included."""
    assert low <= Seed("s").draw_between(low, low + span, "jitter") <= low + span


def test_people_come_from_the_seed() -> None:
    """A role is always played by the same person; another role or another seed gives another person."""
    alice = People(Seed("s")).person("holder")

    assert alice == People(Seed("s")).person("holder")
    assert alice.label == f"Connect with {alice.name}"
    assert alice.phone.startswith("+1")
    assert alice.phone[1:].isdecimal()
    assert {People(Seed("s")).person("inviter").name, People(Seed("t")).person("holder").name}.isdisjoint({alice.name})
