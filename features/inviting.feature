Feature: A client makes an invitation through its PRISM agent
  An issuer must notice an acceptance, and stop waiting if it never comes.

  Scenario: The holder accepts in time
    Given a holder who accepts after 90 seconds
    And a client that polls every 30 seconds
    When the inviter invites the holder
    And the inviter waits at most 24 hours
    Then the inviter is connected exactly 2 minutes after the invitation

  Scenario: The holder never answers
    Given a holder who never responds
    And a client that polls every minute
    When the inviter invites the holder
    And the inviter waits at most 24 hours
    Then the inviter gives up exactly 24 hours after the invitation
    And the inviter polled 1441 times

  Scenario: A client with back-off polls less and less often
    Given a holder who never responds
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter gives up exactly 1 hour after the invitation
    And the inviter polled at most 70 times

  Scenario: The response cannot be delivered
    Given a holder whose endpoint is unreachable
    And a client that polls every minute
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter gives up exactly 1 hour after the invitation
    And the inviter's connection is in ConnectionResponsePending

  Scenario: The agent loses the message that it was about to send
    Given an agent that restarts
    And a client that polls every minute
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter gives up exactly 1 hour after the invitation
    And the inviter's connection is in ConnectionResponsePending

  Scenario: The holder accepts after the invitation has expired
    Given a holder who accepts after 10 minutes
    And a client that polls every minute
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter gives up exactly 1 hour after the invitation
    And the inviter's connection is in InvitationExpired
