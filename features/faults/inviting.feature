Feature: What a good client does when it cannot invite
  A request that makes an invitation may be repeated only if the agent has certainly not processed it. An agent that
  answers "too busy" has not; after a reset or an unreadable answer, the client cannot know.

  Scenario: The agent is too busy to make an invitation, so the client repeats the request
    Given the agent answers 503 once with Retry-After 30 seconds on posts
    When the inviter invites the holder
    Then the agent keeps 1 connection
    And the faults struck 1 time

  Scenario: The agent stays too busy, so the client gives up and reports it
    Given the agent answers 503 on posts
    When the inviter tries to invite the holder
    Then the inviter reports 503
    And the faults struck 3 times
    And the agent keeps 0 connections

  Scenario: The connection is reset: the client reports it, and does not repeat the request
    Given the agent hangs up once on posts
    When the inviter tries to invite the holder
    Then the inviter reports ReadError
    And the agent keeps 0 connections

  Scenario: The connection is reset after the agent has made the invitation: repeating would have made a second one
    Given the agent hangs up when it has done its work once on posts
    When the inviter tries to invite the holder
    Then the inviter reports ReadError
    And the agent keeps 1 connection

  Scenario: The answer cannot be read: the client reports it
    Given the agent's answers have the body html once on posts
    When the inviter tries to invite the holder
    Then the inviter reports which is not a connection
    And the agent keeps 1 connection

  Scenario: The agency resets the connection: the issuer reports it, and does not repeat the request
    Given these faults
      | fault                | message      |
      | reset before headers | CONN_REQUEST |
    When the issuer tries to invite the holder
    Then the issuer reports did not answer

  Scenario: With libvcx, a failed invitation fails at once, without another attempt
    Given an issuer on libvcx
    And these faults
      | fault      | message      |
      | status 503 | CONN_REQUEST |
    When the issuer tries to invite the holder
    Then the issuer reports VcxError
    And the faults struck 1 time
