"""Locks of virtual time's own, which stay real while those of client code are virtual.

``_thread.lock.acquire`` is replaced in place while a world is frozen. What virtual time itself blocks on has to stay
real: it calls the methods that the type had before.
"""

import _thread

_Lock = type(_thread.allocate_lock())
ACQUIRE, RELEASE = vars(_Lock)["acquire"], vars(_Lock)["release"]


class Mutex:
    """A lock for ``with`` blocks."""

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self._lock = _thread.allocate_lock()

    def __enter__(self) -> None:
        ACQUIRE(self._lock)

    def __exit__(self, *_: object) -> None:
        RELEASE(self._lock)


class Gate:
    """Blocks one thread until another opens it.

    Attributes:
        opened: Whether `open` was called.
    """

    __slots__ = ("_lock", "opened")

    def __init__(self) -> None:
        self._lock = _thread.allocate_lock()
        ACQUIRE(self._lock)
        self.opened = False

    def open(self) -> None:
        """Let the thread pass; does nothing if it is open."""
        self.opened = True
        try:
            RELEASE(self._lock)
        except RuntimeError:  # opened already: the clock and a notifier may both do so
            return

    def pass_through(self) -> None:
        """Block until it is open."""
        ACQUIRE(self._lock)
