"""Many clients poll the same connections at once, and each state is shown exactly as often as its script says."""

import asyncio
from collections import Counter
from itertools import cycle

import aiohttp
import pytest

from connsim import Sequence, World
from connsim.journal.query import Query

POLLERS = 32
POLLS = 20_000


@pytest.mark.parametrize("connections", [1, pytest.param(8, marks=pytest.mark.slow)])
def test_every_state_is_seen_as_often_as_its_script_says(connsim_world: World, connections: int) -> None:
    """Of 20,000 polls by 32 concurrent clients, each state gets exactly those that its step lasts."""
    world = connsim_world
    each = POLLS // connections
    lasts = {
        "InvitationGenerated": each // 7,
        "ConnectionRequestReceived": each // 5 + 1,
        "ConnectionResponsePending": 1,
    }
    steps = [(state, f"{count} polls") for state, count in lasts.items()]
    world.script("prism-inviter", Sequence.of(*steps, "ConnectionResponseSent"))
    wallet = world.prism.cloud_agent.wallet("k")
    paths = [f"/connections/{world.prism.cloud_agent.create(wallet).id}" for _ in range(connections)]

    seen = asyncio.run(poll_together(world.prism.url, paths))

    rest = each - sum(lasts.values())
    assert seen == {path: {**lasts, "ConnectionResponseSent": rest} for path in paths}
    assert world.journal.count(Query(poll=True, status=200)) == POLLS


async def poll_together(url: str, paths: list[str]) -> dict[str, Counter[str]]:
    """Poll each path equally often, from many clients; return how often each state was seen."""
    seen: dict[str, Counter[str]] = {path: Counter() for path in paths}
    todo = (path for path, _ in zip(cycle(paths), range(POLLS), strict=False))

    async def poll(http: aiohttp.ClientSession) -> None:
        for path in todo:
            async with http.get(url + path) as reply:
                record = await reply.json()
            seen[path][record["state"]] += 1

    connector = aiohttp.TCPConnector(limit=POLLERS)
    async with aiohttp.ClientSession(connector=connector, headers={"apikey": "k"}) as http, asyncio.TaskGroup() as all_:
        for _ in range(POLLERS):
            all_.create_task(poll(http))
    return seen
