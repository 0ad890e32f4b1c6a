"""No wire: a fake's routes inside respx, for httpx clients of the same process."""

import httpx
import respx

from simulator.clock import Rank
from simulator.durations import SECOND
from simulator.errors import Deadlock
from simulator.exchange import Reply, Request
from simulator.prism.agent import PrismAgent
from simulator.world import World

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

    def answer(request: httpx.Request) -> httpx.Response:
        target = request.url.raw_path.decode("ascii")
        reply = agent.handle(Request(request.method, target, request.headers, request.read()))
        _wait(world, reply, request)
        headers = {} if reply.content_type is None else {"Content-Type": reply.content_type}
        return httpx.Response(reply.status, headers=headers, content=reply.body)

    router.route(url__startswith=url).mock(side_effect=answer)
    agent.url = url
    return url


def _wait(world: World, reply: Reply, request: httpx.Request) -> None:
    if reply.wait == 0:
        return
    seconds = request.extensions.get("timeout", {}).get("read")
    limit = None if seconds is None else round(seconds * SECOND)
    if limit is None and reply.wait is None:
        raise Deadlock(
            f"{request.method} {request.url} is never answered, and the client waits without a limit. "
            f"Expected a time-out in the client. Give it one, or let the agent answer."
        )
    if limit is not None and (reply.wait is None or reply.wait >= limit):
        world.clock.advance_ns(limit, Rank.RECORD)
        raise httpx.ReadTimeout("The read operation timed out", request=request)
    world.clock.advance_ns(reply.wait or 0)
