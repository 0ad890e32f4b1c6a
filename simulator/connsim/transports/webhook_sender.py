"""Sends the agent's webhook events, on the loop that serves the agent.

In frozen time the sender is a door like any other: while it is not idle, the clock does not jump.

- A request that is to be sent holds the clock until it is written, however long its name takes to resolve. So what
  the clock passes is told before the clock moves on.
- A request that is written holds the clock only if its receiver is a stranger to virtual time: another process, or a
  thread that was there before. A receiver on this loop, or on a loop of the test's own, does its work before anything
  jumps, because the clock stands while any of those has something to do. It must not be waited for beyond that: it may
  live on the very loop that waits for the clock.
- Neither holds it for longer than `PATIENCE`, of real time. A stranger that needs more is late by virtual time.

A standing clock that is pushed by hand waits for nobody. There the time limit of a try counts only after `PATIENCE`, so
that a push by hours does not make a receiver late that is about to answer.

A receiver is told from a stranger by its port, when everybody else has come to rest: no other way needs to be patched
into client code. A port of the same number on another machine is then taken for one of ours; its answers may be late.
"""

import asyncio
import selectors
import socket
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from urllib.parse import urlsplit

import aiohttp

from connsim.prism.cloud_agent.webhooks.deliveries import Delivery, Outcome, Watch
from connsim.transports.idle import IdleSelector
from connsim.virtual_time.loop import SELECTORS
from connsim.world import World

PATIENCE = 1.0
"""Real seconds for which one try may hold a frozen clock."""

_UNSENT = ("Accept", "Accept-Encoding")  # aiohttp would


class _Stage(Enum):
    CONNECTING = 1
    WRITTEN = 2
    LATE = 3


class WebhookSender:
    """Sends from the loop that makes it; is given its work from any thread.

    Its requests are the real agent's but for the place of ``host``, which aiohttp puts first.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._loop = asyncio.get_running_loop()
        self._selector: selectors.BaseSelector | None = getattr(self._loop, "_selector", None)
        self._requests: set[_Request] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._askers: list[Callable[[], None]] = []
        self._is_open = True

    def send(self, delivery: Delivery, watch: Watch) -> Callable[[], None]:
        """Begin to send; returns a function that gives up."""
        if not self._is_open:
            watch.ended("the agent's own port is closed")
            return lambda: None
        request = _Request(self, delivery, watch)
        self._requests.add(request)
        if self not in self._world.doors:  # a world without webhooks is not asked about them
            self._world.doors.append(self)
        self._loop.call_soon_threadsafe(request.begin)
        return request.give_up

    async def stop(self) -> None:
        """Give up what is on its way, and send no more."""
        self._is_open = False
        if self in self._world.doors:
            self._world.doors.remove(self)
        self._requests.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- as a door ------------------------------------------------------------------------------------------------

    def is_idle(self, otherwise: Callable[[], None]) -> bool:
        """Tell whether nothing holds the clock; if something does, call back when it may have ended."""
        if isinstance(self._selector, IdleSelector) and not self._selector.is_idle(otherwise):
            return False  # looked at first: what the loop is about to begin is not among the requests yet
        if otherwise not in self._askers:
            self._askers.append(otherwise)
        return not self.holds()

    def holds(self) -> bool:
        """Tell whether a request is on its way that the clock must wait for."""
        return any(request.holds() for request in tuple(self._requests))

    def tell_when_changed(self, ask: Callable[[], None]) -> None:
        """Call back when a request has got further."""
        self._askers.append(ask)

    def drop(self) -> None:
        """Nothing: the agent gives up what it has begun when it is reset."""

    # --- for its requests -----------------------------------------------------------------------------------------

    @property
    def in_frozen_time(self) -> bool:
        """Whether the clock waits for doors."""
        return self._world.clock.waiter is not None

    def is_stranger(self, port: int) -> bool:
        """Tell whether nobody in virtual time listens on a port. Called while all those are at rest."""
        own = [] if self._selector is None else [self._selector]
        return port not in _listening([*own, *SELECTORS])

    def discard(self, request: "_Request") -> None:
        """A request is over."""
        self._requests.discard(request)
        self.look_again()

    def look_again(self) -> None:
        """Let whoever waits for this door ask again."""
        askers, self._askers = self._askers, []
        for ask in askers:
            ask()


class _Request:
    """One request on its way."""

    def __init__(self, sender: WebhookSender, delivery: Delivery, watch: Watch) -> None:
        self._task: asyncio.Task[None] | None = None
        self._sender = sender
        self._delivery = delivery
        self._watch = watch
        self._stage = _Stage.CONNECTING
        self._port = 0
        self._is_over = False
        self._stranger: bool | None = None

    def begin(self) -> None:
        """Start; on the loop."""
        if self not in self._sender._requests:  # given up meanwhile
            return
        loop = asyncio.get_running_loop()
        self._task = loop.create_task(self._run())
        self._sender._tasks.add(self._task)
        self._patience = loop.call_later(PATIENCE, self._reach, _Stage.LATE)
        self._task.add_done_callback(self._finish)

    def give_up(self) -> None:
        """End the try, whatever it has come to; from any thread. Harmless when it is over."""
        if self._is_over:
            return
        self._is_over = True
        self._sender._requests.discard(self)
        self._sender._loop.call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._sender.look_again()

    def holds(self) -> bool:
        """Tell whether the clock must wait for this."""
        if self._stage is _Stage.WRITTEN:
            if self._stranger is None:
                self._stranger = self._sender.is_stranger(self._port)
            return self._stranger
        return self._stage is _Stage.CONNECTING

    async def _on_chunk(self, *_: object) -> None:
        """The client writes the body; head and body leave in the same step of the loop."""
        self._reach(_Stage.WRITTEN)

    def _reach(self, stage: _Stage) -> None:
        if stage.value <= self._stage.value:
            return
        if stage is _Stage.LATE or self._sender.in_frozen_time:
            self._watch.sent()
        self._stage = stage
        self._sender.look_again()

    async def _run(self) -> None:
        text, headers, body = self._delivery
        counted = [header for header in headers if header[0].lower() != "content-length"]
        try:
            url = urlsplit(text)
            self._port = url.port or (443 if url.scheme == "https" else 80)
            async with (
                self._session() as session,
                session.post(
                    text, data=body, headers=[*counted, ("content-length", str(len(body)))], allow_redirects=False
                ) as response,
            ):
                self._end(response.status)
                async with asyncio.timeout(PATIENCE):  # a receiver that is cut off while it answers may complain
                    await response.read()
        except (aiohttp.ClientError, OSError, ValueError) as error:
            self._end(f"{type(error).__name__}: {error}")

    def _session(self) -> aiohttp.ClientSession:
        # One for each request: a connection that is kept for the next may be one that its receiver has just closed.
        trace = aiohttp.TraceConfig()
        trace.on_request_chunk_sent.append(self._on_chunk)
        return aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # time limits are the agent's
            skip_auto_headers=_UNSENT,
            auto_decompress=False,
            trace_configs=[trace],
        )

    def _end(self, outcome: Outcome) -> None:
        if not self._is_over:
            self._is_over = True
            self._watch.ended(outcome)
            self._sender.discard(self)

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._patience.cancel()
        self._sender._tasks.discard(task)
        self._sender.discard(self)


def _listening(loops: Iterable[selectors.BaseSelector]) -> Iterator[int]:
    """The ports on which loops take connections; these loops must be at rest."""
    for loop in loops:
        for fd in tuple(loop.get_map() or ()):
            yield from _port(fd)


def _port(fd: object) -> Iterator[int]:
    try:
        sock = socket.socket(fileno=fd)  # type: ignore[arg-type]
    except OSError:  # a pipe
        return
    try:
        if sock.family in (socket.AF_INET, socket.AF_INET6) and sock.getsockopt(
            socket.SOL_SOCKET, socket.SO_ACCEPTCONN
        ):
            yield sock.getsockname()[1]
    finally:
        sock.detach()
