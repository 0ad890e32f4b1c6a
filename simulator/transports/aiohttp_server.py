"""The wire: one aiohttp listener for each agent."""

import asyncio
import logging
import socket
import struct
from collections.abc import Callable
from email.utils import formatdate

from aiohttp import web

from simulator.clock import Rank
from simulator.durations import SECOND
from simulator.exchange import LARGEST_BODY, Reply, Request, Wire
from simulator.transports.alarm import Alarm
from simulator.transports.idle import IdleSelector
from simulator.transports.webhook_sender import WebhookSender
from simulator.world import World

_SILENT = logging.getLogger("connsim.wire")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


class Listener:
    """A port on which one fake is played.

    Args:
        world: Whose clock holds replies back.
        handle: Answers a request; takes the world's lock itself.
    """

    def __init__(self, world: World, handle: Callable[[Request], Reply]) -> None:
        self.world = world
        self._handle = handle
        self._parked: set[asyncio.Future[None]] = set()
        self._date = (0, "")
        # A fake that sends by itself, too, says so by having this method.
        self._send_with = getattr(getattr(handle, "__self__", None), "send_with", None)
        self._sender: WebhookSender | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Open the port (0: any that is free) and return the root URL, without a trailing slash."""
        self._loop = asyncio.get_running_loop()
        # The time-out is for replies being written; parked requests are dropped first: aiohttp would wait for them.
        self._runner = web.ServerRunner(_Server(self), shutdown_timeout=1)
        await self._runner.setup()
        self._site = web.TCPSite(self._runner, host, port, backlog=1024)
        await self._site.start()
        self._alarm = Alarm(self.world.clock, self._loop)
        self.world.doors.append(self)
        if self._send_with is not None:
            self._sender = WebhookSender(self.world)
            self._send_with(self._sender)
        bound = self._runner.addresses[0][1]
        return f"http://{f'[{host}]' if ':' in host else host}:{bound}"

    async def stop(self) -> None:
        """Hang up and close the port."""
        if self in self.world.doors:
            self.world.doors.remove(self)
            self._alarm.stop()
            await self._site.stop()
        if self._send_with is not None and self._sender is not None:
            self._send_with(None)
            await self._sender.stop()
        for _ in range(4):  # a connection that was just accepted takes asyncio some rounds to become one that is closed
            await one_round(self._loop)
        self._hang_up()
        await self._runner.cleanup()

    def is_idle(self, otherwise: Callable[[], None]) -> bool:
        """Tell whether all that was sent here is answered, or parked; if not, call back when it may be.

        A request whose body has not come whole waits for its client, and is nothing that is in flight.
        """
        selector = getattr(self._loop, "_selector", None)
        return not isinstance(selector, IdleSelector) or selector.is_idle(otherwise)

    def drop(self) -> None:
        """Hang up on every client whose reply is held back."""
        self._loop.call_soon_threadsafe(self._hang_up)

    def _hang_up(self) -> None:
        for parked in tuple(self._parked):
            parked.cancel()

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request; for aiohttp."""
        body = await _read(request) if request.body_exists else b""
        if body is None:
            return self._too_large(request)
        reply = self._handle(Request(request.method, _origin_form(request.raw_path), request.headers, body))
        if reply.wait != 0:
            await self.park(None if reply.wait is None else self.world.clock.now() + reply.wait)
        return _Answer(reply, self._now()) if reply.wire is None else _Spoilt(reply, self._now(), self, reply.wire)

    async def park(self, until: int | None) -> None:
        """Hold an answer back until a moment, in nanoseconds since 1970, or for ever."""
        clock, loop = self.world.clock, self._loop
        if until is not None and until <= clock.now():  # a clock that is pushed by hand has passed it
            return
        parked: asyncio.Future[None] = loop.create_future()

        def finish() -> None:
            if not parked.done():  # the client may have hung up in the meantime
                parked.set_result(None)

        def release(_: int) -> None:
            loop.call_soon_threadsafe(finish)

        due = None if until is None else clock.at(until, release, Rank.REPLY)
        self._parked.add(parked)
        try:
            await parked
        finally:
            self._parked.discard(parked)
            if due is not None:
                due.cancel()

    def _now(self) -> str:
        # Dates are the world's, not the machine's; the agents send one with every answer.
        second = self.world.clock.now() // SECOND
        if self._date[0] != second:
            self._date = (second, formatdate(second, usegmt=True))
        return self._date[1]

    def unreadable(self, status: int) -> web.StreamResponse:
        """Answer bytes that are no HTTP; for aiohttp."""
        # What the real agent's server (blaze) says beside the status is not known.
        world, reply = self.world, Reply(status, content_type=None)
        with world.lock:
            at = world.clock.settle()
            world.journal.add_exchange(at, "", "(unreadable)", "", None, None, status, None, b"", b"")
        return _Answer(reply, self._now(), closing=True)

    def _too_large(self, request: web.BaseRequest) -> web.StreamResponse:
        reply = Reply(
            413, b"connsim takes bodies of up to 16 MiB. No limit of the real agent is known.\n", "text/plain"
        )
        world = self.world
        with world.lock:
            at, target = world.clock.settle(), request.raw_path
            world.journal.add_exchange(at, "", request.method, target, None, None, 413, None, b"", reply.body)
        return _Answer(reply, self._now())


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

    def __init__(self, reply: Reply, date: str, listener: Listener, wire: Wire) -> None:
        super().__init__(reply, date)
        self._listener = listener
        self._wire = wire

    async def prepare(self, request: web.BaseRequest) -> None:
        """Send what arrives of the reply, each piece at its moment; a connection that is to break ends here."""
        wire, clock = self._wire, self._listener.world.clock
        head = self._head(request) + b"\r\n"
        if wire.head:
            start = clock.now()
            _open_transport(request).write(head)
            for after, piece in wire.schedule(b"" if request.method == "HEAD" else self._reply.body):
                await self._listener.park(start + after)
                _open_transport(request).write(piece)
        if wire.breaks:
            self._stays = False  # aiohttp closes the connection then
        if wire.reset:
            transport = _open_transport(request)
            sock: socket.socket = transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing it resets it
            transport.abort()


def _open_transport(request: web.BaseRequest) -> asyncio.Transport:
    transport = request.transport
    if transport is None or transport.is_closing():
        raise ConnectionResetError("The client has hung up.")
    return transport
