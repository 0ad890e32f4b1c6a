"""Which descriptors the clock must wait for: those at whose other end is something that virtual time cannot see.

**Problem.** A party that waits for bytes looks the same, whatever their source is. From a fake of ours, or from another
party, nothing comes before the clock moves. From a stranger (a database, another mock, a child process), the bytes come
in real time: if the clock jumped to the party's time-out meanwhile, the party would give up on a healthy server.

**Solution.** Look at what the descriptor is::

    listening socket, or one accepted from it ---------------> inside: a server of client code; it awaits nothing
    TCP, connected to a port in `DOORS` ---------------------> inside: a fake of ours says when it is idle
    TCP, UDP or Unix, connected to a listener of a party ----> inside: both ends are parties
    socketpair, pipe without a child process, eventfd -------> inside: both ends are in this process
    everything else -----------------------------------------> a stranger

An asyncio loop watches all its connections all the time, also idle ones of a pool, from which nothing is awaited. So of
a loop's strangers only those count from which something is awaited: a coroutine waits for the connection's protocol, or
something has been sent and nothing has come back since.

**Consequences.** While a stranger is awaited, the clock stands still until it answers, or until the party's time-out
has passed in real time. Linux tells what a descriptor is (``/proc``); elsewhere every pipe counts as inside.
"""

import asyncio
import contextlib
import gc
import os
import socket
import stat
import threading
import weakref
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

DOORS: set[int] = set()
"""The ports of this machine at which fakes of ours answer: the doors of worlds here, and of those in other
processes."""

_LISTENING: "weakref.WeakSet[socket.socket]" = (
    weakref.WeakSet()
)  # sockets at which parties listen or wait for datagrams

JOINED: set[int] = set()
"""Child processes that are in virtual time themselves, by their process ids."""

_PAIRS: dict[int, int] = {}
"""Inodes of the ends of socketpairs that parties made: the kernel does not tell which two belong together."""

_SENT: set[int] = set()
"""Descriptors on which a party has sent something since it last received."""

_IN_THIS_PROCESS = ("anon_inode:[eventfd]", "anon_inode:[eventpoll]", "anon_inode:[signalfd]")


@contextlib.contextmanager
def doors_at(*urls: str) -> Iterator[None]:
    """Count the ports of URLs among the `DOORS` for the length of a ``with`` block."""
    ports = {urlsplit(url).port or 80 for url in urls}
    DOORS.update(ports)
    try:
        yield
    finally:
        DOORS.difference_update(ports)


def address_of(name: Any) -> Any:
    """The part of a socket's name that tells its listener: the port, or the path of a Unix socket."""
    return name[1] if isinstance(name, tuple) else name


def listens(sock: socket.socket) -> None:
    """Note that a party listens on a socket, or is bound to a port for datagrams."""
    _LISTENING.add(sock)


def paired(one: socket.socket, other: socket.socket) -> None:
    """Note that two sockets are the ends of a pair."""
    inodes = os.fstat(one.fileno()).st_ino, os.fstat(other.fileno()).st_ino
    _PAIRS.update([inodes, inodes[::-1]])


def listeners() -> set[Any]:
    """The ports, and the paths of Unix sockets, at which parties listen."""
    return {address_of(sock.getsockname()) for sock in tuple(_LISTENING) if sock.fileno() >= 0}


def sent(fd: int) -> None:
    """Note that something was sent."""
    _SENT.add(fd)


def received(fd: int) -> None:
    """Note that something was received, or that the descriptor was closed."""
    _SENT.discard(fd)


def is_stranger(fd: int) -> bool:
    """Return whether what is at the other end of a descriptor is outside virtual time, and something is due from it."""
    try:
        mode = 0 if _serves_an_idle_pool() else os.fstat(fd).st_mode
    except OSError:  # closed by another thread
        mode = 0
    if not mode:
        return False
    if stat.S_ISSOCK(mode):
        with _Borrowed(fd) as sock:
            return _is_strange_socket(sock)
    if stat.S_ISFIFO(mode):
        return _is_of_a_child(fd)
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return False
    try:
        return os.readlink(f"/proc/self/fd/{fd}") not in _IN_THIS_PROCESS  # a pidfd or a terminal is a stranger
    except OSError:
        return False


def described(fds: Iterable[int]) -> str:
    """Say who is at the other end of the strange ones among descriptors, as the end of a sentence."""
    peers = []
    for fd in fds:
        if not is_stranger(fd):
            continue
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                with _Borrowed(fd) as sock:
                    peer = sock.getpeername()
                peers.append(f"{peer[0]}:{peer[1]}" if isinstance(peer, tuple) else str(peer))
            elif stat.S_ISFIFO(os.fstat(fd).st_mode):
                peers.append("a child process")
            else:
                peers.append(os.readlink(f"/proc/self/fd/{fd}"))
        except OSError:
            peers.append("a peer that is not connected yet")
    return f" from {', '.join(peers)}" if peers else ""


def is_connecting(fd: int) -> bool:
    """Return whether a descriptor is a socket that is not connected yet."""
    try:
        if not stat.S_ISSOCK(os.fstat(fd).st_mode):
            return False
        with _Borrowed(fd) as sock:
            sock.getpeername()
    except OSError:
        return True
    return False


class _Borrowed:
    """A socket object for a descriptor that belongs to another."""

    def __init__(self, fd: int) -> None:
        self._sock = socket.socket(fileno=fd)

    def __enter__(self) -> socket.socket:
        return self._sock

    def __exit__(self, *_: object) -> None:
        self._sock.detach()


def _is_strange_socket(sock: socket.socket) -> bool:
    try:
        inside = listeners()
        if address_of(sock.getsockname()) in inside:
            return False
        if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            return False
        peer = sock.getpeername()
    except OSError:
        # Not connected: a connection that is being made, a datagram socket that has sent something to somebody, or one
        # that only waits.
        return sock.fileno() in _SENT or sock.type == socket.SOCK_STREAM
    if sock.family == getattr(socket, "AF_UNIX", None):
        if not peer:  # a socketpair
            other = _PAIRS.get(os.fstat(sock.fileno()).st_ino)
            return other is not None and any(f"socket:[{other}]" in _descriptors(child) for child in _children())
        return peer not in inside
    return address_of(peer) not in inside and address_of(peer) not in DOORS


def _is_of_a_child(fd: int) -> bool:
    """Return whether a child process has the other end of a pipe."""
    try:
        pipe = os.readlink(f"/proc/self/fd/{fd}")
    except OSError:  # not Linux
        return False
    return any(pipe in _descriptors(child) for child in _children())


def _children() -> list[int]:
    """The running child processes, and theirs, that are not in virtual time themselves."""
    parents: dict[int, int] = {}
    for name in os.listdir("/proc") if os.path.isdir("/proc/self/fd") else ():
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                # After the command, which may contain anything but ends with the last bracket: state, parent.
                parents[int(name)] = int(file.read().rpartition(")")[2].split()[1])
    own = os.getpid()

    def descends(pid: int) -> bool:
        while (pid := parents.get(pid, 0)) > 1:
            if pid == own:
                return True
        return False

    return [pid for pid in parents if pid not in JOINED and descends(pid)]


def _descriptors(pid: int) -> set[str]:
    """What a process has open, as the kernel names it, such as ``pipe:[4711]``."""
    found: set[str] = set()
    with contextlib.suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                found.add(os.readlink(f"/proc/{pid}/fd/{name}"))
    return found


def _serves_an_idle_pool() -> bool:
    """Return whether the calling thread waits for the child processes of a pool that has nothing to do."""
    thread: Any = threading.current_thread()
    if type(thread).__name__ == "_ExecutorManagerThread":  # of ProcessPoolExecutor
        return not thread.pending_work_items
    # Two threads of multiprocessing.Pool; by name, because to import it takes time. Both know the pool's open tasks.
    tasks = {"Pool._handle_results": 2, "Pool._handle_workers": 0}
    place = tasks.get(getattr(getattr(thread, "_target", None), "__qualname__", ""))
    return place is not None and not thread._args[place]


# --- what a loop waits for --------------------------------------------------------------------------------------------


def is_awaited(fd: int, loop: asyncio.AbstractEventLoop | None) -> bool:
    """Return whether something is awaited from a stranger whose descriptor a loop watches for reading."""
    waker = getattr(loop, "_ssock", None)  # the socketpair by which other threads wake an asyncio loop
    if waker is not None and fd == waker.fileno():
        return False
    transports = getattr(loop, "_transports", None)  # asyncio's own record: descriptor to transport
    transport = transports.get(fd) if transports is not None else None
    if transport is None:  # `add_reader`, `sock_recv`, trio, a selector of the client's own: watched only while awaited
        return True
    return fd in _SENT or _has_waiter(transport.get_protocol())


_DEPTH = 4  # protocol, its stream or parser, its queue of waiters, a waiter
_NOT_SEARCHED = (type, asyncio.AbstractEventLoop, asyncio.BaseTransport, str, bytes, bytearray, int, float, type(os))


def _has_waiter(protocol: object) -> bool:
    """Return whether a coroutine waits for a future that a protocol refers to.

    asyncio has no way to ask a protocol whether anybody waits for it. Its stream readers, those of aiohttp, asyncpg,
    redis and websockets all keep a future while a coroutine waits.
    """
    level: list[object] = [protocol]
    seen: set[int] = set()
    for _ in range(_DEPTH):
        below: list[object] = []
        for item in level:
            for referent in gc.get_referents(item):
                # asyncio's stream protocol refers to its reader by a weak reference.
                found = referent() if isinstance(referent, weakref.ref) else referent
                if isinstance(found, asyncio.Task):
                    continue
                if isinstance(found, asyncio.Future):
                    if not found.done() and found._callbacks:
                        return True
                elif id(found) not in seen and not isinstance(found, _NOT_SEARCHED) and not callable(found):
                    seen.add(id(found))
                    below.append(found)
        level = below
    return False
