"""What a user writes to plug in a client, and to implement one of connsim's sentences differently."""

from collections.abc import Iterator

import pytest
from plugs import NewClient, SyncPlug
from pytest_bdd import given, parsers
from shop.agent import Agent
from shop.patience import Patience

from connsim import Story, duration

pytest_plugins = ["fixtures.world", "steps.clock"]


@pytest.fixture
def connsim_new_client(patience: Patience) -> Iterator[NewClient]:
    """Replace connsim's example client by the shop's client."""
    agents = []

    def new_client(url: str, api_key: str) -> SyncPlug:
        agents.append(Agent(url, api_key, patience))
        return SyncPlug(agents[-1])

    yield new_client
    for agent in agents:
        agent.close()


# connsim has this sentence for its example clients. With that step, the shop's client would miss the scenarios' times.
@given(parsers.re(r"a client that polls every (?P<pause>.+)"))
def client_polls_every(patience: Patience, connsim_story: Story, pause: str) -> None:
    """Make the shop's client poll at equal intervals; and so the issuer, for whom the shop has no client of its own."""
    every = duration(pause if pause[0].isdigit() else f"1 {pause}")
    patience.first = patience.longest = every / 1e9
    connsim_story.ask_every(every)
    connsim_story.pace_used = True
