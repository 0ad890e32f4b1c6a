"""Who plays what: scripts of tests, rules of files, magic values, defaults."""

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


class Company(Scripts):
    """A scripts that keeps its complaints."""

    def __init__(self) -> None:
        self.complaints: list[ConnsimError] = []
        super().__init__(self.complaints.append)

    def played(self, role: str = INVITER, **traits: str) -> str | None:
        """The name of what a new connection plays."""
        sequence = self.pick(role, TRAITS | traits)
        return None if sequence is None else sequence.name


@pytest.fixture
def scripts() -> Company:
    """Nobody is told anything yet."""
    return Company()


class TestOrder:
    def test_nobody_said_anything(self, scripts: Company) -> None:
        """Then there is nothing to play, and the fake goes by its own table."""
        assert scripts.played() is None

    def test_script_file_magic_default(self, scripts: Company) -> None:
        """The first that is there counts."""
        magic = {"label": "connsim:never-responds"}
        told = []

        told.append(scripts.played(**magic))
        scripts.defaults[INVITER] = scripts.parse("accepts:1s", INVITER)
        told.append(scripts.played())
        told.append(scripts.played(**magic))
        scripts.add(INVITER, "accepts:2s", Match(), Rank.FILE)
        told.append(scripts.played(**magic))
        scripts.add(INVITER, "accepts:3s", Match())
        told.append(scripts.played(**magic))

        assert told == [
            "'never-responds'",
            "'accepts after 1 second'",
            "'never-responds'",
            "'accepts after 2 seconds'",
            "'accepts after 3 seconds'",
        ]

    def test_a_script_that_does_not_fit_lets_the_next_speak(self, scripts: Company) -> None:
        """Down to the default."""
        scripts.defaults[INVITER] = scripts.parse("accepts:1s", INVITER)
        scripts.add(INVITER, "never responds", Match({"label": "Eve"}))
        scripts.add(INVITER, "never responds", Match(nth=Nth(2, 2)), Rank.FILE)

        assert [scripts.played(), scripts.played()] == ["'accepts after 1 second'", "'never-responds'"]

    def test_defaults_are_of_a_role(self, scripts: Company) -> None:
        """Others have none."""
        scripts.defaults["vcx-holder"] = scripts.parse("accepts", "vcx-holder")

        assert scripts.played() is None


class TestAdding:
    @pytest.mark.parametrize(
        ("role", "play", "match", "error", "told"),
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
    def test_what_can_not_be_played_is_not_kept(
        self, scripts: Company, role: str, play: str | Sequence, match: Match, error: type[Exception], told: str
    ) -> None:
        """The message says what would be right."""
        with pytest.raises(error, match=told):
            scripts.add(role, play, match)

        assert list(scripts.waiting) == []

    def test_sequences_are_fitted_to_the_table(self, scripts: Company) -> None:
        """States on the only way are put in."""
        script = scripts.add(INVITER, Sequence.of(("InvitationGenerated", "1s"), "ConnectionResponseSent"), Match())

        assert [step.state for step in script.sequence.steps][1:3] == [
            "ConnectionRequestReceived",
            "ConnectionResponsePending",
        ]

    def test_for_all_who_can(self, scripts: Company) -> None:
        """A script for each role that can show it."""
        assert [one.role for one in scripts.add_for_all("accepts", HOLDERS, Match())] == list(HOLDERS)
        assert [one.role for one in scripts.add_for_all("redirects", HOLDERS, Match())] == ["vcx-holder"]

    @pytest.mark.parametrize(
        ("play", "match", "told"),
        [
            ("dances", Match(), "no behaviour 'dances'"),
            ("stuck-invitee", Match(), "cannot be played as prism-inviter: an inviter does not see it"),
            ("accepts sometimes", Match(), "'sometimes' is not a duration"),
            ("accepts", Match({"institution": "x"}), "A script for prism-inviter was given institution"),
            ("accepts", Match({"label": "x", "phone": "y"}), "A script for prism-inviter was given phone"),
        ],
    )
    def test_for_all_or_for_none(self, scripts: Company, play: str, match: Match, told: str) -> None:
        """What one of them cannot do is said, and nothing is kept."""
        with pytest.raises(Misuse, match=told):
            scripts.add_for_all(play, HOLDERS, match)

        assert list(scripts.waiting) == []

    def test_a_role_that_comes_later_can_spoil_it_as_well(self, scripts: Company) -> None:
        """Nothing is kept of the roles before it."""
        with pytest.raises(Misuse, match="A script for aries-holder was given phone"):
            scripts.add_for_all("refuses", HOLDERS, Match({"phone": "x"}))

        assert list(scripts.waiting) == []


class TestUnused:
    def test_a_script_is_to_be_played(self, scripts: Company) -> None:
        """A script that nobody plays is a slip of the test."""
        scripts.add(INVITER, "accepts", Match({"label": "Eve"}, Nth(2, 2)))
        scripts.played()

        with pytest.raises(
            UnusedScript,
            match="The script 'accepts' for prism-inviter was never played. Expected a connection whose label matches "
            "'Eve' and that is number 2 of them in that role",
        ):
            scripts.check()

    def test_one_of_several_is_enough(self, scripts: Company) -> None:
        """Of those for whichever holder comes."""
        scripts.add_for_all("accepts", HOLDERS, Match())
        with pytest.raises(UnusedScript):
            scripts.check()

        scripts.pick("aries-holder", {"label": "", "institution": "", "owner": ""})

        scripts.check()

    def test_a_rule_of_a_file_may_wait_for_ever(self, scripts: Company) -> None:
        """A file is for many tests."""
        scripts.add(INVITER, "accepts", Match(), Rank.FILE)

        scripts.check()

    def test_what_was_played_before_a_reset_was_played(self, scripts: Company) -> None:
        """Connections are counted anew, deeds are not."""
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

    def test_behaviours_of_a_file_have_a_name(self, scripts: Company) -> None:
        """Beside those that are built in, with a parameter if they take one."""
        scripts.use((self.OWN,))

        assert scripts.parse("hesitates after 5s", INVITER).steps[0].ends == For(5 * SECOND, 5 * SECOND)
        assert scripts.parse("hesitates", INVITER).steps[0].ends == For(SECOND, SECOND)
        assert scripts.parse("accepts", INVITER).name == "'accepts'"

    def test_the_next_file_takes_it_away(self, scripts: Company) -> None:
        """What plays already goes on."""
        scripts.use((self.OWN,))
        scripts.add(INVITER, "hesitates", Match())

        scripts.use(())

        with pytest.raises(UnknownBehaviour, match="no behaviour 'hesitates'"):
            scripts.parse("hesitates", INVITER)
        assert scripts.played() == "'hesitates'"

    def test_a_name_that_is_built_in_can_be_taken(self, scripts: Company) -> None:
        """And is given back."""
        silent = Behaviour("accepts", "Does not.", {INVITER: Sequence.of("InvitationGenerated")})
        scripts.use((silent,))
        assert len(scripts.parse("accepts", INVITER).steps) == 1

        scripts.use(())

        assert len(scripts.parse("accepts", INVITER).steps) == 4

    def test_without_a_default_the_parameter_is_needed(self, scripts: Company) -> None:
        """A behaviour of a file may have a step for ``$after`` and nothing that fills it."""
        scripts.use((Behaviour("hesitates", "Waits.", self.OWN.roles),))

        assert scripts.parse("hesitates after 5s", INVITER).steps[0].ends == For(5 * SECOND, 5 * SECOND)
        with pytest.raises(Misuse, match="'hesitates' has a step that lasts for .after, which has no value here"):
            scripts.parse("hesitates", INVITER)

    def test_a_world_has_its_own(self) -> None:
        """What one world is told, another does not know."""
        one, other = World(), World()
        one.scripts.use((self.OWN,))

        assert "hesitates" in one.scripts.catalogue
        assert "hesitates" not in other.scripts.catalogue
