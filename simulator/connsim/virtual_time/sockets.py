"""The waits of blocking sockets, so that the time-outs of synchronous HTTP clients are virtual and exact.

Reading is covered. Connecting and writing are not: over loopback, to a server that always reads, they end at once, and
time stands still in the meantime.
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
_DONT_WAIT = getattr(socket, "MSG_DONTWAIT", 0)  # absent on Windows


class _WakeupPipe:
    """A pipe that a thread polls beside its socket, so that other threads can wake it.

    Attributes:
        read_end: The file descriptor to poll.
    """

    def __init__(self) -> None:
        self.read_end, self._write_end = os.pipe()

    def wake(self) -> None:
        """Make the read end readable."""
        os.write(self._write_end, b"!")

    def drain(self) -> None:
        """Take back the byte of one `wake`."""
        os.read(self.read_end, 1)

    def __del__(self) -> None:
        os.close(self.read_end)
        os.close(self._write_end)


class _ThisThread(threading.local):
    wakeup: _WakeupPipe | None = None  # kept for the thread's next wait: a pipe costs two system calls


_this_thread = _ThisThread()


def _await_bytes(sock: socket.socket, flags: int) -> None:
    """Block until the socket is readable, or its time-out has passed on the world's clock."""
    coordinator = party()
    seconds = sock.gettimeout()
    if coordinator is None or seconds == 0 or flags & _DONT_WAIT or sock.fileno() < 0:
        return
    _this_thread.wakeup = wakeup = _this_thread.wakeup or _WakeupPipe()
    readable = select.poll()
    readable.register(sock, select.POLLIN)
    either = select.poll()
    either.register(sock, select.POLLIN)
    either.register(wakeup.read_end, select.POLLIN)
    until = deadline(coordinator.clock, seconds)

    def is_readable() -> bool:
        # POLLNVAL: another thread has closed the socket. A real recv would not return either.
        return any(event != select.POLLNVAL for _, event in readable.poll(0))

    wait = Wait("a reply on a socket", until, is_readable, wakeup.wake)
    try:
        expired = coordinator.wait(wait, either.poll)
    finally:
        if wait.over:
            wakeup.drain()
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
"""The attributes that are replaced while a world is frozen: owner, name, replacement."""
