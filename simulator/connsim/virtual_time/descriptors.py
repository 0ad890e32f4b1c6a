"""The waits for descriptors: ``select``, ``poll`` and ``epoll``, where every event loop and most servers block.

An asyncio loop of any factory, trio, Twisted's reactor, ``selectors``, ``socketserver`` and urllib3 block in one of
three functions of C. These are replaced in place, so that none of their users needs to be known.

A party's wait for descriptors ends when one of them has an event, or at its time-out on the world's clock. While a
stranger is awaited (`connsim.virtual_time.strangers`), the clock stands still; when the time-out has passed in real
time, the stranger had its chance, and the wait is like any other.
"""

import asyncio
import math
import os
import select
import selectors
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import wraps
from typing import Any, Final

from connsim.virtual_time import strangers
from connsim.virtual_time.clocks import ends_now
from connsim.virtual_time.in_place import Replacement, Undo, copied, replace_attribute, replace_method
from connsim.virtual_time.seats import Barrier, joined, party
from connsim.virtual_time.steps import zero_wait
from connsim.virtual_time.threads import deadline
from connsim.virtual_time.waits import Wait

REAL_READ = copied(os.read)
_REAL_SELECT = copied(select.select)
_Poll: Final = type(select.poll())
_real_poll = copied(select.poll)
_REAL_POLL_METHOD = vars(_Poll)["poll"]
_MILLISECONDS = 1000


class _WakeupPipe:
    """A pipe that a thread polls beside its descriptors, so that other threads can wake it.

    Attributes:
        read_end: The file descriptor to poll.
    """

    def __init__(self) -> None:
        self.read_end, self._write_end = os.pipe()
        os.set_blocking(self.read_end, False)

    def wake(self) -> None:
        """Make the read end readable."""
        os.write(self._write_end, b"!")

    def drain(self) -> None:
        """Take back the bytes of earlier calls of `wake`."""
        with suppress(BlockingIOError):
            REAL_READ(self.read_end, 100)

    def __del__(self) -> None:
        os.close(self.read_end)
        os.close(self._write_end)


class _ThisThread(threading.local):
    exact: float | None = None  # the time-out in seconds that `selectors` is about to round up to milliseconds
    selector: Any = None  # the object of `selectors` that waits
    wakeup: _WakeupPipe | None = None  # kept for the thread's next wait: a pipe costs two system calls


_this_thread = _ThisThread()


def renew() -> None:
    """Forget the wake-up pipe, in a forked child: its parent reads the other end's bytes too."""
    _this_thread.wakeup = None


def await_events(
    coordinator: Barrier,
    what: str,
    fds: dict[int, int],
    until: int | None,
    is_strange: Callable[[], bool],
    loop: asyncio.AbstractEventLoop | None = None,
) -> bool:
    """Block the calling party until a descriptor has an event.

    Args:
        coordinator: The party's.
        what: What it waits for, for messages.
        fds: The descriptors, and the events of ``select.poll`` that each is watched for.
        until: When the wait ends, in nanoseconds since 1970; ``None`` means never.
        is_strange: Returns whether a stranger is awaited; called only if there is no event yet.
        loop: The event loop that waits for its next event, if it is one.

    Returns:
        Whether the deadline ended it.
    """
    _this_thread.wakeup = wakeup = _this_thread.wakeup or _WakeupPipe()
    events, either = _real_poll(), _real_poll()  # two: a poll object may not be used by two threads at once
    for fd, mask in fds.items():
        events.register(fd, mask)
        either.register(fd, mask)
    if _REAL_POLL_METHOD(events, 0):
        return False
    strange = is_strange()
    either.register(wakeup.read_end, select.POLLIN)

    def has_event() -> bool:
        # POLLNVAL: another thread has closed the descriptor. A real wait would not return either.
        return any(event != select.POLLNVAL for _, event in _REAL_POLL_METHOD(events, 0))

    def described() -> str:
        return what + (strangers.described(fds) if strange else "")

    wait = Wait(described, until, has_event, wakeup.wake)
    wait.holds = strange
    wait.loop = loop

    def block() -> None:
        wakeup.drain()
        while not wait.is_ended:
            left = coordinator.real_time_left() if strange else None
            # At least some milliseconds: another party may be busy when the time is over.
            found = _REAL_POLL_METHOD(either, None if left is None else max(5, math.ceil(left * _MILLISECONDS)))
            if wait.is_ended or any(fd != wakeup.read_end for fd, _ in found):
                return
            if found:
                wakeup.drain()
            else:
                coordinator.check()

    return coordinator.wait(wait, block)


_WATCHED = select.POLLIN | select.POLLOUT | select.POLLPRI


class _Interest:
    """What an ``epoll`` or ``poll`` object watches.

    Attributes:
        masks: The events for each descriptor.
    """

    __slots__ = ("_strangers", "masks")

    def __init__(self, masks: dict[int, int]) -> None:
        self.masks = masks
        self._strangers: list[int] | None = None

    def changed(self) -> None:
        """Forget what is known of the descriptors."""
        self._strangers = None

    def strangers(self) -> list[int]:
        """The descriptors at whose other end is a stranger."""
        if self._strangers is None:
            found = [fd for fd, mask in self.masks.items() if mask & _WATCHED and strangers.is_stranger(fd)]
            if any(strangers.is_connecting(fd) for fd in found):
                return found  # it may turn out to be a door
            self._strangers = found
        return self._strangers

    def is_strange(self, loop: asyncio.AbstractEventLoop | None) -> bool:
        """Whether something is awaited from a stranger."""
        return any(
            self.masks[fd] & select.POLLOUT or strangers.is_awaited(fd, loop)
            for fd in self.strangers()
            if fd in self.masks
        )


_EPOLLS: dict[int, _Interest] = {}
_POLLS: dict[int, _Interest] = {}


def _exactly(real: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap ``select`` of a class of `selectors`, which rounds its time-out up to milliseconds."""

    @wraps(real)
    def select_exactly(self: Any, timeout: float | None = None) -> Any:
        _this_thread.exact, _this_thread.selector = timeout, self
        try:
            return real(self, timeout)
        finally:
            _this_thread.exact = _this_thread.selector = None

    return select_exactly


def _wait(coordinator: Barrier, what: str, fds: dict[int, int], interest: _Interest, seconds: float | None) -> None:
    """Wait as a party, until a descriptor has an event or the time-out is over."""
    seconds, _this_thread.exact = _this_thread.exact or seconds, None
    if ends_now(coordinator, seconds):
        return
    loop = asyncio._get_running_loop()
    until = deadline(coordinator.clock, seconds)
    what = "an event loop" if loop is not None else what
    await_events(coordinator, what, fds, until, lambda: interest.is_strange(loop), loop)


if hasattr(select, "epoll"):
    _REAL_EPOLL = {name: vars(select.epoll)[name] for name in ("poll", "register", "modify", "unregister", "close")}


def epoll_poll(self: Any, timeout: float | None = None, maxevents: int = -1) -> list[tuple[int, int]]:
    """``epoll.poll``; the time-out is in seconds, and negative ones mean none."""
    real: Callable[..., list[tuple[int, int]]] = _REAL_EPOLL["poll"]
    coordinator = joined(has_deadline=False)
    if coordinator is None:
        return real(self, timeout, maxevents)
    fd = self.fileno()
    found = _disarmed(fd, real(self, 0, maxevents))
    if found or timeout == 0:
        zero_wait(coordinator, counts=not found)
        return found
    interest = _EPOLLS.get(fd)
    if interest is None:
        interest = _EPOLLS[fd] = _Interest(_registered(fd))
    # An epoll descriptor is readable when it has events.
    _wait(
        coordinator,
        "an epoll object",
        {fd: select.POLLIN},
        interest,
        None if timeout is not None and timeout < 0 else timeout,
    )
    return _disarmed(fd, real(self, 0, maxevents))


def _disarmed(epoll: int, events: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Note which descriptors are no longer watched: those of trio are watched for one event only."""
    interest = _EPOLLS.get(epoll)
    if interest is not None:
        for fd, _ in events:
            if interest.masks.get(fd, 0) & select.EPOLLONESHOT:
                interest.masks[fd] = select.EPOLLONESHOT
                interest.changed()
    return events


def _registered(fd: int) -> dict[int, int]:
    """What an epoll object watches that was made before the world was frozen."""
    masks = {}
    try:
        with open(f"/proc/self/fdinfo/{fd}", encoding="ascii") as info:
            for line in info:
                if line.startswith("tfd:"):
                    fields = line.split()
                    masks[int(fields[1])] = int(fields[3], 16)
    except OSError:
        pass
    return masks


def epoll_register(self: Any, fd: Any, eventmask: int = select.POLLIN | select.POLLPRI | select.POLLOUT) -> None:
    """``epoll.register``."""
    _REAL_EPOLL["register"](self, fd, eventmask)
    _note(_EPOLLS.get(self.fileno()), fd, eventmask)


def epoll_modify(self: Any, fd: Any, eventmask: int) -> None:
    """``epoll.modify``."""
    _REAL_EPOLL["modify"](self, fd, eventmask)
    _note(_EPOLLS.get(self.fileno()), fd, eventmask)


def epoll_unregister(self: Any, fd: Any) -> None:
    """``epoll.unregister``."""
    _REAL_EPOLL["unregister"](self, fd)
    _note(_EPOLLS.get(self.fileno()), fd, None)


def epoll_close(self: Any) -> None:
    """``epoll.close``."""
    if not self.closed:
        _EPOLLS.pop(self.fileno(), None)
    _REAL_EPOLL["close"](self)


def _note(interest: _Interest | None, fd: Any, mask: int | None) -> None:
    """Note that a descriptor is watched for other events; with ``None``, not at all."""
    if interest is None:  # of an epoll object, it is read from the kernel when it is needed
        return
    number = fd if isinstance(fd, int) else fd.fileno()
    if mask is None:
        interest.masks.pop(number, None)
    else:
        interest.masks[number] = mask
    interest.changed()


_REAL_POLL = {name: vars(_Poll)[name] for name in ("register", "modify", "unregister")}


def poll() -> Any:
    """``select.poll``."""
    made = _real_poll()
    if party() is not None:
        _POLLS[id(made)] = _Interest({})
    return made


def poll_poll(self: Any, timeout: float | None = None) -> list[tuple[int, int]]:
    """``poll.poll``; the time-out is in milliseconds, and negative ones mean none."""
    coordinator = joined(has_deadline=False)
    if coordinator is None:
        return _REAL_POLL_METHOD(self, timeout)  # type: ignore[no-any-return]
    found: list[tuple[int, int]] = _REAL_POLL_METHOD(self, 0)
    if found or timeout == 0:
        zero_wait(coordinator, counts=not found)
        return found
    interest = _POLLS.get(id(self))
    if interest is None:  # made before the world was frozen: only a selector knows what it watches
        if _this_thread.selector is None:
            return _REAL_POLL_METHOD(self, timeout)  # type: ignore[no-any-return]
        keys = _this_thread.selector.get_map().values()
        masks = {
            key.fd: select.POLLIN * bool(key.events & selectors.EVENT_READ)
            | select.POLLOUT * bool(key.events & selectors.EVENT_WRITE)
            for key in keys
        }
        interest = _Interest(masks)
    seconds = None if timeout is None or timeout < 0 else timeout / _MILLISECONDS
    _wait(coordinator, "a poll object", interest.masks, interest, seconds)
    return _REAL_POLL_METHOD(self, 0)  # type: ignore[no-any-return]


def poll_register(self: Any, fd: Any, eventmask: int = select.POLLIN | select.POLLPRI | select.POLLOUT) -> None:
    """``poll.register``."""
    _REAL_POLL["register"](self, fd, eventmask)
    _note(_POLLS.get(id(self)), fd, eventmask)


def poll_modify(self: Any, fd: Any, eventmask: int) -> None:
    """``poll.modify``."""
    _REAL_POLL["modify"](self, fd, eventmask)
    _note(_POLLS.get(id(self)), fd, eventmask)


def poll_unregister(self: Any, fd: Any) -> None:
    """``poll.unregister``."""
    _REAL_POLL["unregister"](self, fd)
    _note(_POLLS.get(id(self)), fd, None)


def select_(rlist: Any, wlist: Any, xlist: Any, timeout: float | None = None, /) -> Any:
    """``select.select``."""
    coordinator = joined(has_deadline=False)
    if coordinator is None:
        return _REAL_SELECT(rlist, wlist, xlist, timeout)
    rlist, wlist, xlist = list(rlist), list(wlist), list(xlist)
    found = _REAL_SELECT(rlist, wlist, xlist, 0)
    if any(found) or timeout == 0:
        zero_wait(coordinator, counts=not any(found))
        return found
    if timeout is not None and timeout < 0:
        return _REAL_SELECT(rlist, wlist, xlist, timeout)  # refuses it
    masks: dict[int, int] = {}
    for watched, mask in ((rlist, select.POLLIN), (wlist, select.POLLOUT), (xlist, select.POLLPRI)):
        for fd in watched:
            number = fd if isinstance(fd, int) else fd.fileno()
            masks[number] = masks.get(number, 0) | mask
    _wait(coordinator, "select.select", masks, _Interest(masks), timeout)
    return _REAL_SELECT(rlist, wlist, xlist, 0)


_FUNCTIONS = [Replacement(select.select, select_), Replacement(select.poll, poll)]
_METHODS: list[tuple[type, str, Any]] = [
    (_Poll, "poll", poll_poll),
    (_Poll, "register", poll_register),
    (_Poll, "modify", poll_modify),
    (_Poll, "unregister", poll_unregister),
]
if hasattr(select, "epoll"):
    _METHODS += [
        (select.epoll, "poll", epoll_poll),
        (select.epoll, "register", epoll_register),
        (select.epoll, "modify", epoll_modify),
        (select.epoll, "unregister", epoll_unregister),
        (select.epoll, "close", epoll_close),
    ]


_ROUNDING: list[Any] = [
    getattr(selectors, name) for name in ("EpollSelector", "PollSelector") if hasattr(selectors, name)
]


def put() -> Iterator[Undo]:
    """Replace the functions; yields what takes back each step that has been done."""
    _EPOLLS.clear()  # what is registered between two worlds is not noted
    _POLLS.clear()
    for replacement in _FUNCTIONS:
        yield replacement.put()
    for owner, name, by in _METHODS:
        yield replace_method(owner, name, by)
    for selector in _ROUNDING:
        yield replace_attribute(selector, "select", _exactly(selector.select))
