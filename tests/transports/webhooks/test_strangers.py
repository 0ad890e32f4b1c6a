"""Receivers outside virtual time, and receivers that cannot be reached."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import httpx
import pytest

from connsim import World
from connsim.core.durations import SECOND
from connsim.transports import webhook_sender
from connsim.transports.server_thread import ServerThread
from tests.transports.webhooks.conftest import (
    HOUR,
    INVITER,
    NO_ANSWER,
    attempts,
    foreign_thread,
    invite,
    register,
    until,
)


@contextmanager
def foreign_process() -> Iterator[tuple[str, Callable[[], list[str]]]]:
    """A receiver in a process; its URL, and a function that returns the states it received."""
    code = (
        "import json, http.server as h\n"
        "class H(h.BaseHTTPRequestHandler):\n"
        "    def do_POST(self):\n"
        "        b = self.rfile.read(int(self.headers['content-length']))\n"
        "        print(json.loads(b)['data']['state'], flush=True)\n"
        "        self.send_response(200); self.end_headers()\n"
        "    def log_message(self, *a): pass\n"
        "s = h.HTTPServer(('127.0.0.1', 0), H)\n"
        "print(s.server_address[1], flush=True)\n"
        "s.serve_forever()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = f"http://127.0.0.1:{int(process.stdout.readline())}/"

        def states() -> list[str]:
            process.kill()
            return process.communicate()[0].split()

        try:
            yield url, states
        finally:
            process.kill()


@pytest.mark.parametrize("foreign", [foreign_thread, foreign_process])
def test_a_foreign_receiver_gets_every_event_once(
    connsim_world: World, foreign: Callable[[], AbstractContextManager[tuple[str, Callable[[], list[str]]]]]
) -> None:
    """The clock is held while a foreign receiver works: each event is delivered once, with no virtual delay."""
    connsim_world.script("prism-inviter", "accepts after 90 seconds")
    with foreign() as (url, states):
        register(connsim_world, url)
        with connsim_world.frozen():
            for _ in range(5):
                invite(connsim_world)
                time.sleep(HOUR)
        assert states() == INVITER * 5

    assert {(attempt, outcome) for _, attempt, outcome in attempts(connsim_world)} == {(1, "200")}
    notified = [(n.at, n.state) for n in connsim_world.journal.notifications()]
    assert notified == [(t.at, t.target) for t in connsim_world.journal.transitions()]


def test_a_silent_foreign_receiver_does_not_hold_the_clock(
    connsim_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attempts at a foreign receiver that accepts no connection fail by virtual time."""
    monkeypatch.setattr(webhook_sender, "PATIENCE", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent, connsim_world.frozen():
        register(connsim_world, f"http://127.0.0.1:{silent.getsockname()[1]}/")
        invite(connsim_world)
        time.sleep(HOUR)

    assert attempts(connsim_world) == [(5, 1, NO_ANSWER), (15, 2, NO_ANSWER), (25, 3, NO_ANSWER)]


def test_an_unreachable_receiver_does_not_affect_the_client(connsim: World) -> None:
    """A receiver that cannot be reached does not affect the client, which polls at its own times."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    connsim.script("prism-inviter", "accepts after 90 seconds")
    register(connsim, f"http://127.0.0.1:{port}/")
    with httpx.Client(base_url=connsim.prism.url, headers={"apikey": "tenant"}) as http:
        connection = http.post("/connections", json={}).json()["connectionId"]
        states = []
        for _ in range(4):
            states.append(http.get(f"/connections/{connection}").json()["state"])
            time.sleep(60)

    refused = "ClientConnectorError"
    assert states == ["InvitationGenerated"] * 2 + ["ConnectionResponseSent"] * 2
    assert [(e.at - connsim.clock.start) // SECOND for e in connsim.journal.polls(connection)] == [0, 60, 120, 180]
    assert attempts(connsim)[:4] == [(0, 1, refused), (5, 2, refused), (10, 3, refused), (90, 1, refused)]


def test_a_world_survives_its_closed_port(connsim_server: ServerThread, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events that fall due after the door is closed are not sent, and cause no error."""
    monkeypatch.setattr(webhook_sender, "PATIENCE", 0.01)
    world = World("closed")
    world.prism.url, listener = connsim_server.open(world, world.prism)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        register(world, f"http://127.0.0.1:{silent.getsockname()[1]}/")
        invite(world)
        until(lambda: world.clock.next_due() is not None)
        connsim_server.close(listener)
        world.advance("1 hour")

    closed = "the agent's own port is closed"
    assert attempts(world) == [(5, 1, NO_ANSWER), (10, 2, closed), (15, 3, closed)]
    assert world.doors == []
