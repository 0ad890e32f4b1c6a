"""Scenario files under pytest: an option, a fixture, a sentence, and a method."""

import pytest

LATE = """
behaviours:
  arrives-late:
    after: 90s
    prism-inviter: [{state: InvitationGenerated, for: $after}, {state: ConnectionResponseSent}]
select:
  - {behaviour: arrives-late}
"""
STATE_AFTER = """
def state_after(connsim, by):
    record = connsim.prism.root.create(connsim.prism.root.wallet("k"), "x")
    connsim.advance(by)
    return record.state
"""


@pytest.fixture
def user(pytester: pytest.Pytester) -> pytest.Pytester:
    """A user's repository with a scenario file, a test, and a helper."""
    pytester.makefile(".yaml", late=LATE, never="world: {seed: of-the-file}\nselect: [{behaviour: never-responds}]")
    pytester.makepyfile(helper=STATE_AFTER)
    pytester.makeini("[pytest]\npythonpath = .\n")
    return pytester


def test_an_option_names_files_for_all_tests(user: pytest.Pytester) -> None:
    """Every test's world plays the files of the command line, relative to the folder in which pytest was called."""
    user.makepyfile(
        """
        from helper import state_after

        def test_late(connsim):
            assert state_after(connsim, "89s") == "InvitationGenerated"
            connsim.advance("1s")
            assert connsim.journal.transitions()[-1].target == "ConnectionResponseSent"

        def test_again(connsim):
            assert connsim.seed.value == "connsim"
            assert state_after(connsim, "90s") == "ConnectionResponseSent"
        """
    )

    user.runpytest("--connsim-scenarios", "late.yaml").assert_outcomes(passed=2)
    result = user.runpytest("--connsim-scenarios=late.yaml", "--connsim-scenarios=absent.yaml")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*Misuse: There is no scenario file '*absent.yaml'. Expected it at *"])


def test_the_seed_of_a_file_can_be_overridden(user: pytest.Pytester) -> None:
    """A file may set the seed; the command line and the fixture override it."""
    user.makepyfile(
        """
        import pytest

        def test_seed(connsim, request):
            assert connsim.seed.value == (request.config.getoption("--connsim-seed") or "of-the-file")
            assert not connsim.clock.running

        class TestPinned:
            @pytest.fixture
            def connsim_seed(self):
                return "pinned"

            def test_seed(self, connsim):
                assert connsim.seed.value == "pinned"
        """
    )

    user.runpytest("--connsim-scenarios=never.yaml").assert_outcomes(passed=2)
    user.runpytest("--connsim-scenarios=never.yaml", "--connsim-seed=typed").assert_outcomes(passed=2)


def test_a_fixture_names_files(user: pytest.Pytester) -> None:
    """Overriding the fixture names files for some tests, relative to the test or to rootdir."""
    folder = user.mkdir("inner")
    (folder / "late.yaml").write_text(LATE.replace("90s", "5s"))
    (folder / "test_inner.py").write_text(
        "import pytest\nfrom helper import state_after\n\n"
        "@pytest.fixture\ndef connsim_scenarios():\n    return ['late.yaml']\n\n"
        "def test_beside(connsim):\n    assert state_after(connsim, '5s') == 'ConnectionResponseSent'\n\n"
        "class TestRoot:\n    @pytest.fixture\n    def connsim_scenarios(self):\n        return ['never.yaml']\n\n"
        "    def test_root(self, connsim):\n        assert state_after(connsim, '1h') == 'InvitationGenerated'\n"
    )

    user.runpytest().assert_outcomes(passed=2)


def test_a_test_loads_files(user: pytest.Pytester) -> None:
    """A test loads a file in one line of Python, and gets all errors of the file at once."""
    user.makefile(".yaml", bad="select: [{behaviour: acepts}]\nworld: {sed: x}")
    user.makepyfile(
        """
        import pytest
        from helper import state_after
        from connsim import Misuse

        def test_load(connsim):
            connsim.load("late.yaml")
            assert state_after(connsim, "90s") == "ConnectionResponseSent"

        def test_bad(connsim):
            with pytest.raises(Misuse, match=r"bad.yaml:1:22: error: There is no behaviour 'acepts'"):
                connsim.load("bad.yaml")
        """
    )

    user.runpytest().assert_outcomes(passed=2)


FEATURE = """
Feature: Files
  Background:
    Given a client that asks every 30 seconds

  Scenario: One file
    Given the scenarios in "late.yaml"
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter is connected exactly 90 seconds after the invitation

  Scenario: In the place of the option's
    Given the scenarios in "shared/others.yaml"
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter is connected exactly 1 minute after the invitation

  Scenario: Two files
    Given the scenarios in "late.yaml"
    And the scenarios in "shared/others.yaml"
    And a holder who arrives late after 2 minutes
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter is connected exactly 2 minutes after the invitation

  Scenario: An agent of early 2023
    Given the scenarios in "shared/early.yaml"
    When the inviter invites the holder
    And the invitee accepts the invitation
    And the inviter waits at most 1 hour
    Then the inviter is connected
    And the invitee's connection is in ConnectionResponseReceived
"""


def test_a_sentence_names_a_file(user: pytest.Pytester) -> None:
    """A file is relative to the feature file or to rootdir; sentences add up, and replace the option's files."""
    features, shared = user.mkdir("features"), user.mkdir("shared")
    (features / "files.feature").write_text(FEATURE)
    (shared / "others.yaml").write_text("select: [{behaviour: accepts after 59s}]")
    (shared / "early.yaml").write_text("world: {profile: 2023, pace: {scan: 1s}}")
    (features / "late.yaml").write_text(LATE)
    user.makepyfile("from pytest_bdd import scenarios\nscenarios('features')\n")

    user.runpytest("--connsim-scenarios", "never.yaml").assert_outcomes(passed=4)


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("absent.yaml", "Misuse: There is no scenario file 'absent.yaml'. Expected it at *absent.yaml."),
        ("bad.yaml", "*bad.yaml:1:22: error: There is no behaviour 'acepts'. Did you mean 'accepts'?*"),
    ],
)
def test_a_sentence_shows_the_errors_of_its_file(user: pytest.Pytester, file: str, message: str) -> None:
    """A sentence whose file has errors fails with all of them, and names the step."""
    user.makefile(".yaml", bad="select: [{behaviour: acepts}]")
    user.makefile(".feature", wrong=f'Feature: Wrong\n  Scenario: Wrong\n    Given the scenarios in "{file}"\n')
    user.makepyfile("from pytest_bdd import scenarios\nscenarios('wrong.feature')\n")

    result = user.runpytest()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([message, f'In the step: Given the scenarios in "{file}"'])
