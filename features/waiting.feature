Feature: How a client waits
  An agent serves many clients: each must pause between polls, and stop at some point.

  Scenario: A polite client pauses between polls
    Given a holder who never responds
    And a client that polls every 2 seconds
    When the inviter invites the holder
    And the inviter waits at most 1 minute
    Then the client waited at least 2 seconds between polls
    And the client polled at most 31 times

  Scenario: Only an expiry stops a client
    Given a holder who never responds
    And a client that polls every hour
    When the inviter invites the holder
    Then the client is still polling after 7 days

  Scenario: A day passes while no client waits
    Given a holder who accepts after 90 seconds
    When the inviter invites the holder
    And 24 hours pass
    Then the inviter's connection is in ConnectionResponseSent

  Scenario: The agent itself hangs
    Given an agent that hangs
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter gives up
