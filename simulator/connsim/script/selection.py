"""Selects the script that a new connection plays: rules in order of priority, with an index.

A rule that names one value exactly is indexed by that value. So ten thousand such rules, as in a generated scenario
file with one for each customer, cost a new connection no more than ten. Only rules that have nothing but globs are
tried one by one.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from fnmatch import fnmatchcase
from typing import TypedDict, Unpack

from connsim.core.nth import Nth
from connsim.errors import Misuse, did_you_mean
from connsim.script.sequence import Sequence

Traits = Mapping[str, str]
"""The traits of a new connection, by name; see `roles.Role.traits`."""

GLOB = frozenset("*?[")
"""The characters that make a text a glob."""


class Rank(IntEnum):
    """The origin of a rule, in order of priority."""

    SCRIPT = 0
    """A test or the control API. The newest is tried first, so that a scenario can override its background."""
    FILE = 1
    """A scenario file. The first is tried first, as its reader expects."""


class MatchArguments(TypedDict, total=False):
    """The connections that a script is for, as keyword arguments. Each text is an exact value or a glob (``late-*``).

    Attributes:
        label: Only connections with this label. An invitee has its inviter's label; a VCX connection has the
            institution's name or, without one, the phone number.
        goal_code: Only PRISM invitations with this goal code.
        api_key: Only connections of the PRISM client with this key.
        phone: Only VCX invitations to this phone number.
        institution: Only VCX inviters with this name.
        owner: Only VCX inviters with this owner DID.
        nth: Only these ordinals among the connections that match: ``2``, ``"2..4"`` or ``"3.."``.
    """

    label: str | None
    goal_code: str | None
    api_key: str | None
    phone: str | None
    institution: str | None
    owner: str | None
    nth: int | str | Nth | None


@dataclass(frozen=True, slots=True)
class Match:
    """The connections that a rule is for.

    Attributes:
        globs: By trait, an exact value or a glob: ``late-*``. ``[*]`` is a literal star.
        nth: The ordinals among the connections that have the traits; ``None`` for all.
    """

    globs: Traits = field(default_factory=dict)
    nth: Nth | None = None

    @classmethod
    def of(cls, **given: Unpack[MatchArguments]) -> "Match":
        """The match that keyword arguments describe."""
        nth = given.pop("nth", None)
        globs = {name: str(glob) for name, glob in given.items() if glob is not None}
        return cls(globs, None if nth is None else Nth.parse(nth))

    def fits(self, traits: Traits) -> bool:
        """Whether a connection has the traits; the ordinal is not checked."""
        return all(fnmatchcase(traits.get(name, ""), glob) for name, glob in self.globs.items())

    def check(self, role: str, known: Iterable[str]) -> None:
        """Refuse a match that no connection of a role can fulfil.

        Raises:
            Misuse: The role's connections have no such trait; the message has the nearest name.
        """
        known = tuple(known)
        for name in self.globs:
            if name not in known:
                raise Misuse(
                    f"A script for {role} was given {name}.{did_you_mean(name, known)} "
                    f"Expected {' or '.join(known)}, or nth: such a connection has no other traits."
                )

    def __str__(self) -> str:
        conditions = [f"whose {name.replace('_', ' ')} matches {glob!r}" for name, glob in self.globs.items()]
        if self.nth is not None:
            conditions.append(f"that is number {self.nth} of them")
        return " and ".join(conditions)


@dataclass(slots=True, eq=False)
class Script:
    """A sequence that waits for connections to play it.

    Attributes:
        role: The name of the role that plays it.
        match: The connections that play it.
        rank: Its origin, for the order in which rules are tried.
        number: Its number in the control API, from 1.
        played: The number of connections that have played it.
        matches: The number of connections with the traits of its match.
        alternatives: All scripts of the same sentence, one for each role; `Scripts.check` requires one to be played.
    """

    role: str
    sequence: Sequence
    match: Match = field(default_factory=Match)
    rank: Rank = Rank.SCRIPT
    number: int = 0
    played: int = 0
    matches: int = 0
    alternatives: "tuple[Script, ...]" = ()

    @property
    def order(self) -> tuple[int, int]:
        """The sort key: the least is tried first."""
        return self.rank, -self.number if self.rank is Rank.SCRIPT else self.number


class Selection:
    """The scripts of one world that wait for connections."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._scripts: dict[int, Script] = {}
        self._exact: dict[tuple[str, str, str], list[Script]] = {}
        self._others: dict[str, list[Script]] = {}

    def __iter__(self) -> Iterator[Script]:
        return iter(sorted(self._scripts.values(), key=lambda script: script.order))

    def add(self, script: Script) -> None:
        """Add a script, and number it."""
        script.number = next(self._numbers)
        self._scripts[script.number] = script
        self._shelf(script).append(script)

    def remove(self, number: int) -> Script | None:
        """Remove a script; ``None`` if no script has this number. Connections that play it continue."""
        script = self._scripts.pop(number, None)
        if script is not None:
            self._shelf(script).remove(script)
        return script

    def clear(self, rank: Rank) -> None:
        """Remove all scripts of a rank."""
        for number in [number for number, script in self._scripts.items() if script.rank is rank]:
            self.remove(number)

    def pick(self, role: str, traits: Traits) -> Script | None:
        """Select the script for a new connection, and count the connection for every script that it matches.

        Scripts of lower priority count it, too: which connection is "the 2nd" must not depend on other scripts.
        """
        found: Script | None = None
        for shelf in self._shelves(role, traits):
            for script in shelf:
                if script.match.fits(traits):
                    script.matches += 1
                    chosen = script.match.nth is None or script.matches in script.match.nth
                    if chosen and (found is None or script.order < found.order):
                        found = script
        if found is not None:
            found.played += 1
        return found

    def restart_counts(self) -> None:
        """Count connections from 1 again."""
        for script in self._scripts.values():
            script.matches = 0

    def _shelves(self, role: str, traits: Traits) -> Iterator[list[Script]]:
        for name, value in traits.items():
            if (role, name, value) in self._exact:
                yield self._exact[role, name, value]
        yield self._others.get(role, [])

    def _shelf(self, script: Script) -> list[Script]:
        for name, glob in script.match.globs.items():
            if GLOB.isdisjoint(glob):
                return self._exact.setdefault((script.role, name, glob), [])
        return self._others.setdefault(script.role, [])
