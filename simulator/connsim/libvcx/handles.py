"""Handles: the numbers by which callers know what lives in here."""

from itertools import count
from typing import Generic, TypeVar

from connsim.libvcx.errors import Code, VcxError

T = TypeVar("T")

# One for the process: the wrapper files objects of all kinds in one dictionary, and never takes them out of it.
_numbers = count(1)
_SPREAD = 2_654_435_769  # odd, so that different numbers below 2**32 stay different, and none but 0 becomes 0


def new_handle() -> int:
    """A handle that was never given out: 32 bits, not 0, and like native ones without visible order."""
    return next(_numbers) * _SPREAD % 2**32


class Handles(Generic[T]):
    """Objects by their handles. Each step is one operation on a dictionary, so threads need no lock."""

    def __init__(self) -> None:
        self._objects: dict[int, T] = {}

    def __contains__(self, handle: int) -> bool:
        return handle in self._objects

    def add(self, thing: T) -> int:
        """Give a thing its handle."""
        handle = new_handle()
        self._objects[handle] = thing
        return handle

    def get(self, handle: int, missing: Code = Code.InvalidConnectionHandle) -> T:
        """Find a thing.

        Raises:
            VcxError: There is none; with the code ``missing``.
        """
        try:
            return self._objects[handle]
        except KeyError:
            raise VcxError(missing, f"Nothing has the handle {handle}: it was never given, or released.") from None

    def drop(self, handle: int) -> bool:
        """Forget a thing; tells whether there was one."""
        return self._objects.pop(handle, None) is not None

    def clear(self) -> None:
        """Forget everything."""
        self._objects.clear()
