"""How often the shop polls."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass
class Patience:
    """Pauses between polls, in seconds, that grow up to a limit."""

    first: float = 1
    growth: float = 1.5
    longest: float = 60

    def pauses(self) -> Iterator[float]:
        """Yield the pauses of one wait."""
        pause = self.first
        while True:
            yield pause
            pause = min(pause * self.growth, self.longest)
