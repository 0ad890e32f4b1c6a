"""Handles: the numbers by which callers refer to objects of the library."""

from itertools import count
from typing import Generic, TypeVar

from connsim.libvcx.errors import Code, VcxError

T = TypeVar("T")

# One sequence for the process, because the wrapper keeps objects of all kinds in one dictionary, and never removes
# them: a handle that occurred twice would lead to the wrong object there (docs/protocol/libvcx.md, 1.8).
_numbers = count(1)
_SPREAD = 2_654_435_769  # 2**32 / golden ratio. Odd, so that multiplication modulo 2**32 is one-to-one


def new_handle() -> int:
    """Make a unique handle: 32 bits, not 0, and without visible order, like native ones."""
    return next(_numbers) * _SPREAD % 2**32


class Handles(Generic[T]):
    """Objects by handle. Each method is one operation on a dictionary, which is atomic, so there is no lock."""

    def __init__(self) -> None:
        self._objects: dict[int, T] = {}

    def __contains__(self, handle: int) -> bool:
        return handle in self._objects

    def add(self, thing: T) -> int:
        """Add an object; returns its handle."""
        handle = new_handle()
        self._objects[handle] = thing
        return handle

    def get(self, handle: int, missing: Code = Code.InvalidConnectionHandle) -> T:
        """Find an object.

        Raises:
            VcxError: The handle is unknown; with the code ``missing``.
        """
        try:
            return self._objects[handle]
        except KeyError:
            raise VcxError(
                missing, f"No object has the handle {handle}: it was never issued, or was released."
            ) from None

    def drop(self, handle: int) -> bool:
        """Remove an object; returns whether there was one."""
        return self._objects.pop(handle, None) is not None

    def clear(self) -> None:
        """Remove all objects."""
        self._objects.clear()
