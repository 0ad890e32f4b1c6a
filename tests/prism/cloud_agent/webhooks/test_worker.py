"""The worker that tells receivers: its queue, and deliveries at once.

Sections are those of docs/protocol/prism-agent.md.
"""

import json

import pytest

from connsim import CloudAgentSettings, World
from connsim.core.durations import SECOND
from connsim.core.exchange import Request
from connsim.prism.cloud_agent.webhooks.worker import QUEUED
from tests.prism.cloud_agent.webhooks.conftest import GLOBAL, KEY, URL, Postman, agent, create, employ


def test_a_slow_receiver_delays_what_comes_later(world: World) -> None:
    """Section 8: one worker, so that a second event waits for the end of the first, and order is kept."""
    postman = employ(world)
    first, second = create(world), create(world)
    world.advance("25 seconds")

    told = [(sent.at // SECOND, sent.data["connectionId"]) for sent in postman.sent]
    ids = first["connectionId"], second["connectionId"]
    assert told == [(0, ids[0]), (10, ids[0]), (20, ids[0]), (25, ids[1])]


def test_a_slow_wallet_delays_the_global_receiver(world: World) -> None:
    """Section 8: the global one is told after the wallet's."""
    world.prism.configure(CloudAgentSettings(global_webhook_url=GLOBAL))
    agent(world).webhooks.register(agent(world).wallet("tenant").id, URL)
    postman = employ(world)
    create(world)
    world.advance("25 seconds")

    assert [(sent.at // SECOND, sent.request.url) for sent in postman.sent] == [
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
def test_deliveries_side_by_side(world: World, parallelism: int, together: int) -> None:
    """So many events are taken at once, and the next when all of those are told."""
    world.prism.configure(CloudAgentSettings(global_webhook_url=GLOBAL, webhook_parallelism=parallelism))
    postman = Postman(world)
    agent(world).webhooks.sender = blocker = Postman(world)
    create(world)
    for _ in range(20):
        create(world)
    agent(world).webhooks.sender = postman
    blocker.sent[0].observer.ended(200)

    assert len(postman.sent) == together
    for sent in postman.sent[1:]:
        sent.observer.ended(200)
    assert len(postman.sent) == together
    postman.sent[0].observer.ended(200)
    assert len(postman.sent) == min(2 * together, 20)


def test_the_queue_drops_its_oldest(world: World) -> None:
    """Section 8: 500 events wait beside the one that is being told; one more drops the oldest that waits."""
    postman = employ(world)
    made = [create(world)["connectionId"] for _ in range(QUEUED + 2)]
    postman.then = 200
    postman.sent[0].observer.ended(200)

    assert [sent.data["connectionId"] for sent in postman.sent] == [made[0], *made[2:]]


def test_events_wait_for_somebody_who_sends(world: World) -> None:
    """Without a door nobody sends; what has happened is told when one opens."""
    create(world)
    world.advance("1 hour")
    postman = employ(world, then=200)

    assert postman.moments() == [3600]
    assert json.loads(postman.sent[0].request.body)["ts"] == "2026-01-05T09:00:00.123456789Z"


def test_reset_forgets_webhooks_and_what_was_to_be_told(world: World) -> None:
    """After a reset nobody is told anything, and what is on its way is given up."""
    postman = employ(world, 503)
    create(world)
    create(world)
    world.advance("5 seconds")
    world.reset()
    assert postman.given_up == [1]
    postman.sent[1].observer.ended(200)
    create(world)
    world.advance("1 hour")

    assert len(postman.sent) == 2
    assert world.journal.notifications() == []


def test_nobody_to_tell_costs_nothing() -> None:
    """Without a webhook no event is made, whether somebody sends or not."""
    world = World()
    create(world)
    postman = employ(world, then=200)
    create(world)
    agent(world).webhooks.register(agent(world).wallet("tenant").id, URL)

    assert postman.sent == []


def test_early_agents_tell_nobody(world: World) -> None:
    """Version 2023 has no webhooks."""
    postman = employ(world, then=200)
    reply = world.prism.handle(
        Request("POST", "/prism-agent/connections", {**KEY, "content-type": "application/json"}, b'{"label":"x"}')
    )

    assert reply.status == 201
    assert postman.sent == []
