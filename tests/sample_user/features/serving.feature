Feature: The shop connects with its customers
  The shop's own sentences and connsim's stand side by side.

  Scenario: A customer who takes a minute is welcome
    Given the shop is open
    And a holder who accepts after 1 minute
    When the shop invites Ada
    And 2 minutes pass
    Then Ada is a customer

  Scenario: A customer who never comes is not waited for
    Given the shop is open
    And a holder who never responds
    When the shop invites Ada
    And 30 days pass
    Then Ada is no customer
