"""What is to be said of a scenario file, and where."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

LONGEST_QUOTE = 80


class Place(NamedTuple):
    """Where something begins in a file; both are counted from 1."""

    line: int
    column: int


class Severity(StrEnum):
    """Whether a file can be used with it."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong with a file, or may be."""

    place: Place
    severity: Severity
    message: str

    def told(self, file: str) -> str:
        """The finding as one line, as compilers write it."""
        return f"{file}:{self.place.line}:{self.place.column}: {self.severity}: {self.message}"


MOST = 1000
"""How many findings are told; whoever has more has one thing in common to all."""


@dataclass(slots=True)
class Findings:
    """Collects what is found."""

    all: list[Finding] = field(default_factory=list)

    @property
    def are_enough(self) -> bool:
        """Whether more would not be told."""
        return len(self.all) > MOST

    def error(self, place: Place, message: str) -> None:
        """Note what keeps the file from being used."""
        self.all.append(Finding(place, Severity.ERROR, message))

    def warning(self, place: Place, message: str) -> None:
        """Note what is likely not meant."""
        self.all.append(Finding(place, Severity.WARNING, message))

    def in_order(self) -> tuple[Finding, ...]:
        """What was found, from the first line on, each once, and no more than people read."""
        found = sorted(set(self.all))
        if len(found) > MOST:
            more = f"There is more to be said than these {MOST} findings. Repair them first."
            found[MOST:] = [Finding(found[MOST].place, min(f.severity for f in found), more)]
        return tuple(found)


def listed(names: Iterable[object], word: str) -> str:
    """Names with commas between, and a word before the last."""
    *first, last = map(str, names)
    return f"{', '.join(first)} {word} {last}" if first else last


def quoted(text: str) -> str:
    """A text of the file as it stands in a message: in quotes, and not longer than a reader wants."""
    return repr(text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}...")
