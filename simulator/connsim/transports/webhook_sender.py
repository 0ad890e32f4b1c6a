"""Sends the agent's webhook events, on the loop that serves the agent.

In frozen time the sender is a door: while it is not idle, the clock does not jump.

- A request holds the clock until it has been written, however long its host name takes to resolve. So an event is sent
  at the moment at which it happened.
- A request that has been written holds the clock only if its receiver is outside virtual time: in another process, or
  in a thread that existed before the world was frozen. A receiver on this loop, or on a loop of client code, does its
  work before the clock jumps anyway, because the clock stands still while one of these loops has work to do. The clock
  must not wait for it beyond that: it may run on the very loop that waits for the clock.
- Neither holds the clock for longer than `PATIENCE`, in real time. The answer of an external receiver that takes longer
  is late in virtual time.

A standing clock that a tester advances by hand does not wait for receivers. There, the time limit of an attempt starts
only after `PATIENCE`, so that an advance by hours does not make a receiver late that is about to answer.

A receiver is known to be in virtual time by its port: some loop of this process listens on it. That is looked up when
all of them are idle, and needs no further patch in client code. A receiver with the same port on another machine is
mistaken for one of ours; its answers may be late.
"""

import asyncio
import selectors
import socket
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from urllib.parse import urlsplit

import aiohttp

from connsim.prism.cloud_agent.webhooks.deliveries import AttemptObserver, Outcome, WebhookRequest
from connsim.transports.idle import IdleSelector, selector_of
from connsim.virtual_time.loop import SELECTORS
from connsim.world import World

PATIENCE = 1.0
"""Seconds of real time for which one attempt may hold a frozen clock."""

_UNSENT = ("Accept", "Accept-Encoding")  # aiohttp adds them; the real agent's client does not send them


class _Stage(Enum):
    CONNECTING = 1
    WRITTEN = 2
    LATE = 3


class WebhookSender:
    """Sends deliveries from the loop that makes it; they may be handed over from any thread.

    Its requests equal the real agent's but for the position of ``host``, which aiohttp sends first.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._loop = asyncio.get_running_loop()
        self._selector = selector_of(self._loop)
        self._requests: set[_Request] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._callbacks: list[Callable[[], None]] = []
        self._is_open = True

    def send(self, request: WebhookRequest, observer: AttemptObserver) -> Callable[[], None]:
        """Start one attempt; returns a function that gives it up."""
        if not self._is_open:
            observer.ended("the agent's own port is closed")
            return lambda: None
        running = _Request(self, request, observer)
        self._requests.add(running)
        if self not in self._world.doors:  # only now: a world without webhooks is spared the check before each jump
            self._world.doors.append(self)
        self._loop.call_soon_threadsafe(running.begin)
        return running.give_up

    async def stop(self) -> None:
        """Give up all attempts, and refuse new ones."""
        self._is_open = False
        if self in self._world.doors:
            self._world.doors.remove(self)
        self._requests.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- as a door ------------------------------------------------------------------------------------------------

    def is_idle(self, otherwise: Callable[[], None]) -> bool:
        """Return whether no request holds the clock; if one does, call back when that may have changed."""
        if isinstance(self._selector, IdleSelector) and not self._selector.is_idle(otherwise):
            return False  # checked first: an attempt that the loop is about to start is not in _requests yet
        if otherwise not in self._callbacks:
            self._callbacks.append(otherwise)
        return not self.holds()

    def holds(self) -> bool:
        """Return whether the clock must wait for a request."""
        return any(request.holds() for request in tuple(self._requests))

    def call_when_changed(self, callback: Callable[[], None]) -> None:
        """Call back when a request has reached its next stage."""
        self._callbacks.append(callback)

    def drop(self) -> None:
        """Do nothing: the agent gives up its own attempts when it is reset."""

    # --- for its requests -----------------------------------------------------------------------------------------

    @property
    def in_frozen_time(self) -> bool:
        """Whether the clock waits for doors."""
        return self._world.clock.waiter is not None

    def is_external(self, port: int) -> bool:
        """Return whether no loop in virtual time listens on a port. Called while all those loops are idle."""
        own = [] if self._selector is None else [self._selector]
        return port not in _listening([*own, *SELECTORS])

    def discard(self, request: "_Request") -> None:
        """Forget a request that is over."""
        self._requests.discard(request)
        self.call_back()

    def call_back(self) -> None:
        """Call the callbacks of `is_idle` and `call_when_changed`."""
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()


class _Request:
    """One attempt to deliver an event."""

    def __init__(self, sender: WebhookSender, request: WebhookRequest, observer: AttemptObserver) -> None:
        self._task: asyncio.Task[None] | None = None
        self._sender = sender
        self._request = request
        self._observer = observer
        self._stage = _Stage.CONNECTING
        self._port = 0
        self._is_over = False
        self._external: bool | None = None

    def begin(self) -> None:
        """Start. Called on the loop."""
        if self not in self._sender._requests:  # given up in the meantime
            return
        loop = asyncio.get_running_loop()
        self._task = loop.create_task(self._run())
        self._sender._tasks.add(self._task)
        self._patience = loop.call_later(PATIENCE, self._reach, _Stage.LATE)
        self._task.add_done_callback(self._finish)

    def give_up(self) -> None:
        """End the attempt, at whatever stage. May be called from any thread; does nothing once it is over."""
        if self._is_over:
            return
        self._is_over = True
        self._sender._requests.discard(self)
        self._sender._loop.call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._sender.call_back()

    def holds(self) -> bool:
        """Return whether the clock must wait for this attempt."""
        if self._stage is _Stage.WRITTEN:
            if self._external is None:
                self._external = self._sender.is_external(self._port)
            return self._external
        return self._stage is _Stage.CONNECTING

    async def _on_chunk(self, *_: object) -> None:
        """Note that the body has been written; aiohttp writes head and body in the same step of the loop."""
        self._reach(_Stage.WRITTEN)

    def _reach(self, stage: _Stage) -> None:
        if stage.value <= self._stage.value:
            return
        if stage is _Stage.LATE or self._sender.in_frozen_time:
            self._observer.sent()
        self._stage = stage
        self._sender.call_back()

    async def _run(self) -> None:
        text, headers, body = self._request
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
                async with asyncio.timeout(PATIENCE):  # read it: a receiver may log an error if it is cut off
                    await response.read()
        except (aiohttp.ClientError, OSError, ValueError) as error:
            self._end(f"{type(error).__name__}: {error}")

    def _session(self) -> aiohttp.ClientSession:
        # A new session for each request: a kept-alive connection may be one that the receiver has just closed.
        trace = aiohttp.TraceConfig()
        trace.on_request_chunk_sent.append(self._on_chunk)
        return aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # the agent's worker has the time limits
            skip_auto_headers=_UNSENT,
            auto_decompress=False,
            trace_configs=[trace],
        )

    def _end(self, outcome: Outcome) -> None:
        if not self._is_over:
            self._is_over = True
            self._observer.ended(outcome)
            self._sender.discard(self)

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._patience.cancel()
        self._sender._tasks.discard(task)
        self._sender.discard(self)


def _listening(loops: Iterable[selectors.BaseSelector]) -> Iterator[int]:
    """Yield the ports on which loops accept connections. The loops must be idle: their maps are read unlocked."""
    for loop in loops:
        for fd in tuple(loop.get_map() or ()):
            yield from _port(fd)


def _port(fd: object) -> Iterator[int]:
    try:
        sock = socket.socket(fileno=fd)  # type: ignore[arg-type]
    except OSError:  # not a socket, such as a pipe
        return
    try:
        if sock.family in (socket.AF_INET, socket.AF_INET6) and sock.getsockopt(
            socket.SOL_SOCKET, socket.SO_ACCEPTCONN
        ):
            yield sock.getsockname()[1]
    finally:
        sock.detach()
