"""Sentences that have got other words since: the former ones still work in the feature files of users."""

import pytest

FEATURE = """
Feature: Former sentences

  Scenario: Polls
    Given a holder who never responds
    And a client that asks every minute
    And the agent's answers are called text/html on polls
    When the inviter invites the holder
    And the inviter waits at most 5 minutes
    Then the inviter asked 6 times
    And the inviter asked at most 6 times
    And the inviter asked at least 6 times
    And the inviter asked 3 times within 2 minutes
    And the inviter asked every minute
    And the inviter asks no more

  Scenario: No expiry
    Given a holder who never responds
    When the inviter invites the holder
    Then the inviter is still asking after 1 hour

  Scenario: A state
    Given a holder who accepts
    When the inviter invites the holder
    And the inviter waits at most 1 minute
    Then the inviter never asked again after ConnectionResponseSent

  Scenario: Events
    Given the clients are told of changes by webhook
    And the event InvitationGenerated is told twice
    When the inviter invites the holder
    And 1 minute passes
    Then the inviter was told of InvitationGenerated, InvitationGenerated
    And the inviter was told of InvitationGenerated exactly 0 seconds after the invitation

  Scenario: No event
    Given the clients are told of changes by webhook
    And the receiver never answers
    When the inviter invites the holder
    And 1 minute passes
    Then the inviter was told nothing
"""


def test_former_sentences_still_work(pytester: pytest.Pytester) -> None:
    """Each former sentence does what the present one does."""
    pytester.makefile(".feature", former=FEATURE)
    pytester.makepyfile("from pytest_bdd import scenarios\n\nscenarios('former.feature')")

    pytester.runpytest().assert_outcomes(passed=5)
