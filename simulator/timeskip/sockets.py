"""The waits of blocking sockets, so that the time-outs of synchronous HTTP clients are virtual and exact.

Reading and writing are covered. Connecting is not: over loopback it ends at once, and time stands still meanwhile.
"""

import os
import select
import socket
import threading
from typing import Any

from simulator.timeskip.coordinator import Wait, party
from simulator.timeskip.threads import deadline

_REAL_RECV = socket.socket.recv
_REAL_RECV_INTO = socket.socket.recv_into
_REAL_SEND = socket.socket.send


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


def _await(sock: socket.socket, event: int, what: str) -> None:
    """Wait until the socket is ready, or its time-out has passed on the world's clock."""
    here = party()
    seconds = sock.gettimeout()
    if here is None or seconds == 0:
        return
    ready = select.poll()
    ready.register(sock, event)
    if ready.poll(0):
        return
    _mine.bell = bell = _mine.bell or _Bell()
    both = select.poll()
    both.register(sock, event)
    both.register(bell.ear, select.POLLIN)
    wait = Wait(f"a socket to {what}", deadline(here.clock, seconds), lambda: bool(ready.poll(0)), bell.ring)
    try:
        expired = here.wait(wait, both.poll)
    finally:
        if wait.over:
            bell.silence()
    if expired and not ready.poll(0):
        raise TimeoutError("timed out")


def recv(self: socket.socket, *args: Any) -> bytes:
    """``socket.recv``."""
    _await(self, select.POLLIN, "read from")
    return _REAL_RECV(self, *args)


def recv_into(self: socket.socket, *args: Any) -> int:
    """``socket.recv_into``."""
    _await(self, select.POLLIN, "read from")
    return _REAL_RECV_INTO(self, *args)


def send(self: socket.socket, *args: Any) -> int:
    """``socket.send``."""
    _await(self, select.POLLOUT, "write to")
    return _REAL_SEND(self, *args)


ATTRIBUTES: list[tuple[Any, str, Any]] = [
    (socket.socket, "recv", recv),
    (socket.socket, "recv_into", recv_into),
    (socket.socket, "send", send),
]
"""What is replaced while a world is frozen: owner, name, replacement."""
