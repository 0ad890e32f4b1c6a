Feature: Two clients connect with each other
  If you test both ends, they connect with each other. A lost message leaves them in different states.

  Scenario: Inviter and invitee connect
    When the inviter invites the invitee
    And the invitee accepts the invitation
    And the invitee waits at most 1 minute
    And the inviter waits at most 1 minute
    Then the invitee is connected
    And the inviter is connected

  Scenario: The inviter never learns of the acceptance
    Given an acceptance that the inviter never learns of
    When the inviter invites the invitee
    And the invitee accepts the invitation
    And the invitee waits at most 1 minute
    And the inviter waits at most 24 hours
    Then the invitee is connected
    And the inviter gives up
    And the inviter's connection is in InvitationGenerated

  Scenario: The response is lost
    Given an invitee who is a stuck-invitee
    When the inviter invites the invitee
    And the invitee accepts the invitation
    And the invitee waits at most 24 hours
    Then the invitee gives up exactly 24 hours after the invitation
    And the inviter's connection is in ConnectionResponseSent
