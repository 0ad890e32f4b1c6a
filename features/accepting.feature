Feature: A client accepts an invitation through its PRISM agent
  A wallet must handle inviters that answer late, or never.

  Scenario: The inviter never answers
    Given an inviter who never responds
    And a client that polls every minute
    When the invitee accepts the invitation
    And the invitee waits at most 24 hours
    Then the invitee gives up exactly 24 hours after the invitation
    And the invitee's connection is in ConnectionRequestSent

  Scenario: The inviter cannot be reached
    Given an inviter whose endpoint is unreachable
    And a client that polls every minute
    When the invitee accepts the invitation
    And the invitee waits at most 1 hour
    Then the invitee gives up exactly 1 hour after the invitation
    And the invitee's connection is in ConnectionRequestPending

  Scenario: The inviter answers late
    Given an inviter who accepts after 3 hours
    And a client that polls every hour
    When the invitee accepts the invitation
    And the invitee waits at most 24 hours
    Then the invitee is connected exactly 4 hours after the invitation

  Scenario: The agent goes through the states of a table
    Given the invitee's connection goes through
      | state                      | lasts      |
      | ConnectionRequestPending   | 2 polls    |
      | ConnectionRequestSent      | 90 seconds |
      | ConnectionResponseReceived | for ever   |
    And a client that polls every 30 seconds
    When the invitee accepts the invitation
    And the invitee waits at most 10 minutes
    Then the invitee is connected exactly 2 minutes after the invitation
