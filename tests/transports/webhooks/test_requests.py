"""Webhook events over real sockets."""

import asyncio
import time

import pytest

from connsim import World
from connsim.transports.webhook_receiver import WebhookReceiver
from tests.transports.webhooks.conftest import Loop, invite, port_of, tell, tried


def test_the_request_is_the_agents(connsim: World) -> None:
    """Names, values and order of the headers are the agent's, but for the place of ``host``."""

    async def main() -> Loop:
        receiver = Loop(connsim)
        async with await receiver.start() as server:
            tell(connsim, f"http://127.0.0.1:{port_of(server)}/hook?x=1", **{"X-Key": "k", "content-length": "1"})
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
def test_what_can_not_be_sent_is_a_failure(connsim: World, url: str, kind: str) -> None:
    """A URL that the agent takes, and that leads nowhere, uses up the tries."""
    tell(connsim, url)
    invite(connsim)
    time.sleep(60)

    assert tried(connsim) == [(0, 1, kind), (5, 2, kind), (10, 3, kind)]


def test_a_header_that_can_not_be_sent_is_a_failure(connsim: World, connsim_webhooks: WebhookReceiver) -> None:
    """A header with a line break never leaves."""
    tell(connsim, connsim_webhooks.url, a="b\r\nc: d")
    invite(connsim)
    time.sleep(60)

    assert [outcome for _, _, outcome in tried(connsim)] == ["ValueError"] * 3
    assert connsim_webhooks.requests == []


def test_redirects_are_not_followed(connsim: World, connsim_webhooks: WebhookReceiver) -> None:
    """A redirect is a failure."""

    async def main() -> None:
        moved = f"HTTP/1.1 307 Moved\r\nLocation: {connsim_webhooks.url}\r\nContent-Length: 0\r\n\r\n"
        async with await Loop(connsim, answer=moved.encode()).start():
            await asyncio.to_thread(invite, connsim)
            await asyncio.sleep(60)

    asyncio.run(main())
    assert tried(connsim) == [(0, 1, "307"), (5, 2, "307"), (10, 3, "307")]
    assert connsim_webhooks.requests == []
