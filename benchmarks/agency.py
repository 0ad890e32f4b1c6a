"""Polls of an agency over the wire, compared with a bare aiohttp handler that opens and closes the same envelopes.

``python benchmarks/agency.py [--quick] [--held NUMBER]``. Three servers, each in its own process: bare; an agency with
ten connections; one with very many. This process is their client and alternates, so that noise affects all equally.
"""

import argparse
import json
import os
import socket
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from urllib.parse import urlsplit

from agency_bare import Party, poll_v1, poll_v2
from poll import STEADY, Load, Table, process

from connsim.clients.agency_client import AgencyClient
from connsim.clients.agency_results import Dialect
from connsim.core.exchange import Request
from connsim.core.seed import Seed
from connsim.wire.codes import Version
from connsim.wire.crypt import drawing
from connsim.wire.keys import KeyPair
from connsim.wire.layers import open_layer, wrap
from connsim.wire.messages import Message, write

COST, FLAT = 1.5, 1.2
FEW, MANY = 10, 100_000


class Polls(Load):
    """A client that repeats one request."""

    def __init__(self, url: str, body: bytes, connections: int) -> None:
        super().__init__(url, "/agency/msg", connections)
        head = f"POST /agency/msg HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\nContent-Length: {len(body)}\r\n"
        self._request = f"{head}Content-Type: application/ssi-agent-wire\r\n\r\n".encode() + body


@contextmanager
def server(kind: str, *options: str) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Run a server; yield its URL, and a poll for each version that it answers."""
    with process(__file__, "--serve", kind, *options) as (_, announced):
        yield announced["url"], {version: b64decode(body) for version, body in announced["polls"].items()}


def announce(url: str, polls: dict[str, bytes]) -> None:
    """Print the URL and the polls for the process that started this one."""
    print(
        json.dumps({"url": url, "polls": {name: b64encode(body).decode() for name, body in polls.items()}}), flush=True
    )


def serve_bare() -> None:
    """Run the server for comparison: one route, and the answer to a poll before any holder has answered."""
    from aiohttp import web

    draw = drawing(Seed("bare"))
    agency, agent, connection, owner, pairwise = pairs = [KeyPair.from_seed(draw(32)) for _ in range(5)]
    entry = {"uid": "c" * 36, "statusCode": "MS-101", "senderDID": pairwise.did, "type": "connReq", "refMsgId": None}
    polls: dict[str, bytes] = {}
    handlers: dict[Version, Callable[[bytes], bytes]] = {}
    for version, made in ((Version.V1, poll_v1), (Version.V2, poll_v2)):
        forwarding, routing, here, caller, user = map(Party, pairs)
        (answer,) = write(Message("MSGS", {"msgs": [entry]}, version))
        parties = forwarding, routing.knows(caller), here.knows(user, caller), caller
        handlers[version] = made(*parties, answer)
        steps = [(pairwise, connection), (owner, agent), (None, agency)]
        polls[version] = wrap(Message("GET_MSGS", {}, version), version, steps, draw)
        assert open_layer(handlers[version](polls[version]), owner).message.members == {"msgs": [entry]}

    async def handle(request: web.Request) -> web.Response:
        body = await request.read()
        version = Version.V2 if body[:1] == b"{" else Version.V1
        return web.Response(body=handlers[version](body), content_type="application/octet-stream")

    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    app = web.Application()
    app.router.add_post("/agency/msg", handle)
    announce(f"http://127.0.0.1:{listening.getsockname()[1]}", polls)
    web.run_app(app, sock=listening, access_log=None, print=None)


def serve_agency(held: int) -> None:
    """Run an agency that holds this many connections."""
    import asyncio

    from connsim import World
    from connsim.core.clock import Clock
    from connsim.transports.aiohttp_server import Listener

    world = World(clock=Clock(running=True))
    agency, polls = world.agency, dict[str, bytes]()
    for version in Version:
        posted: list[bytes] = []

        def post(body: bytes, posted: list[bytes] = posted) -> bytes:
            posted[:] = [body]
            reply = agency.handle(Request("POST", "/agency/msg", {}, body))
            assert reply.status == 200, reply.body
            return bytes(reply.body)

        draw = drawing(world.seed, "client", version)
        client = AgencyClient(post, agency.identity, KeyPair.from_seed(draw(32)), draw, Dialect.of(version))
        client.provision()
        count = held - 1 if version is Version.V1 else 1
        pairwise = [client.create_key() for _ in range(count)][count // 2]
        client.invite(pairwise)
        client.messages(pairwise)
        polls[version] = posted[0]
    world.journal.clear()

    async def run() -> None:
        announce(await Listener(world, agency).start(), polls)
        await asyncio.Event().wait()

    asyncio.run(run())


def measure(servers: dict[str, tuple[str, dict[str, bytes]]], connections: int, rounds: int, seconds: float) -> None:
    """Compare the servers alternately, for each version."""
    table = Table(f"{connections} connections of the client", "before", "after")
    for version in Version:
        loads = {name: Polls(url, polls[version], connections) for name, (url, polls) in servers.items()}
        rates: dict[str, list[float]] = {name: [] for name in servers}
        for number in range(-1, rounds):
            for name, load in loads.items():
                rate, _ = load.run(seconds)
                if number >= 0:  # the first round is a warm-up
                    rates[name].append(rate)
        bare, few, many = servers
        for before, after, most in ((bare, few, COST), (few, many, FLAT)):
            cells = (f"{median(rates[name]):,.0f}" for name in (before, after))
            ratio = median(old / new for old, new in zip(rates[before], rates[after], strict=True))
            table.add(f"{version} polls/s: {before}, {after}", *cells, ratio=ratio, most=most)
        for load in loads.values():
            load.close()
    print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds, and a tenth of the connections")
    parser.add_argument("--held", type=int, default=None, help="how many connections are very many")
    parser.add_argument("--serve", choices=("bare", "agency"), help="(for the processes that this one starts)")
    arguments = parser.parse_args()
    held = arguments.held or (MANY // 10 if arguments.quick else MANY)
    if arguments.serve:
        return serve_bare() if arguments.serve == "bare" else serve_agency(held)
    os.environ.update(STEADY)
    rounds, seconds = (5, 0.3) if arguments.quick else (19, 0.5)
    with (
        server("bare") as bare,
        server("agency", "--held", str(FEW)) as few,
        server("agency", "--held", str(held)) as many,
    ):
        servers = {"bare": bare, f"{FEW} held": few, f"{held:,} held": many}
        for connections in (1, 8):
            measure(servers, connections, rounds, seconds)


if __name__ == "__main__":
    main()
