"""Who receives events, and with which headers.

Sections are those of docs/protocol/prism-agent.md.
"""

import pytest

from connsim import CloudAgentSettings, World
from tests.prism.cloud_agent.webhooks.conftest import AGENT, GLOBAL, JSON, URL, agent, create, install_sender


def test_the_wallets_webhook_comes_before_the_global_one(world: World) -> None:
    """Section 8: the wallet's webhook gets every event before the global one; each has its own headers."""
    world.prism.configure(CloudAgentSettings(global_webhook_url=GLOBAL, global_webhook_api_key="secret"))
    agent(world).webhooks.register(agent(world).wallet("tenant").id, URL, {"x-api-key": "k"})
    sender = install_sender(world, then=200)
    create(world)

    assert [(sent.request.url, sent.request.headers) for sent in sender.sent] == [
        (URL, (AGENT, JSON, ("x-api-key", "k"))),
        (GLOBAL, (AGENT, JSON, ("authorization", "Bearer secret"))),
    ]
    assert sender.sent[0].request.body == sender.sent[1].request.body


@pytest.mark.parametrize(
    ("custom", "expected"),
    [
        pytest.param({}, (AGENT, JSON), id="8 none"),
        pytest.param(
            {"Content-Type": "text/plain"}, (AGENT, ("Content-Type", "text/plain")), id="8 instead of the agent's own"
        ),
        pytest.param({"A": "1", "b": "2", "a": "3"}, (AGENT, JSON, ("b", "2"), ("a", "3")), id="8 the last counts"),
    ],
)
def test_custom_headers(world: World, custom: dict[str, str], expected: tuple[tuple[str, str], ...]) -> None:
    """Custom headers follow the agent's own; one of the same name replaces it."""
    agent(world).webhooks.register(agent(world).wallet("tenant").id, URL, custom)
    sender = install_sender(world, then=200)
    create(world)

    assert sender.sent[0].request.headers == expected


def test_a_global_receiver_may_have_no_key(world: World) -> None:
    """Without GLOBAL_WEBHOOK_API_KEY there is no Authorization header."""
    world.prism.configure(CloudAgentSettings(global_webhook_url=GLOBAL))
    sender = install_sender(world, then=200)
    create(world)

    assert [sent.request.headers for sent in sender.sent] == [(AGENT, JSON)]


def test_receivers_are_looked_up_at_delivery(world: World) -> None:
    """Section 8: an event in the queue is sent to the receivers that are registered when the worker takes it."""
    sender = install_sender(world)
    create(world)
    create(world)
    wallet = agent(world).wallet("tenant").id
    agent(world).webhooks.remove(wallet)
    agent(world).webhooks.register(wallet, "http://new.test/")
    sender.then = 200
    sender.sent[0].observer.ended(200)

    assert [sent.request.url for sent in sender.sent] == [URL, "http://new.test/"]


def test_an_event_whose_receiver_has_gone_is_dropped(world: World) -> None:
    """The worker skips an event whose receiver is gone, and continues with the next."""
    sender = install_sender(world)
    create(world)
    create(world)
    agent(world).webhooks.remove(agent(world).wallet("tenant").id)
    agent(world).webhooks.register(agent(world).wallet("late").id, "http://late.test/")
    create(world, "late")
    sender.sent[0].observer.ended(200)

    assert [sent.request.url for sent in sender.sent] == [URL, "http://late.test/"]
