Feature: An issuer makes an Aries connection
  Modern deployments of VCX use Aries connections. Their issuers must handle late acknowledgements, holders that
  disappear, trust pings, and problem reports at each point.

  Background:
    Given an issuer on libvcx that speaks Aries
    And a client that polls every minute

  Scenario: The invitee acknowledges the connection response
    Given a holder who accepts
    When the issuer invites the holder by QR code
    And the holder scans the invitation
    And the issuer waits at most 1 hour
    Then the issuer is connected

  Scenario: A trust ping is as good as an acknowledgement
    Given a holder who accepts by ping
    When the issuer invites the holder by QR code
    And the holder scans the invitation
    And the issuer waits at most 1 hour
    Then the issuer is connected

  Scenario: The acknowledgement comes late
    Given a holder who acknowledges late after 10 minutes
    When the issuer invites the holder by QR code
    And the holder scans the invitation
    And the issuer waits at most 1 hour
    Then the issuer is connected exactly 11 minutes after the invitation

  Scenario: The holder's wallet scans twice
    Given a holder who scans twice
    When the issuer invites the holder by QR code
    And the holder scans the invitation
    And the issuer waits at most 1 hour
    Then the issuer is connected

  Scenario: The invitation is never scanned
    When the issuer invites the holder by QR code
    And the issuer waits at most 24 hours
    Then the issuer gives up exactly 24 hours after the invitation

  Scenario: The invitee disappears after its connection request
    Given a holder who disappears halfway
    When the issuer invites the holder by QR code
    And the holder scans the invitation
    And the issuer waits at most 24 hours
    Then the issuer gives up exactly 24 hours after the invitation
    And the issuer's wait ended in RequestReceived

  Scenario: The invitee sends a problem report
    Given a holder who refuses
    When the issuer invites the holder by QR code
    And the holder scans the invitation
    And the issuer waits at most 1 hour
    Then the issuer's wait ended in Initialized

  Scenario: The connection response cannot be delivered
    Given a holder whose endpoint is unreachable
    When the issuer invites the holder by QR code
    And the holder scans the invitation
    And the issuer waits at most 1 hour
    Then the issuer's wait ended in Initialized

  Scenario: The invitee rejects the signature of the response
    Given a holder who doubts the signature
    When the issuer invites the holder by QR code
    And the holder scans the invitation
    And the issuer waits at most 1 hour
    Then the issuer's wait ended in Initialized
