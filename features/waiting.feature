Feature: How a client waits
  Whoever runs an agent needs clients that ask now and then, and that stop at some time.

  Scenario: A polite client leaves pauses
    Given a holder who never responds
    And a client that asks every 2 seconds
    When the inviter invites the holder
    And the inviter waits at most 1 minute
    Then the client waited at least 2 seconds between polls
    And the client asked at most 31 times

  Scenario: Only an expiry stops a client
    Given a holder who never responds
    And a client that asks every hour
    When the inviter invites the holder
    Then the client is still asking after 7 days

  Scenario: A day passes while nobody waits
    Given a holder who accepts after 90 seconds
    When the inviter invites the holder
    And 24 hours pass
    Then the inviter's connection is in ConnectionResponseSent

  Scenario: The agent itself hangs
    Given an agent that hangs
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter gives up
