"""Who plays what in one world: scripts, magic values, and what is played by default, tried in this order."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from connsim.core.ends import PARAMETER
from connsim.errors import ConnsimError, Misuse, UnusedScript
from connsim.script import magic, roles
from connsim.script.behaviours import Behaviour
from connsim.script.catalogue import BUILT_IN
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
        complain: Told of a magic value that asks for what there is not.

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
        table = roles.find(role).table
        sequence = self.catalogue.parse(play, role) if isinstance(play, str) else play
        if sequence.open:
            raise Misuse(
                f"{sequence.name} has a step that lasts for {PARAMETER}, and nobody says how long that is. Expected a "
                f"duration. Write one in its place."
            )
        return sequence.on(table)

    def add(self, role: str, play: str | Sequence, match: Match, rank: Rank = Rank.SCRIPT) -> Script:
        """Let connections of a role that match play something.

        Raises:
            Misuse: As for `parse`, or the role's connections do not have such a trait.
        """
        script = self._script(role, play, match, rank)
        self.scripts.add(script)
        return script

    def add_for_all(
        self, play: str, among: tuple[str, ...] | None, match: Match, rank: Rank = Rank.SCRIPT
    ) -> list[Script]:
        """Let connections of every role play something that can: it is enough if one of the scripts is played.

        Args:
            play: A behaviour.
            among: The roles, the most important first; ``None`` for all whose connections have the traits.

        Raises:
            Misuse: No role can.
        """
        if among is None:
            names = [*HOLDERS, *(role.name for role in roles.all_roles() if role.name not in HOLDERS)]
            among = tuple(name for name in names if set(match.globs) <= set(roles.find(name).traits)) or tuple(names)
        can = [role for role in among if self.catalogue.can_play(play, role)]
        scripts = [self._script(role, play, match, rank) for role in can or among[:1]]
        for script in scripts:
            script.instead = tuple(scripts)
            self.scripts.add(script)
        return scripts

    def use(self, behaviours: Iterable[Behaviour], rules: Iterable[Rule] = ()) -> None:
        """Let these have a name beside those that are built in, and these rules choose; those before lose both.

        Raises:
            Misuse: A rule cannot be played; then nothing has changed.
        """
        before, self.catalogue = self.catalogue, BUILT_IN.with_more(behaviours)
        try:
            scripts = [self._script(role, rule.play, rule.match, Rank.FILE) for rule in rules for role in rule.roles]
        except ConnsimError:
            self.catalogue = before
            raise
        self.scripts.clear(Rank.FILE)
        for script in scripts:
            self.scripts.add(script)

    def pick(self, role: str, traits: Traits) -> Sequence | None:
        """The sequence that a new connection plays, or ``None`` if nobody said anything for it."""
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

    def _script(self, role: str, play: str | Sequence, match: Match, rank: Rank) -> Script:
        match.check(role, roles.find(role).traits)
        return Script(role, self.parse(play, role), match, rank)

    def _by_magic(self, role: str, traits: Traits) -> Sequence | None:
        """What a connection's own traits ask for; nobody answers who asks for what there is not."""
        asked = magic.find(traits)
        if asked is None:
            return None
        try:
            for said in asked.said:
                self.parse(said, self._meant(said, role))
        except ConnsimError as error:
            named = (
                f"The {asked.trait.replace('_', ' ')} {asked.value!r} asks for what there is not, so nobody answers."
            )
            self._complain(type(error)(f"{named} {error}"))
            return BUILT_IN.parse("never-responds", role)
        client = (role, asked.client, asked.value)
        self._asked[client] += 1
        said = asked.turn(self._asked[client])
        return self.parse(said, role) if self._meant(said, role) == role else None

    def _meant(self, said: str, role: str) -> str:
        """The role for which a magic value is meant: it reaches both sides of a connection."""
        protocol = roles.find(role).protocol
        sides = (role, *(other.name for other in roles.all_roles() if other.protocol == protocol))
        return next((side for side in sides if self.catalogue.can_play(said, side)), role)
