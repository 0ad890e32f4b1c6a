"""The wire: one aiohttp listener for each agent, and a thread for a loop that serves any number of them."""

import asyncio
import select
import selectors
import threading
from collections.abc import Callable, Coroutine
from email.utils import formatdate
from typing import Any, TypeVar

from aiohttp import web

from simulator.clock import Rank
from simulator.durations import SECOND
from simulator.exchange import LARGEST_BODY, Reply, Request
from simulator.transports.alarm import Alarm
from simulator.world import World

T = TypeVar("T")


class Listener:
    """A port on which one fake is played.

    Args:
        world: Whose clock holds replies back.
        handle: Answers a request; takes the world's lock itself.
    """

    def __init__(self, world: World, handle: Callable[[Request], Reply]) -> None:
        self._world = world
        self._handle = handle
        self._parked: set[asyncio.Future[None]] = set()
        self._date = (0, "")
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_route("*", "/{path:.*}", self._serve)
        app.on_response_prepare.append(_without_server)
        # A client that hangs up takes its parked request with it. The time-out is for replies being written; parked
        # requests are dropped first, because aiohttp would wait for them.
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Open the port (0: any that is free) and return the root URL, without a trailing slash."""
        self._loop = asyncio.get_running_loop()
        self._alarm = Alarm(self._world.clock, self._loop)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port, backlog=1024).start()
        self._world.doors.append(self)
        bound = self._runner.addresses[0][1]
        return f"http://{f'[{host}]' if ':' in host else host}:{bound}"

    async def stop(self) -> None:
        """Hang up and close the port."""
        if self in self._world.doors:
            self._world.doors.remove(self)
            self._alarm.stop()
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

    async def _serve(self, request: web.Request) -> web.Response:
        try:
            body = await request.read() if request.body_exists else b""
        except web.HTTPRequestEntityTooLarge:
            return self._too_large(request)
        reply = self._handle(Request(request.method, request.raw_path, request.headers, body))
        if reply.wait != 0:
            await self._park(reply.wait)
        return self._response(reply)

    async def _park(self, wait: int | None) -> None:
        clock, loop = self._world.clock, self._loop
        parked: asyncio.Future[None] = loop.create_future()

        def finish() -> None:
            if not parked.done():  # the client may have hung up in the meantime
                parked.set_result(None)

        def release(_: int) -> None:
            loop.call_soon_threadsafe(finish)

        due = None if wait is None else clock.at(clock.now() + wait, release, Rank.REPLY)
        self._parked.add(parked)
        try:
            await parked
        finally:
            self._parked.discard(parked)
            if due is not None:
                due.cancel()

    def _response(self, reply: Reply) -> web.Response:
        # Dates are the world's, not the machine's; the agents send one with every answer.
        second = self._world.clock.now() // SECOND
        if self._date[0] != second:
            self._date = (second, formatdate(second, usegmt=True))
        headers = {"Date": self._date[1]}
        if reply.content_type is not None:
            headers["Content-Type"] = reply.content_type
        return web.Response(body=reply.body, status=reply.status, headers=headers)

    def _too_large(self, request: web.Request) -> web.Response:
        reply = Reply(
            413, b"connsim takes bodies of up to 16 MiB. No limit of the real agent is known.\n", "text/plain"
        )
        self._world.journal.add_exchange(
            self._world.clock.now(), "", request.method, request.raw_path, None, None, 413, None, b"", reply.body
        )
        return self._response(reply)


async def _without_server(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.popall("Server", None)  # aiohttp's own name; the agents send none


class IdleSelector(selectors.DefaultSelector):
    """A selector that can tell other threads whether its loop has anything left to do.

    Bytes that were sent over loopback are visible at the receiver's next poll, so no grace period is needed.
    """

    def __init__(self) -> None:
        super().__init__()
        self._events = select.poll()
        self._events.register(self.fileno(), select.POLLIN)  # an epoll or kqueue is readable when it has events
        self._blocked = False
        self._askers: list[Callable[[], None]] = []

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for events; about to block, answer whoever has asked."""
        if timeout is not None and timeout <= 0:
            return super().select(timeout)
        ready = super().select(0)
        if ready:
            return ready
        self._blocked = True  # before the askers: who asks after this sees it
        try:
            askers, self._askers = self._askers, []
            for answer in askers:  # one that finds new events asks again, for the round after those
                answer()
            return super().select(timeout)
        finally:
            self._blocked = False

    def is_idle(self, otherwise: Callable[[], None]) -> bool:
        """Tell whether the loop is blocked and no event has come; if not, call back when it is about to block next.

        One thread at a time may ask.
        """
        if self._is_idle():
            return True
        if otherwise not in self._askers:
            self._askers.append(otherwise)
        return self._is_idle()  # it may have come to rest while we put ourselves down

    def _is_idle(self) -> bool:
        return self._blocked and not self._events.poll(0) and self._blocked


class _ServerThread(threading.Thread):
    is_party = False  # it serves client code and is none, even if client code happens to start it


class ServerThread:
    """A thread with a loop of its own, on which listeners are opened and closed from any other thread."""

    def __init__(self) -> None:
        self._loop = asyncio.SelectorEventLoop(IdleSelector())
        self._thread = _ServerThread(target=self._run, name="connsim-server", daemon=True)
        self._thread.start()

    def open(self, world: World, handle: Callable[[Request], Reply]) -> tuple[str, Listener]:
        """Play a fake on a free port of the loopback interface; returns its root URL and the listener."""
        listener = Listener(world, handle)
        return self.run(listener.start()), listener

    def close(self, listener: Listener) -> None:
        """Close a listener's port."""
        self.run(listener.stop())

    def stop(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the thread's loop and wait for its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
