Feature: The agent notifies its clients of changes
  A client that registers a webhook need not poll. It must know which events it gets, when, and what happens while its
  receiver is down.

  Scenario: Both sides get an event for every state
    Given the clients are notified of changes by webhook
    When the inviter invites the invitee
    And the invitee accepts the invitation
    And 1 minute passes
    Then the inviter was notified of InvitationGenerated, ConnectionRequestReceived, ConnectionResponsePending, ConnectionResponseSent
    And the invitee was notified of InvitationReceived, ConnectionRequestPending, ConnectionRequestSent, ConnectionResponseReceived

  Scenario: The third attempt succeeds
    Given a holder who accepts after 90 seconds
    And the clients are notified of changes by webhook
    And the receiver refuses 2 times
    When the inviter invites the holder
    And 1 minute passes
    Then the inviter was notified of InvitationGenerated exactly 10 seconds after the invitation

  Scenario: An event is dropped after three failed attempts
    Given a holder who accepts after 90 seconds
    And the clients are notified of changes by webhook
    And the receiver refuses 3 times
    When the inviter invites the holder
    And 2 minutes pass
    Then the inviter was notified of ConnectionRequestReceived, ConnectionResponsePending, ConnectionResponseSent
    And the inviter was notified of ConnectionRequestReceived exactly 90 seconds after the invitation

  Scenario: A receiver that never answers does not affect a client that polls
    Given a holder who accepts after 90 seconds
    And the clients are notified of changes by webhook
    And the receiver never answers
    And a client that polls every 30 seconds
    When the inviter invites the holder
    And the inviter waits at most 24 hours
    Then the inviter is connected exactly 2 minutes after the invitation
    And the inviter was not notified
