"""Receivers of webhook events: on a loop of the test, and outside virtual time."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from connsim import World
from connsim.core.durations import SECOND
from connsim.transports import webhook_sender

NO_ANSWER = "no answer within 5 seconds"


HOUR = 3600


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


INVITER = ["InvitationGenerated", "ConnectionRequestReceived", "ConnectionResponsePending", "ConnectionResponseSent"]


def register(world: World, url: str, **headers: str) -> None:
    """Register a webhook in the tenant's wallet."""
    world.prism.cloud_agent.webhooks.register(world.prism.cloud_agent.wallet("tenant").id, url, headers)


def invite(world: World) -> None:
    """Make an invitation over the wire."""
    http = httpx.post(f"{world.prism.url}/connections", json={"label": "x"}, headers={"apikey": "tenant"})
    assert http.status_code == 201


def until(reached: Callable[[], bool]) -> None:
    """Wait, in real time, for another process."""
    limit = time.monotonic() + 30  # stops a test that hangs
    while not reached():
        assert time.monotonic() < limit, "the condition was not reached in time"
        time.sleep(0.002)


def attempts(world: World) -> list[tuple[float, int, object]]:
    """Return all attempts: seconds since the world's start, number, and outcome; of an error, its kind only."""
    return [
        ((n.at - world.clock.start) / SECOND, n.attempt, str(n.outcome).partition(":")[0])
        for n in world.journal.notifications()
    ]


def port_of(server: asyncio.Server) -> int:
    """Return the port of a server."""
    return int(server.sockets[0].getsockname()[1])


async def read_request(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Read head and body of one request."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    )
    return head, await reader.readexactly(length)


class Loop:
    """A receiver on the loop of the test itself."""

    def __init__(self, world: World, pause: float = 0, answer: bytes = OK) -> None:
        self.world = world
        self.pause = pause
        self.answer = answer
        self.heads: list[bytes] = []
        self.received: list[tuple[float, str]] = []

    async def start(self) -> asyncio.Server:
        """Open a port, and register it as the tenant's webhook."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        register(self.world, f"http://127.0.0.1:{port_of(server)}/hook?x=1")
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head, body = await read_request(reader)
            self.heads.append(head)
            self.received.append((self.world.clock.elapsed() / SECOND, json.loads(body)["data"]["state"]))
            await asyncio.sleep(self.pause)
            writer.write(self.answer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the sender has closed the connection
        finally:
            writer.close()


@pytest.fixture
def endless_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold the clock for foreign receivers without the usual limit in real time."""
    monkeypatch.setattr(webhook_sender, "PATIENCE", 10_000)


class Foreign:
    """A receiver in a thread of its own, outside virtual time."""

    def __init__(self) -> None:
        self.states: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                event = json.loads(self.rfile.read(int(self.headers["content-length"])))
                outer.states.append(event["data"]["state"])
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()


@contextmanager
def foreign_thread() -> Iterator[tuple[str, Callable[[], list[str]]]]:
    """A receiver in a thread; its URL, and a function that returns the states it received."""
    foreign = Foreign()
    yield f"http://127.0.0.1:{foreign.server.server_address[1]}/", lambda: foreign.states
    foreign.server.shutdown()
    foreign.server.server_close()
