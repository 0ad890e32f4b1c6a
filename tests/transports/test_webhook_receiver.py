"""The receiver that tests look into: what it says when an expectation is not met."""

import json

import pytest

from connsim import World
from connsim.core.exchange import Reply, Request
from connsim.errors import Misuse, Unmet
from connsim.transports.webhook_receiver import WebhookReceiver


@pytest.fixture
def receiver() -> WebhookReceiver:
    """A receiver without a port."""
    return WebhookReceiver(World("receiver"))


def take(receiver: WebhookReceiver, state: str, connection: str = "c1") -> Reply:
    """Let it take an event."""
    event = {"data": {"connectionId": connection, "state": state}}
    return receiver.handle(Request("POST", "/", {"x": "y"}, json.dumps(event).encode()))


def test_answers_as_planned(receiver: WebhookReceiver) -> None:
    """Planned answers come first, one each; then the same for all others."""
    receiver.answer(503, None)
    receiver.otherwise = 204
    replies = [take(receiver, "InvitationGenerated") for _ in range(4)]

    assert [(reply.status, reply.wait) for reply in replies] == [(503, 0), (200, None), (204, 0), (204, 0)]
    assert [one.answer for one in receiver.requests] == [503, None, 204, 204]
    assert [one.answer for one in receiver.events] == [204, 204]
    assert dict(receiver.requests[0].headers) == {"x": "y"}


def test_tells_what_it_was_told(receiver: WebhookReceiver) -> None:
    """An expectation that is not met says what happened; other connections do not matter."""
    take(receiver, "InvitationGenerated")
    take(receiver, "InvitationReceived", "c2")

    receiver.expect_events("c1", ["InvitationGenerated"])
    with pytest.raises(Unmet, match=r"was notified of InvitationGenerated. Expected ConnectionResponseSent."):
        receiver.expect_events("c1", ["ConnectionResponseSent"])
    with pytest.raises(Unmet, match=r"was notified of InvitationGenerated. Expected nothing."):
        receiver.expect_events("c1", [])
    with pytest.raises(Unmet, match=r"was notified of nothing. Expected InvitationGenerated."):
        receiver.expect_events("c3", ["InvitationGenerated"])


def test_tells_when_it_was_told(receiver: WebhookReceiver) -> None:
    """A wrong moment is told with the right ones."""
    start = receiver._world.clock.start
    receiver._world.advance("5 seconds")
    take(receiver, "InvitationGenerated")

    receiver.expect_event_at("c1", "InvitationGenerated", start + 5 * 10**9, start)
    with pytest.raises(Unmet, match=r"InvitationGenerated 5 seconds after the invitation. Expected it exactly 6"):
        receiver.expect_event_at("c1", "InvitationGenerated", start + 6 * 10**9, start)
    with pytest.raises(Unmet, match=r"was not notified of InvitationReceived. Expected it exactly 6 seconds"):
        receiver.expect_event_at("c1", "InvitationReceived", start + 6 * 10**9, start)


def test_states_are_checked(receiver: WebhookReceiver) -> None:
    """A state that does not exist is the test's mistake, not the client's."""
    with pytest.raises(Misuse, match=r"'InvitationGenerate' is not a state .* Did you mean 'InvitationGenerated'"):
        receiver.expect_events("c1", ["InvitationGenerate"])
    with pytest.raises(Misuse, match=r"'Nowhere' is not a state"):
        receiver.expect_event_at("c1", "Nowhere", 0, 0)
