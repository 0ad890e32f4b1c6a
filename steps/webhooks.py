"""Sentences about webhooks: what the agent tells a client without being asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_bdd import given, parsers, then

from connsim import Misuse, duration

if TYPE_CHECKING:
    from connsim import Stage, Story, WebhookReceiver


@given("the clients are told of changes by webhook")
def clients_are_told(connsim: Stage, connsim_story: Story, connsim_webhooks: WebhookReceiver) -> None:
    """Register a receiver as webhook of the inviter's wallet and of the invitee's."""
    if connsim_story.early:
        raise Misuse("Agents of early 2023 have no webhooks. Expected agents of today. Leave one of the two out.")
    connsim_story.register_webhook(connsim_webhooks.url)


@given(parsers.re(r"the receiver refuses (?P<count>[0-9]+) times?"))
def receiver_refuses(connsim_webhooks: WebhookReceiver, count: str) -> None:
    """Let the receiver answer the next so many events with 503."""
    connsim_webhooks.answer(*[503] * int(count))


@given("the receiver never answers")
def receiver_never_answers(connsim_webhooks: WebhookReceiver) -> None:
    """Let the receiver take events, and never say so."""
    connsim_webhooks.otherwise = None


@then(parsers.re(r"the (?P<role>client|inviter|invitee) was told of (?P<states>\w+|\w+, .+)"))
def client_was_told(connsim_story: Story, connsim_webhooks: WebhookReceiver, role: str, states: str) -> None:
    """Expect exactly these states, with commas between, to have been told by now, in this order."""
    connsim_webhooks.expect_told(_connection(connsim_story, role), states.split(", "))


@then(
    parsers.re(
        r"the (?P<role>client|inviter|invitee) was told of (?P<state>\w+) exactly (?P<after>.+) after the invitation"
    )
)
def client_was_told_after(
    connsim_story: Story, connsim_webhooks: WebhookReceiver, role: str, state: str, after: str
) -> None:
    """Expect a state to have been told at this very moment."""
    since = connsim_story.actor(role).since
    connsim_webhooks.expect_told_at(_connection(connsim_story, role), state, since + duration(after), since)


@then(parsers.re(r"the (?P<role>client|inviter|invitee) was told nothing"))
def client_was_told_nothing(connsim_story: Story, connsim_webhooks: WebhookReceiver, role: str) -> None:
    """Expect that no event was taken by the receiver."""
    if not connsim_story.has_webhooks:
        raise Misuse(
            "Nobody has registered a webhook. Write 'Given the clients are told of changes by webhook' before."
        )
    connsim_webhooks.expect_told(_connection(connsim_story, role), [])


def _connection(story: Story, role: str) -> str:
    return story.actor(role).connection.id
