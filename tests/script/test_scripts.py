"""Which script a connection plays: scripts of tests, rules of files, magic values, defaults."""

import pytest

from connsim import World
from connsim.core.durations import SECOND
from connsim.core.ends import After, For
from connsim.core.nth import Nth
from connsim.errors import BadScript, ConnsimError, Misuse, UnknownBehaviour, UnusedScript
from connsim.script.behaviours import Behaviour
from connsim.script.scripts import Scripts
from connsim.script.selection import Match, Rank
from connsim.script.sequence import Sequence, Step

INVITER = "prism-inviter"
TRAITS = {"label": "Bob", "goal_code": "", "api_key": "one"}
HOLDERS = ("prism-inviter", "vcx-holder", "aries-holder")


class RecordingScripts(Scripts):
    """Scripts that record their complaints."""

    def __init__(self) -> None:
        self.complaints: list[ConnsimError] = []
        super().__init__(self.complaints.append)

    def played(self, role: str = INVITER, **traits: str) -> str | None:
        """Return the name of the sequence that a new connection plays."""
        sequence = self.pick(role, TRAITS | traits)
        return None if sequence is None else sequence.name


@pytest.fixture
def scripts() -> RecordingScripts:
    """A selection without scripts, rules and defaults."""
    return RecordingScripts()


class TestOrder:
    def test_without_scripts_nothing_is_played(self, scripts: RecordingScripts) -> None:
        """Without scripts and defaults no sequence is played, and the fake follows its own table."""
        assert scripts.played() is None

    def test_script_file_magic_default(self, scripts: RecordingScripts) -> None:
        """A script comes before a rule of a file, that before a magic value, and that before a default."""
        magic = {"label": "connsim:never-responds"}
        names = []

        names.append(scripts.played(**magic))
        scripts.defaults[INVITER] = scripts.parse("accepts:1s", INVITER)
        names.append(scripts.played())
        names.append(scripts.played(**magic))
        scripts.add(INVITER, "accepts:2s", Match(), Rank.FILE)
        names.append(scripts.played(**magic))
        scripts.add(INVITER, "accepts:3s", Match())
        names.append(scripts.played(**magic))

        assert names == [
            "'never-responds'",
            "'accepts after 1 second'",
            "'never-responds'",
            "'accepts after 2 seconds'",
            "'accepts after 3 seconds'",
        ]

    def test_scripts_that_do_not_match_are_skipped(self, scripts: RecordingScripts) -> None:
        """If a script and the rules of a file do not match, the default is played."""
        scripts.defaults[INVITER] = scripts.parse("accepts:1s", INVITER)
        scripts.add(INVITER, "never responds", Match({"label": "Eve"}))
        scripts.add(INVITER, "never responds", Match(nth=Nth(2, 2)), Rank.FILE)

        assert [scripts.played(), scripts.played()] == ["'accepts after 1 second'", "'never-responds'"]

    def test_defaults_are_of_a_role(self, scripts: RecordingScripts) -> None:
        """A default is for one role only."""
        scripts.defaults["vcx-holder"] = scripts.parse("accepts", "vcx-holder")

        assert scripts.played() is None


class TestAdding:
    @pytest.mark.parametrize(
        ("role", "play", "match", "error", "message"),
        [
            (INVITER, "acepts", Match(), UnknownBehaviour, "Did you mean 'accepts'"),
            ("prism-invitor", "accepts", Match(), UnknownBehaviour, "no role 'prism-invitor'. Did you mean 'prism-inv"),
            (INVITER, "accepts", Match({"lable": "x"}), Misuse, "was given lable. Did you mean 'label'"),
            ("aries-holder", "accepts", Match({"phone": "x"}), Misuse, "label or institution or owner, or nth"),
            (INVITER, Sequence.of("Paid"), Match(), BadScript, "'Paid' is not a state of prism-inviter"),
            (INVITER, Sequence.of(("InvitationGenerated", "$after"), "ConnectionResponseSent"), Match(), Misuse,
             "has a step that lasts for .after, which has no value here"),
        ],
        ids=["behaviour", "role", "trait", "trait-of-another-role", "sequence", "open"],
    )  # fmt: skip
    def test_scripts_that_cannot_be_played_are_not_kept(
        self,
        scripts: RecordingScripts,
        role: str,
        play: str | Sequence,
        match: Match,
        error: type[Exception],
        message: str,
    ) -> None:
        """A script that cannot be played is refused with what would be right, and not stored."""
        with pytest.raises(error, match=message):
            scripts.add(role, play, match)

        assert list(scripts.waiting) == []

    def test_sequences_are_fitted_to_the_table(self, scripts: RecordingScripts) -> None:
        """States on the only way of the table are inserted into a sequence."""
        script = scripts.add(INVITER, Sequence.of(("InvitationGenerated", "1s"), "ConnectionResponseSent"), Match())

        assert [step.state for step in script.sequence.steps][1:3] == [
            "ConnectionRequestReceived",
            "ConnectionResponsePending",
        ]

    def test_for_all_roles_that_can_play_it(self, scripts: RecordingScripts) -> None:
        """A script for all holders is added for each role that can show it."""
        assert [one.role for one in scripts.add_for_all("accepts", HOLDERS, Match())] == list(HOLDERS)
        assert [one.role for one in scripts.add_for_all("redirects", HOLDERS, Match())] == ["vcx-holder"]

    @pytest.mark.parametrize(
        ("play", "match", "message"),
        [
            ("dances", Match(), "no behaviour 'dances'"),
            ("stuck-invitee", Match(), "cannot be played as prism-inviter: an inviter does not see it"),
            ("accepts sometimes", Match(), "'sometimes' is not a duration"),
            ("accepts", Match({"institution": "x"}), "A script for prism-inviter was given institution"),
            ("accepts", Match({"label": "x", "phone": "y"}), "A script for prism-inviter was given phone"),
        ],
    )
    def test_for_all_or_for_none(self, scripts: RecordingScripts, play: str, match: Match, message: str) -> None:
        """If one of the roles cannot play a script for all, it is refused, and stored for none."""
        with pytest.raises(Misuse, match=message):
            scripts.add_for_all(play, HOLDERS, match)

        assert list(scripts.waiting) == []

    def test_a_later_role_can_refuse_it(self, scripts: RecordingScripts) -> None:
        """If a later role cannot play the script, it is not stored for the earlier ones either."""
        with pytest.raises(Misuse, match="A script for aries-holder was given phone"):
            scripts.add_for_all("refuses", HOLDERS, Match({"phone": "x"}))

        assert list(scripts.waiting) == []


class TestUnused:
    def test_a_script_must_be_played(self, scripts: RecordingScripts) -> None:
        """A script that no connection plays is a mistake in the test."""
        scripts.add(INVITER, "accepts", Match({"label": "Eve"}, Nth(2, 2)))
        scripts.played()

        with pytest.raises(
            UnusedScript,
            match="The script 'accepts' for prism-inviter was never played. Expected a connection whose label matches "
            "'Eve' and that is number 2 of them in that role",
        ):
            scripts.check()

    def test_one_of_several_is_enough(self, scripts: RecordingScripts) -> None:
        """Of a script for all holders, it is enough if one role plays it."""
        scripts.add_for_all("accepts", HOLDERS, Match())
        with pytest.raises(UnusedScript):
            scripts.check()

        scripts.pick("aries-holder", {"label": "", "institution": "", "owner": ""})

        scripts.check()

    def test_a_rule_of_a_file_need_not_be_played(self, scripts: RecordingScripts) -> None:
        """A rule of a file need not be used, as a file is for many tests."""
        scripts.add(INVITER, "accepts", Match(), Rank.FILE)

        scripts.check()

    def test_scripts_played_before_a_reset_are_used(self, scripts: RecordingScripts) -> None:
        """Restarting the counts lets scripts match again, but a script that was played remains used."""
        scripts.add(INVITER, "accepts", Match(nth=Nth(1, 1)))
        assert [scripts.played(), scripts.played()] == ["'accepts'", None]

        scripts.restart_counts()

        scripts.check()
        assert scripts.played() == "'accepts'"


class TestCatalogue:
    OWN = Behaviour(
        "hesitates",
        "Waits.",
        {INVITER: Sequence((Step("InvitationGenerated", After()), Step("ConnectionResponseSent")))},
        default=For(SECOND, SECOND),
    )

    def test_behaviours_of_a_file_have_a_name(self, scripts: RecordingScripts) -> None:
        """Behaviours of a file have a name beside the built-in ones, with a parameter if they take one."""
        scripts.use((self.OWN,))

        assert scripts.parse("hesitates after 5s", INVITER).steps[0].ends == For(5 * SECOND, 5 * SECOND)
        assert scripts.parse("hesitates", INVITER).steps[0].ends == For(SECOND, SECOND)
        assert scripts.parse("accepts", INVITER).name == "'accepts'"

    def test_the_next_file_replaces_it(self, scripts: RecordingScripts) -> None:
        """The next file replaces the behaviours of the last; scripts that were added keep theirs."""
        scripts.use((self.OWN,))
        scripts.add(INVITER, "hesitates", Match())

        scripts.use(())

        with pytest.raises(UnknownBehaviour, match="no behaviour 'hesitates'"):
            scripts.parse("hesitates", INVITER)
        assert scripts.played() == "'hesitates'"

    def test_a_built_in_name_can_be_replaced(self, scripts: RecordingScripts) -> None:
        """A behaviour of a file may replace a built-in one until the next file is used."""
        silent = Behaviour("accepts", "Does not.", {INVITER: Sequence.of("InvitationGenerated")})
        scripts.use((silent,))
        assert len(scripts.parse("accepts", INVITER).steps) == 1

        scripts.use(())

        assert len(scripts.parse("accepts", INVITER).steps) == 4

    def test_without_a_default_the_parameter_is_needed(self, scripts: RecordingScripts) -> None:
        """A behaviour of a file whose step lasts for ``$after`` needs a parameter unless it has a default."""
        scripts.use((Behaviour("hesitates", "Waits.", self.OWN.roles),))

        assert scripts.parse("hesitates after 5s", INVITER).steps[0].ends == For(5 * SECOND, 5 * SECOND)
        with pytest.raises(Misuse, match="'hesitates' has a step that lasts for .after, which has no value here"):
            scripts.parse("hesitates", INVITER)

    def test_a_world_has_its_own(self) -> None:
        """A behaviour that one world gets from a file is unknown to other worlds."""
        one, other = World(), World()
        one.scripts.use((self.OWN,))

        assert "hesitates" in one.scripts.catalogue
        assert "hesitates" not in other.scripts.catalogue
