Feature: What code on libvcx sees of an agency in trouble
  Whoever has code on the published wrapper needs to know that libvcx tells of every trouble by the same number, asks
  nothing again by itself, and does not know Retry-After: the caller's own pace and expiry are all there is.

  Background:
    Given an issuer on libvcx
    And a holder who accepts after 15 seconds
    And a client that asks every 10 seconds

  Scenario Outline: Trouble passes, and the issuer asks again at its own pace: <fault>
    Given these faults
      | fault   | times | poll |
      | <fault> | 3     | yes  |
    When the issuer invites the holder by QR code
    And the issuer waits at most 1 hour
    Then the issuer is connected exactly 30 seconds after the invitation

    Examples:
      | fault                         |
      | status 503, retry_after 1 hour |
      | reset before headers          |
      | reset after headers           |
      | empty                         |
      | truncate 20                   |
      | malformed half                |
      | malformed html                |
      | malformed noise               |
      | malformed null                |
      | malformed nothing             |

  Scenario: A wrong content type is not looked at
    Given the agency's answers are called text/html on polls
    When the issuer invites the holder by QR code
    And the issuer waits at most 1 hour
    Then the issuer is connected exactly 20 seconds after the invitation

  Scenario: No answer ever comes: each question ends after the 50 seconds of libvcx, and the issuer at its own expiry
    Given the agency never answers on polls
    When the issuer invites the holder by QR code
    And the issuer waits at most 10 minutes
    Then the issuer gives up
    And the issuer reports libvcx 1003

  Scenario: An answer that drips for an hour ends after the same 50 seconds
    Given the agency's answers drip over 1 hour on the first poll
    When the issuer invites the holder by QR code
    And the issuer waits at most 10 minutes
    Then the issuer is connected exactly 1 minute after the invitation
