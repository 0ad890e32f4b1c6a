Feature: Agents of early 2023
  Clients of that time need their agent: it sends messages every two seconds, and its invitations never expire.

  Background:
    Given agents of early 2023
    And a client that polls every second

  Scenario: Two clients connect; each message waits for the next run of the sending job
    When the inviter invites the invitee
    And the invitee accepts the invitation
    And the invitee waits at most 1 minute
    And the inviter waits at most 1 minute
    Then the invitee is connected exactly 4 seconds after the invitation
    And the inviter is connected

  Scenario: Invitations do not expire
    When the inviter invites the invitee
    And 24 hours pass
    And the invitee accepts the invitation
    And the invitee waits at most 1 minute
    Then the invitee is connected

  Scenario: An invitation is accepted twice
    When the inviter invites the invitee
    And the invitee accepts the invitation
    And the invitee tries to accept the invitation again
    Then the invitee is refused: InvitationAlreadyReceived
