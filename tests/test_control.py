import json

import httpx
import pytest

from simulator.control import Control
from simulator.exchange import Request
from simulator.testing import World
from simulator.transports.server_thread import ServerThread


@pytest.fixture
def world() -> World:
    """A world of its own."""
    return World("control")


def ask(world: World, method: str, target: str, body: bytes = b"") -> tuple[int, dict[str, object]]:
    """Send one control request."""
    reply = Control(world).handle(Request(method, target, {}, body))
    return reply.status, json.loads(reply.body)


def test_shows_the_clock(world: World) -> None:
    """The moment is told as a date, in nanoseconds, and as time since the start."""
    assert ask(world, "GET", "/clock") == (
        200,
        {"now": "2026-01-05T09:00:00.123456Z", "ns": world.clock.start, "elapsed": "0 seconds", "running": False},
    )


def test_pushes_the_clock(world: World) -> None:
    """Time passes as said, and what is due on the way happens."""
    status, told = ask(world, "POST", "/clock/advance", b'{"by": "24h"}')

    assert (status, told["elapsed"]) == (200, "24 hours")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "Expected JSON such as"),
        (b"{", "Expected JSON such as"),
        (b"[]", "Expected JSON such as"),
        (b'{"by": 5}', "Expected JSON such as"),
        (b'{"by": "1h", "to": "x"}', "Expected JSON such as"),
        (b"\xff", "Expected JSON such as"),
        (b"[" * 100_000, "Expected JSON such as"),
        (b'{"by": "soon"}', "'soon' is no duration. Expected a number and a unit"),
        (b'{"by": "-1h"}', "no duration"),
    ],
    ids=["empty", "cut", "list", "number", "more", "bytes", "deep", "word", "negative"],
)
def test_refuses_a_bad_advance(world: World, body: bytes, told: str) -> None:
    """A wrong body is told what would be right, and time stands still."""
    status, answer = ask(world, "POST", "/clock/advance", body)

    assert status == 400
    assert told in str(answer["error"])
    assert world.clock.elapsed() == 0


def test_shows_the_journal(world: World) -> None:
    """Exchanges and transitions are told in order, each with its kind."""
    world.prism.handle(Request("POST", "/connections", {"apikey": "k"}, b'{"label":"x"}'))

    status, told = ask(world, "GET", "/journal")

    assert status == 200
    assert (told["seed"], told["dropped"]) == ("control", 0)
    transition, exchange = told["entries"]  # type: ignore[misc]
    assert (transition["kind"], transition["target"]) == ("transition", "InvitationGenerated")
    assert (exchange["kind"], exchange["status"], exchange["request"]) == ("exchange", 201, '{"label":"x"}')


def test_resets(world: World) -> None:
    """Records and journal are dropped; the moment stays."""
    world.prism.handle(Request("POST", "/connections", {"apikey": "k"}, b"{}"))
    world.advance("1h")

    status, told = ask(world, "POST", "/reset")

    assert (status, told["elapsed"]) == (200, "1 hour")
    assert world.journal.entries() == []


@pytest.mark.parametrize(("method", "target"), [("GET", "/"), ("DELETE", "/clock"), ("POST", "/clock/stop")])
def test_unknown_requests_are_told_what_there_is(world: World, method: str, target: str) -> None:
    """A 404 lists the routes."""
    status, told = ask(world, method, target)

    assert status == 404
    assert f"There is no {method} {target}. Expected one of: GET /clock, POST /clock/advance" in str(told["error"])


def test_runs_on_a_listener_of_its_own(connsim_world: World, connsim_server: ServerThread) -> None:
    """Control has its own port; the agent's port knows nothing of it."""
    url, listener = connsim_server.open(connsim_world, Control(connsim_world).handle)
    try:
        assert httpx.post(f"{url}/clock/advance", json={"by": "90s"}).json()["elapsed"] == "1 minute 30 seconds"
        assert httpx.get(f"{connsim_world.prism.url}/clock").status_code == 404
    finally:
        connsim_server.close(listener)
