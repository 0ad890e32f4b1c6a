"""Finds rules that no connection can reach, because an earlier rule matches all of their connections."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Generic, TypeVar

from connsim.core.nth import Nth
from connsim.script.selection import GLOB, Match

Named = TypeVar("Named")


class Reach(Generic[Named]):
    """The rules so far, each with a name.

    A rule is stored under the literal prefix of one of its globs. A rule that matches every connection of another one
    has a prefix of the other's glob as its own prefix. So only these keys are looked up, however many rules there are.
    """

    def __init__(self) -> None:
        self._by_prefix: dict[tuple[str, str, str], list[tuple[Match, Named]]] = {}

    def add(self, role: str, match: Match, name: Named) -> None:
        """Add a rule."""
        trait, prefix = next(_prefixes(match), ("", ""))
        self._by_prefix.setdefault((role, trait, prefix), []).append((match, name))

    def before(self, role: str, match: Match) -> Named | None:
        """Return an earlier rule that matches every connection that ``match`` does; ``None`` if no rule does."""
        for key in _candidates(match):
            for earlier, name in self._by_prefix.get((role, *key), ()):
                if _matches_all(earlier, match):
                    return name
        return None


def _prefixes(match: Match) -> Iterator[tuple[str, str]]:
    """Yield each trait, and its glob up to the first wildcard; a trait that may have any value is left out."""
    for trait, glob in match.globs.items():
        if set(glob) != {"*"}:
            yield trait, glob[: next((at for at, character in enumerate(glob) if character in GLOB), len(glob))]


def _candidates(match: Match) -> Iterator[tuple[str, str]]:
    """Yield the keys of rules that may match everything that this one matches."""
    yield "", ""
    for trait, glob in match.globs.items():
        for length in range(len(glob) + 1):
            yield trait, glob[:length]


def _matches_all(earlier: Match, later: Match) -> bool:
    if not all(_covers(glob, later.globs.get(trait)) for trait, glob in earlier.globs.items()):
        return False
    if earlier.nth is None or earlier.nth == Nth(1, None):
        return True
    # Ordinals are comparable only if both rules count the same connections.
    return earlier.globs == later.globs and later.nth is not None and _contains(earlier.nth, later.nth)


def _covers(glob: str, other: str | None) -> bool:
    """Return whether a glob matches every text that another matches; ``None`` matches any. In doubt, return false."""
    if set(glob) == {"*"} or glob == other:
        return True
    if other is None:
        return False
    if GLOB.isdisjoint(other):
        return fnmatchcase(other, glob)
    # An asterisk of the one matches the wildcards of the other like any text.
    return "[" not in glob + other and "?" not in glob and fnmatchcase(other, glob)


def _contains(outer: Nth, inner: Nth) -> bool:
    return outer.first <= inner.first and (outer.last is None or (inner.last is not None and inner.last <= outer.last))
