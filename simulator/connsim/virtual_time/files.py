"""The waits for pipes that are read as files, and for child processes: ``os.read``, `io.FileIO`, ``os.waitpid``.

A thread that reads a pipe may wait for another party, or for a child process. So before a read that may block, it waits
for the bytes as it would in ``select``.
"""

import io
import os
import select
import stat
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from connsim.virtual_time import strangers
from connsim.virtual_time.descriptors import REAL_READ, await_events
from connsim.virtual_time.in_place import Replacement, Undo, copied, replace_method
from connsim.virtual_time.seats import joined, party


def _await_bytes(fd: int) -> None:
    coordinator = joined(has_deadline=False)
    if coordinator is not None and _may_block(fd):
        await_events(coordinator, "a pipe", {fd: select.POLLIN}, None, lambda: strangers.is_stranger(fd))


def read(fd: int, length: int, /) -> bytes:
    """``os.read``: pipes between threads, and those of `multiprocessing`."""
    if isinstance(fd, int):
        _await_bytes(fd)
    return REAL_READ(fd, length)  # type: ignore[no-any-return]


def _file_method(name: str) -> Callable[..., Any]:
    real = vars(io.FileIO)[name]

    @wraps(real)
    def read_file(self: Any, *args: Any) -> Any:
        if party() is not None and not self.closed:
            _await_bytes(self.fileno())
        return real(self, *args)

    return read_file


def _read_all(self: Any) -> bytes | None:
    """``FileIO.readall``, piece by piece where it may block."""
    if party() is None or self.closed or not _may_block(self.fileno()):
        return _REAL_READ_ALL(self)  # type: ignore[no-any-return]
    pieces = []
    while piece := self.read(io.DEFAULT_BUFFER_SIZE):
        pieces.append(piece)
    return b"".join(pieces)


_REAL_READ_ALL = vars(io.FileIO)["readall"]


def _may_block(fd: int) -> bool:
    try:
        return not stat.S_ISREG(os.fstat(fd).st_mode) and os.get_blocking(fd)
    except OSError:
        return False


def waitpid(pid: int, options: int, /) -> tuple[int, int]:
    """``os.waitpid``: a child process is real work, so that the time-outs of other parties come in real time."""
    coordinator = joined(has_deadline=False)
    if coordinator is not None and isinstance(pid, int) and pid > 0 and not options & os.WNOHANG:
        try:
            fd = os.pidfd_open(pid)
        except OSError:  # an older kernel, or no child of ours
            return _REAL_WAITPID(pid, options)  # type: ignore[no-any-return]
        try:
            await_events(coordinator, f"the child process {pid}", {fd: select.POLLIN}, None, lambda: True)
        finally:
            os.close(fd)
    return _REAL_WAITPID(pid, options)  # type: ignore[no-any-return]


_REAL_WAITPID = copied(os.waitpid)
_FUNCTIONS = [Replacement(os.read, read)]
if hasattr(os, "pidfd_open"):
    _FUNCTIONS.append(Replacement(os.waitpid, waitpid))
_METHODS = [("read", _file_method("read")), ("readinto", _file_method("readinto")), ("readall", _read_all)]


def put() -> Iterator[Undo]:
    """Replace the functions and the methods; yields what takes back each step that has been done."""
    for replacement in _FUNCTIONS:
        yield replacement.put()
    for name, by in _METHODS:
        yield replace_method(io.FileIO, name, by)
