"""Locks and simple queues, whose waits are made in C.

``Lock.acquire``, ``RLock.acquire`` and ``SimpleQueue.get`` are replaced in place on their types, so that every lock is
covered, whenever it was made. `Condition`, and with it events, queues and semaphores, rests on `threads`.

A party that finds a lock taken waits virtually. Whether the clock may move meanwhile depends on who holds the lock:

- A *party* is counted already: while it runs, the clock stands still, and while it waits, the clock moves.
- A *stranger*, that is, a thread of this process that is no party, does real work. The clock stands still until it
  releases the lock, or until the time-out of the waiting party has passed in real time.
- *Unknown*: the lock was taken before the world was frozen, its holder has ended, or the waiting thread itself has
  taken it and waits for another to release it. Then it counts as held by a party.

A plain lock does not know its holder. So the replaced ``acquire`` notes the thread that has taken it last.

``release`` and ``put`` are replaced as well: they tell the waiting parties. C code releases some locks without calling
them, so a waiting thread also looks by itself every few milliseconds.
"""

import _queue
import _thread
import queue
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from connsim.virtual_time.clocks import ends_now
from connsim.virtual_time.coordinator import MUTEX
from connsim.virtual_time.in_place import Undo, replace_method
from connsim.virtual_time.real_locks import ACQUIRE, RELEASE, Gate
from connsim.virtual_time.seats import SEATED, Barrier, joined, party
from connsim.virtual_time.steps import zero_wait
from connsim.virtual_time.threads import deadline
from connsim.virtual_time.waits import Wait
from connsim.virtual_time.where import name_of

_Lock: Any = type(_thread.allocate_lock())
_RLock: Any = type(threading.RLock())
_SimpleQueue: Any = _queue.SimpleQueue

_LOCKED = _Lock.locked
_ACQUIRE_R, _RELEASE_R, _REPR_R = _RLock.acquire, _RLock.release, _RLock.__repr__
_GET, _PUT, _EMPTY = _SimpleQueue.get, _SimpleQueue.put, _SimpleQueue.empty

_HOLDERS: dict[int, int] = {}
"""The thread that has taken each plain lock last, by the lock's ``id``; only looked up while the lock is taken."""


class Listener(Protocol):
    """Is called when a lock is released, or a queue is filled."""

    def poke(self) -> None:
        """Look again."""
        ...


_WAITING: dict[int, list[Listener]] = {}
"""The gates of the parties that wait for a lock or a simple queue, by its ``id``."""

_SLICES = (*[0.001] * 20, 0.01)
"""Seconds of real time after which a waiting thread looks by itself; the last is repeated."""

_OWNER = re.compile(r"owner=(\d+)")


def tell(of: object) -> None:
    """Let the parties look that wait for a lock or a queue."""
    gates = _WAITING.get(id(of))
    if gates:
        for gate in tuple(gates):
            gate.poke()


def listen(to: object, gate: Listener) -> None:
    """Call a listener whenever a lock is released, or a queue is filled."""
    _WAITING.setdefault(id(to), []).append(gate)


def forget(of: object, gate: Listener) -> None:
    """Tell a listener no longer."""
    gates = _WAITING.get(id(of), [])
    if gate in gates:
        gates.remove(gate)
    if not gates:
        _WAITING.pop(id(of), None)


def _wait_for(
    coordinator: Barrier,
    of: object,
    what: Callable[[], str],
    until: int | None,
    free: Callable[[], bool],
    held: bool,
) -> bool:
    """Block the calling party until a lock or a queue looks free; returns whether a moment came first."""
    gate = Gate()

    def ready() -> bool:
        if not free():
            return False
        gate.poke()  # C code may have released it without a word
        return True

    wait = Wait(what, until, ready, gate.poke)
    wait.holds = held
    wait.expires = until is not None  # idle threads of pools wait so for their next job, such as trio's

    def block() -> None:
        turn = 0
        while not (wait.is_ended or free()):
            gate.pass_through(_SLICES[min(turn, len(_SLICES) - 1)])
            turn += 1
            if wait.holds:
                coordinator.check()  # its holder may have had as much real time as there was until the next deadline

    listen(of, gate)
    try:
        return coordinator.wait(wait, block)
    finally:
        forget(of, gate)


def _is_stranger(holder: int | None) -> bool:
    return (
        holder is not None and holder != _thread.get_ident() and holder not in SEATED and holder in threading._active  # type: ignore[attr-defined]  # enumerate() takes a lock
    )


def _may_wait(blocking: object, timeout: float) -> bool:
    """Return whether a call of ``acquire`` that finds the lock taken may wait virtually."""
    return bool(blocking) and (timeout == -1 or 0 < timeout <= threading.TIMEOUT_MAX) and _is_free(party())


def _is_free(coordinator: Barrier | None) -> bool:
    """Return whether a thread may wait virtually; not if it is at work for its coordinator, with the mutex."""
    return coordinator is not None and MUTEX.owner != _thread.get_ident()


def lock_acquire(self: Any, blocking: bool = True, timeout: float = -1) -> bool:
    """``Lock.acquire`` and ``Lock.__enter__``."""
    if blocking and timeout == -1 and ACQUIRE(self, False):  # the fast path
        _HOLDERS[id(self)] = _thread.get_ident()
        return True
    if not _may_wait(blocking, timeout):
        taken = bool(ACQUIRE(self, blocking, timeout))  # also refuses what is no time-out
        if not taken and blocking:
            _count_zero_wait()
    elif timeout != -1 and ACQUIRE(self, False):
        taken = True
    else:
        taken = _wait_and_take(
            self,
            lambda: ACQUIRE(self, False),
            lambda: not _LOCKED(self),
            lambda: _HOLDERS.get(id(self)),
            None if timeout == -1 else timeout,
            lambda: ACQUIRE(self),
        )
    if taken:
        _HOLDERS[id(self)] = _thread.get_ident()
    return taken


def _count_zero_wait() -> None:
    """Note a time-out of zero. ``acquire(False)`` does not count: every condition asks so whether its lock is held."""
    coordinator = party()
    if coordinator is not None:
        zero_wait(coordinator)


def _wait_and_take(
    lock: Any,
    take: Callable[[], bool],
    free: Callable[[], bool],
    holder: Callable[[], int | None],
    seconds: float | None,
    take_really: Callable[[], bool],
) -> bool:
    coordinator = party()
    if coordinator is None:
        return take_really()
    if ends_now(coordinator, seconds):
        return False
    until = deadline(coordinator.clock, seconds)

    def what() -> str:
        thread = holder()
        return "a lock" if thread is None else f"a lock that {name_of(thread)} has taken"

    while True:
        if _wait_for(coordinator, lock, what, until, free, _is_stranger(holder())):
            return False
        if take():
            return True
        if party() is None:  # the world is over, and the wait without a time-out has outlived it
            return take_really()
        coordinator = party() or coordinator


def lock_release(self: Any) -> None:
    """``Lock.release``."""
    RELEASE(self)
    tell(self)


def lock_exit(self: Any, *_: object) -> None:
    """``Lock.__exit__``."""
    RELEASE(self)
    tell(self)


def _owner(lock: Any) -> int | None:
    found = _OWNER.search(_REPR_R(lock))
    return (int(found[1]) or None) if found else None


def rlock_acquire(self: Any, blocking: bool = True, timeout: float = -1) -> bool:
    """``RLock.acquire`` and ``RLock.__enter__``."""
    if blocking and timeout == -1 and _ACQUIRE_R(self, False):
        return True
    if not _may_wait(blocking, timeout):
        taken = bool(_ACQUIRE_R(self, blocking, timeout))
        if not taken and blocking:
            _count_zero_wait()
        return taken
    if timeout != -1 and _ACQUIRE_R(self, False):
        return True
    return _wait_and_take(
        self,
        lambda: _ACQUIRE_R(self, False),
        lambda: _REPR_R(self).startswith("<unlocked"),
        lambda: _owner(self),
        None if timeout == -1 else timeout,
        lambda: _ACQUIRE_R(self),
    )


def rlock_release(self: Any) -> None:
    """``RLock.release``."""
    _RELEASE_R(self)
    tell(self)


def rlock_exit(self: Any, *_: object) -> None:
    """``RLock.__exit__``."""
    _RELEASE_R(self)
    tell(self)


_RELEASE_SAVE = _RLock._release_save


def rlock_release_save(self: Any) -> Any:
    """``RLock._release_save``, with which a condition gives its lock up."""
    state = _RELEASE_SAVE(self)
    tell(self)
    return state


def rlock_acquire_restore(self: Any, state: tuple[int, int]) -> None:
    """``RLock._acquire_restore``, with which a condition takes its lock back."""
    rlock_acquire(self)
    for _ in range(state[0] - 1):
        _ACQUIRE_R(self)


def queue_get(self: Any, block: bool = True, timeout: float | None = None) -> Any:
    """``SimpleQueue.get``."""
    if (
        not block
        or not _EMPTY(self)
        or (timeout is not None and not timeout >= 0)
        or not _is_free(joined(has_deadline=timeout is not None))
    ):
        return _GET(self, block, timeout)
    coordinator = party()
    if coordinator is None:  # the world has just ended
        return _GET(self, block, timeout)
    until = None if timeout is None else deadline(coordinator.clock, timeout)
    if ends_now(coordinator, timeout):
        return _GET(self, False)  # raises
    while True:
        over = _wait_for(coordinator, self, lambda: "an item of a simple queue", until, lambda: not _EMPTY(self), False)
        try:
            return _GET(self, False)
        except queue.Empty:
            if over:
                raise
        coordinator = party()
        if coordinator is None:
            return _GET(self, True, timeout)


def queue_put(self: Any, item: Any, block: bool = True, timeout: float | None = None) -> None:
    """``SimpleQueue.put``."""
    _PUT(self, item, block, timeout)
    tell(self)


def queue_put_nowait(self: Any, item: Any) -> None:
    """``SimpleQueue.put_nowait``."""
    _PUT(self, item)
    tell(self)


_METHODS: list[tuple[Any, str, Any]] = [
    *((_Lock, name, lock_acquire) for name in ("acquire", "acquire_lock", "__enter__")),
    *((_Lock, name, lock_release) for name in ("release", "release_lock")),
    (_Lock, "__exit__", lock_exit),
    *((_RLock, name, rlock_acquire) for name in ("acquire", "__enter__")),
    (_RLock, "release", rlock_release),
    (_RLock, "__exit__", rlock_exit),
    (_RLock, "_release_save", rlock_release_save),
    (_RLock, "_acquire_restore", rlock_acquire_restore),
    (_SimpleQueue, "get", queue_get),
    (_SimpleQueue, "put", queue_put),
    (_SimpleQueue, "put_nowait", queue_put_nowait),
]


def put() -> Iterator[Undo]:
    """Replace the methods; yields what takes back each step that has been done."""
    _HOLDERS.clear()
    for owner, name, by in _METHODS:
        if name in vars(owner):
            yield replace_method(owner, name, by)
