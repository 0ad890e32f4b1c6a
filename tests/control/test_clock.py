import threading
from collections.abc import Callable

import httpx
import pytest

from connsim import ControlClient, World
from connsim.control import Control
from connsim.transports.server_thread import ServerThread
from tests.control.conftest import Ask


def test_shows_the_clock(ask: Ask, world: World) -> None:
    """The moment is told as a date, in nanoseconds, and as time since the start."""
    assert ask("GET", "/clock") == (
        200,
        {
            "now": "2026-01-05T09:00:00.123456Z",
            "ns": world.clock.start,
            "start": world.clock.start,
            "elapsed": "0 seconds",
            "running": False,
            "due": None,
        },
    )


def test_tells_what_is_due_next(ask: Ask, world: World, invite: Callable[..., str]) -> None:
    """Whoever moves the clock can see how far it is worth moving."""
    world.script("prism-inviter", "accepts after 90s")
    invite()

    assert ask("GET", "/clock")[1]["due"] == world.clock.start + 90 * 10**9


def test_pushes_the_clock(ask: Ask, world: World, invite: Callable[..., str]) -> None:
    """Time passes as said, and what is due on the way happens."""
    world.script("prism-inviter", "accepts after 90s")
    connection = invite()

    status, told = ask("POST", "/clock/advance", {"by": "24h"})

    assert (status, told["elapsed"]) == (200, "24 hours")
    assert [e.at - world.clock.start for e in world.journal.transitions(connection)][1] == 90 * 10**9


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (b"", 400, "The body is '', which is not JSON. Expected an object."),
        (b"{", 400, "The body is '{', which is not JSON."),
        (b"[]", 400, "The body is a list. Expected an object with by, last."),
        (b"null", 400, "The body is null. Expected an object with by, last."),
        (b"{}", 400, """The body has no 'by'. Expected a text, such as "24h" or "90 seconds"."""),
        (b'{"by": 5}', 400, "The member 'by' is 5. Expected a text, such as"),
        (b'{"by": NaN}', 400, "which is not JSON"),
        (
            b'{"by": "1h", "bye": "x"}',
            400,
            "The body has the member 'bye'. Did you mean 'by'? Expected nothing but by, last.",
        ),
        (b"\xff", 400, "which is not JSON"),
        (b"[" * 100_000, 400, "which is not JSON"),
        (b'{"by": "\\ud800"}', 400, "The member 'by' contains a lone surrogate. Expected valid Unicode."),
        (b'{"by": "soon"}', 400, "'soon' is not a duration. Expected a number and a unit"),
        (b'{"by": "-1h"}', 400, "not a duration"),
        (b'{"by": "2000 years"}', 400, "not a duration"),
        (b'{"by": "100000 weeks"}', 400, "is out of range. Expected a duration from 0 to 1000 years."),
    ],
    ids=[
        *("empty", "cut", "list", "null", "nothing", "number", "nan", "more", "bytes", "deep", "surrogate", "word"),
        *("negative", "years", "long"),
    ],
)
def test_refuses_a_bad_advance(ask: Ask, world: World, body: bytes, status: int, told: str) -> None:
    """A wrong body is told what would be right, and time stands still."""
    answered, answer = ask("POST", "/clock/advance", body)

    assert answered == status
    assert told in answer["error"]
    assert world.clock.elapsed() == 0


def test_does_not_leave_the_calendar(ask: Ask, world: World) -> None:
    """Time ends with the year 9999: what is right and can not be done is a conflict, and moves nothing."""
    for _ in range(8):
        assert ask("POST", "/clock/advance", {"by": "52000 weeks"})[0] == 200
    elapsed = world.clock.elapsed()

    status, told = ask("POST", "/clock/advance", {"by": "52000 weeks"})

    assert (status, world.clock.elapsed()) == (409, elapsed)
    assert "The clock cannot pass the year 9999. Expected a moment that fits a date. Advance by less." in told["error"]


def test_time_passes_while_clients_poll(connsim_world: World, connsim_server: ServerThread) -> None:
    """Advances over the wire and polls of other threads go on side by side, and none is lost."""
    connsim_world.script("prism-inviter", "accepts after 2 minutes")
    url, listener = connsim_server.open(connsim_world, Control(connsim_world))
    headers = {"apikey": "issuer"}
    made = httpx.post(f"{connsim_world.prism.url}/connections", json={}, headers=headers).json()["connectionId"]
    seen: list[str] = []

    def poll() -> None:
        with httpx.Client(base_url=connsim_world.prism.url, headers=headers) as http:
            seen.extend(http.get(f"/connections/{made}").json()["state"] for _ in range(50))

    threads = [threading.Thread(target=poll) for _ in range(4)]
    try:
        with ControlClient(url) as control:
            for thread in threads:
                thread.start()
            for _ in range(120):
                control.advance("2 seconds")
            for thread in threads:
                thread.join()
            assert control.connection(made).connection.state == "ConnectionResponseSent"
            assert control.clock().elapsed == "4 minutes"
    finally:
        connsim_server.close(listener)

    assert len(seen) == len(connsim_world.journal.polls(made)) == 200


def test_a_frozen_world_is_pushed_from_elsewhere(connsim: World, connsim_server: ServerThread) -> None:
    """Client code may ask for time to pass over the wire, although its own waiting moves the same clock."""
    url, listener = connsim_server.open(connsim, Control(connsim))
    try:
        with ControlClient(url) as control:
            assert control.advance("90s").elapsed == "1 minute 30 seconds"
    finally:
        connsim_server.close(listener)

    assert connsim.clock.elapsed() == 90 * 10**9
