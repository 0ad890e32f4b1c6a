"""The shop's own sentences; the file is called as one of connsim's is."""

from pytest_bdd import given, parsers, then, when

from fixtures.world import Counter  # noqa: TID251 (the shop's own package)


@given("the shop is open")
def shop_is_open(counter: Counter) -> None:
    """Start with nobody served."""
    assert not counter.customers


@when(parsers.parse("the shop invites {customer}"))
def shop_invites(counter: Counter, customer: str) -> None:
    """Let the shop's own code make an invitation."""
    counter.invite(customer)


@then(parsers.parse("{customer} is a customer"))
def is_a_customer(counter: Counter, customer: str) -> None:
    """Ask the agent as the shop would."""
    assert counter.state(customer) == "ConnectionResponseSent"


@then(parsers.parse("{customer} is no customer"))
def is_no_customer(counter: Counter, customer: str) -> None:
    """Ask the agent as the shop would."""
    assert counter.state(customer) != "ConnectionResponseSent"
