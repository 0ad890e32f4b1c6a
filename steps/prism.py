"""Sentences about the clients of a PRISM agent, as inviter and as invitee."""

from pytest_bdd import given, parsers, then, when

from simulator.durations import duration
from simulator.story import Story
from simulator.testing import People


@given(parsers.re(r"a client that asks every (?P<pause>.+)"))
def client_asks_every(connsim_story: Story, pause: str) -> None:
    """Let the example client ask evenly; a client of your own has a pace of its own."""
    connsim_story.ask_every(duration(pause if pause[0].isdigit() else f"1 {pause}"))


@when(parsers.re(r"the inviter invites the (?P<whom>holder|invitee)"))
def inviter_invites(connsim_story: Story, connsim_people: People, whom: str) -> None:
    """Let the inviter make an invitation, labelled with the other's name."""
    connsim_story.invite(connsim_people.person(whom).label)


@when("the invitee accepts the invitation")
def invitee_accepts(connsim_story: Story) -> None:
    """Let the invitee accept the inviter's invitation, or that of an inviter whom nobody plays."""
    connsim_story.accept()


@when(parsers.re(r"the (?P<role>client|inviter|invitee) waits at most (?P<limit>.+)"))
def client_waits(connsim_story: Story, role: str, limit: str) -> None:
    """Let the client poll until it is connected or gives up."""
    connsim_story.wait(role, duration(limit))


@then(parsers.re(r"the (?P<role>client|inviter|invitee) is connected"))
def client_is_connected(connsim_story: Story, role: str) -> None:
    """Expect that the client's wait ended in an established connection."""
    connsim_story.expect_connected(role)


@then(parsers.re(r"the (?P<role>client|inviter|invitee) is connected exactly (?P<after>.+) after the invitation"))
def client_is_connected_after(connsim_story: Story, role: str, after: str) -> None:
    """Expect that the client was connected at this very moment."""
    connsim_story.expect_connected(role, duration(after))


@then(parsers.re(r"the (?P<role>client|inviter|invitee) gives up"))
def client_gives_up(connsim_story: Story, role: str) -> None:
    """Expect that the client gave up, and asked no more."""
    connsim_story.expect_given_up(role)


@then(parsers.re(r"the (?P<role>client|inviter|invitee) gives up exactly (?P<after>.+) after the invitation"))
def client_gives_up_after(connsim_story: Story, role: str, after: str) -> None:
    """Expect that the client gave up at this very moment, and asked no more."""
    connsim_story.expect_given_up(role, duration(after))


@then(parsers.re(r"the (?P<role>client|inviter|invitee)'s connection is in (?P<state>\w+)"))
def connection_is_in(connsim_story: Story, role: str, state: str) -> None:
    """Expect the state that the agent would show now; looking does not count as asking."""
    connsim_story.expect_state(role, state)
