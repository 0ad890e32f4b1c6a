"""The plugin as users of the package meet it."""

import os

import pytest

FEATURE = """
Feature: Waiting
  Scenario: Nobody answers
    Given a holder who never responds
    And a client that asks every hour
    When the inviter invites the holder
    And the inviter waits at most 24 hours
    Then {then}
"""


GIVES_UP = "the inviter gives up exactly 24 hours after the invitation"


def write_feature(pytester: pytest.Pytester, then: str) -> None:
    """Put one scenario into a user's own folder."""
    pytester.makefile(".feature", waiting=FEATURE.format(then=then))
    pytester.makepyfile("from pytest_bdd import scenarios\nscenarios('waiting.feature')\n")


def run_feature(pytester: pytest.Pytester, then: str, *arguments: str) -> pytest.RunResult:
    """Run one scenario in a user's own folder."""
    write_feature(pytester, then)
    return pytester.runpytest(*arguments)


def test_features_run_without_any_python(pytester: pytest.Pytester) -> None:
    """A feature file and one line that names it are all that a user writes."""
    write_feature(pytester, GIVES_UP)

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("then", "told"),
    [
        (
            "the inviter gives up exactly 23 hours after the invitation",
            "The inviter gave up 24 hours after the invitation. Expected exactly 23 hours: it was 1 hour later.",
        ),
        (
            "the inviter is connected",
            "The inviter gave up in InvitationGenerated, 24 hours later. Expected Connection*",
        ),
        (
            "the inviter waited at least 2 hours between polls",
            "The inviter waited only 1 hour, from 0 seconds after the invitation on. Expected at least 2 hours.",
        ),
        ("the inviter asked 24 times", "The inviter sent 25 requests. Expected exactly 24."),
        ("the inviter asked at most 20 times", "The inviter sent 25 requests. Expected at most 20."),
        (
            "the inviter's connection is in InvitationExpired",
            "The inviter's connection is in InvitationGenerated. Expected InvitationExpired.",
        ),
        (
            "the invitee is connected",
            "The invitee has done nothing in this scenario. Expected an earlier step, such as*",
        ),
        (
            "the inviter's connection is in InvitationExpird",
            "'InvitationExpird' is not a state*Did you mean 'InvitationExpired'*",
        ),
        ("the inviter is happy", 'Step definition is not found: Then "the inviter is happy"*'),
    ],
    ids=["moment", "connected", "pause", "count", "at-most", "state", "nobody", "no-state", "unknown-step"],
)
def test_failures_tell_what_happened(pytester: pytest.Pytester, then: str, told: str) -> None:
    """A failed expectation says what happened, what was expected, and shows the story and the seed."""
    result = run_feature(pytester, then, "--connsim-seed=mine")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*{told}*"])
    result.stdout.no_fnmatch_line("*story.py*")  # frames between the step and the message would hide it
    result.stdout.fnmatch_lines(
        [
            "*- connsim -*",
            "seed: mine (repeat with --connsim-seed=mine)",
            "+00:00:00.000  prism-inviter: InvitationGenerated (created)",
            "*25 times until +1d 00:00:00.000",
        ]
    )


@pytest.mark.parametrize(
    ("sentences", "told"),
    [
        pytest.param(
            ["Given the holder does in turn"],
            "BadScript: The sentence has no table below it. Expected one such as | state | lasts |*",
            id="no-table",
        ),
        pytest.param(
            ["Given a holder who refuses", "When the inviter invites the holder"],
            "Misuse: 'refuses' cannot be played as prism-inviter: a PRISM agent has no message for it*",
            id="prism-refuses",
        ),
        pytest.param(
            ["Given agents of early 2023", "And the clients are told of changes by webhook"],
            "Misuse: Agents of early 2023 have no webhooks. Expected agents of today.*",
            id="early-webhooks",
        ),
        pytest.param(
            ["When the inviter invites the holder", "Given agents of early 2023"],
            "Misuse: The inviter already has an agent of today.*Move 'Given agents of early 2023'*",
            id="early-too-late",
        ),
        pytest.param(
            ["When the inviter invites the holder", "Then the inviter was told nothing"],
            "Misuse: No webhook is registered. Expected one. "
            "Write 'Given the clients are notified of changes by webhook' first.",
            id="no-webhook",
        ),
        pytest.param(
            ["When the issuer waits at most 1 hour"],
            "Misuse: The issuer has done nothing*such as 'When the issuer invites the holder by QR code'.",
            id="issuer-idle",
        ),
        pytest.param(
            ["When the issuer invites the holder by QR code", "And the invitee accepts the invitation"],
            "Misuse: The invitee cannot accept the issuer's invitation, which is a VCX invitation. Expected*",
            id="vcx-invitation",
        ),
        pytest.param(
            ["Given a holder who redirects", "When the issuer invites the holder by QR code", "And 1 minute passes"],
            "*The holder cannot redirect the invitation*Have a scripted holder accept an invitation of*",
            id="nothing-to-redirect-to",
        ),
        pytest.param(
            ["When the issuer invites the holder by QR code", "Then the invitation shows the issuer's public DID"],
            "Misuse: The issuer has no public DID. Expected an issuer on libvcx. "
            "Write 'Given an issuer on libvcx who shows its public DID' first.",
            id="no-public-did",
        ),
        pytest.param(
            ["When the issuer invites the holder by QR code", "And the issuer is restarted from what it saved"],
            "Misuse: The issuer's client cannot be restarted. Expected one on libvcx.*",
            id="no-restart",
        ),
    ],
)
def test_scenarios_that_make_no_sense_say_so(pytester: pytest.Pytester, sentences: list[str], told: str) -> None:
    """Whoever writes a scenario wrongly is told what is wrong with it, and never that the client is."""
    steps = "\n".join(f"    {sentence}" for sentence in sentences)
    pytester.makefile(".feature", wrong=f"Feature: Wrong\n  Scenario: Wrong\n{steps}\n")
    pytester.makepyfile("from pytest_bdd import scenarios\nscenarios('wrong.feature')\n")

    result = pytester.runpytest()

    assert result.ret == 1
    result.stdout.fnmatch_lines([f"*{told}*"])


def test_the_horizon_can_be_brought_nearer(pytester: pytest.Pytester) -> None:
    """A client that asks often, and for ever, need not be followed for 40 days."""
    pytester.makepyfile(
        """
        import time
        import pytest
        from connsim import StillPolling

        def test_patience(connsim):
            with pytest.raises(StillPolling):
                while True:
                    time.sleep(600)
            assert connsim.clock.elapsed() == 3600 * 10**9
        """
    )

    pytester.runpytest("--connsim-horizon=1h").assert_outcomes(passed=1)


def test_an_unused_script_fails_its_test(pytester: pytest.Pytester) -> None:
    """What was scripted and never played is told at the end of the test, unless the test failed anyway."""
    pytester.makepyfile(
        """
        def test_idle(connsim):
            connsim.script("prism-inviter", "accepts")

        def test_failing(connsim):
            connsim.script("prism-inviter", "accepts")
            assert False
        """
    )

    result = pytester.runpytest()

    result.assert_outcomes(passed=1, errors=1, failed=1)
    result.stdout.fnmatch_lines(["*UnusedScript: The script 'accepts' for prism-inviter was never played.*"])


def test_tests_without_a_world_see_real_time(pytester: pytest.Pytester) -> None:
    """Nothing stays frozen after a test with a world."""
    pytester.makepyfile(
        """
        import time, asyncio

        REAL = (time.time, time.sleep, asyncio.new_event_loop)

        def test_frozen(connsim):
            assert time.time is not REAL[0]
            time.sleep(3600)

        def test_real():
            assert (time.time, time.sleep, asyncio.new_event_loop) == REAL
        """
    )

    result = pytester.runpytest_subprocess("--durations=0")

    result.assert_outcomes(passed=2)
    assert "3600" not in result.stdout.str()


def test_users_plug_in_their_own_client(pytester: pytest.Pytester) -> None:
    """A client with coroutines is plugged in by overriding one fixture."""
    pytester.makeconftest(
        """
        import asyncio
        import httpx
        import pytest
        from connsim import Outcome

        class Connection:
            def __init__(self, body):
                self.id = body["connectionId"]
                self.state = body["state"]
                self.invitation = body["invitation"]["invitationUrl"].split("_oob=")[1]

        class Mine:
            def __init__(self, url, key):
                self.options = {"base_url": url, "headers": {"apikey": key}}

            async def call(self, method, path, body=None):
                async with httpx.AsyncClient(**self.options) as http:
                    return Connection((await http.request(method, path, json=body)).json())

            async def create(self, label):
                return await self.call("POST", "/connections", {"label": label})

            async def accept(self, invitation):
                return await self.call("POST", "/connection-invitations", {"invitation": invitation})

            async def wait(self, connection, until, expiry):
                try:
                    async with asyncio.timeout(expiry):
                        while (now := await self.call("GET", f"/connections/{connection.id}")).state != until:
                            await asyncio.sleep(3600)
                except TimeoutError:
                    return Outcome(now.state, expired=True)
                return Outcome(now.state, expired=False)

        @pytest.fixture
        def connsim_new_client():
            return Mine
        """
    )

    ours = run_feature(pytester, GIVES_UP)
    pytester.makefile(
        ".feature", mine=FEATURE.replace("    And a client that asks every hour\n", "").format(then=GIVES_UP)
    )
    pytester.makepyfile(test_mine="from pytest_bdd import scenarios\nscenarios('mine.feature')\n")
    mine = pytester.runpytest("test_mine.py")

    ours.assert_outcomes(failed=1)
    ours.stdout.fnmatch_lines(["*but the plugged-in client has its own pace. Expected the example client.*"])
    mine.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("method", "wrong", "told"),
    [
        (
            "create",
            "None",
            "create() of Mine returned None. Expected a connection with the attributes id and invitation;*",
        ),
        ("wait", "True", "wait() of Mine returned True. Expected an Outcome(state, expired=...); see docs/*"),
        (
            "__init__",
            "None",
            "*which does not take a URL and an API key: *. Expected a function or class that takes both*",
        ),
    ],
)
def test_wrong_clients_are_told(pytester: pytest.Pytester, method: str, wrong: str, told: str) -> None:
    """A client that does not fit the plug point is told what was expected of it."""
    signature = "self, url" if method == "__init__" else "self, *_"
    pytester.makeconftest(
        f"""
        import pytest
        from types import SimpleNamespace

        class Mine:
            def __init__(self, url, key): ...
            def create(self, label): return SimpleNamespace(id="1", invitation="x")
            def wait(self, connection, until, expiry): ...
            def {method}({signature}): return {wrong}

        @pytest.fixture
        def connsim_new_client():
            return Mine
        """
    )
    pytester.makefile(
        ".feature", waiting=FEATURE.replace("    And a client that asks every hour\n", "").format(then=GIVES_UP)
    )
    pytester.makepyfile("from pytest_bdd import scenarios\nscenarios('waiting.feature')\n")

    result = pytester.runpytest()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*{told}"])


def test_is_silent_without_pytest_bdd(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pytest-bdd is absent, the fixtures work all the same."""
    pytester.makepyfile(
        sitecustomize="""
        import importlib.util
        real = importlib.util.find_spec
        importlib.util.find_spec = lambda name, *a: None if name == "pytest_bdd" else real(name, *a)
        """,
        test_plain="def test_world(connsim):\n    connsim.advance('1h')\n",
    )
    monkeypatch.setenv("PYTHONPATH", str(pytester.path), prepend=os.pathsep)

    result = pytester.runpytest_subprocess("-p", "no:pytest-bdd", "test_plain.py")

    result.assert_outcomes(passed=1)


def test_importing_the_plugin_is_light(pytester: pytest.Pytester) -> None:
    """Every pytest run of the environment imports the plugin, so it loads no library."""
    script = pytester.makepyfile(
        light="""
        import sys
        import connsim.pytest_plugin
        heavy = {"aiohttp", "httpx", "nacl", "faker", "freezegun", "respx"}
        assert not heavy & set(sys.modules), heavy & set(sys.modules)
        """
    )

    assert pytester.runpython(script).ret == 0
