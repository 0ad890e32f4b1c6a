"""A thread with a loop that serves any number of worlds."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from connsim.core.exchange import Service
from connsim.transports.aiohttp_server import Listener, one_round
from connsim.transports.idle import IdleSelector
from connsim.world import World

T = TypeVar("T")


class _ServerThread(threading.Thread):
    is_party = False  # it serves client code and is none, even if client code happens to start it


class ServerThread:
    """A thread with a loop of its own, on which listeners are opened and closed from any other thread."""

    def __init__(self) -> None:
        self._loop = asyncio.SelectorEventLoop(IdleSelector())
        self._thread = _ServerThread(target=self._run, name="connsim-server", daemon=True)
        self._thread.start()

    def open(self, world: World, service: Service) -> tuple[str, Listener]:
        """Play a fake on a free port of the loopback interface; returns its root URL and the listener."""
        listener = Listener(world, service)
        with world.clock.busy():  # real work, which this thread waits for in real time
            return self.run(listener.start()), listener

    def close(self, listener: Listener) -> None:
        """Close a listener's port."""
        with listener.world.clock.busy():
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
        for _ in range(4):  # what was closed last takes asyncio some rounds to be gone
            self._loop.run_until_complete(one_round(self._loop))
