"""Ordinals and ranges of them, such as the 2nd or the 2nd to 4th connection."""

import re
from dataclasses import dataclass

from connsim.errors import BadScript

_NUMBER = re.compile("[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Nth:
    """A range of ordinals from 1, both ends included; ``last`` is ``None`` for an open range."""

    first: int
    last: int | None

    @classmethod
    def parse(cls, text: "str | int | Nth", of: str = "a connection") -> "Nth":
        """Parse ``2``, ``2..4`` or ``3..``.

        Args:
            of: What the ordinals count, for messages.

        Raises:
            BadScript: The text has another form, or the range runs backwards.
        """
        if isinstance(text, Nth):
            return text
        low, dots, high = (part.strip() for part in str(text).partition(".."))
        numbers = [int(part) for part in (low, high) if _NUMBER.fullmatch(part)]
        if len(numbers) != bool(low) + bool(high) or not low or numbers[0] < 1 or numbers[-1] < numbers[0]:
            raise BadScript(
                f"{text!r} is not an ordinal of {of}. Expected a number from 1 ('2'), a range ('2..4'), or a range "
                f"without an end ('3..')."
            )
        return cls(numbers[0], numbers[-1] if high or not dots else None)

    def __contains__(self, number: int) -> bool:
        return self.first <= number and (self.last is None or number <= self.last)

    def __str__(self) -> str:
        if self.last is None:
            return f"{self.first}.."
        return str(self.first) if self.first == self.last else f"{self.first}..{self.last}"
