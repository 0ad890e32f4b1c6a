Feature: What a good issuer does when the agency fails
  Some failures of the agency pass, and none may keep the issuer waiting forever. The issuer polls every 10 seconds, and
  the holder accepts after 15 seconds: without a fault, the issuer is connected after 20.

  Background:
    Given a holder who accepts after 15 seconds
    And a client that polls every 10 seconds

  Scenario: After a 503, the issuer polls again at its usual pace
    Given the agency answers 503 twice on polls
    When the issuer invites the holder by QR code
    And the issuer waits at most 1 hour
    Then the issuer is connected exactly 20 seconds after the invitation
    And the faults struck 2 times

  Scenario: With Retry-After, the issuer polls no earlier
    Given the agency answers 429 once with Retry-After 2 minutes on polls
    When the issuer invites the holder by QR code
    And the issuer waits at most 1 hour
    Then the issuer is connected exactly 2 minutes after the invitation

  Scenario: The agency is too busy to make an invitation, so the issuer repeats the request
    Given the agency answers 503 twice with Retry-After 30 seconds on posts
    When the issuer invites the holder by QR code
    And the issuer waits at most 1 hour
    Then the issuer is connected
    And the faults struck 2 times

  Scenario: The agency stays unavailable: the issuer gives up in time, and reports it
    Given the agency answers 500 on polls
    When the issuer invites the holder by QR code
    And the issuer waits at most 1 hour
    Then the issuer gives up exactly 1 hour after the invitation
    And the issuer reports status 500

  Scenario: A late answer is an answer
    Given the agency takes 3 seconds to answer on polls
    When the issuer invites the holder by QR code
    And the issuer waits at most 1 hour
    Then the issuer is connected exactly 29 seconds after the invitation

  Scenario: The agency never answers: the issuer gives up
    Given the agency never answers on polls
    When the issuer invites the holder by QR code
    And the issuer waits at most 1 minute
    Then the issuer gives up
    And the issuer reports timed out

  Scenario: Connections are reset, and the issuer polls again
    Given the agency hangs up on every second poll
    When the issuer invites the holder by QR code
    And the issuer waits at most 1 hour
    Then the issuer is connected exactly 20 seconds after the invitation

  Scenario Outline: An unreadable answer is ignored, and the issuer polls again: <fault>
    Given these faults
      | fault   | times | poll |
      | <fault> | 3     | yes  |
    When the issuer invites the holder by QR code
    And the issuer waits at most 1 hour
    Then the issuer is connected exactly 30 seconds after the invitation

    Examples:
      | fault               |
      | empty               |
      | reset after headers |
      | truncate 20         |
      | malformed half      |
      | malformed html      |
      | malformed noise     |
      | malformed null      |
      | malformed nothing   |

  Scenario: A wrong content type is ignored
    Given the agency's answers have the content type text/html on polls
    When the issuer invites the holder by QR code
    And the issuer waits at most 1 hour
    Then the issuer is connected exactly 20 seconds after the invitation

  Scenario: An answer that drips for an hour does not hold the issuer
    Given the agency's answers drip over 1 hour on the first poll
    When the issuer invites the holder by QR code
    And the issuer waits at most 10 minutes
    Then the issuer is connected

  Scenario: Answers that are two polls old delay the issuer by two polls
    Given the agency's answers are 2 polls old on polls
    When the issuer invites the holder by QR code
    And the issuer waits at most 1 hour
    Then the issuer is connected exactly 40 seconds after the invitation
