Feature: What clients request, how often, and in which order
  A client that polls too often, or never stops, is a burden to its agent, even if it ends in the right state.

  Scenario: A client polls at an even pace
    Given a holder who accepts after 5 minutes
    And a client that polls every minute
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter polled every minute
    And the inviter polled 4 times within 3 minutes
    And the inviter polled at least 6 times

  Scenario: A client backs off
    Given a holder who never responds
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter backed off, up to 1 minute

  Scenario: A client stops once it is connected
    Given a holder who accepts after 90 seconds
    When the inviter invites the holder
    And the inviter waits at most 24 hours
    And 2 days pass
    Then the inviter saw in turn
      | state                  |
      | InvitationGenerated    |
      | ConnectionResponseSent |
    And the inviter saw ConnectionResponseSent within 3 minutes
    And the inviter never polled again after ConnectionResponseSent

  Scenario: A client sends its key with every request
    Given a holder who accepts
    When the inviter invites the holder
    And the inviter waits at most 1 minute
    Then the inviter sent the header apikey with every request
    And the inviter sent inviter-key as the header apikey with every request

  Scenario: The inviter is connected before the invitee is
    When the inviter invites the invitee
    And the invitee accepts the invitation
    And the inviter waits at most 1 minute
    And the invitee waits at most 1 minute
    Then the inviter saw ConnectionResponseSent before the invitee saw ConnectionResponseReceived

  Scenario: An issuer sees the holder's answer, and stops
    Given a holder who accepts after 90 seconds
    And a client that polls every 30 seconds
    When the issuer invites the holder by QR code
    And the issuer waits at most 24 hours
    Then the issuer saw in turn
      | state     |
      | OfferSent |
      | Accepted  |
    And the issuer polled every 30 seconds
    And the issuer never polled again after Accepted
