"""Every fault against four HTTP clients as they are when nobody has configured them: what exactly they make of it.

All polls have a time-out of 5 seconds, which is that of httpx; that of aiohttp is for the whole exchange, those of the
others for each read. The table documents what surprises: urllib3 asks four times and waits for ``Retry-After``, aiohttp
asks a second time when a connection ends without a word, and requests does neither.
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
    """What a client makes of a poll.

    Attributes:
        what: The status, or the class of the exception.
        after: Virtual seconds.
        asked: How many requests came.
    """

    what: int | type[BaseException]
    after: float = 0
    asked: int = 1


def ask_httpx(url: str) -> tuple[int, bytes]:
    """Ask by httpx: 5 seconds for each read."""
    with httpx.Client(headers=KEY, timeout=TIMEOUT, verify=False) as http:
        reply = http.get(url)
        return reply.status_code, reply.content


def ask_requests(url: str) -> tuple[int, bytes]:
    """Ask by requests, likewise."""
    with requests.Session() as http:
        reply = http.get(url, headers=KEY, timeout=TIMEOUT)
        return reply.status_code, reply.content


def ask_aiohttp(url: str) -> tuple[int, bytes]:
    """Ask by aiohttp: 5 seconds for the whole."""

    async def main() -> tuple[int, bytes]:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT)
        async with aiohttp.ClientSession(headers=KEY, timeout=timeout) as http, http.get(url) as reply:
            return reply.status, await reply.read()

    return asyncio.run(main())


def ask_urllib3(url: str) -> tuple[int, bytes]:
    """Ask by urllib3, which tries again by itself."""
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
def test_what_a_client_makes_of_a_fault(connsim: World, fault: str, client: str) -> None:
    """The exception or the status, the moment, and the number of requests are exactly these."""
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
    "malformed half": (lambda got, told: told.startswith(got) and len(got) == len(told) // 2, False),
    "malformed html": (lambda got, told: got.startswith(b"<!DOCTYPE html>"), False),
    "malformed noise": (lambda got, told: len(got) == 256 and got != told[:256], False),
    "malformed null": (lambda got, told: got == b"null", True),
    "malformed nothing": (lambda got, told: got == b"", False),
    "content_type text/html": (lambda got, told: got == told, True),
    "drip 4s": (lambda got, told: got == told, True),
    "delay 3s": (lambda got, told: got == told, True),
}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("fault", BODIES)
def test_what_arrives(connsim: World, fault: str, client: str) -> None:
    """A body arrives byte for byte as the fault leaves it, for every client."""
    url = connection(connsim)
    told = CLIENTS[client](url)[1]
    connsim.fault(fault)

    got = CLIENTS[client](url)[1]

    fits, is_json = BODIES[fault]
    assert fits(got, told)
    assert readable(got) is is_json


@pytest.mark.parametrize(
    ("client", "expected"),
    list(zip(CLIENTS, [Got(429, 0, 2), Got(429, 0, 2), Got(429, 0, 2), Got(200, 60, 3)], strict=True)),
    ids=CLIENTS,
)
def test_what_a_client_makes_of_a_limit(connsim: World, client: str, expected: Got) -> None:
    """Of the second request within a minute, every client but urllib3 only tells."""
    url = connection(connsim)
    connsim.fault(rate_limit=1, per="1m")

    CLIENTS[client](url)
    what = CLIENTS[client](url)[0]

    assert Got(what, connsim.clock.elapsed() / SECOND, len(connsim.journal.exchanges(method="GET"))) == expected


def connection(world: World) -> str:
    """The URL of an inviter's record."""
    return f"{world.prism.url}/connections/{world.prism.cloud_agent.create(world.prism.cloud_agent.wallet('k')).id}"


def readable(body: bytes) -> Any:
    """Whether a body is JSON."""
    try:
        json.loads(body)
    except ValueError:
        return False
    return True
