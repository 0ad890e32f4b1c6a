"""The waits of blocking sockets, so that the time-outs of synchronous HTTP clients are virtual and exact.

Reading and accepting are covered. Connecting and writing are not: over loopback, to a server that always reads, they
end at once, and time stands still in the meantime.
"""

import select
import socket
import ssl
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from connsim.virtual_time import strangers
from connsim.virtual_time.descriptors import await_events
from connsim.virtual_time.in_place import Undo, replace_attribute
from connsim.virtual_time.real_locks import Gate
from connsim.virtual_time.seats import joined, party
from connsim.virtual_time.threads import deadline

_DONT_WAIT = getattr(socket, "MSG_DONTWAIT", 0)  # absent on Windows
_POSITION_OF_FLAGS = {"recv": 1, "recv_into": 2, "recvfrom": 1, "recvfrom_into": 2, "recvmsg": 2, "recvmsg_into": 2}


def _await_bytes(sock: socket.socket, what: str, late: str = "timed out") -> None:
    """Block until the socket is readable, or its time-out has passed on the world's clock.

    Raises:
        TimeoutError: It has passed; with the text ``late``.
    """
    coordinator = joined(has_deadline=False)
    seconds = sock.gettimeout()
    if coordinator is None or seconds == 0 or sock.fileno() < 0:
        return
    fd, until = sock.fileno(), deadline(coordinator.clock, seconds)
    if await_events(coordinator, what, {fd: select.POLLIN}, until, lambda: strangers.is_stranger(fd)):
        raise TimeoutError(late)


def _reading(name: str) -> Callable[..., Any]:
    real = getattr(socket.socket, name)
    position = _POSITION_OF_FLAGS[name]

    @wraps(real)
    def read(self: socket.socket, *args: Any, **kwargs: Any) -> Any:
        flags = args[position] if len(args) > position else kwargs.get("flags", 0)
        if party() is None:
            return real(self, *args, **kwargs)
        if not flags & _DONT_WAIT:
            _await_bytes(self, "a reply on a socket")
        result = real(self, *args, **kwargs)
        strangers.received(self.fileno())
        return result

    return read


def _writing(name: str) -> Callable[..., Any]:
    real = getattr(socket.socket, name)

    @wraps(real)
    def write(self: socket.socket, *args: Any, **kwargs: Any) -> Any:
        coordinator = party()
        if coordinator is None:
            return real(self, *args, **kwargs)
        strangers.sent(self.fileno())
        until = deadline(coordinator.clock, self.gettimeout())
        try:
            return real(self, *args, **kwargs)
        except TimeoutError:
            if until is not None:
                coordinator.park(Gate(), "a time-out that has passed in real time", until)
            raise

    return write


def _tls_read(self: ssl.SSLSocket, *args: Any, **kwargs: Any) -> Any:
    """``SSLSocket.read``, on which its ``recv`` and ``recv_into`` rest."""
    if party() is not None and self._sslobj is not None and not self.pending():  # type: ignore[attr-defined]
        _await_bytes(self, "a reply on a TLS socket", "The read operation timed out")
    return _REAL_TLS_READ(self, *args, **kwargs)


_REAL_TLS_READ = ssl.SSLSocket.read
_REAL_SOCKETPAIR = socket.socketpair


def _socketpair(*args: Any, **kwargs: Any) -> tuple[socket.socket, socket.socket]:
    """``socket.socketpair``."""
    one, other = _REAL_SOCKETPAIR(*args, **kwargs)
    if party() is not None:
        strangers.paired(one, other)
    return one, other


def _listening(name: str) -> Callable[..., Any]:
    real = getattr(socket.socket, name)

    @wraps(real)
    def listen(self: socket.socket, *args: Any, **kwargs: Any) -> Any:
        result = real(self, *args, **kwargs)
        if party() is not None and (name == "listen" or self.type == socket.SOCK_DGRAM):
            strangers.listens(self)
        return result

    return listen


_REAL_ACCEPT = socket.socket._accept  # type: ignore[attr-defined]


def _accept(self: socket.socket) -> Any:
    """``socket.accept``: the part of it that is C."""
    _await_bytes(self, "a connection")
    return _REAL_ACCEPT(self)


_ATTRIBUTES: list[tuple[str, Any]] = [
    *((name, _reading(name)) for name in _POSITION_OF_FLAGS),
    *((name, _writing(name)) for name in ("send", "sendall", "sendto", "sendmsg", "connect")),
    *((name, _listening(name)) for name in ("bind", "listen")),
    ("_accept", _accept),
]


def put() -> Iterator[Undo]:
    """Replace the methods; yields what takes back each step that has been done."""
    for name, by in _ATTRIBUTES:
        yield replace_attribute(socket.socket, name, by)
    yield replace_attribute(ssl.SSLSocket, "read", _tls_read)
    yield replace_attribute(socket, "socketpair", _socketpair)
