"""The cost of the journal and of the selection of scripts.

``python benchmarks/journal.py [--quick]``. Two processes serve the same agent, one of them with a journal that records
nothing; this process polls them alternately, so that noise affects both equally. Then, in this process, connections are
made against 10 and against 10,000 rules that each name one label exactly.
"""

import argparse
import os
import sys
import time
from statistics import median

from poll import KEY, STEADY, Load, Table, create, process

SHARE, MORE_RULES = 0.15, 1.1


def serve(journal: str) -> None:
    """Run an agent whose world has ten rules, with or without a journal."""
    import asyncio
    import json

    from connsim import World
    from connsim.core.clock import Clock
    from connsim.journal import Journal
    from connsim.journal.entries import Exchange
    from connsim.transports.aiohttp_server import Listener

    class Blank(Journal):
        """A journal that records nothing."""

        only = Exchange(number=0, at=0, real=0, method="GET", target="", status=200, poll=True, answered=0)

        def add_exchange(self, *_: object, **__: object) -> Exchange:
            return self.only

    world = World(clock=Clock(running=True))
    if journal == "blank":
        world.journal = Blank()
    for number in range(10):
        world.script("prism-inviter", "accepts after 1 day", label=f"label-{number}")

    async def run() -> None:
        print(json.dumps({"url": await Listener(world, world.prism).start()}), flush=True)
        await asyncio.Event().wait()

    asyncio.run(run())


def measure_polls(rounds: int, seconds: float) -> None:
    """Print which share of a poll over the wire its journal takes."""
    table = Table("polls/s, 8 connections", "no journal", "journal")
    with process(__file__, "--serve", "blank") as (_, blank), process(__file__, "--serve", "full") as (_, full):
        loads = [Load(announced["url"], create(announced["url"]), 8) for announced in (blank, full)]
        rates: list[list[float]] = [[], []]
        for number in range(-1, rounds):
            for rate, load in zip(rates, loads, strict=True):
                asked = load.run(seconds)[0]
                if number >= 0:  # the first round is a warm-up
                    rate.append(asked)
        for load in loads:
            load.close()
    share = median(1 - mine / its for its, mine in zip(*rates, strict=True))
    table.add("share of a poll", *(f"{median(rate):,.0f}" for rate in rates), ratio=share, most=SHARE)


def measure_rules(rounds: int, connections: int) -> None:
    """Compare the cost of making a connection with few rules and with many."""
    from connsim import World
    from connsim.core.exchange import Request

    counts = (0, 10, 10_000)
    taken: dict[int, list[float]] = {count: [] for count in counts}
    worlds = {count: World() for count in counts}
    for count, world in worlds.items():
        for number in range(count):
            world.script("prism-inviter", "accepts after 1 day", label=f"label-{number}")
    for number in range(-1, rounds):
        for count, world in worlds.items():
            world.reset()
            start = time.perf_counter()
            for made in range(connections):
                body = b'{"label":"label-%d"}' % (made * 7919 % (count or 1))
                world.prism.handle(Request("POST", "/connections", {"apikey": KEY}, body))
            if number >= 0:
                taken[count].append((time.perf_counter() - start) / connections)
    table = Table("making a connection, by rules", "10", "10,000")
    shown = [f"{median(taken[count]) * 1e6:.1f} us" for count in counts[1:]]
    ratio = median(many / few for few, many in zip(taken[10], taken[10_000], strict=True))
    table.add("10,000 exact rules", *shown, ratio=ratio, most=MORE_RULES)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--serve", choices=("blank", "full"), help="(for the processes that this one starts)")
    arguments = parser.parse_args()
    if arguments.serve:
        return serve(arguments.serve)
    os.environ.update(STEADY)
    rounds, seconds = (9, 0.2) if arguments.quick else (39, 0.33)
    measure_polls(rounds, seconds)
    measure_rules(rounds, 500 if arguments.quick else 2_000)


if __name__ == "__main__":
    sys.exit(main())
