"""The waits of blocking sockets, so that the time-outs of synchronous HTTP clients are virtual and exact.

Reading is covered. Connecting and writing are not: over loopback, to a server that always reads, they end at once, and
time stands still meanwhile.
"""

import os
import select
import socket
import threading
from typing import Any

from connsim.virtual_time.coordinator import Wait, party
from connsim.virtual_time.threads import deadline

_REAL_RECV = socket.socket.recv
_REAL_RECV_INTO = socket.socket.recv_into
_DONT_WAIT = getattr(socket, "MSG_DONTWAIT", 0)  # Windows has none


class _Bell:
    """A pipe by which other threads wake one that waits on a socket."""

    def __init__(self) -> None:
        self.ear, self._rope = os.pipe()

    def ring(self) -> None:
        """Wake the thread."""
        os.write(self._rope, b"!")

    def silence(self) -> None:
        """Take the ringing back, once woken."""
        os.read(self.ear, 1)

    def __del__(self) -> None:
        os.close(self.ear)
        os.close(self._rope)


class _Mine(threading.local):
    bell: _Bell | None = None


_mine = _Mine()


def _await_bytes(sock: socket.socket, flags: int) -> None:
    """Wait until there is something to read, or the socket's time-out has passed on the world's clock."""
    here = party()
    seconds = sock.gettimeout()
    if here is None or seconds == 0 or flags & _DONT_WAIT or sock.fileno() < 0:
        return
    _mine.bell = bell = _mine.bell or _Bell()
    readable = select.poll()
    readable.register(sock, select.POLLIN)
    either = select.poll()
    either.register(sock, select.POLLIN)
    either.register(bell.ear, select.POLLIN)
    until = deadline(here.clock, seconds)

    def is_readable() -> bool:
        # One that another thread has closed never gets a byte, and its reader never notices.
        return any(event != select.POLLNVAL for _, event in readable.poll(0))

    wait = Wait("a reply on a socket", until, is_readable, bell.ring)
    try:
        expired = here.wait(wait, either.poll)
    finally:
        if wait.over:
            bell.silence()
    if expired:
        raise TimeoutError("timed out")


def recv(self: socket.socket, bufsize: int, flags: int = 0, /) -> bytes:
    """``socket.recv``."""
    _await_bytes(self, flags)
    return _REAL_RECV(self, bufsize, flags)


def recv_into(self: socket.socket, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
    """``socket.recv_into``."""
    _await_bytes(self, flags)
    return _REAL_RECV_INTO(self, buffer, nbytes, flags)


ATTRIBUTES: list[tuple[Any, str, Any]] = [
    (socket.socket, "recv", recv),
    (socket.socket, "recv_into", recv_into),
]
"""What is replaced while a world is frozen: owner, name, replacement."""
