Feature: An invitation is used twice, or too late
  Invitations are copied, forwarded and forgotten. An inviter must know what the second client sees, and a late one.

  Scenario: The same invitee accepts twice
    When the inviter invites the invitee
    And the invitee accepts the invitation
    And the invitee tries to accept the invitation again
    Then the invitee is refused: Invitation Already Received

  Scenario: The inviter accepts its own invitation
    When the inviter invites the invitee
    And the inviter tries to accept the invitation
    Then the inviter is refused: Invitation Already Received

  Scenario: A second invitee comes too late, and gets no error
    Given a client that polls every minute
    When the inviter invites the invitee
    And the invitee accepts the invitation
    And the other invitee accepts the invitation
    And the other invitee waits at most 1 hour
    Then the other invitee gives up exactly 1 hour after the invitation
    And the other invitee's connection is in ConnectionRequestPending

  Scenario: An invitation expires, and its inviter does not notice
    When the inviter invites the holder
    And 24 hours pass
    Then the inviter's connection is in InvitationGenerated

  Scenario: An expired invitation is accepted
    Given a client that polls every minute
    When the inviter invites the invitee
    And 10 minutes pass
    And the invitee accepts the invitation
    And the invitee waits at most 1 hour
    Then the invitee gives up exactly 1 hour after the invitation
    And the invitee's connection is in ConnectionRequestPending
    And the inviter's connection is in InvitationExpired

  Scenario: The response overtakes the acknowledgement
    Given acknowledgements that take 1 second
    When the inviter invites the invitee
    And the invitee accepts the invitation
    And the invitee waits at most 1 minute
    Then the invitee is connected
    And the invitee's connection was never in ConnectionRequestSent
