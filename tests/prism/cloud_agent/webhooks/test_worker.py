"""The worker that delivers events: its queue, and parallel deliveries.

Sections are those of docs/protocol/prism-agent.md.
"""

import json

import pytest

from connsim import CloudAgentSettings, World
from connsim.core.durations import SECOND
from connsim.core.exchange import Request
from connsim.prism.cloud_agent.webhooks.worker import QUEUED
from tests.prism.cloud_agent.webhooks.conftest import GLOBAL, KEY, URL, PlannedSender, agent, create, install_sender


def test_a_slow_receiver_delays_what_comes_later(world: World) -> None:
    """Section 8: there is one worker, so a second event waits for the end of the first, and the order is kept."""
    sender = install_sender(world)
    first, second = create(world), create(world)
    world.advance("25 seconds")

    deliveries = [(sent.at // SECOND, sent.data["connectionId"]) for sent in sender.sent]
    ids = first["connectionId"], second["connectionId"]
    assert deliveries == [(0, ids[0]), (10, ids[0]), (20, ids[0]), (25, ids[1])]


def test_a_slow_wallet_delays_the_global_receiver(world: World) -> None:
    """Section 8: the global webhook gets an event after the wallet's."""
    world.prism.configure(CloudAgentSettings(global_webhook_url=GLOBAL))
    agent(world).webhooks.register(agent(world).wallet("tenant").id, URL)
    sender = install_sender(world)
    create(world)
    world.advance("25 seconds")

    assert [(sent.at // SECOND, sent.request.url) for sent in sender.sent] == [
        *((at, URL) for at in (0, 10, 20)),
        (25, GLOBAL),
    ]


@pytest.mark.parametrize(
    ("parallelism", "together"),
    [
        pytest.param(-1, 1, id="8 at least one"),
        pytest.param(1, 1, id="8 the default"),
        pytest.param(3, 3, id="8 as many as said"),
        pytest.param(11, 10, id="8 at most ten"),
    ],
)
def test_parallel_deliveries(world: World, parallelism: int, together: int) -> None:
    """Up to `parallelism` events are delivered at once, and the next after all of them."""
    world.prism.configure(CloudAgentSettings(global_webhook_url=GLOBAL, webhook_parallelism=parallelism))
    sender = PlannedSender(world)
    agent(world).webhooks.sender = blocker = PlannedSender(world)
    create(world)
    for _ in range(20):
        create(world)
    agent(world).webhooks.sender = sender
    blocker.sent[0].observer.ended(200)

    assert len(sender.sent) == together
    for sent in sender.sent[1:]:
        sent.observer.ended(200)
    assert len(sender.sent) == together
    sender.sent[0].observer.ended(200)
    assert len(sender.sent) == min(2 * together, 20)


def test_the_queue_drops_its_oldest(world: World) -> None:
    """Section 8: up to 500 events wait while one is delivered; a further one replaces the oldest that waits."""
    sender = install_sender(world)
    made = [create(world)["connectionId"] for _ in range(QUEUED + 2)]
    sender.then = 200
    sender.sent[0].observer.ended(200)

    assert [sent.data["connectionId"] for sent in sender.sent] == [made[0], *made[2:]]


def test_events_wait_for_a_sender(world: World) -> None:
    """Without a door there is no sender; events are delivered when one opens."""
    create(world)
    world.advance("1 hour")
    sender = install_sender(world, then=200)

    assert sender.moments() == [3600]
    assert json.loads(sender.sent[0].request.body)["ts"] == "2026-01-05T09:00:00.123456789Z"


def test_reset_drops_webhooks_and_events(world: World) -> None:
    """After a reset no event is delivered, and attempts are stopped."""
    sender = install_sender(world, 503)
    create(world)
    create(world)
    world.advance("5 seconds")
    world.reset()
    assert sender.given_up == [1]
    sender.sent[1].observer.ended(200)
    create(world)
    world.advance("1 hour")

    assert len(sender.sent) == 2
    assert world.journal.notifications() == []


def test_without_a_webhook_there_are_no_events() -> None:
    """Without a webhook no event is made, with and without a sender."""
    world = World()
    create(world)
    sender = install_sender(world, then=200)
    create(world)
    agent(world).webhooks.register(agent(world).wallet("tenant").id, URL)

    assert sender.sent == []


def test_early_agents_have_no_webhooks(world: World) -> None:
    """Version 2023 has no webhooks."""
    sender = install_sender(world, then=200)
    reply = world.prism.handle(
        Request("POST", "/prism-agent/connections", {**KEY, "content-type": "application/json"}, b'{"label":"x"}')
    )

    assert reply.status == 201
    assert sender.sent == []
