"""The scripts of one world, and the choice of the one that a new connection plays.

Tried in this order: scripts of tests, rules of scenario files, magic values that the client itself sends, and the
default of the role. The first that matches is played. If none does, the connection follows its role's table.
"""

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
"""The roles that stand for a holder. A script for "the holder" becomes one script for each of them that can play it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a scenario file: connections that match play a behaviour.

    Attributes:
        play: The phrase of a behaviour.
        roles: The roles that play it.
        match: The connections that it is for.
    """

    play: str
    roles: tuple[str, ...]
    match: Match = field(default_factory=Match)


class Scripts:
    """The scripts of one world.

    Args:
        complain: Called with the error when a magic value names a behaviour that cannot be played.

    Attributes:
        catalogue: The named behaviours of this world.
        waiting: The scripts and rules that wait for connections.
        defaults: By role, the sequence of a connection that no script, rule or magic value is for.
    """

    def __init__(self, complain: Callable[[ConnsimError], None]) -> None:
        self.catalogue = BUILT_IN
        self.waiting = Selection()
        self.defaults: dict[str, Sequence] = {}
        self._complain = complain
        self._sent: Counter[tuple[str, str, str]] = Counter()  # how often a client sent a magic value

    def parse(self, play: str | Sequence, role: str) -> Sequence:
        """Turn a phrase or a sequence into a sequence that is legal for a role.

        Raises:
            UnknownBehaviour: The role or the behaviour is unknown.
            BadScript: The role's table does not allow the sequence.
            Misuse: The role cannot play the behaviour, or the sequence still has a parameter.
        """
        return _fitted(self._parsed(play), roles.find(role))

    def add(self, role: str, play: str | Sequence, match: Match, rank: Rank = Rank.SCRIPT) -> Script:
        """Add a script for the connections of a role that match.

        Raises:
            Misuse: As for `parse`, or the role's connections do not have such a trait.
        """
        script = _script(self._parsed(play), roles.find(role), match, rank)
        self.waiting.add(script)
        return script

    def add_for_all(
        self, play: str, among: tuple[str, ...] | None, match: Match, rank: Rank = Rank.SCRIPT
    ) -> list[Script]:
        """Add a script for every role that can play a behaviour; `check` requires only one of them to be played.

        Args:
            play: The phrase of a behaviour.
            among: The roles, the most important first; ``None`` for all roles whose connections have the traits.
            match: The connections that the scripts are for.
            rank: Whether the scripts are a test's or a scenario file's.

        Raises:
            Misuse: No role can play it; the message is about the most important one.
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
            script.alternatives = tuple(scripts)
            self.waiting.add(script)
        return scripts

    def use(self, behaviours: Iterable[Behaviour], rules: Iterable[Rule] = ()) -> None:
        """Replace the behaviours and rules of the last call; built-in behaviours and scripts of tests stay.

        Raises:
            Misuse: A rule cannot be played. Then nothing has changed.
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
        self.waiting.clear(Rank.FILE)
        for script in scripts:
            self.waiting.add(script)

    def pick(self, role: str, traits: Traits) -> Sequence | None:
        """The sequence that a new connection plays, or ``None`` if no script, magic value or default applies."""
        script = self.waiting.pick(role, traits)
        if script is not None:
            return script.sequence
        return self._by_magic(role, traits) or self.defaults.get(role)

    def restart_counts(self) -> None:
        """Count connections from 1 again."""
        self.waiting.restart_counts()
        self._sent.clear()

    def check(self) -> None:
        """Raise if a script of a test was never played.

        Raises:
            UnusedScript: The message names the connections that the script is for.
        """
        for script in self.waiting:
            if script.rank is Rank.SCRIPT and not any(other.played for other in (script, *script.alternatives)):
                which = f" {script.match}".rstrip()
                raise UnusedScript(
                    f"The script {script.sequence.name} for {script.role} was never played. Expected a connection"
                    f"{which} in that role. Make the client create one, or remove the script from the test."
                )

    def _parsed(self, play: str | Sequence) -> Phrase | Sequence:
        return self.catalogue.parse(play) if isinstance(play, str) else play

    def _by_magic(self, name: str, traits: Traits) -> Sequence | None:
        """The sequence that the connection's magic value selects, or ``None``.

        A value that cannot be played is recorded as a complaint and selects ``never-responds``: with an accepting
        holder, a test with a typing error would pass.
        """
        value = magic.find(traits)
        if value is None:
            return None
        role = roles.find(name)
        try:
            sequences = [self._meant(self.catalogue.parse(phrase), role) for phrase in value.phrases]
        except ConnsimError as error:
            trait = value.trait.replace("_", " ")
            what = f"The {trait} {value.value!r} cannot be played, so the other side never responds."
            self._complain(type(error)(f"{what} {error}"))
            return BUILT_IN.parse("never-responds").for_role(name)
        client = (name, value.client, value.value)
        self._sent[client] += 1
        return sequences[value.index_for(self._sent[client])]

    def _meant(self, phrase: Phrase, role: Role) -> Sequence | None:
        """The sequence that a role plays for a magic value; ``None`` if the value is for the other side.

        Both sides of a connection have the value, because an invitee's label and goal code are those of its inviter.
        The first side that can play it does, and the role of the present record comes first.

        Raises:
            Misuse: No side of this protocol can play it.
        """
        sides = (role, *(other for other in roles.all_roles() if other.protocol == role.protocol))
        side = next((side for side in sides if phrase.suits(side.name)), role)
        sequence = _fitted(phrase, side)
        return sequence if side is role else None


def _script(play: Phrase | Sequence, role: Role, match: Match, rank: Rank) -> Script:
    match.check(role.name, role.traits)
    return Script(role.name, _fitted(play, role), match, rank)


def _fitted(play: Phrase | Sequence, role: Role) -> Sequence:
    """The sequence of a role, checked against its table."""
    sequence = play.for_role(role.name) if isinstance(play, Phrase) else play
    if sequence.open:
        raise Misuse(
            f"{sequence.name} has a step that lasts for {PARAMETER}, which has no value here. Expected a duration. "
            f"Write one in its place."
        )
    return sequence.on(role.table)
