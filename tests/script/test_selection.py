"""Which script a new connection plays."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connsim.core.nth import Nth
from connsim.errors import BadScript, Misuse
from connsim.script.selection import Match, Rank, Script, Selection, Traits
from connsim.script.sequence import Sequence

ROLE = "prism-inviter"


def script(nth: str | int | None = None, rank: Rank = Rank.SCRIPT, role: str = ROLE, **globs: str) -> Script:
    """A script that waits for connections with these traits."""
    return Script(role, Sequence.of("InvitationGenerated"), Match(globs, None if nth is None else Nth.parse(nth)), rank)


def selection(*scripts: Script) -> Selection:
    """A selection with these scripts, added in this order."""
    made = Selection()
    for one in scripts:
        made.add(one)
    return made


def picks(made: Selection, *labels: str) -> list[int | None]:
    """The numbers of the scripts that connections with these labels play."""
    found = [made.pick(ROLE, {"label": label, "goal_code": ""}) for label in labels]
    return [one.number if one else None for one in found]


class TestNth:
    @pytest.mark.parametrize(
        ("text", "takes", "said"),
        [
            ("2", [2], "2"),
            (2, [2], "2"),
            (Nth(2, 2), [2], "2"),
            (" 2 ", [2], "2"),
            ("2..4", [2, 3, 4], "2..4"),
            ("2 .. 4", [2, 3, 4], "2..4"),
            ("3..3", [3], "3"),
            ("4..", [4, 5, 6], "4.."),
            ("1..", [1, 2, 3, 4, 5, 6], "1.."),
        ],
    )
    def test_reads(self, text: str | int | Nth, takes: list[int], said: str) -> None:
        """One number, a range with both ends, or all from one on."""
        nth = Nth.parse(text)

        assert [number for number in range(1, 7) if number in nth] == takes
        assert str(nth) == said
        assert Nth.parse(said) == nth

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "0",
            "-1",
            "..",
            "..3",
            "4..2",
            "0..2",
            "1 2",
            "two",
            "2nd",
            "1.5",
            "2...4",
            "2..4..6",
            "٣",
            "1_0",
            "9" * 5000,
        ],
    )
    def test_refuses(self, text: str) -> None:
        """What is no number from 1 on, and no range of them; the message says what would be."""
        with pytest.raises(
            BadScript, match=r"is not an ordinal of a connection. Expected a number from 1 \('2'\), a range"
        ):
            Nth.parse(text)


class TestMatch:
    @pytest.mark.parametrize(
        ("glob", "fits", "not_"),
        [
            ("late", ["late"], ["Late", "later", "", " late"]),
            ("late-*", ["late-", "late-1", "late-\n"], ["late", "xlate-1"]),
            ("*", ["", "anything"], []),
            ("?", ["a", "*"], ["", "ab"]),
            ("[ab]c", ["ac", "bc"], ["cc", "[ab]c"]),
            ("[!a]", ["b"], ["a", ""]),
            ("5[*]", ["5*"], ["5", "5x", "5[*]"]),
            ("[?][[]", ["?["], ["x[", "?"]),
            ("[open", ["[open"], ["o", "open"]),
            ("a]b", ["a]b"], ["ab"]),
            ("", [""], ["x"]),
            ("a.b+(c)", ["a.b+(c)"], ["axb+(c)", "a.bb(c)"]),
        ],
    )
    def test_exact_values_and_globs(self, glob: str, fits: list[str], not_: list[str]) -> None:
        """A star is any text, ``[*]`` is a star; case counts, and nothing else is special."""
        match = Match({"label": glob})

        assert [text for text in fits if not match.fits({"label": text})] == []
        assert [text for text in not_ if match.fits({"label": text})] == []
        made = selection(Script(ROLE, Sequence.of("InvitationGenerated"), match))
        assert picks(made, *fits, *not_) == [1] * len(fits) + [None] * len(not_)

    def test_all_traits_count(self) -> None:
        """A match with several is for connections that have them all."""
        made = selection(script(label="a", goal_code="*b"))

        picked = [
            made.pick(ROLE, {"label": label, "goal_code": code}) is not None
            for label, code in [("a", "b"), ("a", "xb"), ("a", "x"), ("x", "b")]
        ]

        assert picked == [True, True, False, False]

    @pytest.mark.parametrize(
        ("match", "said"),
        [
            (Match(), ""),
            (Match({"label": "late-*"}), "whose label matches 'late-*'"),
            (Match({"goal_code": "a"}, Nth(2, None)), "whose goal code matches 'a' and that is number 2.. of them"),
        ],
    )
    def test_is_told_in_words(self, match: Match, said: str) -> None:
        """For the message about a script that nobody played."""
        assert str(match) == said

    @pytest.mark.parametrize(
        ("name", "told"),
        [
            (
                "phone",
                r"A script for prism-inviter was given phone. Expected label or goal_code, or nth: "
                r"such a connection has no other traits",
            ),
            ("goalcode", "Did you mean 'goal_code'"),
            ("lable", "Did you mean 'label'"),
        ],
    )
    def test_unknown_traits_are_refused(self, name: str, told: str) -> None:
        """A match that no connection of the role can fit would wait for ever."""
        with pytest.raises(Misuse, match=told):
            Match({"label": "x", name: "y"}).check(ROLE, iter(("label", "goal_code")))

    def test_known_traits_are_not(self) -> None:
        """Nor is a match with none."""
        Match({"label": "x"}).check(ROLE, ("label",))
        Match(nth=Nth(1, 1)).check(ROLE, ())


class TestOrder:
    def test_of_scripts_the_newest_comes_first(self) -> None:
        """Whoever adds one later means it to count."""
        assert picks(selection(script(), script(), script(label="b")), "a", "b") == [2, 3]

    def test_of_a_file_the_first_line_comes_first(self) -> None:
        """As people read it."""
        lines = [script(rank=Rank.FILE, label="b"), script(rank=Rank.FILE), script(rank=Rank.FILE, label="a")]

        assert picks(selection(*lines), "a", "b") == [2, 1]

    def test_scripts_come_before_files(self) -> None:
        """Whichever was added before, and however exact the other is."""
        assert picks(selection(script(label="*"), script(rank=Rank.FILE, label="a")), "a") == [1]
        assert picks(selection(script(rank=Rank.FILE, label="a"), script(label="*")), "a") == [2]

    def test_an_exact_value_is_no_better_than_a_glob(self) -> None:
        """Order alone decides."""
        assert picks(selection(script(label="a"), script(label="*")), "a") == [2]

    def test_is_that_of_the_listing(self) -> None:
        """They are listed as they are tried."""
        made = selection(script(rank=Rank.FILE), script(), script(rank=Rank.FILE), script())

        assert [one.number for one in made] == [4, 2, 1, 3]

    def test_roles_have_nothing_to_do_with_each_other(self) -> None:
        """A script of another role is not tried, and does not count."""
        made = selection(script(1, role="prism-invitee"), script(1))

        assert picks(made, "a") == [2]
        assert [one.matches for one in made] == [1, 0]

    def test_ten_thousand_exact_values_are_not_tried_one_by_one(self) -> None:
        """They are found by their value."""
        tried = []

        class Counted(Match):
            def fits(self, traits: Traits) -> bool:
                tried.append(self)
                return Match.fits(self, traits)

        rules = [Counted({"label": f"customer {number}"}) for number in range(10_000)]
        made = selection(*(Script(ROLE, Sequence.of("x"), rule) for rule in rules), script(label="vip-*"))

        assert picks(made, "customer 7777", "nobody") == [7778, None]
        assert len(tried) == 1


class TestNumbers:
    def test_one_connection(self) -> None:
        """The second of those that fit."""
        assert picks(selection(script("2")), *"aaa") == [None, 1, None]

    def test_only_those_that_fit_count(self) -> None:
        """Others pass by."""
        assert picks(selection(script("2", label="a")), *"abba") == [None, None, None, 1]

    def test_several_rules_count_each_for_itself(self) -> None:
        """A connection that another rule takes is still one of those that fit."""
        made = selection(script("3..", rank=Rank.FILE), script("2", rank=Rank.FILE), script("1..2", rank=Rank.FILE))

        assert picks(made, *"aaaa") == [3, 2, 1, 1]

    def test_a_rule_behind_another_counts_as_well(self) -> None:
        """The second connection is the second, although the first was taken before."""
        made = selection(script("2"), script("1"))

        assert picks(made, *"aaa") == [2, 1, None]
        assert [(one.played, one.matches) for one in made] == [(1, 3), (1, 3)]

    def test_can_restart_counts(self) -> None:
        """Then the next connection is the first again; what was played stays played."""
        made = selection(script("1"))
        picks(made, *"aa")

        made.restart_counts()

        assert picks(made, *"aa") == [1, None]
        assert [one.played for one in made] == [2]


class TestRemoval:
    def test_of_one(self) -> None:
        """By its number; the one behind it takes its place."""
        first, second = script(label="a"), script(label="a")
        made = selection(first, second)

        assert made.remove(2) is second
        assert picks(made, "a") == [1]
        assert list(made) == [first]

    def test_of_one_that_is_not_there(self) -> None:
        """Nothing happens, whether it never was or is gone."""
        made = selection(script())

        assert (made.remove(7), made.remove(1) is None, made.remove(1)) == (None, False, None)

    def test_of_a_rank(self) -> None:
        """Those of the other stay."""
        made = selection(script(), script(rank=Rank.FILE), script(rank=Rank.FILE, label="a"))

        made.clear(Rank.FILE)

        assert [one.number for one in made] == [1]
        assert picks(made, "a") == [1]

    def test_numbers_are_not_given_twice(self) -> None:
        """A number that somebody has noted never means another script."""
        made = selection(script())
        made.remove(1)
        new = script()

        made.add(new)

        assert new.number == 2


class Naive:
    """Every rule is tried, in order."""

    def __init__(self) -> None:
        self.scripts: list[Script] = []
        self.met: dict[int, int] = {}

    def pick(self, role: str, traits: dict[str, str]) -> int | None:
        chosen = []
        for one in sorted(self.scripts, key=lambda s: (s.rank, -s.number if s.rank is Rank.SCRIPT else s.number)):
            if one.role == role and one.match.fits(traits):
                self.met[one.number] = self.met.get(one.number, 0) + 1
                if one.match.nth is None or self.met[one.number] in one.match.nth:
                    chosen.append(one.number)
        return next(iter(chosen), None)


ROLES = st.sampled_from([ROLE, "vcx-holder"])
VALUES = st.sampled_from(["", "a", "b", "*", "a*", "[*]", "?", "ab"])
TRAITS = st.fixed_dictionaries({"label": VALUES, "phone": VALUES})
NTHS = st.none() | st.builds(lambda first, more: Nth(first, None if more is None else first + more),
                             st.integers(1, 3), st.none() | st.integers(0, 2))  # fmt: skip
GLOBS = st.dictionaries(st.sampled_from(["label", "phone"]), VALUES)
RULES = st.builds(
    lambda role, globs, nth, rank: Script(role, Sequence.of("x"), Match(globs, nth), rank),
    ROLES, GLOBS, NTHS, st.sampled_from(Rank),
)  # fmt: skip
DEEDS = st.lists(
    st.tuples(st.just("add"), RULES)
    | st.tuples(st.just("pick"), st.tuples(ROLES, TRAITS))
    | st.tuples(st.just("remove"), st.integers(1, 6))
    | st.tuples(st.just("clear"), st.sampled_from(Rank))
    | st.tuples(st.just("restart_counts"), st.none()),
    max_size=40,
)


@given(DEEDS)
def test_the_index_changes_nothing(deeds: list[tuple[str, Any]]) -> None:
    """Whatever was added and taken away, a connection plays what it would if every rule were tried."""
    made, naive = Selection(), Naive()

    for seen, expected in both(made, naive, deeds):
        assert seen == expected

    assert sorted(one.number for one in made) == sorted(one.number for one in naive.scripts)


def both(made: Selection, naive: Naive, deeds: list[tuple[str, Any]]) -> Iterator[tuple[int | None, int | None]]:
    """Do the same to both; yield what each picks."""
    for deed, given_ in deeds:
        match deed:
            case "add":
                made.add(given_)
                naive.scripts.append(given_)
            case "pick":
                picked = made.pick(*given_)
                yield picked.number if picked else None, naive.pick(*given_)
            case "remove":
                made.remove(given_)
                naive.scripts = [one for one in naive.scripts if one.number != given_]
            case "clear":
                made.clear(given_)
                naive.scripts = [one for one in naive.scripts if one.rank is not given_]
            case "restart_counts":
                made.restart_counts()
                naive.met.clear()
