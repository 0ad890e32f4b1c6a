"""Event loops: which ones are parties, and which ones are refused.

Loops of asyncio in Python, trio's and Twisted's block in ``select``, ``poll`` or ``epoll`` (`descriptors`), so a party
that runs one needs nothing more. uvloop's loop blocks in C, and its waits would be real: it is refused when it starts.

Libraries with a synchronous interface often run a loop in a thread of their own, which may be older than the world. Its
thread becomes a party when a party first submits work to it. Other loops from before, such as those of servers, stay
what they are: strangers.
"""

import asyncio
import sys
import threading
from collections.abc import Iterator
from typing import Any

from connsim.core.durations import SECOND
from connsim.errors import NotVirtual
from connsim.virtual_time import survivors
from connsim.virtual_time.in_place import Replacement, Undo, copied, replace_attribute
from connsim.virtual_time.seats import SEATED, party, seat, sit


async def pause(ns: int) -> None:
    """Suspend the calling task of a party for ``ns`` virtual nanoseconds."""
    await asyncio.sleep(ns / SECOND)


_SET_RUNNING_LOOP = asyncio._set_running_loop
_REAL_SET_RUNNING_LOOP = copied(_SET_RUNNING_LOOP)


def _set_running_loop(loop: Any, /) -> None:
    """``asyncio._set_running_loop``, which every loop calls when it starts to run."""
    if loop is not None and party() is not None and not isinstance(loop, asyncio.SelectorEventLoop):
        raise NotVirtual(
            f"{type(loop).__module__}.{type(loop).__qualname__} cannot run in virtual time, because it waits inside of "
            f"compiled code. Expected a loop of asyncio's own. Leave out uvloop's policy or loop factory in tests: "
            f"uvicorn takes loop='asyncio', pytest-asyncio a fixture event_loop_policy."
        )
    if party() is not None:
        seat().loop = loop
        if loop is not None:
            survivors.LOOPS.add(loop)
    _REAL_SET_RUNNING_LOOP(loop)


_REAL_CALL_SOON = asyncio.BaseEventLoop.call_soon_threadsafe


def _call_soon_threadsafe(self: Any, callback: Any, *args: Any, context: Any = None) -> Any:
    """``loop.call_soon_threadsafe``, on which `asyncio.run_coroutine_threadsafe` rests."""
    coordinator, thread = party(), self._thread_id
    if coordinator is not None and thread is not None and thread not in SEATED and _runs_client_code(thread):
        joining = survivors.seat_for(self, thread, coordinator)
        _REAL_CALL_SOON(self, sit, joining)
    return _REAL_CALL_SOON(self, callback, *args, context=context)


def _runs_client_code(thread: int) -> bool:
    return getattr(threading._active.get(thread), "is_party", True)  # type: ignore[attr-defined]  # enumerate() locks


_RUNNING = Replacement(_SET_RUNNING_LOOP, _set_running_loop)


def put() -> Iterator[Undo]:
    """Replace the functions; yields what takes back each step that has been done."""
    # Idle threads of trio that were started between two worlds are no parties: make it start others. (anyio's plugin
    # runs trio beside the test, with a thread that waits for events.)
    if (cache := sys.modules.get("trio._core._thread_cache")) is not None:
        cache.THREAD_CACHE._idle_workers.clear()
    yield _RUNNING.put()
    yield replace_attribute(asyncio.BaseEventLoop, "call_soon_threadsafe", _call_soon_threadsafe)
