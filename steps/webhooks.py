"""Sentences about webhooks: events that the agent sends to its clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_bdd import given, parsers, then

from connsim import Misuse, duration

if TYPE_CHECKING:
    from connsim import Stage, Story, WebhookReceiver


@given("the clients are notified of changes by webhook")
@given("the clients are told of changes by webhook")  # the former sentence
def clients_are_notified(connsim: Stage, connsim_story: Story, connsim_webhooks: WebhookReceiver) -> None:
    """Register a receiver as webhook of the inviter's wallet and of the invitee's."""
    if connsim_story.early:
        raise Misuse("Agents of early 2023 have no webhooks. Expected agents of today. Remove one of the two steps.")
    connsim_story.register_webhook(connsim_webhooks.url)


@given(parsers.re(r"the receiver refuses (?P<count>[0-9]+) times?"))
def receiver_refuses(connsim_webhooks: WebhookReceiver, count: str) -> None:
    """Make the receiver answer this number of events with 503."""
    connsim_webhooks.answer(*[503] * int(count))


@given("the receiver never answers")
def receiver_never_answers(connsim_webhooks: WebhookReceiver) -> None:
    """Make the receiver accept events and never answer."""
    connsim_webhooks.otherwise = None


@then(parsers.re(r"the (?P<role>client|inviter|invitee) was notified of (?P<states>\w+|\w+, .+)"))
@then(parsers.re(r"the (?P<role>client|inviter|invitee) was told of (?P<states>\w+|\w+, .+)"))  # the former sentence
def client_was_notified(connsim_story: Story, connsim_webhooks: WebhookReceiver, role: str, states: str) -> None:
    """Expect that events for exactly these states, separated by commas, have been delivered, in this order."""
    connsim_webhooks.expect_events(_connection(connsim_story, role), states.split(", "))


@then(
    parsers.re(
        r"the (?P<role>client|inviter|invitee) was notified of (?P<state>\w+) "
        r"exactly (?P<after>.+) after the invitation"
    )
)
@then(  # the former sentence
    parsers.re(
        r"the (?P<role>client|inviter|invitee) was told of (?P<state>\w+) exactly (?P<after>.+) after the invitation"
    )
)
def client_was_notified_after(
    connsim_story: Story, connsim_webhooks: WebhookReceiver, role: str, state: str, after: str
) -> None:
    """Expect that the event for this state was delivered at exactly this moment."""
    since = connsim_story.actor(role).since
    connsim_webhooks.expect_event_at(_connection(connsim_story, role), state, since + duration(after), since)


@then(parsers.re(r"the (?P<role>client|inviter|invitee) was not notified"))
@then(parsers.re(r"the (?P<role>client|inviter|invitee) was told nothing"))  # the former sentence
def client_was_not_notified(connsim_story: Story, connsim_webhooks: WebhookReceiver, role: str) -> None:
    """Expect that no event has been delivered."""
    if not connsim_story.has_webhooks:
        raise Misuse(
            "No webhook is registered. Expected one. "
            "Write 'Given the clients are notified of changes by webhook' first."
        )
    connsim_webhooks.expect_events(_connection(connsim_story, role), [])


def _connection(story: Story, role: str) -> str:
    return story.actor(role).connection.id
