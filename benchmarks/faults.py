"""What active faults cost that match no request: polls beside polls of an agent without any.

``python benchmarks/faults.py [--quick]``. A process each: no fault; a hundred for other connections, clients, states,
times and so on; a hundred with nothing but patterns. This process polls them turn by turn, so that noise hits all
alike. Then, in this process, the same for polls of the agency, without a wire, and an hour's drip beside a reply.
"""

import argparse
import os
import time
from statistics import median
from typing import Any

from poll import KEY, STEADY, Load, Table, create, process

MORE, DRIP = 1.1, 1000.0
"""What a poll may cost with a hundred faults, and an hour of a thousand drops: each no more than a whole reply."""


def rows(kind: str) -> list[dict[str, Any]]:
    """A hundred faults that no poll here fits."""
    if kind == "patterns":
        return [{"status": 503, "client": f"nobody-{number}-*"} for number in range(100)]
    if kind == "agency":
        return [{"status": 503, "message": "CONN_REQUEST", "from": f"{number + 1}d"} for number in range(50)] + [
            {"status": 503, "connection": f"other-{number}", "agent": "agency"} for number in range(50)
        ]
    conditions: list[dict[str, Any]] = [
        {"connection": "other"},
        {"client": "nobody"},
        {"state": "ConnectionResponseSent"},
        {"route": "/connection-invitations"},
        {"method": "DELETE"},
        {"agent": "agency"},
        {"message": "GET_MSGS"},
        {"from": "100d"},
        {"connection": "other", "client": "*"},
        {"state": "ConnectionRequestReceived", "from": "1d"},
    ]
    faults: list[dict[str, Any]] = [{"status": 503}, {"delay": "1s"}]
    return [{**faults[number % 2], **conditions[number % 10]} for number in range(100)] if kind == "fitting" else []


def serve(kind: str) -> None:
    """Play an agent with a hundred faults of a kind, or with none."""
    import asyncio
    import json

    from connsim import World
    from connsim.core.clock import Clock
    from connsim.transports.aiohttp_server import Listener

    world = World(clock=Clock(running=True))
    for row in rows(kind):
        world.faults.add(row, required=False)

    async def run() -> None:
        print(json.dumps({"url": await Listener(world, world.prism).start()}), flush=True)
        await asyncio.Event().wait()

    asyncio.run(run())


def measure_polls(rounds: int, seconds: float) -> None:
    """Tell what polls over the wire cost more."""
    with (
        process(__file__, "--serve", "none") as (_, none),
        process(__file__, "--serve", "fitting") as (_, fitting),
        process(__file__, "--serve", "patterns") as (_, patterns),
    ):
        loads = [Load(told["url"], create(told["url"]), 8) for told in (none, fitting, patterns)]
        rates: list[list[float]] = [[] for _ in loads]
        for number in range(-1, rounds):
            for rate, load in zip(rates, loads, strict=True):
                asked = load.run(seconds)[0]
                if number >= 0:  # the first round warms up
                    rate.append(asked)
        for load in loads:
            load.close()
    table = Table("polls/s, 8 connections", "no fault", "100 active")
    for name, rate in (("filed by a value", rates[1]), ("by patterns only", rates[2])):
        ratio = median(bare / mine for bare, mine in zip(rates[0], rate, strict=True))
        table.add(f"{name}: time of a poll", f"{median(rates[0]):,.0f}", f"{median(rate):,.0f}", ratio=ratio, most=MORE)


def measure_without_a_wire(rounds: int, polls: int) -> None:
    """Tell what the agents themselves need more, where nothing else is in the way."""
    table = Table("a poll without a wire", "no fault", "100 active")
    for name, ask, kind in (("PRISM agent", prism_poll, "fitting"), ("agency", agency_poll, "agency")):
        bare, active = ask("none"), ask(kind)
        times: list[list[float]] = [[], []]
        for number in range(-1, rounds):
            for spent, poll in zip(times, (bare, active), strict=True):
                start = time.process_time()
                for _ in range(polls):
                    poll()
                if number >= 0:
                    spent.append((time.process_time() - start) / polls)
        ratio = median(mine / its for mine, its in zip(times[1], times[0], strict=True))
        most = MORE if name == "agency" else None  # over the wire, a poll takes ten times what the agent itself needs
        table.add(name, *(f"{median(one) * 1e6:.1f} us" for one in times), ratio=ratio, most=most)


def prism_poll(kind: str) -> Any:
    """A function that polls an agent."""
    from connsim import World
    from connsim.core.exchange import Request

    world = World(journal_limit=1000)
    for row in rows(kind):
        world.faults.add(row)
    id_ = world.prism.cloud_agent.create(world.prism.cloud_agent.wallet(KEY)).id
    request = Request("GET", f"/connections/{id_}", {"apikey": KEY})
    return lambda: world.prism.handle(request)


def agency_poll(kind: str) -> Any:
    """A function that polls an agency, with the client's side of it done before."""
    from connsim import World
    from connsim.clients.agency_client import AgencyClient
    from connsim.clients.vcx_flow import VcxFlow
    from connsim.core.exchange import Request
    from connsim.wire.crypt import drawing
    from connsim.wire.keys import KeyPair

    world = World(journal_limit=1000)
    posted: list[Request] = []

    def post(body: bytes) -> bytes:
        posted.append(Request("POST", "/agency/msg", {}, body))
        return world.agency.handle(posted[-1]).body

    owner = KeyPair.from_seed(world.seed.draw("owner"))
    client = AgencyClient(post, world.agency.identity, owner, drawing(world.seed, "client"))
    client.messages(VcxFlow(client).connect("Benchmark").pairwise)
    for row in rows(kind):
        world.faults.add(row)
    return lambda: world.agency.handle(posted[-1])


def measure_drip(rounds: int) -> None:
    """Tell what an hour of drops costs in real time: a thousand moments of the clock instead of none."""
    from connsim import World
    from connsim.clients.prism_flow import open_http
    from connsim.transports.server_thread import ServerThread
    from connsim.virtual_time.frozen import frozen

    server, world = ServerThread(), World()
    world.prism.url, listener = server.open(world, world.prism)
    times: dict[str, list[float]] = {"whole": [], "drip": []}
    real = time.perf_counter  # before anything is frozen
    with frozen(world), open_http(world.prism.url, KEY) as http:
        id_ = world.prism.cloud_agent.create(world.prism.cloud_agent.wallet(KEY)).id
        world.fault("drip 1h, every 2")
        for number in range(-2, 2 * rounds):
            start = real()
            http.get(f"/connections/{id_}")
            if number >= 0:
                times["drip" if number % 2 else "whole"].append(real() - start)
    server.close(listener)
    server.stop()
    table = Table("a reply", "in one piece", "over an hour")
    ratio = median(times["drip"]) / median(times["whole"])
    table.add("time of a poll", *(f"{median(one) * 1e3:.1f} ms" for one in times.values()), ratio=ratio, most=DRIP)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--serve", choices=("none", "fitting", "patterns"), help="(for the processes that this starts)")
    arguments = parser.parse_args()
    if arguments.serve:
        return serve(arguments.serve)
    os.environ.update(STEADY)
    measure_polls(*((7, 0.2) if arguments.quick else (25, 0.33)))
    print()
    measure_without_a_wire(*((7, 500) if arguments.quick else (25, 1000)))
    print()
    measure_drip(5 if arguments.quick else 25)


if __name__ == "__main__":
    main()
