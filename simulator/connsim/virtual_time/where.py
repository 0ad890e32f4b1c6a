"""Where a thread is in client code, for messages.

Computed only when a message is made: the frames of another thread can be read at any time.
"""

import asyncio
import os
import sys
import sysconfig
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

_CONNSIM = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_LIBRARIES = tuple({sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib", "purelib", "platlib")})
_INSTALLED = tuple({sysconfig.get_path(name) + os.sep for name in ("purelib", "platlib")})
_MOST_TASKS = 5


def name_of(thread: int) -> str:
    """The name of a thread, by its identifier."""
    found = threading._active.get(thread)  # type: ignore[attr-defined]  # enumerate() takes a lock of client code's kind
    return "a thread" if found is None else str(found.name)


def place_of(thread: int) -> str:
    """The line of client code at which a thread is, such as ``tests/test_it.py:12``; empty if it has ended.

    This is its innermost frame that belongs neither to connsim, nor to the standard library, nor to an installed
    package; if there is none, to one of an installed package.
    """
    frames = list(_frames(sys._current_frames().get(thread)))
    return _innermost([(frame.f_code.co_filename, frame.f_lineno) for frame in frames])


def doing(thread: int) -> str:
    """What a thread that does not wait is doing: the innermost function that it has called."""
    frame = sys._current_frames().get(thread)
    if frame is None:
        return "a thread that has ended"
    code = frame.f_code
    return f"a computation, or a wait that is not virtual, in {code.co_name}() of {os.path.basename(code.co_filename)}"


def tasks_of(loop: asyncio.AbstractEventLoop | None) -> str:
    """The lines at which the tasks of a loop wait, as the end of a sentence; empty if there are none."""
    try:
        tasks = [] if loop is None else sorted(asyncio.all_tasks(loop), key=lambda task: task.get_name())
    except RuntimeError:  # they change all the time
        return ""
    places = [f"{task.get_name()} at {place}" for task in tasks if (place := _innermost(list(_lines(task.get_coro()))))]
    more = f" and {len(places) - _MOST_TASKS} more" if len(places) > _MOST_TASKS else ""
    return f" ({', '.join(places[:_MOST_TASKS])}{more})" if places else ""


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _lines(awaitable: Any) -> Iterator[tuple[str, int]]:
    """The lines at which a coroutine and those that it awaits stand, innermost first."""
    found: list[tuple[str, int]] = []
    for _ in range(100):
        frame = getattr(awaitable, "cr_frame", None) or getattr(awaitable, "gi_frame", None)
        if frame is None:
            break
        found.append((frame.f_code.co_filename, frame.f_lineno))
        awaitable = getattr(awaitable, "cr_await", None) or getattr(awaitable, "gi_yieldfrom", None)
    return reversed(found)


def _innermost(lines: list[tuple[str, int]]) -> str:
    outside = [line for line in lines if not line[0].startswith((_CONNSIM, "<"))]
    own = [line for line in outside if not line[0].startswith(_LIBRARIES)]
    installed = [line for line in outside if line[0].startswith(_INSTALLED)]
    for file, number in own or installed or outside:
        return f"{_relative(file)}:{number}"
    return ""


def _relative(file: str) -> str:
    here = os.getcwd() + os.sep
    return file.removeprefix(here)
