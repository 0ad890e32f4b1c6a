"""The reader of rows: what it takes, and the sentence for what it does not. Its three users test their own messages."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest

from connsim.core.durations import MINUTE, Ns
from connsim.core.rows import Member, Reader
from connsim.core.shapes import Rules
from connsim.errors import BadFault, Misuse


@dataclass(frozen=True)
class Plan:
    """A row with one member of each kind that the control API's own test does not have."""

    wait: Ns | None
    keys: frozenset[str] = frozenset()
    waits: tuple[Ns, ...] = ()
    mode: Literal["slow", "fast"] | None = None
    count: Annotated[int, Rules(minimum=1)] = 1
    on: bool = False


READER = Reader(Misuse)
OF_TEXTS = Reader(BadFault, texts=True, nulls=True, missing="{row} lacks {name}. Expected it: {expected}.")


def test_makes_values_of_what_is_written() -> None:
    """A text of a kind with a written form becomes its value, a list what the type says; null is None."""
    row = {"wait": "1m", "keys": ["a", "a"], "waits": ["1m", 5], "mode": "fast", "count": 2.0, "on": True}

    assert READER.make(Plan, row) == Plan(MINUTE, frozenset("a"), (MINUTE, 5), "fast", 2, True)
    assert READER.make(Plan, {"wait": None}) == Plan(None)


def test_reads_numbers_and_flags_from_texts() -> None:
    """Where everything is a text; elsewhere a text is no number."""
    assert OF_TEXTS.make(Plan, {"wait": "1m", "count": "3", "on": "true"}) == Plan(MINUTE, count=3, on=True)
    with pytest.raises(Misuse, match="The member 'count' is '3'. Expected a whole number of at least 1."):
        READER.make(Plan, {"wait": None, "count": "3"})


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ([], "The row is a list. Expected an object with wait, keys, waits, mode, count, on."),
        ({}, "The row has no 'wait'. Expected a duration ('5m')."),
        (
            {"wait": None, "waist": 1},
            "The row has the member 'waist'. Did you mean 'wait'? Expected nothing but",
        ),
        ({"wait": "soon"}, "The member 'wait' is 'soon'. Expected a duration ('5m')."),
        ({"wait": None, "keys": "a"}, "The member 'keys' is 'a'. Expected a list, each a text."),
        ({"wait": None, "keys": ["\ud800"]}, "The member 'keys', number 1, contains a lone surrogate."),
        ({"wait": None, "waits": ["1m", "x"]}, "The member 'waits', number 2, is 'x'. Expected a duration ('5m')."),
        (
            {"wait": None, "mode": "slwo"},
            "The member 'mode' is 'slwo'. Did you mean 'slow'? Expected one of: slow",
        ),
        ({"wait": None, "count": 1.5}, "The member 'count' is 1.5. Expected a whole number of at least 1."),
        ({"wait": None, "on": None}, "The member 'on' is null. Expected true or false."),
    ],
)
def test_says_what_is_wrong(row: Any, text: str) -> None:
    """What was given, the nearest name, and what is expected."""
    with pytest.raises(Misuse) as refused:
        READER.make(Plan, row)
    assert str(refused.value).startswith(text)


def test_words_are_those_of_the_place() -> None:
    """The error, the sentences and the names of members are the reader's; null is named if it is asked for."""
    members = [Member("for", "wait", Ns, "how long"), Member("then", "then", Ns | None, default=None)]

    with pytest.raises(BadFault, match="The plan lacks 'for'. Expected it: how long."):
        OF_TEXTS.members(members, {}, "The plan", "In the plan, {}")
    with pytest.raises(BadFault, match=r"In the plan, then is 'x'. Expected a duration \('5m'\) or null."):
        OF_TEXTS.members(members, {"for": "1m", "then": "x"}, "The plan", "In the plan, {}")
    assert OF_TEXTS.members(members, {"for": "1m"}, "The plan", "{}") == {"wait": MINUTE}
