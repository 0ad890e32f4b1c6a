"""Sentences about the clients of a PRISM agent, as inviter and as invitee."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_bdd import given, parsers, then, when

from connsim import duration

from . import ROLE

if TYPE_CHECKING:
    from connsim import People, Story


@given(parsers.re(r"a client that polls every (?P<pause>.+)"))
@given(parsers.re(r"a client that asks every (?P<pause>.+)"))  # the former sentence
def client_polls_every(connsim_story: Story, pause: str) -> None:
    """Make the example client poll at even intervals; a client that you plug in keeps its own pace."""
    connsim_story.poll_every(duration(pause if pause[0].isdigit() else f"1 {pause}"))


@when(parsers.re(r"the inviter invites the (?P<whom>holder|invitee)"))
def inviter_invites(connsim_story: Story, connsim_people: People, whom: str) -> None:
    """Have the inviter make an invitation whose label contains the name of the other person."""
    connsim_story.invite(connsim_people.person(whom).label)


@given("agents of early 2023")
def early_agents(connsim_story: Story) -> None:
    """Give every client an agent of version 2023 instead of 1.40.0: no expiry, and messages sent every two seconds."""
    connsim_story.play_early_agents()


@when(parsers.re(r"the (?P<role>invitee|other invitee) accepts the invitation"))
def invitee_accepts(connsim_story: Story, role: str) -> None:
    """Have an invitee accept the inviter's invitation, or one by an inviter that no client plays."""
    connsim_story.accept(role)


@when(parsers.re(r"the (?P<role>inviter|invitee|other invitee) tries to accept the invitation( again)?"))
def client_tries_to_accept(connsim_story: Story, role: str) -> None:
    """Have a client accept the invitation; its agent may refuse."""
    connsim_story.try_to_accept(role)


@when(parsers.re(rf"the {ROLE} waits at most (?P<limit>.+)"))
def client_waits(connsim_story: Story, role: str, limit: str) -> None:
    """Have the client poll until it is connected or gives up."""
    connsim_story.wait(role, duration(limit))


@then(parsers.re(rf"the {ROLE} is connected"))
def client_is_connected(connsim_story: Story, role: str) -> None:
    """Expect that the client's wait ended in an established connection."""
    connsim_story.expect.connected(role)


@then(parsers.re(rf"the {ROLE} is connected exactly (?P<after>.+) after the invitation"))
def client_is_connected_after(connsim_story: Story, role: str, after: str) -> None:
    """Expect that the client was connected at exactly this moment."""
    connsim_story.expect.connected(role, duration(after))


@then(parsers.re(rf"the {ROLE} gives up"))
def client_gives_up(connsim_story: Story, role: str) -> None:
    """Expect that the client gave up, and has not polled since."""
    connsim_story.expect.given_up(role)


@then(parsers.re(rf"the {ROLE} gives up exactly (?P<after>.+) after the invitation"))
def client_gives_up_after(connsim_story: Story, role: str, after: str) -> None:
    """Expect that the client gave up at exactly this moment, and has not polled since."""
    connsim_story.expect.given_up(role, duration(after))


@then(parsers.re(rf"the {ROLE}'s connection is in (?P<state>\w+)"))
def connection_is_in(connsim_story: Story, role: str, state: str) -> None:
    """Expect the state that the agent would show now; this read does not count as a poll."""
    connsim_story.expect.state(role, state)


@then(parsers.re(rf"the {ROLE}'s connection was never in (?P<state>\w+)"))
def connection_was_never_in(connsim_story: Story, role: str, state: str) -> None:
    """Expect that the connection has not been in this state so far."""
    connsim_story.expect.never_in(role, state)


@then(parsers.re(rf"the {ROLE} is refused: (?P<why>.+)"))
def client_is_refused(connsim_story: Story, role: str, why: str) -> None:
    """Expect that the agent refused the client's last attempt, with these words in its answer."""
    connsim_story.expect.refused(role, why)
