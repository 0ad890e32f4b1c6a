"""Waits until a served world is idle, for a test in another process that controls its clock.

Idle means what the coordinator of a frozen world checks before it jumps: every request of a client is answered or held
back, and no webhook is on its way to a receiver outside virtual time.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from connsim.transports.idle import IdleSelector, selector_of
from connsim.transports.webhook_sender import WebhookSender
from connsim.world import World


class _RemotelyControlled:
    """The waiter of a remotely controlled clock: nothing waits in this process.

    That the clock has a waiter tells webhook senders that the clock waits for them, so that the time limit of an
    attempt counts from its start.
    """

    horizon = 0

    def sleep(self, by: int) -> bool:
        """Return that no thread here can sleep in virtual time."""
        return False

    def busy(self) -> AbstractContextManager[None]:
        """Do nothing: the process that controls the clock decides when it moves."""
        return nullcontext()


async def wait_until_idle(world: World) -> None:
    """Wait until a world that this loop serves is idle."""
    if world.clock.waiter is None:
        world.clock.waiter = _RemotelyControlled()
    await _loop_idle()
    while sending := [door for door in world.doors if isinstance(door, WebhookSender) and door.holds()]:
        await _called_back(sending[0].call_when_changed)
        await _loop_idle()


async def _loop_idle() -> None:
    selector = selector_of(asyncio.get_running_loop())
    if isinstance(selector, IdleSelector):
        await _called_back(selector.call_when_idle)


async def _called_back(register: Callable[[Callable[[], None]], None]) -> None:
    """Register a callback and wait until it is called, from any thread."""
    loop = asyncio.get_running_loop()
    called: asyncio.Future[None] = loop.create_future()

    def finish() -> None:
        if not called.done():
            called.set_result(None)

    def call() -> None:
        loop.call_soon_threadsafe(finish)

    register(call)
    await called
