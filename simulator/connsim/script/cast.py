"""Who plays what in one world: scripts, magic values, and what is played by default, tried in this order."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from connsim.core.ends import PARAMETER
from connsim.errors import ConnsimError, Misuse, UnusedScript
from connsim.script import magic, roles
from connsim.script.behaviours import Behaviour, Phrase
from connsim.script.catalogue import BUILT_IN
from connsim.script.roles import Role
from connsim.script.selection import Match, Rank, Script, Selection, Traits
from connsim.script.sequence import Sequence

HOLDERS = ("prism-inviter", "vcx-holder", "aries-holder")
"""The roles whose scripts say what a holder does."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a scenario file lets connections play that match.

    Attributes:
        play: A behaviour.
        roles: Who plays it.
    """

    play: str
    roles: tuple[str, ...]
    match: Match = field(default_factory=Match)


class Cast:
    """The scripts of one world.

    Args:
        complain: Called with the error when a magic value asks for something that cannot be played.

    Attributes:
        catalogue: The behaviours that have a name here.
        scripts: What waits for connections.
        defaults: What each role plays when nothing else is said.
    """

    def __init__(self, complain: Callable[[ConnsimError], None]) -> None:
        self.catalogue = BUILT_IN
        self.scripts = Selection()
        self.defaults: dict[str, Sequence] = {}
        self._complain = complain
        self._asked: Counter[tuple[str, str, str]] = Counter()  # how often a client sent a magic value

    def parse(self, play: str | Sequence, role: str) -> Sequence:
        """Turn what a role is to play into a sequence that keeps to its table.

        Raises:
            UnknownBehaviour: No such role or behaviour.
            BadScript: The sequence does not keep to the role's table.
            Misuse: The role cannot show it, or a step lasts for a parameter that nobody gave.
        """
        return _fitted(self._parsed(play), roles.find(role))

    def add(self, role: str, play: str | Sequence, match: Match, rank: Rank = Rank.SCRIPT) -> Script:
        """Let connections of a role that match play something.

        Raises:
            Misuse: As for `parse`, or the role's connections do not have such a trait.
        """
        script = _script(self._parsed(play), roles.find(role), match, rank)
        self.scripts.add(script)
        return script

    def add_for_all(
        self, play: str, among: tuple[str, ...] | None, match: Match, rank: Rank = Rank.SCRIPT
    ) -> list[Script]:
        """Script every role that can play a behaviour; a check is content once one of these scripts was played.

        Args:
            play: A behaviour.
            among: The roles, the most important first; ``None`` for all whose connections have the traits.

        Raises:
            Misuse: No role can.
        """
        if among is None:
            others = [role for role in roles.all_roles() if role.name not in HOLDERS]
            every = [*map(roles.find, HOLDERS), *others]
            asked = [role for role in every if match.globs.keys() <= set(role.traits)] or every
        else:
            asked = [roles.find(name) for name in among]
        phrase = self.catalogue.parse(play)
        can = [role for role in asked if phrase.suits(role.name)]
        scripts = [_script(phrase, role, match, rank) for role in can or asked[:1]]
        for script in scripts:
            script.instead = tuple(scripts)
            self.scripts.add(script)
        return scripts

    def use(self, behaviours: Iterable[Behaviour], rules: Iterable[Rule] = ()) -> None:
        """Name behaviours beside those that are built in, and script by rules, in place of the last call's.

        Raises:
            Misuse: A rule cannot be played; then nothing has changed.
        """
        before, self.catalogue = self.catalogue, BUILT_IN.with_more(behaviours)
        try:
            phrases = [(self.catalogue.parse(rule.play), rule) for rule in rules]
            scripts = [
                _script(phrase, roles.find(role), rule.match, Rank.FILE)
                for phrase, rule in phrases
                for role in rule.roles
            ]
        except ConnsimError:
            self.catalogue = before
            raise
        self.scripts.clear(Rank.FILE)
        for script in scripts:
            self.scripts.add(script)

    def pick(self, role: str, traits: Traits) -> Sequence | None:
        """The sequence that a new connection plays, or ``None`` if neither a script nor a default is for it."""
        script = self.scripts.pick(role, traits)
        if script is not None:
            return script.sequence
        return self._by_magic(role, traits) or self.defaults.get(role)

    def begin_anew(self) -> None:
        """Count connections from 1 again."""
        self.scripts.begin_anew()
        self._asked.clear()

    def check(self) -> None:
        """Raise if a script of a test was never played.

        Raises:
            UnusedScript: With whom it waited for.
        """
        for script in self.scripts:
            if script.rank is Rank.SCRIPT and not any(other.played for other in (script, *script.instead)):
                whom = f" {script.match}".rstrip()
                raise UnusedScript(
                    f"The script {script.sequence.name} for {script.role} was never played. Expected a connection"
                    f"{whom} in that role. Let the client make one, or take the script out of the test."
                )

    def _parsed(self, play: str | Sequence) -> Phrase | Sequence:
        return self.catalogue.parse(play) if isinstance(play, str) else play

    def _by_magic(self, name: str, traits: Traits) -> Sequence | None:
        """The sequence that a connection's own traits ask for; if they ask for anything wrong, nobody answers."""
        asked = magic.find(traits)
        if asked is None:
            return None
        role = roles.find(name)
        try:
            sequences = [self._meant(self.catalogue.parse(said), role) for said in asked.said]
        except ConnsimError as error:
            named = (
                f"The {asked.trait.replace('_', ' ')} {asked.value!r} asks for what there is not, so nobody answers."
            )
            self._complain(type(error)(f"{named} {error}"))
            return BUILT_IN.parse("never-responds").for_role(name)
        client = (name, asked.client, asked.value)
        self._asked[client] += 1
        return sequences[asked.turn(self._asked[client])]

    def _meant(self, phrase: Phrase, role: Role) -> Sequence | None:
        """What a role plays of a magic value, which reaches both sides of a connection; ``None`` if it is for another.

        Raises:
            Misuse: The side that it is for cannot play it.
        """
        sides = (role, *(other for other in roles.all_roles() if other.protocol == role.protocol))
        side = next((side for side in sides if phrase.suits(side.name)), role)
        sequence = _fitted(phrase, side)
        return sequence if side is role else None


def _script(play: Phrase | Sequence, role: Role, match: Match, rank: Rank) -> Script:
    match.check(role.name, role.traits)
    return Script(role.name, _fitted(play, role), match, rank)


def _fitted(play: Phrase | Sequence, role: Role) -> Sequence:
    """What a role is to play as a sequence that keeps to its table."""
    sequence = play.for_role(role.name) if isinstance(play, Phrase) else play
    if sequence.open:
        raise Misuse(
            f"{sequence.name} has a step that lasts for {PARAMETER}, and nobody says how long that is. Expected a "
            f"duration. Write one in its place."
        )
    return sequence.on(role.table)
