"""Locks of virtual time's own, which stay real while those of client code are virtual.

``_thread.lock.acquire`` is replaced in place while a world is frozen. What virtual time itself blocks on has to stay
real: it calls the methods that the type had before.
"""

import _thread

_Lock = type(_thread.allocate_lock())
ACQUIRE, RELEASE = vars(_Lock)["acquire"], vars(_Lock)["release"]


class Mutex:
    """A lock for ``with`` blocks.

    Attributes:
        owner: The identifier of the thread that holds it, or 0.
    """

    __slots__ = ("_lock", "owner")

    def __init__(self) -> None:
        self._lock = _thread.allocate_lock()
        self.owner = 0

    def __enter__(self) -> None:
        ACQUIRE(self._lock)
        self.owner = _thread.get_ident()

    def __exit__(self, *_: object) -> None:
        self.owner = 0
        RELEASE(self._lock)

    def renew(self) -> None:
        """Replace the lock, in a forked child: the thread that holds it does not exist there."""
        self.__init__()  # type: ignore[misc]


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
        """Let the thread pass for good; does nothing if it is open."""
        self.opened = True
        self.poke()

    def poke(self) -> None:
        """Let the thread pass once."""
        try:
            RELEASE(self._lock)
        except RuntimeError:  # done already: the clock and a notifier may both do so
            return

    def pass_through(self, seconds: float = -1) -> None:
        """Block until it is open, or until `poke`, for at most this number of seconds of real time."""
        ACQUIRE(self._lock, True, seconds)
