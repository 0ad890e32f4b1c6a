"""Random scenarios under load: no wait of any party ends early or late.

``CONNSIM_STRESS=10000 pytest tests/virtual_time/test_stress.py -k busy`` runs that many scenarios, while all processors
are kept busy.
"""

import asyncio
import contextlib
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
import pytest
import requests

from connsim import World
from connsim.core.durations import MILLISECOND
from connsim.core.ends import Ever
from connsim.faults.delay import Delay
from connsim.script.sequence import Sequence, Step
from connsim.transports.server_thread import ServerThread
from connsim.virtual_time.frozen import frozen

SCENARIOS = int(os.environ.get("CONNSIM_STRESS", "150"))
KEY = {"apikey": "k"}


@contextlib.contextmanager
def busy() -> Iterator[None]:
    """As many processes as there are processors, each in a loop."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 2)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


@dataclass(eq=False)  # two may do the same
class Life:
    """What one party does, and when each thing was over: sleeps, and polls with a delay and a time-out, in ms."""

    deeds: list[tuple[int, ...]]
    over: list[int] = field(default_factory=list)

    def expected(self) -> list[int]:
        """The moments at which the deeds must be over, in ms."""
        now, moments = 0, []
        for deed in self.deeds:
            now += min(deed)
            moments.append(now)
        return moments


def imagine(chance: random.Random) -> list[Life]:
    """The lives of two to five parties; their moments often coincide."""
    return [
        Life(
            [
                (chance.randrange(1, 40) * 250,)
                if chance.random() < 0.5
                else tuple(chance.choices((250, 500, 750, 5000), k=2))
                for _ in range(chance.randrange(1, 7))
            ]
        )
        for _ in range(chance.randrange(2, 6))
    ]


def urls(world: World, lives: list[Life]) -> dict[int, str]:
    """A connection for each delay that occurs."""
    delays = {deed[0] for life in lives for deed in life.deeds if len(deed) == 2}
    made = {}
    for delay in delays:
        world.script("prism-inviter", Sequence((Step("InvitationGenerated", Ever(), Delay(delay * MILLISECOND)),)))
        record = world.prism.cloud_agent.create(world.prism.cloud_agent.wallet("k"))
        made[delay] = f"{world.prism.url}/connections/{record.id}"
    return made


def live_in_a_thread(
    life: Life, to: dict[int, str], note: Callable[[Life], None], ask: Callable[[str, float], None]
) -> None:
    """Live by blocking."""
    for deed in life.deeds:
        if len(deed) == 1:
            time.sleep(deed[0] / 1000)
        else:
            ask(to[deed[0]], deed[1] / 1000)
        note(life)


async def live_on_a_loop(life: Life, to: dict[int, str], note: Callable[[Life], None], http: httpx.AsyncClient) -> None:
    """Live by awaiting."""
    for deed in life.deeds:
        if len(deed) == 1:
            await asyncio.sleep(deed[0] / 1000)
        else:
            with contextlib.suppress(httpx.ReadTimeout):
                await http.get(to[deed[0]], timeout=deed[1] / 1000)
        note(life)


def ask_requests(url: str, limit: float) -> None:
    """One poll by requests, on a connection of its own."""
    with contextlib.suppress(requests.ReadTimeout):
        requests.get(url, headers=KEY, timeout=limit)


def ask_httpx(http: httpx.Client) -> Callable[[str, float], None]:
    """Polls by synchronous httpx, kept alive."""

    def ask(url: str, limit: float) -> None:
        with contextlib.suppress(httpx.ReadTimeout):
            http.get(url, timeout=limit)

    return ask


def play(world: World, lives: list[Life], chance: random.Random) -> None:
    """Let everybody live: some in threads, some as tasks of a loop."""
    to = urls(world, lives)

    def note(life: Life) -> None:
        life.over.append(world.clock.elapsed() // MILLISECOND)

    on_loop = [life for life in lives if chance.random() < 0.5]
    in_threads = [life for life in lives if life not in on_loop]
    with httpx.Client(headers=KEY, verify=False) as http:
        threads = [
            threading.Thread(
                target=live_in_a_thread,
                args=(life, to, note, ask_httpx(http) if chance.random() < 0.5 else ask_requests),
            )
            for life in in_threads
        ]
        for thread in threads:
            thread.start()

        async def main() -> None:
            async with httpx.AsyncClient(headers=KEY, verify=False) as http:
                await asyncio.gather(*(live_on_a_loop(life, to, note, http) for life in on_loop))

        asyncio.run(main())
        for thread in threads:
            thread.join()


@pytest.mark.parametrize(
    ("processors", "scenarios"),
    [
        pytest.param(contextlib.nullcontext(), 15, id="idle"),
        pytest.param(busy(), SCENARIOS, id="busy", marks=pytest.mark.slow),
    ],
)
def test_nobody_is_early_or_late(
    processors: contextlib.AbstractContextManager[None], scenarios: int, connsim_server: ServerThread
) -> None:
    """Every deed of every party is over at its exact moment, in all scenarios."""
    with processors:
        for number in range(scenarios):
            chance = random.Random(number)
            lives = imagine(chance)
            world = World(str(number))
            world.prism.url, listener = connsim_server.open(world, world.prism)
            with frozen(world):
                play(world, lives, chance)
            connsim_server.close(listener)
            assert [life.over for life in lives] == [life.expected() for life in lives], f"scenario {number}"
