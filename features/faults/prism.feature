Feature: What a good client of a PRISM agent does when things go wrong
  Some failures pass by themselves, some require a pause, and some must be reported. The clients of these scenarios poll
  every 10 seconds, and the holder accepts after 15 seconds: without a fault, they are connected after 20.

  Background:
    Given a holder who accepts after 15 seconds
    And a client that polls every 10 seconds

  # --- refusals

  Scenario: After a 503, the client polls again at its usual pace
    Given the agent answers 503 twice on polls
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter is connected exactly 20 seconds after the invitation
    And the faults struck 2 times

  Scenario: With Retry-After in seconds, the client polls no earlier
    Given the agent answers 503 once with Retry-After 2 minutes on polls
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter is connected exactly 2 minutes after the invitation
    And the inviter polled 2 times

  Scenario: With Retry-After as a date, the client waits until then
    Given these faults
      | fault      | times | retry_after | as_date | poll |
      | status 429 | 1     | 1 minute    | yes     | yes  |
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter is connected
    And the inviter polled 2 times

  Scenario: Retry-After is later than the client's expiry: it gives up without polling again
    Given the agent answers 429 with Retry-After 2 hours on polls
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter gives up exactly 1 hour after the invitation
    And the inviter reports 429
    And the faults struck 1 time

  Scenario: The agent is unavailable for 5 minutes, and the client keeps polling
    Given the agent answers 503 on polls for 5 minutes
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter is connected exactly 5 minutes after the invitation

  Scenario: The agent stays unavailable: the client gives up in time, and reports the failure
    Given the agent answers 502 on polls
    When the inviter invites the holder
    And the inviter waits at most 1 minute
    Then the inviter gives up exactly 1 minute after the invitation
    And the inviter reports 502

  Scenario: A client within its agent's rate limit is never refused
    Given the agent takes 10 requests in 1 minute from each client
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter is connected exactly 20 seconds after the invitation
    And the faults struck 0 times

  Scenario: A client above the rate limit waits as long as the agent asks it to
    Given the agent takes 2 requests in 1 minute from each client
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter is connected exactly 60 seconds after the invitation
    And the faults struck 1 time

  # --- the network

  Scenario: A late answer is an answer
    Given the agent takes 3 seconds to answer on polls
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter is connected exactly 29 seconds after the invitation

  Scenario: An answer that comes after the client's time-out is lost, and the client polls again
    Given the agent takes 1 to 2 minutes to answer twice on polls
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter is connected exactly 30 seconds after the invitation

  Scenario: The agent never answers: the client gives up
    Given the agent never answers on polls
    When the inviter invites the holder
    And the inviter waits at most 1 minute
    Then the inviter gives up
    And the inviter reports ReadTimeout

  Scenario: The connection is reset on every second poll, and the client polls again
    Given the agent hangs up on every second poll
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter is connected exactly 20 seconds after the invitation

  Scenario: The connection is reset after the headers, and the client polls again
    Given the agent hangs up after the headers 3 times on polls
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter is connected exactly 30 seconds after the invitation

  Scenario: After an empty reply, the client polls again
    Given the agent closes the connection without a word twice on polls
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter is connected exactly 20 seconds after the invitation

  Scenario: A truncated answer is ignored, even if its beginning could be read
    Given the agent's answers break off after 20 bytes 3 times on polls
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter is connected exactly 30 seconds after the invitation

  Scenario: An answer that drips for an hour does not hold the client
    Given the agent's answers drip over 1 hour on the first poll
    When the inviter invites the holder
    And the inviter waits at most 10 minutes
    Then the inviter is connected
    And the faults struck 1 time

  Scenario: An answer that drips for some seconds is an answer
    Given the agent's answers drip over 4 seconds on polls
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter is connected exactly 32 seconds after the invitation

  # --- what comes back

  Scenario Outline: A body that is not a connection is ignored, and the client polls again: <body>
    Given the agent's answers have the body <body> 3 times on polls
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter is connected exactly 30 seconds after the invitation

    Examples:
      | body    |
      | half    |
      | html    |
      | noise   |
      | null    |
      | nothing |

  Scenario: A client that reads the body is not affected by a wrong content type
    Given the agent's answers have the content type text/html on polls
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter is connected exactly 20 seconds after the invitation

  Scenario: Answers that are 30 seconds old delay the client by 30 seconds
    Given the agent's answers are 30 seconds old
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter is connected exactly 50 seconds after the invitation

  Scenario: Answers that are two polls old delay the client by two polls
    Given the agent's answers are 2 polls old
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter is connected exactly 40 seconds after the invitation

  # --- where

  Scenario: The agent fails in one state only
    Given the agent answers 503 while the connection is in InvitationGenerated
    When the inviter invites the holder
    And the inviter waits at most 1 hour
    Then the inviter is connected exactly 20 seconds after the invitation
    And the faults struck 2 times
