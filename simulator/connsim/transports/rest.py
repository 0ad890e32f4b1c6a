"""Waits, on the loop that serves a world, until that world has come to rest: for whoever leads its clock elsewhere.

It is what the coordinator of a frozen world sees by itself: everything that clients have sent is answered or held back,
and no webhook is on its way to a receiver that is not in virtual time.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from connsim.transports.idle import IdleSelector
from connsim.transports.webhook_sender import WebhookSender
from connsim.world import World


class _Led:
    """The waiter of a clock that is led from elsewhere: nobody here waits, and time limits count from the start."""

    horizon = 0

    def sleep(self, by: int) -> bool:
        """Nobody here is made to wait."""
        return False

    def busy(self) -> AbstractContextManager[None]:
        """Nothing here holds the clock."""
        return nullcontext()


async def rest(world: World) -> None:
    """Wait until a world that this loop serves has come to rest."""
    if world.clock.waiter is None:
        world.clock.waiter = _Led()
    await _come_to_rest()
    while sending := [door for door in world.doors if isinstance(door, WebhookSender) and door.holds()]:
        await _told(sending[0].tell_when_changed)
        await _come_to_rest()


async def _come_to_rest() -> None:
    selector = getattr(asyncio.get_running_loop(), "_selector", None)
    if isinstance(selector, IdleSelector):
        await _told(selector.tell_when_idle)


async def _told(ask: Callable[[Callable[[], None]], None]) -> None:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[None] = loop.create_future()

    def answered() -> None:
        if not answer.done():
            answer.set_result(None)

    def tell() -> None:
        loop.call_soon_threadsafe(answered)

    ask(tell)
    await answer
