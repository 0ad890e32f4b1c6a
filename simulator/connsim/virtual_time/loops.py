"""Event loops that virtual time cannot reach are refused when they start.

Loops of asyncio in Python, trio's and Twisted's block in ``select``, `poll` or ``epoll`` (`descriptors`), so they need
nothing more. uvloop's loop blocks in C: its waits would be real, without a word.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

from connsim.core.durations import SECOND
from connsim.errors import NotVirtual
from connsim.virtual_time.in_place import Replacement, Undo, copied
from connsim.virtual_time.seats import party, seat
from connsim.virtual_time.survivors import LOOPS


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
            LOOPS.add(loop)
    _REAL_SET_RUNNING_LOOP(loop)


_RUNNING = Replacement(_SET_RUNNING_LOOP, _set_running_loop)


def put() -> Iterator[Undo]:
    """Replace the function; yields what takes it back."""
    yield _RUNNING.put()
