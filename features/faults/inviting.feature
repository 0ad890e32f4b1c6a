Feature: What a good client does when it cannot invite
  Whoever builds a client needs to know what may be sent again and what may not: only who says that it was too busy has
  certainly done nothing.

  Scenario: The agent is busy when the client invites: nothing was done, so the client asks once more
    Given the agent answers 503 once with Retry-After 30 seconds on posts
    When the inviter invites the holder
    Then the agent keeps 1 connection
    And the faults struck 1 time

  Scenario: The agent stays busy: the client gives up inviting, and reports it
    Given the agent answers 503 on posts
    When the inviter tries to invite the holder
    Then the inviter reports 503
    And the faults struck 3 times
    And the agent keeps 0 connections

  Scenario: The connection is reset when the client invites: the client reports it, and does not invite again by itself
    Given the agent hangs up once on posts
    When the inviter tries to invite the holder
    Then the inviter reports ReadError
    And the agent keeps 0 connections

  Scenario: The same, but the agent had done its work: inviting again by itself would have made two
    Given the agent hangs up when it has done its work once on posts
    When the inviter tries to invite the holder
    Then the inviter reports ReadError
    And the agent keeps 1 connection

  Scenario: The answer to an invitation makes no sense: the client reports it
    Given the agent's answers have the body html once on posts
    When the inviter tries to invite the holder
    Then the inviter reports which is no connection
    And the agent keeps 1 connection

  Scenario: A connection is reset while the issuer invites: it reports that, and does not invite again by itself
    Given these faults
      | fault                | message      |
      | reset before headers | CONN_REQUEST |
    When the issuer tries to invite the holder
    Then the issuer reports did not answer

  Scenario: Inviting fails at once, and nothing is tried again
    Given an issuer on libvcx
    And these faults
      | fault      | message      |
      | status 503 | CONN_REQUEST |
    When the issuer tries to invite the holder
    Then the issuer reports VcxError
    And the faults struck 1 time
