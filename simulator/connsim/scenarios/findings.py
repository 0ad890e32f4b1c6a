"""Errors and warnings about a scenario file, with their places."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TypeAlias

LONGEST_QUOTE = 80


class Place(NamedTuple):
    """The place in a file where a value begins; line and column count from 1."""

    line: int
    column: int


Path: TypeAlias = "tuple[str | int, ...]"
"""The keys and indices that lead to a value."""


class Severity(StrEnum):
    """The severity of a finding; a file with an error cannot be used."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """An error or a warning about a file."""

    place: Place
    severity: Severity
    message: str

    def as_line(self, file: str) -> str:
        """Return one line in the form of compilers, ``file:line:column: ...``, which editors and CI parse."""
        return f"{file}:{self.place.line}:{self.place.column}: {self.severity}: {self.message}"


MOST = 1000
"""The greatest number of findings that are shown; more usually have the same cause."""


@dataclass(slots=True)
class Findings:
    """Collects findings.

    Attributes:
        broken: The paths of values that violate the schema, or contain such a value.
        incomplete: Whether the check of the schema stopped early, so that any value may violate it.
    """

    all: list[Finding] = field(default_factory=list)
    broken: set[Path] = field(default_factory=set)
    incomplete: bool = False

    def is_broken(self, *path: str | int) -> bool:
        """Whether the value at a path has an error of the schema already."""
        return self.incomplete or path in self.broken

    @property
    def are_enough(self) -> bool:
        """Whether there are more findings than are shown, so that the search for more may stop."""
        return len(self.all) > MOST

    def error(self, place: Place, message: str) -> None:
        """Add an error: the file cannot be used."""
        self.all.append(Finding(place, Severity.ERROR, message))

    def warning(self, place: Place, message: str) -> None:
        """Add a warning: the file can be used, but probably not as intended."""
        self.all.append(Finding(place, Severity.WARNING, message))

    def in_order(self) -> tuple[Finding, ...]:
        """Return the findings by place, without duplicates, and at most `MOST` of them."""
        found = sorted(set(self.all))
        if len(found) > MOST:
            more = f"There are more than {MOST} findings. Fix these first."
            found[MOST:] = [Finding(found[MOST].place, min(f.severity for f in found), more)]
        return tuple(found)


def listed(names: Iterable[object], word: str) -> str:
    """Join names with commas, and a conjunction before the last."""
    *first, last = map(str, names)
    return f"{', '.join(first)} {word} {last}" if first else last


def with_article(noun: str) -> str:
    """Put the indefinite article before a noun."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def quoted(text: str) -> str:
    """Quote a text of the file for a message, shortened to `LONGEST_QUOTE` characters."""
    return repr(text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}...")
