"""Webhook events over real sockets."""

import asyncio
import time

import pytest

from connsim import World
from connsim.transports.webhook_receiver import WebhookReceiver
from tests.transports.webhooks.conftest import Loop, attempts, invite, port_of, register


def test_the_request_is_the_agents(connsim: World) -> None:
    """Names, values and order of the headers are the agent's, except for the place of ``host``."""

    async def main() -> Loop:
        receiver = Loop(connsim)
        async with await receiver.start() as server:
            register(connsim, f"http://127.0.0.1:{port_of(server)}/hook?x=1", **{"X-Key": "k", "content-length": "1"})
            await asyncio.to_thread(invite, connsim)
            await asyncio.sleep(1)
        return receiver

    receiver = asyncio.run(main())
    (head,) = receiver.heads
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /hook?x=1 HTTP/1.1"
    assert [line.partition(":")[0] for line in lines[1:-2]] == [
        "Host",
        "user-agent",
        "content-type",
        "X-Key",
        "content-length",
    ]
    assert lines[2:5] == [
        "user-agent: Zio-Http-Client/3.0.1 (Scala 3.3.3)",
        "content-type: application/json",
        "X-Key: k",
    ]


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        pytest.param("mailto:a@b", "NonHttpUrlClientError", id="no http"),
        pytest.param("http:/x", "InvalidUrlClientError", id="no host"),
        pytest.param("http://h:99999/", "ValueError", id="no port"),
    ],
)
def test_urls_that_cannot_be_reached_are_failures(connsim: World, url: str, kind: str) -> None:
    """A URL that the agent accepts but cannot reach uses up the attempts."""
    register(connsim, url)
    invite(connsim)
    time.sleep(60)

    assert attempts(connsim) == [(0, 1, kind), (5, 2, kind), (10, 3, kind)]


def test_a_header_that_cannot_be_sent_is_a_failure(connsim: World, connsim_webhooks: WebhookReceiver) -> None:
    """A header with a line break is not sent."""
    register(connsim, connsim_webhooks.url, a="b\r\nc: d")
    invite(connsim)
    time.sleep(60)

    assert [outcome for _, _, outcome in attempts(connsim)] == ["ValueError"] * 3
    assert connsim_webhooks.requests == []


def test_redirects_are_not_followed(connsim: World, connsim_webhooks: WebhookReceiver) -> None:
    """A redirect is a failed attempt."""

    async def main() -> None:
        moved = f"HTTP/1.1 307 Moved\r\nLocation: {connsim_webhooks.url}\r\nContent-Length: 0\r\n\r\n"
        async with await Loop(connsim, answer=moved.encode()).start():
            await asyncio.to_thread(invite, connsim)
            await asyncio.sleep(60)

    asyncio.run(main())
    assert attempts(connsim) == [(0, 1, "307"), (5, 2, "307"), (10, 3, "307")]
    assert connsim_webhooks.requests == []
