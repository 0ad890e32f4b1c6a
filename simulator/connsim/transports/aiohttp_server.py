"""The wire: one aiohttp listener for each fake.

**Problem.** A client must not be able to distinguish the fake from the real server, which is blaze or akka-http.
aiohttp adds headers, answers malformed requests itself, decodes compressed bodies and sends a reply in several pieces.
And a fault does what a well-behaved server never does: it resets a connection, or stops mid-body.

**Solution.** aiohttp parses requests and keeps connections; everything that is sent is written here, byte by byte, to
the transport::

    bytes in                                                                            bytes out

    aiohttp's parser --> Listener.serve --> fake.handle --> Reply --> WorldDoor.hold --> _Answer
         |                   |                                          (reply.wait)     _FaultyAnswer
         | malformed         | which world: port, path or key                            (reply.network)
         v                   v
    Listener.unreadable   Tenants.of

- The `Reply` is complete: the status, the headers in their order, how long it is held back (``wait``), and what the
  network does to it (``network``). No protocol rules are applied here.
- A reply that is held back is a parked future, not a sleep: the world's clock releases it (`WorldDoor.park`).
- A request is read completely before the fake sees it, so that a fake is a plain function.

**Consequences.** Other threads must see whether the loop is idle, because the clock of a frozen world may not jump
while a request is being answered: see `transports/idle.py`. ``stop`` must drop parked requests before aiohttp's own
shutdown, which would wait for them. `_Server` and `_Protocol` depend on how aiohttp makes a protocol for each
connection.
"""

import asyncio
import logging
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, runtime_checkable

from aiohttp import web

from connsim.core.exchange import LARGEST_BODY, Network, Reply, Request, Service
from connsim.transports.when_idle import wait_until_idle
from connsim.transports.world_door import WorldDoor
from connsim.virtual_time.strangers import DOORS
from connsim.world import World

Find = Callable[[Request], tuple[World, Service, Request]]


@runtime_checkable
class AnswersUnread(Protocol):
    """A service that answers unreadable requests itself, such as the control API; the journal does not have them."""

    def unread(self, status: int, why: str) -> Reply:
        """Answer a request that could not be read.

        Args:
            status: The status for this defect.
            why: The defect of the request, and what was expected.
        """


_SILENT = logging.getLogger("connsim.wire")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


class Listener:
    """A port that serves one fake, in one world or in the worlds of several tenants.

    Args:
        world: The world of all requests, if ``find`` is ``None``.
        service: Answers the requests to that world.
        find: Returns the world that a request is for, the service there, and the request without the tenant's prefix.
    """

    def __init__(self, world: World, service: Service, find: Find | None = None) -> None:
        self.world = world
        self._service = service
        self._find = find
        self._doors: dict[World, WorldDoor] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Open the port (0: any free port) and return the root URL, without a trailing slash."""
        self._loop = asyncio.get_running_loop()
        # The time-out covers replies that are being written. Parked ones are dropped before, because aiohttp would wait
        # for them.
        self._runner = web.ServerRunner(_Server(self), shutdown_timeout=1)
        await self._runner.setup()
        make = self._runner.server
        assert make is not None  # set by setup()
        self._server = await self._loop.create_server(make, host, port, backlog=1024)
        self._first = self._door(self.world, self._service)
        self._port = bound = self._server.sockets[0].getsockname()[1]
        DOORS.add(bound)
        return f"http://{f'[{host}]' if ':' in host else host}:{bound}"

    async def stop(self) -> None:
        """Close all connections and the port."""
        for door in self._doors.values():
            door.leave()
        # asyncio needs some rounds of its loop to turn an accepted connection into a transport. If the port is closed
        # in between, an assertion in asyncio fails. So stop accepting first, and wait for those rounds.
        if self._server is not None:
            for listening in self._server.sockets:
                with suppress(NotImplementedError):  # on Windows, whose proactor loop has no readers to remove
                    self._loop.remove_reader(listening.fileno())
            for _ in range(4):
                await one_round(self._loop)
            self._server.close()
            DOORS.discard(self._port)
        for door in self._doors.values():
            await door.stop()
        for door in self._doors.values():
            door.hang_up()
        await self._runner.cleanup()

    def forget(self, world: World) -> None:
        """Close the door of a removed tenant's world. May be called from any thread."""

        def close() -> None:
            door = self._doors.pop(world, None)
            if door is not None:
                door.hang_up()
                self._closing.add(task := self._loop.create_task(door.stop()))
                task.add_done_callback(self._closing.discard)

        self._loop.call_soon_threadsafe(close)

    def _door(self, world: World, service: Service) -> WorldDoor:
        if world not in self._doors:
            self._doors[world] = WorldDoor(world, service, self._loop)
        return self._doors[world]

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request. Called by aiohttp."""
        body = await _read(request) if request.body_exists else b""
        if body is None:
            return self._too_large(request)
        asked = Request(request.method, _origin_form(request.raw_path), request.headers, body)
        door = self._first
        if self._find is not None:
            world, service, asked = self._find(asked)
            door = self._door(world, service)
        reply = door.service.handle(asked)
        if reply.later is not None:
            reply = await reply.later(wait_until_idle)
        if reply.wait != 0:
            await door.hold(reply)
        return _Answer(reply, door.date()) if reply.network is None else _FaultyAnswer(reply, door, reply.network)

    def unreadable(self, status: int) -> web.StreamResponse:
        """Answer bytes that are not valid HTTP. Called by aiohttp."""
        why = "The request is not valid HTTP. Expected a request line, headers and a body."
        # The body that blaze, the server of the real agent, sends with this status is not known.
        own = Reply(status, content_type=None)
        return self._unread(own, why, "(unreadable)", "", closing=True)

    def _too_large(self, request: web.BaseRequest) -> web.StreamResponse:
        text = b"connsim takes bodies of up to 16 MiB. No limit of the real agent is known.\n"
        why = "The body is larger than 16 MiB. Expected a smaller one."
        return self._unread(Reply(413, text, "text/plain"), why, request.method, request.raw_path)

    def _unread(self, reply: Reply, why: str, method: str, target: str, *, closing: bool = False) -> web.StreamResponse:
        """Have the service answer, or note this reply in the journal and send it."""
        if isinstance(self._service, AnswersUnread):
            reply = self._service.unread(reply.status, why)
        else:
            with self.world.lock:
                at, status = self.world.clock.settle(), reply.status
                self.world.journal.add_exchange(at, method=method, target=target, status=status, reply=reply.body)
        return _Answer(reply, self._first.date(), closing=closing)


class _Server(web.Server):
    """aiohttp's server, with our own answer to bytes that are not valid HTTP."""

    def __init__(self, listener: Listener) -> None:
        # handler_cancellation: when a client hangs up, its parked request is cancelled too.
        super().__init__(listener.serve, handler_cancellation=True)
        self._listener = listener

    def __call__(self) -> web.RequestHandler:
        """Make the protocol of one connection."""
        return _Protocol(self, self._listener, asyncio.get_running_loop())


class _Protocol(web.RequestHandler):
    __slots__ = ("_listener",)

    def __init__(self, server: web.Server, listener: Listener, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(server, loop=loop, access_log=None, auto_decompress=False, logger=_SILENT)  # type: ignore[arg-type]
        self._listener = listener

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Answer a request that could not be parsed; aiohttp's own answer would name aiohttp, and be logged."""
        return self._listener.unreadable(status)


async def one_round(loop: asyncio.AbstractEventLoop) -> None:
    """Wait until a loop has run every callback that is scheduled now."""
    over: asyncio.Future[None] = loop.create_future()
    loop.call_soon(over.set_result, None)
    await over


def _origin_form(target: str) -> str:
    """Return a request target in origin form (RFC 9112, 3.2.1). Clients send the absolute form to a proxy."""
    if "://" not in target or target.startswith("/"):
        return target
    rest = target.partition("://")[2]
    at = min((rest.find(mark) for mark in "/?" if mark in rest), default=len(rest))
    return rest[at:] if rest[at : at + 1] == "/" else f"/{rest[at:]}"


async def _read(request: web.BaseRequest) -> bytes | None:
    """Read the body; ``None`` if it is larger than `LARGEST_BODY`."""
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)


class _Answer(web.StreamResponse):
    """A reply, sent in one piece, with the fake's headers and none of aiohttp's own (``Server`` would name it)."""

    def __init__(self, reply: Reply, date: str, *, closing: bool = False) -> None:
        super().__init__(status=reply.status)
        self._reply = reply
        self._date = date
        self._closing = closing
        self._stays = False

    @property
    def keep_alive(self) -> bool:
        """Whether the connection stays open."""
        return self._stays

    async def prepare(self, request: web.BaseRequest) -> None:
        """Send the reply, headers and body."""
        body = b"" if request.method == "HEAD" else self._reply.body
        _open_transport(request).write(b"%b\r\n%b" % (self._head(request), body))

    def _head(self, request: web.BaseRequest) -> bytes:
        reply, (major, minor) = self._reply, request.version
        self._stays = request.keep_alive and not self._closing
        head = f"HTTP/{major}.{minor} {reply.status} {self.reason}\r\nDate: {self._date}\r\n"
        for name, value in reply.headers:
            head += f"{name}: {value}\r\n"
        if reply.content_type is not None:
            head += f"Content-Type: {reply.content_type}\r\n"
        head += f"Content-Length: {len(reply.body)}\r\n"
        if self._stays != ((major, minor) >= (1, 1)):
            head += f"Connection: {'keep-alive' if self._stays else 'close'}\r\n"
        return head.encode()

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to send."""


class _FaultyAnswer(_Answer):
    """A reply that a fault of the network drips, cuts or resets on its way."""

    def __init__(self, reply: Reply, door: WorldDoor, network: Network) -> None:
        super().__init__(reply, door.date())
        self._door = door
        self._network = network

    async def prepare(self, request: web.BaseRequest) -> None:
        """Send the part of the reply that arrives, each piece at its moment; then break the connection if required."""
        network, head = self._network, self._head(request)
        if network.head:
            with self._door.noting(self._reply):
                await self._send(request, head)
        if network.breaks:
            self._stays = False  # aiohttp closes the connection then
        if network.reset:
            transport = _open_transport(request)
            sock: socket.socket = transport.get_extra_info("socket")
            # With a linger time of zero, close() sends RST in place of FIN (socket(7), SO_LINGER).
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()

    async def _send(self, request: web.BaseRequest, head: bytes) -> None:
        start = self._door.world.clock.now()
        _open_transport(request).write(b"%b\r\n" % head)
        for after, piece in self._network.schedule(b"" if request.method == "HEAD" else self._reply.body):
            await self._door.park(start + after)
            _open_transport(request).write(piece)


def _open_transport(request: web.BaseRequest) -> asyncio.Transport:
    transport = request.transport
    if transport is None or transport.is_closing():
        raise ConnectionResetError("The client has hung up.")
    return transport
