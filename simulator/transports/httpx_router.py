"""No wire: a fake's routes inside respx, for httpx clients of the same process."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import respx

from simulator.durations import SECOND
from simulator.errors import Deadlock
from simulator.exchange import Reply, Request
from simulator.prism.agent import PrismAgent
from simulator.timeskip.loop import PartyLoop

URL = "http://prism.connsim.test"


def mount(router: respx.MockRouter, agent: PrismAgent, url: str = URL) -> str:
    """Answer every httpx request below a URL with a fake agent.

    A reply that is held back moves the clock. If the client's read time-out is shorter, the clock moves by the
    time-out, and the client gets ``httpx.ReadTimeout`` as it would from the wire.

    Args:
        router: A started respx router.
        agent: The agent that answers.
        url: The root that clients are given; also becomes ``agent.url``.

    Returns:
        The root URL.
    """
    world = agent.world

    def answer(request: httpx.Request) -> httpx.Response | Awaitable[httpx.Response]:
        target = request.url.raw_path.decode("ascii")
        reply = agent.handle(Request(request.method, target, request.headers, request.read()))
        wait, then = _play(reply, request, world.clock.now)
        loop = asyncio._get_running_loop()
        if wait and isinstance(loop, PartyLoop):  # other tasks of the client live on meanwhile
            return _later(loop.pause(wait), then)
        world.clock.wait_ns(wait)
        return then()

    router.route(url__startswith=url).mock(side_effect=answer)
    agent.url = url
    return url


def _play(reply: Reply, request: httpx.Request, now: Callable[[], int]) -> tuple[int, Callable[[], httpx.Response]]:
    """What a client meets: so many nanoseconds of waiting, and then a response or an exception."""

    def arrive() -> httpx.Response:
        if reply.entry is not None and reply.wait:
            reply.entry.answered = now()
        headers = list(reply.headers)
        if reply.content_type is not None:
            headers.append(("Content-Type", reply.content_type))
        return httpx.Response(reply.status, headers=headers, content=reply.body)

    def expire() -> httpx.Response:
        if reply.entry is not None:
            reply.entry.hung_up = now()
        raise httpx.ReadTimeout("The read operation timed out", request=request)

    seconds = request.extensions.get("timeout", {}).get("read")
    limit = None if seconds is None else round(seconds * SECOND)
    if limit is None and reply.wait is None:
        raise Deadlock(
            f"{request.method} {request.url} is never answered, and the client waits without a limit. "
            f"Expected a time-out in the client. Give it one, or let the agent answer."
        )
    if limit is not None and reply.wait != 0 and (reply.wait is None or reply.wait >= limit):
        return limit, expire
    return reply.wait or 0, arrive


async def _later(wait: Awaitable[None], then: Callable[[], httpx.Response]) -> httpx.Response:
    await wait
    return then()
