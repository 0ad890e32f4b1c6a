"""Reproducible random values, each drawn by name from the seed of a world.

A value is drawn for a name such as ``("connection", wallet, 3, "id")``, not as the next one of a stream: with a stream,
clients that run concurrently would get each other's values, depending on the scheduler.
"""

import hashlib
import uuid


class Seed:
    """A source of reproducible values.

    Args:
        value: Any text; printed when a test fails, so that the run can be repeated.
    """

    def __init__(self, value: str = "connsim") -> None:
        self.value = value
        self._key = hashlib.blake2b(value.encode()).digest()

    def draw(self, *name: object, size: int = 32) -> bytes:
        """Draw up to 64 bytes for a name."""
        # The parts are length-prefixed: ("ab", "c") and ("a", "bc") are two names.
        text = "".join(f"{len(part)}:{part}" for part in map(str, name))
        return hashlib.blake2b(text.encode(), digest_size=size, key=self._key).digest()

    def draw_uuid(self, *name: object) -> str:
        """Draw a random (version 4) UUID in its lower-case text form."""
        return str(uuid.UUID(bytes=self.draw(*name, size=16), version=4))

    def draw_between(self, low: int, high: int, *name: object) -> int:
        """Draw an integer between ``low`` and ``high``, both included."""
        # 128 bits make the bias of the remainder negligible for any range that is drawn from.
        return low + int.from_bytes(self.draw(*name, size=16)) % (high - low + 1)
