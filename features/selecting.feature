Feature: Different holders do different things
  A client has many connections, and a test wants some of them to fail: selected by name, by phone number, or by order.

  Scenario: The second holder never answers
    Given the others do
      | nth | does             |
      | 2   | never responds   |
      |     | accepts after 5s |
    When the inviter invites the holder
    And the inviter waits at most 1 minute
    Then the inviter is connected
    When the inviter invites the holder
    And the inviter waits at most 1 minute
    Then the inviter gives up

  Scenario: A holder refuses, and accepts when asked again
    Given the others do
      | institution | nth | does    |
      | *           | 1   | refuses |
      | *           | 2.. | accepts |
    When the issuer invites the holder by QR code
    And the issuer waits at most 1 minute
    Then the issuer gives up
    When the issuer invites the holder by QR code
    And the issuer waits at most 1 minute
    Then the issuer is connected
