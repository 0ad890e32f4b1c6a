"""Reading, writing and schema all derive from one class, and agree."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from connsim.control.shapes.reading import ANSWER, BODY, Unfit
from connsim.core.shapes import Rules, as_json, object_schema


@dataclass(frozen=True)
class Inner:
    """A nested object."""

    word: Literal["one", "two"]
    more: str | None = None


@dataclass(frozen=True)
class Outer:
    """A class with every kind of member.

    Attributes:
        number: A small number,
            described in two lines.
    """

    number: Annotated[int, Rules(minimum=1, maximum=9)]
    flag: bool
    text: Annotated[str, Rules(minLength=1, maxLength=3)]
    either: str | tuple[Mapping[str, str], ...]
    inner: Inner
    listed: tuple[Inner, ...]
    numbers: Mapping[str, int]
    anything: object = None


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 12)
    | st.sampled_from([1.0, 1.5])
    | st.sampled_from(["one", "", "abcd"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["word", "more", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)
RIGHT = st.fixed_dictionaries(
    {
        "number": st.integers(1, 9) | st.just(3.0),
        "flag": st.booleans(),
        "text": st.sampled_from(["a", "abc"]),
        "either": st.text(max_size=3) | st.lists(st.dictionaries(st.text(max_size=2), st.text(max_size=2)), max_size=2),
        "inner": st.fixed_dictionaries({"word": st.sampled_from(["one", "two"])}),
        "listed": st.lists(
            st.fixed_dictionaries({"word": st.just("one"), "more": st.none() | st.text(max_size=2)}), max_size=2
        ),
        "numbers": st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    }
)
PARTS: dict[str, object] = {}
SCHEMA: dict[str, Any] = {**object_schema(Outer, PARTS), "components": {"schemas": PARTS}}


@settings(deadline=None)
@given(value=RIGHT, member=st.sampled_from(sorted(Outer.__dataclass_fields__)), wrong=JSON)
def test_reads_what_its_schema_allows(value: dict[str, object], member: str, wrong: object) -> None:
    """A value is read if and only if the schema allows it, and is then written the same; one member may be wrong."""
    value = {**value, member: wrong}

    if Draft202012Validator(SCHEMA).is_valid(value):
        again: Any = as_json(BODY.make(Outer, value))
        assert {name: again[name] for name in value if name not in ("inner", "listed")} == {
            name: one for name, one in value.items() if name not in ("inner", "listed")
        }
        assert BODY.make(Outer, again) == BODY.make(Outer, value)
    else:
        with pytest.raises(Unfit, match="Expected"):
            BODY.make(Outer, value)


@settings(deadline=None)
@given(value=RIGHT)
def test_a_client_ignores_unknown_members(value: dict[str, object]) -> None:
    """A client that is not strict ignores unknown members of a newer server, on all levels."""
    more = {**value, "newer": 1, "inner": {"word": "one", "newer": 1}}

    assert ANSWER.make(Outer, more).inner == Inner("one")
    with pytest.raises(Unfit, match="The body has the member 'newer'"):
        BODY.make(Outer, more)


def test_members_are_described_by_the_docstring() -> None:
    """The description is the text under Attributes, on one or several lines."""
    number = SCHEMA["properties"]["number"]

    assert number == {
        "type": "integer",
        "minimum": 1,
        "maximum": 9,
        "description": "A small number, described in two lines.",
    }
    assert SCHEMA["description"] == "A class with every kind of member."
