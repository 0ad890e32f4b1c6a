"""Every fault against four HTTP clients in their default configuration, with the exact outcome for each.

All polls have a time-out of 5 seconds, the default of httpx; that of aiohttp is for the whole exchange, those of the
others for each read. Not obvious: urllib3 sends a request up to four times and obeys ``Retry-After``, aiohttp sends
it a second time when the connection closes without a reply, and requests does neither.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import aiohttp
import httpx
import pytest
import requests
import urllib3

from connsim import World
from connsim.core.durations import SECOND

KEY = {"apikey": "k"}
TIMEOUT = 5

Ask = Callable[[str], tuple[int, bytes]]


class Got(NamedTuple):
    """The outcome of a poll for a client.

    Attributes:
        what: The status, or the class of the exception.
        after: The time that it took, in virtual seconds.
        asked: How many requests arrived.
    """

    what: int | type[BaseException]
    after: float = 0
    asked: int = 1


def ask_httpx(url: str) -> tuple[int, bytes]:
    """Poll by httpx, with 5 seconds for each read."""
    with httpx.Client(headers=KEY, timeout=TIMEOUT, verify=False) as http:
        reply = http.get(url)
        return reply.status_code, reply.content


def ask_requests(url: str) -> tuple[int, bytes]:
    """Poll by requests, with 5 seconds for each read."""
    with requests.Session() as http:
        reply = http.get(url, headers=KEY, timeout=TIMEOUT)
        return reply.status_code, reply.content


def ask_aiohttp(url: str) -> tuple[int, bytes]:
    """Poll by aiohttp, with 5 seconds for the whole exchange."""

    async def main() -> tuple[int, bytes]:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT)
        async with aiohttp.ClientSession(headers=KEY, timeout=timeout) as http, http.get(url) as reply:
            return reply.status, await reply.read()

    return asyncio.run(main())


def ask_urllib3(url: str) -> tuple[int, bytes]:
    """Poll by urllib3, which retries by itself."""
    with urllib3.PoolManager(timeout=TIMEOUT) as http:
        reply = http.request("GET", url, headers=KEY)
        return reply.status, reply.data


CLIENTS: dict[str, Ask] = {
    "httpx": ask_httpx,
    "requests": ask_requests,
    "aiohttp": ask_aiohttp,
    "urllib3": ask_urllib3,
}

NO_ANSWER = (
    Got(httpx.ReadTimeout, 5),
    Got(requests.ReadTimeout, 5),
    Got(TimeoutError, 5),
    Got(urllib3.exceptions.MaxRetryError, 20, 4),
)
OUTCOMES: dict[str, tuple[Got, Got, Got, Got]] = {
    "delay 3s": (Got(200, 3),) * 4,
    "delay 5s": NO_ANSWER,
    "delay 1h": NO_ANSWER,
    "delay ever": NO_ANSWER,
    "status 503": (Got(503),) * 4,
    "status 503, times 1": (Got(503),) * 4,
    "status 429, retry_after 30s, times 2": (Got(429), Got(429), Got(429), Got(200, 60, 3)),
    "status 500, retry_after 30s": (Got(500),) * 4,
    "status 504, processed true": (Got(504),) * 4,
    "reset before headers": (
        Got(httpx.ReadError),
        Got(requests.ConnectionError),
        Got(aiohttp.ClientOSError, asked=2),
        Got(urllib3.exceptions.MaxRetryError, asked=4),
    ),
    "reset before headers, times 1": (
        Got(httpx.ReadError),
        Got(requests.ConnectionError),
        Got(200, asked=2),
        Got(200, asked=2),
    ),
    "reset after headers": (
        Got(httpx.ReadError),
        Got(requests.exceptions.ChunkedEncodingError),
        Got(aiohttp.ClientPayloadError),
        Got(urllib3.exceptions.MaxRetryError, asked=4),
    ),
    "empty": (
        Got(httpx.RemoteProtocolError),
        Got(requests.ConnectionError),
        Got(aiohttp.ServerDisconnectedError, asked=2),
        Got(urllib3.exceptions.MaxRetryError, asked=4),
    ),
    "truncate 20": (
        Got(httpx.RemoteProtocolError),
        Got(requests.exceptions.ChunkedEncodingError),
        Got(aiohttp.ClientPayloadError),
        Got(urllib3.exceptions.MaxRetryError, asked=4),
    ),
    "malformed half": (Got(200),) * 4,
    "malformed html": (Got(200),) * 4,
    "malformed noise": (Got(200),) * 4,
    "malformed null": (Got(200),) * 4,
    "malformed nothing": (Got(200),) * 4,
    "content_type text/html": (Got(200),) * 4,
    "drip 4s": (Got(200, 4),) * 4,
    "drip 1h": (Got(200, 3600), Got(200, 3600), Got(TimeoutError, 5), Got(200, 3600)),
    "drip 1h, pieces 10": (NO_ANSWER[0], Got(requests.ConnectionError, 5), *NO_ANSWER[2:]),
}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("fault", OUTCOMES)
def test_outcome_of_a_fault(connsim: World, fault: str, client: str) -> None:
    """The exception or the status, the time, and the number of requests are exactly those of the table."""
    expected = OUTCOMES[fault][list(CLIENTS).index(client)]
    url = connection(connsim)
    active = connsim.fault(fault)

    what: int | type[BaseException]
    try:
        what = CLIENTS[client](url)[0]
    except Exception as error:
        what = type(error)

    assert Got(what, connsim.clock.elapsed() / SECOND, len(connsim.journal.exchanges(method="GET"))) == expected
    assert active.struck >= 1


BODIES: dict[str, tuple[Callable[[bytes, bytes], bool], bool]] = {
    "malformed half": (lambda got, sent: sent.startswith(got) and len(got) == len(sent) // 2, False),
    "malformed html": (lambda got, sent: got.startswith(b"<!DOCTYPE html>"), False),
    "malformed noise": (lambda got, sent: len(got) == 256 and got != sent[:256], False),
    "malformed null": (lambda got, sent: got == b"null", True),
    "malformed nothing": (lambda got, sent: got == b"", False),
    "content_type text/html": (lambda got, sent: got == sent, True),
    "drip 4s": (lambda got, sent: got == sent, True),
    "delay 3s": (lambda got, sent: got == sent, True),
}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("fault", BODIES)
def test_what_arrives(connsim: World, fault: str, client: str) -> None:
    """A body arrives byte for byte as the fault leaves it, with every client."""
    url = connection(connsim)
    received = CLIENTS[client](url)[1]
    connsim.fault(fault)

    got = CLIENTS[client](url)[1]

    fits, is_json = BODIES[fault]
    assert fits(got, received)
    assert readable(got) is is_json


@pytest.mark.parametrize(
    ("client", "expected"),
    list(zip(CLIENTS, [Got(429, 0, 2), Got(429, 0, 2), Got(429, 0, 2), Got(200, 60, 3)], strict=True)),
    ids=CLIENTS,
)
def test_outcome_of_a_limit(connsim: World, client: str, expected: Got) -> None:
    """When the second request within a minute exceeds the limit, only urllib3 retries; the others return the 429."""
    url = connection(connsim)
    connsim.fault(rate_limit=1, per="1m")

    CLIENTS[client](url)
    what = CLIENTS[client](url)[0]

    assert Got(what, connsim.clock.elapsed() / SECOND, len(connsim.journal.exchanges(method="GET"))) == expected


def connection(world: World) -> str:
    """Create an inviter's record; return its URL."""
    return f"{world.prism.url}/connections/{world.prism.cloud_agent.create(world.prism.cloud_agent.wallet('k')).id}"


def readable(body: bytes) -> Any:
    """Return whether a body is JSON."""
    try:
        json.loads(body)
    except ValueError:
        return False
    return True
