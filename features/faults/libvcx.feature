Feature: What code on libvcx sees of an agency in trouble
  libvcx reports every failure of the agency by the same number, never repeats a request, and ignores Retry-After.
  So everything depends on the pace and the expiry of the calling code.

  Background:
    Given an issuer on libvcx
    And a holder who accepts after 15 seconds
    And a client that polls every 10 seconds

  Scenario Outline: After a failure, the issuer polls again at its own pace: <fault>
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

  Scenario: A wrong content type is ignored
    Given the agency's answers have the content type text/html on polls
    When the issuer invites the holder by QR code
    And the issuer waits at most 1 hour
    Then the issuer is connected exactly 20 seconds after the invitation

  Scenario: The agency never answers: each poll ends after libvcx's 50 seconds, and the wait at the issuer's own expiry
    Given the agency never answers on polls
    When the issuer invites the holder by QR code
    And the issuer waits at most 10 minutes
    Then the issuer gives up
    And the issuer reports libvcx 1003

  Scenario: An answer that drips for an hour is abandoned after the same 50 seconds
    Given the agency's answers drip over 1 hour on the first poll
    When the issuer invites the holder by QR code
    And the issuer waits at most 10 minutes
    Then the issuer is connected exactly 1 minute after the invitation
