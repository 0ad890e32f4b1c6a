"""Exactly the rules that no connection can reach are found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connsim.core.nth import Nth
from connsim.scenarios.reach import Reach
from connsim.script.selection import Match, Script, Selection
from connsim.script.sequence import Sequence


def rule(nth: str | None = None, **globs: str) -> Match:
    """Return a match."""
    return Match(globs, None if nth is None else Nth.parse(nth))


@pytest.mark.parametrize(
    ("earlier", "later", "hidden"),
    [
        (rule(), rule(label="x"), True),
        (rule(), rule(), True),
        (rule(label="x"), rule(), False),
        (rule(label="x"), rule(label="x"), True),
        (rule(label="x"), rule(label="x", phone="1"), True),
        (rule(label="x", phone="1"), rule(label="x"), False),
        (rule(label="late-*"), rule(label="late-x"), True),
        (rule(label="late-*"), rule(label="late-x*"), True),
        (rule(label="late-*"), rule(label="la*"), False),
        (rule(label="*"), rule(phone="1"), True),
        (rule(label="*x*"), rule(label="axb"), True),
        (rule(label="?"), rule(label="*"), False),
        (rule(label="*b*"), rule(label="[ab]"), False),
        (rule(label="[ab]"), rule(label="a"), True),
        (rule(nth="1.."), rule(label="x"), True),
        (rule(nth="2.."), rule(nth="3"), True),
        (rule(nth="2.."), rule(nth="1.."), False),
        (rule(nth="2..4"), rule(nth="3..4"), True),
        (rule(nth="2..4"), rule(nth="3..5"), False),
        (rule(nth="2..4"), rule(nth="3.."), False),
        (rule(nth="2.."), rule(label="x", nth="3"), False),
        (rule(label="x"), rule(label="x", nth="3"), True),
    ],
)
def test_finds_hidden_rules(earlier: Match, later: Match, hidden: bool) -> None:
    """A rule is hidden if the earlier one matches every connection that it matches."""
    reach: Reach[str] = Reach()
    reach.add("vcx-holder", earlier, "earlier")

    assert reach.before("vcx-holder", later) == ("earlier" if hidden else None)
    assert reach.before("aries-holder", later) is None


GLOBS = st.text("ab*?", max_size=4)
MATCHES = st.builds(
    Match,
    st.dictionaries(st.sampled_from(["label", "phone"]), GLOBS, max_size=2),
    st.none() | st.builds(lambda first, more: Nth(first, first + more), st.integers(1, 3), st.integers(0, 2)),
)
CONNECTIONS = st.lists(st.fixed_dictionaries({"label": st.text("ab", max_size=4), "phone": st.text("ab", max_size=4)}))


@given(MATCHES, MATCHES, CONNECTIONS)
def test_hidden_rules_are_never_played(earlier: Match, later: Match, connections: list[dict[str, str]]) -> None:
    """Whatever connections are made, none of them plays a rule that is reported as hidden."""
    reach: Reach[int] = Reach()
    reach.add("vcx-holder", earlier, 1)
    selection = Selection()
    scripts = [
        Script("vcx-holder", Sequence.of("ignore"), match) for match in (later, earlier)
    ]  # the newest comes first
    for script in scripts:
        selection.add(script)

    for traits in connections:
        selection.pick("vcx-holder", traits)

    if reach.before("vcx-holder", later) is not None:
        assert scripts[0].played == 0
