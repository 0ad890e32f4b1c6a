Feature: An issuer connects through a VCX agency
  An issuer on libvcx must handle holders who accept, refuse, redirect, or never answer, and must stop polling in time.

  Scenario: The holder accepts the QR code
    Given a holder who accepts after 90 seconds
    And a client that polls every 30 seconds
    When the issuer invites the holder by QR code
    And the issuer waits at most 24 hours
    Then the issuer is connected exactly 90 seconds after the invitation

  Scenario: The holder gets an SMS, and accepts
    Given a holder who accepts after 5 minutes
    And a client that polls every minute
    When the issuer invites the holder by SMS
    And the issuer waits at most 24 hours
    Then the holder got one SMS with a link to the invitation
    And the issuer is connected

  Scenario: A refusal looks like silence
    Given a holder who refuses after 1 minute
    And a client that polls every hour
    When the issuer invites the holder by QR code
    And the issuer waits at most 24 hours
    Then the issuer gives up exactly 24 hours after the invitation
    And the issuer's connection is in OfferSent
    And a download of messages shows that the holder refused

  Scenario: The holder never answers
    Given a holder who never responds
    And a client that polls every minute
    When the issuer invites the holder by QR code
    And the issuer waits at most 24 hours
    Then the issuer gives up exactly 24 hours after the invitation
    And the issuer polled 1441 times

  Scenario: The holder redirects to an older connection
    Given the issuer and the holder are connected already
    And a holder who redirects after 10 seconds
    When the issuer invites the holder by QR code
    And the issuer waits at most 1 hour
    Then the issuer is redirected

  Scenario: The holder accepts after the client has given up
    Given a holder who accepts after 2 days
    And a client that polls every hour
    When the issuer invites the holder by QR code
    And the issuer waits at most 24 hours
    And 3 days pass
    Then the issuer gives up exactly 24 hours after the invitation
    And the issuer's connection is in Accepted

  Scenario: The holder answers after the invitation has expired
    Given an agency whose invitations expire after 5 minutes
    And a holder who accepts after 10 minutes
    When the issuer invites the holder by QR code
    And the issuer waits at most 1 hour
    Then the issuer gives up
    And the issuer's connection is in OfferSent

  Scenario: The holder hesitates, accepts, and answers once more
    Given the holder does in turn
      | act          | lasts     |
      | ignore       | 2 polls   |
      | accept       | 5 seconds |
      | answer-again | for ever  |
    And a client that polls every 10 seconds
    When the issuer invites the holder by QR code
    And the issuer waits at most 1 hour
    Then the issuer is connected exactly 20 seconds after the invitation

  Scenario: A cloud agent accepts by itself
    Given a holder whose cloud agent accepts
    When the issuer invites the holder by QR code
    And the issuer waits at most 1 minute
    Then the issuer is connected exactly 0 seconds after the invitation

  Scenario: Only an expiry stops an issuer
    Given a holder who refuses
    And a client that polls every hour
    When the issuer invites the holder by QR code
    Then the issuer is still polling after 7 days
