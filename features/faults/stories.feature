Feature: Faults as a part of a sequence
  In a table of steps, each step may have a fault for the polls during this step. Other faults may apply to one client.

  Background:
    Given a client that polls every 10 seconds

  Scenario: A fault applies during a step of the agent
    Given the inviter's connection goes through
      | state                     | lasts      | fault                |
      | InvitationGenerated       | 2 polls    | status 503, times 2  |
      | ConnectionResponsePending | 15 seconds | reset before headers |
      | ConnectionResponseSent    | for ever   |                      |
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter is connected exactly 50 seconds after the invitation

  Scenario: A fault applies during a step of a VCX holder
    Given the holder does in turn
      | act    | lasts      | fault               |
      | ignore | 15 seconds | status 503, times 1 |
      | accept | for ever   | empty, times 1      |
    When the issuer invites the holder by QR code
    And the issuer waits at most 1 hour
    Then the issuer is connected exactly 30 seconds after the invitation

  Scenario: A fault applies to one of two clients
    Given the agent never answers on polls to the inviter
    When the inviter invites the invitee
    And the invitee accepts the invitation
    And the invitee waits at most 1 hour
    And the inviter waits at most 1 minute
    Then the invitee is connected
    And the inviter gives up
