"""A thread with an event loop that serves any number of worlds."""

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
    is_party = False  # it runs no client code, although a party may start it: the first test that needs a port does


class ServerThread:
    """A thread with its own event loop, on which any other thread opens and closes listeners."""

    def __init__(self) -> None:
        self._loop = asyncio.SelectorEventLoop(IdleSelector())
        self._thread = _ServerThread(target=self._run, name="connsim-server", daemon=True)
        self._thread.start()

    def open(self, world: World, service: Service) -> tuple[str, Listener]:
        """Serve a fake on a free port of the loopback interface; returns its root URL and the listener."""
        listener = Listener(world, service)
        with world.clock.busy():  # the calling thread waits in virtual time for work that takes real time
            return self.run(listener.start()), listener

    def close(self, listener: Listener) -> None:
        """Close a listener's port."""
        with listener.world.clock.busy():
            self.run(listener.stop())

    def stop(self) -> None:
        """Stop the loop and end the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the thread's loop and wait for its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        for _ in range(4):  # asyncio closes transports in later rounds: without these, it warns of unclosed ones
            self._loop.run_until_complete(one_round(self._loop))
