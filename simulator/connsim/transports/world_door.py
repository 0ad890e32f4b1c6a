"""One world behind a port: delayed replies, the ``Date`` header, and outgoing webhooks."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from typing import Protocol, runtime_checkable

from connsim.core.clock import Rank
from connsim.core.durations import SECOND
from connsim.core.exchange import Reply, Service
from connsim.prism.cloud_agent.webhooks.deliveries import Sender
from connsim.transports.alarm import Alarm
from connsim.transports.idle import IdleSelector, selector_of
from connsim.transports.webhook_sender import WebhookSender
from connsim.world import World


@runtime_checkable
class SendsWebhooks(Protocol):
    """A fake that also sends requests of its own accord."""

    def send_with(self, sender: Sender | None) -> None:
        """Send webhooks through this sender; with ``None``, queue them."""


class WorldDoor:
    """The entrance for clients of one world, on one loop.

    Args:
        world: The world; its clock releases the replies that are held back.
        service: Answers the requests.
    """

    def __init__(self, world: World, service: Service, loop: asyncio.AbstractEventLoop) -> None:
        self.world = world
        self.service = service
        self._loop = loop
        self._parked: set[asyncio.Future[None]] = set()
        self._date = (0, "")
        self._alarm = Alarm(world.clock, loop)
        self._sender: WebhookSender | None = None
        if isinstance(service, SendsWebhooks):
            self._sender = WebhookSender(world)
            service.send_with(self._sender)
        world.doors.append(self)

    def leave(self) -> None:
        """Detach from the world: its clock no longer waits for this door."""
        if self in self.world.doors:
            self.world.doors.remove(self)
            self._alarm.stop()

    async def stop(self) -> None:
        """Detach from the world, and stop sending webhooks."""
        self.leave()
        if isinstance(self.service, SendsWebhooks) and self._sender is not None:
            self.service.send_with(None)
            await self._sender.stop()

    def is_idle(self, otherwise: Callable[[], None]) -> bool:
        """Return whether every request is answered or held back; if not, call back when that may have changed.

        A request whose body is incomplete waits for its client, so it does not count.
        """
        selector = selector_of(self._loop)
        return not isinstance(selector, IdleSelector) or selector.is_idle(otherwise)

    def drop(self) -> None:
        """Hang up on every client whose reply is held back. May be called from any thread."""
        self._loop.call_soon_threadsafe(self.hang_up)

    def hang_up(self) -> None:
        """Do what `drop` does, on the loop."""
        for parked in tuple(self._parked):
            parked.cancel()

    async def hold(self, reply: Reply) -> None:
        """Hold a reply back for its ``wait``, and note in the journal how that ended."""
        with self.noting(reply):
            await self.park(None if reply.wait is None else self.world.clock.now() + reply.wait)

    @contextmanager
    def noting(self, reply: Reply) -> Iterator[None]:
        """Note in the journal how a ``with`` block that sends or holds a reply ended: answered, or hung up."""
        entry, clock = reply.entry, self.world.clock
        if entry is not None:
            entry.answered = None
        try:
            yield
        except (asyncio.CancelledError, ConnectionResetError):
            if entry is not None:
                entry.hung_up = clock.now()
            raise
        if entry is not None:
            entry.answered = clock.now()

    async def park(self, until: int | None) -> None:
        """Wait until a moment, in nanoseconds since 1970; ``None`` waits until the client hangs up."""
        clock, loop = self.world.clock, self._loop
        parked: asyncio.Future[None] = loop.create_future()

        def finish() -> None:
            if not parked.done():  # the client may have hung up in the meantime
                parked.set_result(None)

        def release(_: int) -> None:
            loop.call_soon_threadsafe(finish)

        with clock.lock:  # so that another thread cannot advance the clock past the moment between check and entry
            if until is not None and until <= clock.now():
                return
            due = None if until is None else clock.at(until, release, Rank.REPLY)
        self._parked.add(parked)
        try:
            await parked
        finally:
            self._parked.discard(parked)
            if due is not None:
                due.cancel()

    def date(self) -> str:
        """The value of the header ``Date``: the world's time, not the machine's."""
        second = self.world.clock.now() // SECOND
        if self._date[0] != second:
            self._date = (second, formatdate(second, usegmt=True))
        return self._date[1]
