"""The shop's own sentences; the file has the name of one of connsim's."""

from pytest_bdd import given, parsers, then, when

from fixtures.world import Counter  # noqa: TID251 (the shop's own package)


@given("the shop is open")
def shop_is_open(counter: Counter) -> None:
    """Start without customers."""
    assert not counter.customers


@when(parsers.parse("the shop invites {customer}"))
def shop_invites(counter: Counter, customer: str) -> None:
    """Make an invitation by the shop's own code."""
    counter.invite(customer)


@then(parsers.parse("{customer} is a customer"))
def is_a_customer(counter: Counter, customer: str) -> None:
    """Check the customer's state by the shop's own code."""
    assert counter.state(customer) == "ConnectionResponseSent"


@then(parsers.parse("{customer} is no customer"))
def is_no_customer(counter: Counter, customer: str) -> None:
    """Check the customer's state by the shop's own code."""
    assert counter.state(customer) != "ConnectionResponseSent"
