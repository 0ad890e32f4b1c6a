"""The wire: one aiohttp listener for each agent."""

import asyncio
import logging
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, runtime_checkable

from aiohttp import web

from connsim.core.exchange import LARGEST_BODY, Network, Reply, Request, Service
from connsim.transports.world_door import WorldDoor
from connsim.world import World

Find = Callable[[Request], tuple[World, Service, Request]]


@runtime_checkable
class AnswersUnread(Protocol):
    """A service with words of its own for what cannot be read; such a request has no place in the journal."""

    def unread(self, status: int, why: str) -> Reply:
        """Answer what a door could not even read."""
        ...


_SILENT = logging.getLogger("connsim.wire")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


class Listener:
    """A port on which one fake is played, in one world or in those of several tenants.

    Args:
        world: Who is asked where nothing else is said.
        service: Answers the requests.
        find: Finds the world that a request is for, and who answers there; returns the request as it is to be seen.
    """

    def __init__(self, world: World, service: Service, find: Find | None = None) -> None:
        self.world = world
        self._service = service
        self._find = find
        self._doors: dict[World, WorldDoor] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Open the port (0: any that is free) and return the root URL, without a trailing slash."""
        self._loop = asyncio.get_running_loop()
        # The time-out is for replies being written; parked requests are dropped first: aiohttp would wait for them.
        self._runner = web.ServerRunner(_Server(self), shutdown_timeout=1)
        await self._runner.setup()
        make = self._runner.server
        assert make is not None  # it is there once the runner is set up
        self._server = await self._loop.create_server(make, host, port, backlog=1024)
        self._first = self._door(self.world, self._service)
        bound = self._server.sockets[0].getsockname()[1]
        return f"http://{f'[{host}]' if ':' in host else host}:{bound}"

    async def stop(self) -> None:
        """Hang up and close the port."""
        for door in self._doors.values():
            door.leave()
        # A connection that was just accepted takes asyncio some rounds to become one that can be closed, and it is
        # lost, with an assertion of asyncio's, if the port is closed in between. So: first accept no more.
        if self._server is not None:
            for listening in self._server.sockets:
                with suppress(NotImplementedError):  # on Windows; there is no way to stop it there
                    self._loop.remove_reader(listening.fileno())
            for _ in range(4):
                await one_round(self._loop)
            self._server.close()
        for door in self._doors.values():
            await door.stop()
        for door in self._doors.values():
            door.hang_up()
        await self._runner.cleanup()

    def forget(self, world: World) -> None:
        """Close the door of a tenant's world, from any thread: nobody will ask for it again."""

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
        """Answer one request; for aiohttp."""
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
            reply = await reply.later()
        if reply.wait != 0:
            await door.hold(reply)
        return _Answer(reply, door.date()) if reply.network is None else _Spoilt(reply, door, reply.network)

    def unreadable(self, status: int) -> web.StreamResponse:
        """Answer bytes that are no HTTP; for aiohttp."""
        if isinstance(self._service, AnswersUnread):
            said = self._service.unread(status, "The request is no HTTP. Expected a request line, headers and a body.")
            return _Answer(said, self._first.date(), closing=True)
        # What the real agent's server (blaze) says beside the status is not known.
        world, reply = self.world, Reply(status, content_type=None)
        with world.lock:
            at = world.clock.settle()
            world.journal.add_exchange(at, method="(unreadable)", target="", status=status)
        return _Answer(reply, self._first.date(), closing=True)

    def _too_large(self, request: web.BaseRequest) -> web.StreamResponse:
        if isinstance(self._service, AnswersUnread):
            return _Answer(
                self._service.unread(413, "The body is larger than 16 MiB. Expected a smaller one."), self._first.date()
            )
        reply = Reply(
            413, b"connsim takes bodies of up to 16 MiB. No limit of the real agent is known.\n", "text/plain"
        )
        world = self.world
        with world.lock:
            at, target = world.clock.settle(), request.raw_path
            world.journal.add_exchange(at, method=request.method, target=target, status=413, reply=reply.body)
        return _Answer(reply, self._first.date())


class _Server(web.Server):
    """aiohttp's server, with an answer of our own to bytes that are no HTTP."""

    def __init__(self, listener: Listener) -> None:
        # A client that hangs up takes its parked request with it.
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
        """Answer what could not be read; aiohttp would name itself, and log it."""
        return self._listener.unreadable(status)


async def one_round(loop: asyncio.AbstractEventLoop) -> None:
    """Let a loop do what it has to do by now."""
    over: asyncio.Future[None] = loop.create_future()
    loop.call_soon(over.set_result, None)
    await over


def _origin_form(target: str) -> str:
    """A request target as a path; one in absolute form comes from clients that believe to talk to a proxy."""
    if "://" not in target or target.startswith("/"):
        return target
    rest = target.partition("://")[2]
    at = min((rest.find(mark) for mark in "/?" if mark in rest), default=len(rest))
    return rest[at:] if rest[at : at + 1] == "/" else f"/{rest[at:]}"


async def _read(request: web.BaseRequest) -> bytes | None:
    """Read the body; ``None`` if it is larger than we take."""
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)


class _Answer(web.StreamResponse):
    """A reply, sent in one piece: with the agents' headers, and none of aiohttp's own, which would name itself."""

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


class _Spoilt(_Answer):
    """A reply with which the network does something on its way."""

    def __init__(self, reply: Reply, door: WorldDoor, network: Network) -> None:
        super().__init__(reply, door.date())
        self._door = door
        self._network = network

    async def prepare(self, request: web.BaseRequest) -> None:
        """Send what arrives of the reply, each piece at its moment; a connection that is to break ends here."""
        network, head = self._network, self._head(request)
        if network.head:
            with self._door.noting(self._reply):
                await self._send(request, head)
        if network.breaks:
            self._stays = False  # aiohttp closes the connection then
        if network.reset:
            transport = _open_transport(request)
            sock: socket.socket = transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing it resets it
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
