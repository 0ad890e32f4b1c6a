"""What virtual time costs: an hour of polling beside the same polls without waiting, and whole worlds.

    python benchmarks/virtual_time.py [--quick]

Every figure is a ratio or a time of this machine in this run; pairs are measured in turn, and medians are compared.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable

import aiohttp
import httpx
import requests
import respx

from connsim import World
from connsim.clients.prism_flow import open_http
from connsim.core.machine import Machine
from connsim.transports.httpx_router import mount
from connsim.transports.server_thread import ServerThread
from connsim.virtual_time.frozen import frozen

KEY = {"apikey": "k"}

Poller = Callable[[str, int, float], None]
"""Polls a URL so many times, with a pause after each; no pause at all if it is zero."""


def poll_httpx(url: str, polls: int, pause: float) -> None:
    with open_http(url, "k") as http:
        for _ in range(polls):
            http.get("")
            if pause:
                time.sleep(pause)


def poll_requests(url: str, polls: int, pause: float) -> None:
    with requests.Session() as http:
        http.headers.update(KEY)
        for _ in range(polls):
            http.get(url, timeout=5)
            if pause:
                time.sleep(pause)


def poll_httpx_async(url: str, polls: int, pause: float) -> None:
    async def main() -> None:
        async with httpx.AsyncClient(headers=KEY, verify=False) as http:
            await _repeat(lambda: http.get(url), polls, pause)

    asyncio.run(main())


def poll_aiohttp(url: str, polls: int, pause: float) -> None:
    async def main() -> None:
        async with aiohttp.ClientSession(headers=KEY) as http:

            async def ask() -> None:
                async with http.get(url) as reply:
                    await reply.read()

            await _repeat(ask, polls, pause)

    asyncio.run(main())


async def _repeat(ask: Callable[[], Awaitable[object]], polls: int, pause: float) -> None:
    for _ in range(polls):
        await ask()
        if pause:
            await asyncio.sleep(pause)


POLLERS: list[tuple[str, Poller, float]] = [
    ("httpx", poll_httpx, 1.25),
    ("requests", poll_requests, 1.25),
    ("httpx async", poll_httpx_async, 1.4),
    ("aiohttp", poll_aiohttp, 2.0),
]


def new_world(server: ServerThread) -> tuple[World, str, Callable[[], None]]:
    """A served world with one invitation; gives its URL too, and what closes it."""
    world = World()
    world.prism.url, listener = server.open(world, world.prism)
    record = world.prism.cloud_agent.create(world.prism.cloud_agent.wallet("k"))
    return world, f"{world.prism.url}/connections/{record.id}", lambda: server.close(listener)


def timed(work: Callable[[], None], clock: Callable[[], float] = Machine.monotonic) -> float:
    # The machine's: everything else is virtual inside a world.
    began = clock()
    work()
    return clock() - began


def an_hour(server: ServerThread, poller: Poller, polls: int) -> tuple[float, float]:
    """Seconds for polls every 2 virtual seconds, and for the same polls in a plain loop in real time."""
    world, url, close = new_world(server)
    with world.frozen():
        waiting = timed(lambda: poller(url, polls, 2))
    plain = timed(lambda: poller(url, polls, 0))
    close()
    return waiting, plain


def a_month(server: ServerThread) -> float:
    """Seconds for 30 days polled hourly over sockets, freezing included."""

    def work() -> None:
        world, url, close = new_world(server)
        with world.frozen():
            poll_httpx(url, 720, 3600)
        close()

    return timed(work)


def a_month_without_sockets() -> float:
    """Seconds for the same through the router."""

    def work() -> None:
        world = World()
        record = world.prism.cloud_agent.create(world.prism.cloud_agent.wallet("k"))
        with respx.MockRouter() as router, world.frozen():
            poll_httpx(f"{mount(router, world.prism)}/connections/{record.id}", 720, 3600)

    return timed(work)


def worlds(server: ServerThread, count: int) -> float:
    """Seconds for one world as a test has it: frozen, with a listener and a client that asks once."""

    def work() -> None:
        for _ in range(count):
            world = World()
            world.prism.url, listener = server.open(world, world.prism)
            with frozen(world), open_http(world.prism.url, "k") as http:
                http.get("/_system/health")
            server.close(listener)

    work()  # the first one pays for the patches and the TLS context
    seconds = timed(work) / count
    return seconds


def line(what: str, figure: float, unit: str, target: float) -> None:
    verdict = "PASS" if figure <= target else "MISS"
    print(f"{what:<44} {figure:8.2f} {unit:<6} target <= {target:<5} {verdict}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer polls and rounds")
    quick = parser.parse_args().quick
    polls, rounds = (300, 3) if quick else (1800, 5)
    server = ServerThread()
    for name, poller, target in POLLERS:
        pairs = [an_hour(server, poller, polls) for _ in range(rounds)]
        ratio = statistics.median(waiting / plain for waiting, plain in pairs)
        line(f"{polls} polls, every 2 s / plain loop: {name}", ratio, "x", target)
    line("30 days polled hourly, over sockets", statistics.median(a_month(server) for _ in range(rounds)), "s", 2.5)
    line(
        "30 days polled hourly, through httpx_router",
        statistics.median(a_month_without_sockets() for _ in range(rounds)),
        "s",
        0.5,
    )
    line("a world per test", worlds(server, 50) * 1000, "ms", 3)
    server.stop()


if __name__ == "__main__":
    main()
