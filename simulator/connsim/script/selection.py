"""Which script a new connection plays: rules, tried in their order, found without trying them all.

A rule that names one value exactly is filed under that value, so ten thousand of them cost a new connection no more
than ten do; only rules with nothing but globs are tried one by one.
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
"""What is known of a new connection, by name; see `roles.Role.traits`."""

GLOB = frozenset("*?[")
"""The characters that make a glob of a text."""


class Rank(IntEnum):
    """Whose rules are tried first."""

    SCRIPT = 0
    """What a test or the control API says, the newest first."""
    FILE = 1
    """What a scenario file says, from its first line on."""


class MatchArguments(TypedDict, total=False):
    """Which connections a script is for, as keyword arguments; each text is an exact value or a glob (``late-*``).

    Attributes:
        label: Only connections whose label matches; an invitee's is that of its inviter, that of a VCX connection the
            institution's name or, if it has none, the phone number.
        goal_code: Only PRISM invitations with such a goal code.
        api_key: Only connections of the PRISM client with this key.
        phone: Only VCX invitations sent to such a number.
        institution: Only VCX inviters of such a name.
        owner: Only VCX inviters with this owner DID.
        nth: Only that one of the connections that match: ``2``, ``"2..4"``, or ``"3.."``.
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
    """What a connection must be like.

    Attributes:
        globs: By trait, an exact value or a glob: ``late-*``. ``[*]`` stands for a star.
        nth: Which of those that have the traits; ``None`` is every one.
    """

    globs: Traits = field(default_factory=dict)
    nth: Nth | None = None

    @classmethod
    def of(cls, **given: Unpack[MatchArguments]) -> "Match":
        """What keyword arguments ask for."""
        nth = given.pop("nth", None)
        globs = {name: str(glob) for name, glob in given.items() if glob is not None}
        return cls(globs, None if nth is None else Nth.parse(nth))

    def fits(self, traits: Traits) -> bool:
        """Tell whether a connection has the traits; its number is another matter."""
        return all(fnmatchcase(traits.get(name, ""), glob) for name, glob in self.globs.items())

    def check(self, role: str, known: Iterable[str]) -> None:
        """Refuse a match that no connection of a role can fit.

        Raises:
            Misuse: The role's connections have no such trait; the message names the nearest.
        """
        known = tuple(known)
        for name in self.globs:
            if name not in known:
                raise Misuse(
                    f"A script for {role} was given {name}.{did_you_mean(name, known)} "
                    f"Expected {' or '.join(known)}, or nth: nothing else is known of such a connection."
                )

    def __str__(self) -> str:
        said = [f"whose {name.replace('_', ' ')} matches {glob!r}" for name, glob in self.globs.items()]
        if self.nth is not None:
            said.append(f"that is number {self.nth} of them")
        return " and ".join(said)


@dataclass(slots=True, eq=False)
class Script:
    """A sequence that waits for connections to play it.

    Attributes:
        role: Whom it moves.
        match: Which connections play it.
        number: Its name in the control API, from 1 on.
        played: How many connections have played it.
        met: How many connections had the traits of its match.
        instead: The same for connections of another kind; it is enough if one of them is played.
    """

    role: str
    sequence: Sequence
    match: Match = field(default_factory=Match)
    rank: Rank = Rank.SCRIPT
    number: int = 0
    played: int = 0
    met: int = 0
    instead: "tuple[Script, ...]" = ()

    @property
    def order(self) -> tuple[int, int]:
        """Where it stands among the others; the smaller is tried first."""
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
        """Let a script wait for connections, and number it."""
        script.number = next(self._numbers)
        self._scripts[script.number] = script
        self._shelf(script).append(script)

    def remove(self, number: int) -> Script | None:
        """Take a script away; ``None`` if there is none of this number. Connections that play it go on."""
        script = self._scripts.pop(number, None)
        if script is not None:
            self._shelf(script).remove(script)
        return script

    def clear(self, rank: Rank) -> None:
        """Take all scripts of a rank away."""
        for number in [number for number, script in self._scripts.items() if script.rank is rank]:
            self.remove(number)

    def pick(self, role: str, traits: Traits) -> Script | None:
        """The script that a new connection is to play."""
        found: Script | None = None
        for shelf in self._shelves(role, traits):
            for script in shelf:
                if script.match.fits(traits):
                    script.met += 1
                    chosen = script.match.nth is None or script.met in script.match.nth
                    if chosen and (found is None or script.order < found.order):
                        found = script
        if found is not None:
            found.played += 1
        return found

    def begin_anew(self) -> None:
        """Count connections from 1 again."""
        for script in self._scripts.values():
            script.met = 0

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
