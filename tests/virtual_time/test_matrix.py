"""Every kind of client against every kind of delay: its time-outs are virtual, and exact to the nanosecond."""

import asyncio
import http.client
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

import aiohttp
import anyio.from_thread
import httpx
import pytest
import requests
import urllib3

from connsim import World
from connsim.core.durations import SECOND
from connsim.core.ends import Ever
from connsim.errors import Deadlock
from connsim.faults.delay import Delay
from connsim.script.sequence import Sequence, Step

KEY = {"apikey": "k"}

Poll = Callable[[str], None]


@dataclass(frozen=True)
class Kind:
    """A kind of client: how to open one that polls, and what its time-out raises."""

    name: str
    open: Callable[[float | None], AbstractContextManager[Poll]]
    timed_out: type[Exception]


@contextmanager
def httpx_sync(timeout: float | None) -> Iterator[Poll]:
    """Synchronous httpx."""
    with httpx.Client(headers=KEY, timeout=timeout, verify=False) as http:

        def poll(url: str) -> None:
            http.get(url).raise_for_status()

        yield poll


@contextmanager
def requests_session(timeout: float | None) -> Iterator[Poll]:
    """A session of requests."""
    with requests.Session() as http:
        http.headers.update(KEY)
        yield lambda url: http.get(url, timeout=timeout).raise_for_status()


@contextmanager
def httpx_async(timeout: float | None) -> Iterator[Poll]:
    """Asynchronous httpx on one loop."""
    with asyncio.Runner() as runner:
        http = httpx.AsyncClient(headers=KEY, timeout=timeout, verify=False)

        async def poll(url: str) -> None:
            (await http.get(url)).raise_for_status()

        try:
            yield lambda url: runner.run(poll(url))
        finally:
            runner.run(http.aclose())


@contextmanager
def httpx_on(timeout: float | None, backend: str) -> Iterator[Poll]:
    """Asynchronous httpx, called from outside through anyio's portal; its pool has one connection."""
    limits = httpx.Limits(max_connections=1)
    with anyio.from_thread.start_blocking_portal(backend) as portal:
        opened = httpx.AsyncClient(headers=KEY, timeout=timeout, verify=False, limits=limits)
        with portal.wrap_async_context_manager(opened) as client:

            async def poll(url: str) -> None:
                (await client.get(url)).raise_for_status()

            yield lambda url: portal.call(poll, url)


def httpx_trio(timeout: float | None) -> AbstractContextManager[Poll]:
    """Asynchronous httpx on trio."""
    return httpx_on(timeout, "trio")


def httpx_portal(timeout: float | None) -> AbstractContextManager[Poll]:
    """Asynchronous httpx on a loop of asyncio in a thread of its own."""
    return httpx_on(timeout, "asyncio")


@contextmanager
def urllib3_pool(timeout: float | None) -> Iterator[Poll]:
    """A pool of urllib3 that waits for its one connection, and does not try again."""
    with urllib3.PoolManager(maxsize=1, block=True, headers=KEY, retries=False) as pools:

        def poll(url: str) -> None:
            assert pools.request("GET", url, timeout=urllib3.Timeout(timeout)).status == 200

        yield poll


@contextmanager
def http_client(timeout: float | None) -> Iterator[Poll]:
    """A kept-alive connection of the standard library."""
    connections: dict[str, http.client.HTTPConnection] = {}

    def poll(url: str) -> None:
        parts = urllib.parse.urlsplit(url)
        connection = connections.get(parts.netloc)
        if connection is None:
            connection = connections[parts.netloc] = http.client.HTTPConnection(parts.netloc, timeout=timeout)
        try:
            connection.request("GET", parts.path, headers=KEY)
            with connection.getresponse() as reply:
                assert reply.status == 200
                reply.read()
        except TimeoutError:
            connection.close()
            raise

    try:
        yield poll
    finally:
        for connection in connections.values():
            connection.close()


@contextmanager
def aiohttp_session(timeout: float | None, limit: int = 100) -> Iterator[Poll]:
    """A session of aiohttp on one loop."""

    async def open_session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=limit),
            headers=KEY,
            timeout=aiohttp.ClientTimeout(total=timeout),
            raise_for_status=True,
        )

    with asyncio.Runner() as runner:
        http = runner.run(open_session())

        async def poll(url: str) -> None:
            async with http.get(url) as reply:
                await reply.read()

        try:
            yield lambda url: runner.run(poll(url))
        finally:
            runner.run(http.close())


def aiohttp_one_connection(timeout: float | None) -> AbstractContextManager[Poll]:
    """A session of aiohttp that has one connection at a time."""
    return aiohttp_session(timeout, limit=1)


KINDS = [
    Kind("httpx-sync", httpx_sync, httpx.ReadTimeout),
    Kind("requests", requests_session, requests.ReadTimeout),
    Kind("httpx-async", httpx_async, httpx.ReadTimeout),
    Kind("httpx-trio", httpx_trio, httpx.ReadTimeout),
    Kind("httpx-portal", httpx_portal, httpx.ReadTimeout),
    Kind("aiohttp", aiohttp_session, TimeoutError),
    Kind("aiohttp-limit-1", aiohttp_one_connection, TimeoutError),
    Kind("urllib3", urllib3_pool, urllib3.exceptions.ReadTimeoutError),
    Kind("http.client", http_client, TimeoutError),
]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    """A kind of client."""
    found: Kind = request.param
    return found


def slow_connection(world: World, delay: float | None) -> str:
    """The URL of a connection whose every reply is held back."""
    fault = Delay(None if delay is None else int(delay * SECOND))
    world.script("prism-inviter", Sequence((Step("InvitationGenerated", Ever(), fault),)))
    record = world.prism.cloud_agent.create(world.prism.cloud_agent.wallet("k"))
    return f"{world.prism.url}/connections/{record.id}"


@pytest.mark.parametrize("kept", [False, True], ids=["fresh", "kept-alive"])
@pytest.mark.parametrize(
    ("delay", "timeout"),
    [(0, 5), (3, 5), (4.999999, 5), (5, 5), (8, 5), (None, 5), (3, None), (86_400, None)],
    ids=["prompt", "shorter", "barely", "equal", "longer", "never", "no-time-out", "a-day"],
)
def test_polls_end_at_their_exact_moment(
    connsim: World, kind: Kind, delay: float | None, timeout: float | None, kept: bool
) -> None:
    """A poll ends with the reply or with the time-out, whichever is first; of two at one moment, with the time-out."""
    url = slow_connection(connsim, delay)
    given_up = timeout is not None and (delay is None or delay >= timeout)
    each = int((timeout or 0 if given_up else delay or 0) * SECOND)
    polls = 3

    with ExitStack() as stack:
        poll = stack.enter_context(kind.open(timeout))
        for number in range(1, polls + 1):
            if not kept and number > 1:
                poll = stack.enter_context(kind.open(timeout))
            if given_up:
                with pytest.raises(kind.timed_out):
                    poll(url)
            else:
                poll(url)
            assert connsim.clock.elapsed() == number * each

    assert len(connsim.journal.exchanges(method="GET")) == polls


def test_waiting_forever_is_a_deadlock(connsim: World, kind: Kind) -> None:
    """A client without a time-out that is never answered fails at once."""
    if kind.name in ("httpx-trio", "httpx-portal"):
        pytest.skip("trio looks at its tasks once a day, so it never waits without a limit; portals end with an error")
    url = slow_connection(connsim, None)

    with (
        pytest.raises(Deadlock, match="Every party waits, nothing is due, and nothing is on its way:\n  MainThread: "),
        kind.open(None) as poll,
    ):
        poll(url)

    assert connsim.clock.elapsed() == 0
