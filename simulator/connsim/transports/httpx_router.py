"""A fake's routes inside respx, for httpx clients in the same process: no sockets, no threads.

Faults of the network are played too: the client gets the exception that httpx raises over a real connection.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import httpx
import respx

from connsim.core.clock import Clock
from connsim.core.durations import SECOND
from connsim.core.exchange import Network, Reply, Request
from connsim.errors import Deadlock
from connsim.prism.agent import PrismAgent
from connsim.virtual_time.coordinator import party
from connsim.virtual_time.loops import pause

URL = "http://prism.connsim.test"


def mount(router: respx.MockRouter, agent: PrismAgent, url: str = URL) -> str:
    """Answer every httpx request below a URL with a fake agent.

    A reply that is held back advances the clock. If the client's read time-out is shorter, the clock advances by the
    time-out, and the client gets ``httpx.ReadTimeout``, as from a socket.

    Args:
        router: A started respx router.
        agent: The agent that answers.
        url: The root URL for clients; also becomes ``agent.url``.

    Returns:
        The root URL.
    """
    world = agent.world

    def answer(request: httpx.Request) -> httpx.Response | Awaitable[httpx.Response]:
        target = request.url.raw_path.decode("ascii")
        reply = agent.handle(Request(request.method, target, request.headers, request.read()))
        wait, then = _play(reply, request, world.clock)
        if wait and party() is not None and asyncio._get_running_loop() is not None:
            return _later(pause(wait), then)  # suspends this task only; wait_ns would block the loop
        world.clock.wait_ns(wait)
        return then()

    router.route(url__startswith=url).mock(side_effect=answer)
    agent.url = url
    return url


def _play(reply: Reply, request: httpx.Request, clock: Clock) -> tuple[int, Callable[[], httpx.Response]]:
    """Return how many nanoseconds the client waits, and the function that then returns the response or raises."""
    limit = _limit(request)

    def arrive() -> httpx.Response:
        if reply.entry is not None and reply.wait and not reply.drips:
            reply.entry.answered = clock.now()
        if reply.network is not None and not reply.network.head:
            raise _broken(reply.network, request)
        headers = list(reply.headers)
        if reply.content_type is not None:
            headers.append(("Content-Type", reply.content_type))
        headers.append(("Content-Length", str(len(reply.body))))
        if reply.network is None:
            return httpx.Response(reply.status, headers=headers, content=reply.body)
        return httpx.Response(reply.status, headers=headers, stream=_Pieces(reply, reply.network, request, clock))

    def expire() -> httpx.Response:
        if reply.entry is not None:
            reply.entry.hung_up = clock.now()
        raise _expired(request)

    if limit is None and reply.wait is None:
        raise Deadlock(
            f"{request.method} {request.url} is never answered, and the client waits without a limit. "
            f"Expected a time-out in the client. Give it one, or remove the fault."
        )
    if limit is not None and reply.wait != 0 and (reply.wait is None or reply.wait >= limit):
        return limit, expire
    return reply.wait or 0, arrive


def _limit(request: httpx.Request) -> int | None:
    """The client's time-out for each read, in nanoseconds; ``None`` if it has none."""
    seconds = request.extensions.get("timeout", {}).get("read")
    return None if seconds is None else round(seconds * SECOND)


def _expired(request: httpx.Request) -> httpx.ReadTimeout:
    return httpx.ReadTimeout("The read operation timed out", request=request)


def _broken(network: Network, request: httpx.Request, got: int = 0, whole: int = 0) -> httpx.TransportError:
    """Make the exception that httpx (with httpcore and h11) raises for a connection that ends too early."""
    if network.reset:
        return httpx.ReadError("[Errno 104] Connection reset by peer", request=request)
    if not network.head:
        return httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
    return httpx.RemoteProtocolError(
        f"peer closed connection without sending complete message body (received {got} bytes, expected {whole})",
        request=request,
    )


class _Pieces(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that arrives in pieces, or breaks off."""

    def __init__(self, reply: Reply, network: Network, request: httpx.Request, clock: Clock) -> None:
        self._reply = reply
        self._network = network
        self._request = request
        self._clock = clock

    def __iter__(self) -> Iterator[bytes]:
        for wait, piece in self._steps():
            self._clock.wait_ns(wait)
            yield self._taken(piece)
        self._end()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for wait, piece in self._steps():
            if wait and party() is not None:
                await pause(wait)
            else:
                self._clock.wait_ns(wait)
            yield self._taken(piece)
        self._end()

    def _steps(self) -> Iterator[tuple[int, bytes | None]]:
        """Yield each piece with the nanoseconds since the one before; ``None`` once the client's time-out ends it."""
        limit, before = _limit(self._request), 0
        for after, piece in self._network.schedule(self._reply.body):
            if limit is not None and after - before >= limit:
                yield limit, None
            yield after - before, piece
            before = after

    def _taken(self, piece: bytes | None) -> bytes:
        if piece is None:
            if self._reply.entry is not None:
                self._reply.entry.hung_up = self._clock.now()
            raise _expired(self._request)
        return piece

    def _end(self) -> None:
        if self._reply.entry is not None:
            self._reply.entry.answered = self._clock.now()
        if self._network.breaks:
            raise _broken(self._network, self._request, self._network.kept or 0, len(self._reply.body))


async def _later(wait: Awaitable[None], then: Callable[[], httpx.Response]) -> httpx.Response:
    await wait
    return then()
