"""Looks for rules that no connection can reach, because an earlier one takes all that would."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Generic, TypeVar

from connsim.core.nth import Nth
from connsim.script.selection import GLOB, Match

Named = TypeVar("Named")


class Reach(Generic[Named]):
    """The rules so far, each under a name.

    They are filed under the beginning of one of their globs, so that thousands of them are not tried one by one.
    """

    def __init__(self) -> None:
        self._filed: dict[tuple[str, str, str], list[tuple[Match, Named]]] = {}

    def add(self, role: str, match: Match, name: Named) -> None:
        """Add a rule."""
        trait, beginning = next(_limits(match), ("", ""))
        self._filed.setdefault((role, trait, beginning), []).append((match, name))

    def before(self, role: str, match: Match) -> Named | None:
        """The first rule that takes every connection which such a one could; ``None`` if none does."""
        for place in _places(match):
            for earlier, name in self._filed.get((role, *place), ()):
                if _takes_all(earlier, match):
                    return name
        return None


def _limits(match: Match) -> Iterator[tuple[str, str]]:
    """By trait, the text before the first wildcard; a trait that can be anything is no limit."""
    for trait, glob in match.globs.items():
        if set(glob) != {"*"}:
            yield trait, glob[: next((at for at, character in enumerate(glob) if character in GLOB), len(glob))]


def _places(match: Match) -> Iterator[tuple[str, str]]:
    """Where a rule can be filed that takes everything which this one takes."""
    yield "", ""
    for trait, glob in match.globs.items():
        for length in range(len(glob) + 1):
            yield trait, glob[:length]


def _takes_all(earlier: Match, later: Match) -> bool:
    if not all(_covers(glob, later.globs.get(trait)) for trait, glob in earlier.globs.items()):
        return False
    if earlier.nth is None or earlier.nth == Nth(1, None):
        return True
    # Which number a connection has can be compared only where both count the same.
    return _count_the_same(earlier.globs, later.globs) and later.nth is not None and _holds(earlier.nth, later.nth)


def _covers(glob: str, other: str | None) -> bool:
    """Tell whether a glob fits every text that another fits; ``None`` fits any."""
    if set(glob) == {"*"} or glob == other:
        return True
    if other is None:
        return False
    if GLOB.isdisjoint(other):
        return fnmatchcase(other, glob)
    return "[" not in glob + other and "?" not in glob and fnmatchcase(other, glob)  # a star takes wildcards, too


def _count_the_same(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return dict(one) == dict(other)


def _holds(outer: Nth, inner: Nth) -> bool:
    return outer.first <= inner.first and (outer.last is None or (inner.last is not None and inner.last <= outer.last))
