Feature: Events that are lost, repeated or out of order
  A client that relies on webhooks must survive an event that is lost, comes twice, or comes late.

  Background:
    Given a holder who accepts after 90 seconds
    And the clients are notified of changes by webhook

  Scenario: A lost event is not repeated, so a client must also poll
    Given the event ConnectionResponseSent is lost
    And a client that polls every minute
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter is connected exactly 2 minutes after the invitation
    And the inviter was notified of InvitationGenerated, ConnectionRequestReceived, ConnectionResponsePending

  Scenario: An event is delivered twice
    Given the event ConnectionResponseSent is delivered twice
    When the inviter invites the holder
    And 1 hour passes
    Then the inviter was notified of InvitationGenerated, ConnectionRequestReceived, ConnectionResponsePending, ConnectionResponseSent, ConnectionResponseSent

  Scenario: An event overtakes the previous one
    Given the event ConnectionResponsePending is delivered out of order
    When the inviter invites the holder
    And 1 hour passes
    Then the inviter was notified of InvitationGenerated, ConnectionRequestReceived, ConnectionResponseSent, ConnectionResponsePending

  Scenario: An event that waits for a next one is delivered after a minute at the latest
    Given the event ConnectionResponseSent is delivered out of order
    When the inviter invites the holder
    And 1 hour passes
    Then the inviter was notified of ConnectionResponseSent exactly 150020 milliseconds after the invitation
