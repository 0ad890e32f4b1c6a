"""The door without a wire: respx, for httpx clients in the same process."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
import respx

from connsim import World
from connsim.core.durations import SECOND
from connsim.core.ends import Ever
from connsim.errors import Deadlock
from connsim.faults.delay import Delay
from connsim.script.sequence import Sequence, Step
from connsim.transports.httpx_router import mount

KEY = {"apikey": "k"}


@pytest.fixture
def world() -> Iterator[World]:
    """A frozen world behind respx."""
    world = World()
    with respx.MockRouter(assert_all_called=False) as router, world.frozen():
        mount(router, world.prism)
        yield world


def open_client(world: World, timeout: float | None = 5) -> httpx.Client:
    """Return a client of the world's agent."""
    return httpx.Client(base_url=world.prism.url, headers=KEY, timeout=timeout)


def test_answers_as_the_wire_does(world: World) -> None:
    """Status, body and content type are the agent's; slashes, prefix and query arrive unchanged."""
    with open_client(world) as http:
        made = http.post("/connections", json={"label": "x"})
        page = http.get(f"{world.prism.url}//connections/", params={"thid": made.json()["thid"]})
        same = http.get("/cloud-agent/connections", params={"thid": made.json()["thid"]})

    assert (made.status_code, made.headers["content-type"]) == (201, "application/json")
    assert page.content == same.content
    assert [c["label"] for c in same.json()["contents"]] == ["x"]


def test_empty_answers_have_no_content_type(world: World) -> None:
    """A 406 has neither body nor type."""
    with open_client(world) as http:
        refused = http.get("/connections", headers={"accept": "text/html"})

    assert (refused.status_code, refused.content, "content-type" in refused.headers) == (406, b"", False)


def test_async_clients_are_answered_too(world: World) -> None:
    """An async client needs no socket either."""

    async def main() -> int:
        async with httpx.AsyncClient(base_url=world.prism.url, headers=KEY) as http:
            await asyncio.sleep(60)
            return (await http.get("/_system/health")).status_code

    assert asyncio.run(main()) == 200
    assert world.clock.elapsed() == 60 * SECOND


def hold(world: World, seconds: int | None) -> None:
    """Hold back every reply about an inviter."""
    fault = Delay(None if seconds is None else seconds * SECOND)
    world.script("prism-inviter", Sequence((Step("InvitationGenerated", Ever(), fault),)))


def ask(world: World, timeout: float | None) -> httpx.Response:
    """Make an invitation, and poll it once."""
    with open_client(world, timeout) as http:
        made = http.post("/connections", json={}).json()
        return http.get(f"/connections/{made['connectionId']}")


def test_a_late_reply_moves_the_clock(world: World) -> None:
    """A reply that is held back arrives when it is due, in no real time."""
    hold(world, 4)

    assert ask(world, timeout=5).status_code == 200
    assert world.clock.elapsed() == 4 * SECOND


@pytest.mark.parametrize("delay", [5, 3600, None], ids=["equal", "longer", "never"])
def test_a_time_out_moves_the_clock_by_itself(world: World, delay: int | None) -> None:
    """The client's own time-out ends the wait, with the exception that the wire would cause."""
    hold(world, delay)

    with pytest.raises(httpx.ReadTimeout, match="read operation timed out"):
        ask(world, timeout=5)

    assert world.clock.elapsed() == 5 * SECOND


def test_an_endless_wait_is_an_error(world: World) -> None:
    """A client without a time-out that waits for an agent which never answers is an error, instead of a hang."""
    hold(world, None)

    with pytest.raises(Deadlock, match="is never answered, and the client waits without a limit. Expected a time-out"):
        ask(world, timeout=None)
