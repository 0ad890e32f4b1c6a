"""The sentences about what went over the wire, as whoever writes a scenario meets them."""

import pytest

GIVEN = """
  Background:
    Given a holder who accepts after 90 seconds
    And a client that asks every minute
    When the inviter invites the holder
    And the inviter waits at most 1 hour
"""

UNMET = {
    "the inviter asked at least 9 times": "The inviter sent 3 requests. Expected at least 9.",
    "the inviter asked 3 times within 1 minute": (
        "The inviter sent 2 requests (until 1 minute after the invitation). Expected exactly 3.",
        "Nearest miss: +00:02:00.000  GET /connections/* -> 200 ConnectionResponseSent: it came 1 minute too late.",
        "> +00:02:00.000  GET /connections/* -> 200 ConnectionResponseSent",
    ),
    "the inviter asked every 30 seconds": (
        "The inviter waited 1 minute, from 0 seconds after the invitation on. Expected exactly 30 seconds."
    ),
    "the inviter backed off": "The inviter waited 1 minute at first and 1 minute at last. Expected pauses that grow.",
    "the inviter backed off, up to 30 seconds": (
        "The inviter waited 1 minute, from 0 seconds after the invitation on. Expected at most 30 seconds."
    ),
    "the inviter never asked again after InvitationGenerated": (
        "The inviter sent 2 requests after it was shown InvitationGenerated, the first one 1 minute later."
        " Expected none."
    ),
    "the inviter sent the header x-trace with every request": (
        "The inviter sent 4 of 4 requests without header x-trace. Expected the header on every request.",
        "Nearest miss: +00:00:00.000  POST /connections -> 201: there is no header x-trace.",
    ),
    "the inviter sent my key as the header apikey with every request": (
        "Nearest miss: +00:00:00.000  POST /connections -> 201: header apikey is 'inviter-key', expected 'my key'."
    ),
    "the inviter saw ConnectionResponseSent within 1 minute": (
        "The inviter sent no requests (state 'ConnectionResponseSent', until 1 minute after the invitation). Expected*",
        "Nearest miss: +00:02:00.000  GET /connections/*: it came 1 minute too late.",
    ),
    "the inviter saw ConnectionResponsePending within 1 minute": (
        "The inviter was shown InvitationGenerated, then ConnectionResponseSent. Expected ConnectionResponsePending."
    ),
    "the inviter saw InvitationGenerated before the inviter saw ConnectionResponseSent": (),
    "the client saw ConnectionResponseSent before the inviter saw InvitationGenerated": (
        "The inviter saw ConnectionResponseSent 2 minutes after the invitation; the inviter had seen"
        " InvitationGenerated 0 seconds after the invitation. Expected the other order."
    ),
    "the inviter saw in turn\n      | state               |\n      | InvitationGenerated |": (
        "The inviter was shown InvitationGenerated, then ConnectionResponseSent. Expected InvitationGenerated."
    ),
}

NO_SENSE = {
    "the inviter saw in turn": "*no table below it. Expected one with the column | state |, and a row for each state.",
    "the inviter saw in turn\n      | act  |\n      | wait |": "*table with the columns ?'act'? below it. Expected*",
    "the inviter never asked again after InvitationExpird": "*is not a state*Did you mean 'InvitationExpired'*",
    "the inviter never asked again after InvitationExpired": "*was never in InvitationExpired, so no request can come*",
    "the inviter asked every often": "*'1 often' is not a duration*",
    "the invitee asked every minute": "*The invitee has done nothing in this scenario*",
    "the inviter asked at least 0 times": "*'At least 0 requests' is always true*",
}


def run(pytester: pytest.Pytester, sentences: list[str]) -> pytest.RunResult:
    """Run one scenario for each sentence."""
    scenarios = [f"  Scenario: Number {number}\n    Then {one}\n" for number, one in enumerate(sentences)]
    pytester.makefile(".feature", asking="\n".join(["Feature: Asking", GIVEN, *scenarios]))
    pytester.makepyfile("from pytest_bdd import scenarios\nscenarios('asking.feature')\n")
    return pytester.runpytest()


def test_what_is_not_met_is_told(pytester: pytest.Pytester) -> None:
    """A sentence that is not met tells who did what instead, the nearest miss, and the connection's timeline."""
    result = run(pytester, list(UNMET))

    result.assert_outcomes(failed=len(UNMET) - 1, passed=1)
    for told in UNMET.values():
        lines = [told] if isinstance(told, str) else told
        result.stdout.fnmatch_lines([f"*{line}" for line in lines])
    result.stdout.fnmatch_lines(
        ["The timeline of connection *:", "  +00:00:00.000  prism-inviter: InvitationGenerated (created)"]
    )
    result.stdout.no_fnmatch_line("*traffic.py*")


def test_sentences_that_make_no_sense_are_misuse(pytester: pytest.Pytester) -> None:
    """Whoever asks for what can not be is told what is wrong with the scenario, and never that the client is."""
    result = run(pytester, list(NO_SENSE))

    result.assert_outcomes(failed=len(NO_SENSE))
    for told in NO_SENSE.values():
        result.stdout.fnmatch_lines([told])
    result.stdout.no_fnmatch_line("*Unmet*")


def test_a_question_at_the_expiry_is_no_part_of_the_cadence(pytester: pytest.Pytester) -> None:
    """The example client asks once more when it gives up, however soon that is after its last question."""
    pytester.makefile(
        ".feature",
        asking="""
        Feature: Asking
          Scenario: An expiry comes in between
            Given a holder who never responds
            And a client that asks every 7 minutes
            When the inviter invites the holder
            And the inviter waits at most 1 hour
            Then the inviter asked every 7 minutes
            And the inviter asked 10 times
            And the inviter waited at least 4 minutes between polls

          Scenario: It backs off for 100 seconds
            Given a holder who never responds
            When the inviter invites the holder
            And the inviter waits at most 100 seconds
            Then the inviter backed off
        """,
    )
    pytester.makepyfile("from pytest_bdd import scenarios\nscenarios('asking.feature')\n")

    pytester.runpytest().assert_outcomes(passed=2)


def test_an_aries_issuer_shows_no_states(pytester: pytest.Pytester) -> None:
    """The agency cannot read Aries messages, so a sentence about what the issuer saw is misuse."""
    pytest.importorskip("vcx", reason="the wrapper is not installed; run: pip install 'connsim[vcx]'")
    pytester.makefile(
        ".feature",
        asking="""
        Feature: Asking
          Scenario: Aries
            Given an issuer on libvcx that speaks Aries
            And a client that asks every minute
            And a holder who accepts
            When the issuer invites the holder by QR code
            And the holder scans the invitation
            And the issuer waits at most 1 hour
            Then the issuer saw Accepted within 1 hour
        """,
    )
    pytester.makepyfile("from pytest_bdd import scenarios\nscenarios('asking.feature')\n")

    result = pytester.runpytest()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["Misuse: No reply about connection * shows its state: the agency cannot read Aries*"])
