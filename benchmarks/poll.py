"""Polls of one connection over the wire, compared with a bare aiohttp handler that sends the same bytes.

``python benchmarks/poll.py [--quick]``. Three servers, each in its own process: bare; one record whose step lasts a
duration; one whose step lasts many polls. This process polls them alternately, so that noise affects all equally.
"""

import argparse
import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from statistics import median
from typing import Any
from urllib.parse import urlsplit

KEY = "benchmark"
THROUGHPUT, P99 = 0.8, 2.0
# asyncio reads into a new buffer of 256 KiB each time. Depending on the layout of the heap, glibc gets it from the
# system and returns it at every poll, which costs 13 us, or not. These settings make all servers alike in that.
STEADY = {"MALLOC_MMAP_THRESHOLD_": "4000000", "MALLOC_TRIM_THRESHOLD_": "64000000"}


class Table:
    """Prints lines as they are measured, with a verdict for those that have a target."""

    def __init__(self, *columns: str) -> None:
        self._print(*columns, "ratio", "target", "")

    def add(self, *cells: str, ratio: float, most: float | None = None, least: float | None = None) -> None:
        """Print a line; the ratio must be at least or at most a number, or has no target."""
        if most is None and least is None:
            return self._print(*cells, f"{ratio:.2f}", "", "")
        met = ratio >= least if least is not None else ratio <= (most or 0)
        target = f">= {least:g}" if least is not None else f"<= {most:g}"
        return self._print(*cells, f"{ratio:.2f}", target, "PASS" if met else "MISS")

    def _print(self, first: str, *cells: str) -> None:
        print(f"{first:<44}" + "".join(f"{cell:>12}" for cell in cells), flush=True)


@contextmanager
def process(*command: str, stdin: int | None = None) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Run a server that prints one line of JSON when it is ready; yield the process and that JSON."""
    with subprocess.Popen([sys.executable, *command], stdin=stdin, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server, json.loads(server.stdout.readline())
        finally:
            server.kill()


@contextmanager
def connsim(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run ``connsim serve`` with a PRISM agent; yield the process and the agent's URL."""
    with process("-m", "connsim.cli", "serve", "--json", "--prism-port", "0", *options) as (server, announced):
        yield server, announced["prism"]["url"]


def create(url: str) -> str:
    """Create an inviter's record; return its path."""
    connection = HTTPConnection(urlsplit(url).netloc)
    connection.request("POST", "/connections", "{}", {"apikey": KEY, "Content-Type": "application/json"})
    made = json.load(connection.getresponse())
    connection.close()
    return f"/connections/{made['connectionId']}"


def get(url: str, path: str) -> bytes:
    """Return the body at a path."""
    connection = HTTPConnection(urlsplit(url).netloc)
    connection.request("GET", path, headers={"apikey": KEY})
    body = connection.getresponse().read()
    connection.close()
    return body


class Load:
    """A client with several connections, each of which always has one request on its way."""

    def __init__(self, url: str, path: str, connections: int) -> None:
        parts = urlsplit(url)
        self._request = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\napikey: {KEY}\r\n\r\n".encode()
        self._sockets = [socket.create_connection((parts.hostname, parts.port)) for _ in range(connections)]
        self._poller = select.epoll()
        for each in self._sockets:
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._poller.register(each, select.EPOLLIN)

    def run(self, seconds: float) -> tuple[float, list[int]]:
        """Poll as fast as replies arrive; return replies per second, and the nanoseconds that each took."""
        by_number = {each.fileno(): each for each in self._sockets}
        sent: dict[int, int] = {}
        got = dict.fromkeys(by_number, b"")
        taken: list[int] = []
        now, request = time.perf_counter_ns, self._request
        start = now()
        end = start + int(seconds * 1e9)
        for number, each in by_number.items():
            sent[number] = now()
            each.send(request)
        while sent:
            for number, _ in self._poller.poll():
                got[number] += (chunk := by_number[number].recv(65536))
                if not chunk:
                    raise ConnectionError("the server hung up")
                if not complete(got[number]):
                    continue
                at = now()
                taken.append(at - sent.pop(number))
                got[number] = b""
                if at < end:
                    sent[number] = now()
                    by_number[number].send(request)
        return len(taken) * 1e9 / (now() - start), taken

    def close(self) -> None:
        """Close the connections."""
        self._poller.close()
        for each in self._sockets:
            each.close()


def complete(reply: bytes) -> bool:
    """Return whether a reply with a ``Content-Length`` has arrived completely.

    Raises:
        AssertionError: The status is not 200, so the measurement would not be one of polls.
    """
    body = reply.find(b"\r\n\r\n") + 4
    if body < 4:
        return False
    assert reply.startswith(b"HTTP/1.1 200"), reply
    at = reply.index(b"Content-Length: ") + 16
    return len(reply) == body + int(reply[at : reply.index(b"\r", at)])


def measure(targets: dict[str, tuple[str, str]], connections: int, rounds: int, seconds: float) -> None:
    """Compare servers alternately; the first is the reference for the others."""
    loads = {name: Load(*target, connections) for name, target in targets.items()}
    rates: dict[str, list[float]] = {name: [] for name in targets}
    tails: dict[str, list[int]] = {name: [] for name in targets}
    for number in range(-1, rounds):
        for name, load in loads.items():
            rate, taken = load.run(seconds)
            if number >= 0:  # the first round is a warm-up
                rates[name].append(rate)
                tails[name].append(sorted(taken)[len(taken) * 99 // 100])
    bare, *ours = targets
    table = Table(f"{connections} connections", "bare", "connsim")
    for name in ours:
        ratio = median(mine / its for mine, its in zip(rates[name], rates[bare], strict=True))
        table.add(
            f"{name}: polls/s", *(f"{median(rates[n]):,.0f}" for n in (bare, name)), ratio=ratio, least=THROUGHPUT
        )
    for name in ours:
        ratio = median(mine / its for mine, its in zip(tails[name], tails[bare], strict=True))
        table.add(f"{name}: p99", *(f"{median(tails[n]) / 1e6:.2f} ms" for n in (bare, name)), ratio=ratio, most=P99)
    print()
    for load in loads.values():
        load.close()


@contextmanager
def open_bare(body: bytes) -> Iterator[str]:
    """Run the bare handler in its own process; yield its URL."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as given:
        given.write(body)
    with process(__file__, "--serve", "bare", stdin=reading) as (_, announced):
        os.close(reading)
        yield announced["url"]


def serve_bare() -> None:
    """Run the server for comparison: one aiohttp route, and the body that was given on standard input."""
    from aiohttp import web

    body = sys.stdin.buffer.read()

    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    app = web.Application()
    app.router.add_get("/connections/{id}", handler)
    print(json.dumps({"url": f"http://127.0.0.1:{listening.getsockname()[1]}"}), flush=True)
    web.run_app(app, sock=listening, access_log=None, print=None)


def serve_counted() -> None:
    """Run an agent whose record has steps that are counted in polls, as no behaviour of the command line has."""
    import asyncio

    from connsim import World
    from connsim.core.clock import Clock
    from connsim.script.sequence import Sequence
    from connsim.transports.aiohttp_server import Listener

    world = World(clock=Clock(running=True))
    steps = ("InvitationGenerated", "ConnectionRequestReceived", "ConnectionResponsePending")
    counted = Sequence.of(*((state, "for 10 polls") for state in steps[:-1]), (steps[-1], "for 1000000000 polls"))
    world.script("prism-inviter", counted)

    async def run() -> None:
        print(json.dumps({"url": await Listener(world, world.prism).start()}), flush=True)
        await asyncio.Event().wait()

    asyncio.run(run())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--serve", choices=("bare", "counted"), help="(for the processes that this one starts)")
    arguments = parser.parse_args()
    if arguments.serve:
        return serve_bare() if arguments.serve == "bare" else serve_counted()
    os.environ.update(STEADY)
    rounds, seconds = (5, 0.2) if arguments.quick else (19, 0.33)
    with (
        connsim("--behaviour", "prism-inviter=accepts:1d") as (_, timed),
        process(__file__, "--serve", "counted") as (_, counted),
        open_bare(get(timed, path := create(timed))) as bare,
    ):
        targets = {
            "bare": (bare, path),
            "step that lasts a day": (timed, path),
            "step that lasts n polls": (counted["url"], create(counted["url"])),
        }
        for connections in (1, 8, 64):
            measure(targets, connections, rounds, seconds)


if __name__ == "__main__":
    main()
