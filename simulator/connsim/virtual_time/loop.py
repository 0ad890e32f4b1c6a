"""An asyncio loop that is a party: its waits end on the world's clock.

A loop blocks in one place only, the ``select`` of its selector. So `PartyLoop` has a selector that registers the wait
with the coordinator, and a ``time()`` that reads the world's clock; everything else is asyncio's own. While the
selector watches a child process, the clock stands still.
"""

import asyncio
import os
import select
import selectors
import stat
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from connsim.core.durations import SECOND
from connsim.errors import NotVirtual
from connsim.virtual_time.coordinator import Coordinator, Wait, party
from connsim.virtual_time.threads import deadline

if TYPE_CHECKING:
    from _typeshed import FileDescriptorLike

REAL_RUN_FOREVER = asyncio.BaseEventLoop.run_forever

SELECTORS: "WeakSet[PartySelector]" = WeakSet()
"""The selectors of all loops of client code. The webhook sender looks up here which ports they listen on."""


class PartySelector(selectors.DefaultSelector):
    """A selector whose time-outs are measured on the world's clock."""

    def __init__(self, coordinator: Coordinator) -> None:
        super().__init__()
        self._coordinator = coordinator
        # An epoll or kqueue descriptor is readable when it has events. Two pollers, because a poll object may not be
        # used by two threads at once, and other threads call _is_ready while this one blocks.
        self._own, self._others = select.poll(), select.poll()
        for poller in (self._own, self._others):
            poller.register(self.fileno(), select.POLLIN)
        self.wake: Callable[[], None]
        self._children: set[int] = set()
        SELECTORS.add(self)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for events, or until ``timeout`` virtual seconds have passed."""
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        coordinator = self._coordinator
        wait = Wait("an event loop", deadline(coordinator.clock, timeout), self._is_ready, self.wake)
        coordinator.wait(wait, self._own.poll)
        return super().select(0)

    def register(self, fileobj: "FileDescriptorLike", events: int, data: Any = None) -> selectors.SelectorKey:
        """Watch a file. A child process does real work, so it holds the clock until it is unregistered."""
        key = super().register(fileobj, events, data)
        if _is_process(key.fd):
            self._children.add(key.fd)
            self._coordinator.enter()
        return key

    def unregister(self, fileobj: "FileDescriptorLike") -> selectors.SelectorKey:
        """Stop watching a file."""
        key = super().unregister(fileobj)
        self._release(key.fd)
        return key

    def close(self) -> None:
        """Close the selector, and release the clock from child processes that it still watches."""
        super().close()
        for child in tuple(self._children):
            self._release(child)

    def _release(self, fd: int) -> None:
        if fd in self._children:
            self._children.remove(fd)
            self._coordinator.leave()

    def _is_ready(self) -> bool:
        return bool(self._others.poll(0))


def _is_process(fd: int) -> bool:
    """Return whether this is a pidfd of Linux, by which asyncio watches child processes from Python 3.12 on."""
    if stat.S_ISSOCK(os.fstat(fd).st_mode):  # nearly all are: spares reading a file for each
        return False
    try:
        with open(f"/proc/self/fdinfo/{fd}", encoding="ascii") as info:
            return any(line.startswith("Pid:") for line in info)
    except OSError:  # not Linux: there, a thread watches the child process
        return False


class PartyLoop(asyncio.SelectorEventLoop):
    """A loop for client code in a frozen world. ``time()`` counts from the world's start."""

    def __init__(self, coordinator: Coordinator) -> None:
        self._coordinator = coordinator
        selector = PartySelector(coordinator)
        super().__init__(selector)
        selector.wake = self._write_to_self  # type: ignore[attr-defined]

    def time(self) -> float:
        """Seconds on the world's clock."""
        return self._coordinator.clock.elapsed() / SECOND

    async def pause(self, ns: int) -> None:
        """Suspend the calling task for ``ns`` virtual nanoseconds."""
        await asyncio.sleep(ns / SECOND)


def run_forever(self: asyncio.BaseEventLoop) -> None:
    """``run_forever`` of every loop: refuses to run client code on a loop whose waits are real.

    Raises:
        NotVirtual: The loop was made before the world was frozen, or not by ``asyncio.new_event_loop``.
    """
    if party() is not None and not isinstance(self, PartyLoop):
        raise NotVirtual(
            f"{self!r} was made before the world was frozen, or not by asyncio.new_event_loop, so its waits cannot be "
            f"virtual. Expected a loop that is made in frozen time: call asyncio.run in the test, or make the loop's "
            f"fixture depend on 'connsim'."
        )
    REAL_RUN_FOREVER(self)
