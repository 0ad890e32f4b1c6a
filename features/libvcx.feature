Feature: An issuer on libvcx
  Code for the published wrapper of libvcx must survive restarts, an agency that does not answer, and answers that come
  too late.

  Scenario: The issuer is restarted while it waits
    Given an issuer on libvcx
    And a holder who accepts after 90 seconds
    When the issuer invites the holder by QR code
    And the issuer is restarted from what it saved
    And the issuer waits at most 1 hour
    Then the issuer is connected

  Scenario: The agency does not answer for ten minutes
    Given an issuer on libvcx
    And a client that polls every minute
    And an agency that does not answer for 10 minutes, and a holder who accepts then
    When the issuer invites the holder by QR code
    And the issuer waits at most 1 hour
    Then the issuer is connected

  Scenario: The answer comes after the issuer has given up, and the issuer finds it later
    Given an issuer on libvcx
    And a holder who accepts after 2 days
    And a client that polls every hour
    When the issuer invites the holder by SMS
    And the issuer waits at most 24 hours
    Then the issuer gives up exactly 24 hours after the invitation

    When 2 days pass
    And the issuer waits at most 1 minute
    Then the issuer is connected

  Scenario: The issuer shows its public DID
    Given an issuer on libvcx who shows its public DID
    When the issuer invites the holder by QR code
    Then the invitation shows the issuer's public DID
