"""Named behaviours, such as ``accepts after 90 seconds``, and the catalogue that parses them.

A behaviour is a name, a sentence, and a sequence for each role that can play it. Testers write it in words:
``accepts``, ``accepts after 90 seconds``, ``accepts:90s``, ``accepts after 3 polls``, ``never responds``. The
parameter, here the time or the number of polls, replaces the `ends.After` of the sequence.

A phrase is parsed once, and bound to each role afterwards: "a holder who accepts" means another sequence for a PRISM
inviter than for a VCX holder.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from connsim.core.ends import Ends, For, Polls, parse_ends
from connsim.errors import BadScript, Misuse, UnknownBehaviour, did_you_mean
from connsim.script.sequence import Sequence


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A named behaviour of the other side.

    Attributes:
        name: In hyphenated words.
        doc: What the client under test sees.
        roles: The sequence of each role that can play it.
        default: The parameter where none is given; ``None`` if the behaviour takes none.
        absent: For roles that cannot play it, the reason and what to play instead; for the error message.
        issues: The URLs of public reports of the defect that it imitates, if it imitates one.
    """

    name: str
    doc: str
    roles: Mapping[str, Sequence]
    default: Ends | None = None
    absent: Mapping[str, str] = field(default_factory=dict)
    issues: tuple[str, ...] = ()

    def play(self, role: str, parameter: Ends | None = None) -> Sequence:
        """The sequence of a role that can play it, with the parameter filled in, named after the phrase."""
        ends = parameter or self.default
        sequence = self.roles[role] if ends is None else self.roles[role].after(ends)
        phrase = self.name if parameter is None else f"{self.name} after {str(parameter).removeprefix('for ')}"
        return replace(sequence, name=repr(phrase))


class Catalogue:
    """The named behaviours of one world: the built-in ones, and those of its scenario files."""

    def __init__(self, behaviours: Iterable[Behaviour]) -> None:
        self._behaviours = {behaviour.name: behaviour for behaviour in behaviours}

    def __iter__(self) -> Iterator[Behaviour]:
        return iter(self._behaviours.values())

    def __contains__(self, name: object) -> bool:
        return name in self._behaviours

    def with_more(self, behaviours: Iterable[Behaviour]) -> "Catalogue":
        """A copy with more behaviours; one with a known name replaces the known one."""
        return Catalogue([*self, *behaviours])

    def parse(self, text: str) -> "Phrase":
        """Parse a phrase. Errors are raised by `Phrase.for_role`, which knows the role to suggest behaviours of.

        Args:
            text: ``accepts``, ``accepts after 90 seconds``, ``accepts:5s..20s``, ``never responds``; spaces or hyphens.
        """
        words = _words(text)
        # The longest name first: "refuses late" is not "refuses" with the parameter "late".
        for name in sorted(self._behaviours, key=len, reverse=True):
            for form in (name, name.replace("-", " ")):
                if words == form or words.startswith(f"{form} "):
                    argument = words[len(form) :].strip().removeprefix("after ").strip()
                    return Phrase(text, self, self._behaviours[name], argument, _parameter(argument))
        return Phrase(text, self)

    def of_role(self, role: str) -> tuple[str, ...]:
        """The names of the behaviours that a role can play."""
        return tuple(behaviour.name for behaviour in self if role in behaviour.roles)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A parsed phrase, from which each role that can play its behaviour gets its own sequence.

    Attributes:
        text: The phrase as written.
        catalogue: The catalogue that parsed it.
        behaviour: ``None`` if the catalogue has no such behaviour.
        argument: The words after the behaviour's name; empty if there are none.
        parameter: What the argument means; ``None`` if it is neither a duration nor a number of polls.
    """

    text: str
    catalogue: Catalogue
    behaviour: Behaviour | None = None
    argument: str = ""
    parameter: For | Polls | None = None

    def suits(self, role: str) -> bool:
        """Whether a role can play the behaviour; the parameter is not checked."""
        return self.behaviour is not None and role in self.behaviour.roles

    def for_role(self, role: str) -> Sequence:
        """The sequence that a role plays.

        Raises:
            UnknownBehaviour: The behaviour is unknown, or its parameter does not parse; the message has the nearest
                name, or the expected form.
            Misuse: The role cannot play the behaviour, or the behaviour takes no parameter.
        """
        behaviour, argument = self.behaviour, self.argument
        if behaviour is None:
            name = re.split(r" after\b| (?=[0-9])", _words(self.text))[0].replace(" ", "-")
            names = tuple(known.name for known in self.catalogue)
            raise UnknownBehaviour(
                f"There is no behaviour {self.text!r}.{did_you_mean(name, names)} "
                f"Expected one of: {', '.join(self.catalogue.of_role(role) or names)}."
            )
        if role not in behaviour.roles:
            why = f": {behaviour.absent[role]}" if role in behaviour.absent else ""
            raise Misuse(
                f"{behaviour.name!r} cannot be played as {role}{why}. "
                f"Expected a behaviour of {role}, one of: {', '.join(self.catalogue.of_role(role))}."
            )
        if not argument:
            return behaviour.play(role)
        if not behaviour.roles[role].open:
            whose = "" if behaviour.default is None else f" of {role}"
            raise Misuse(
                f"{self.text!r} has a parameter, but {behaviour.name!r}{whose} takes no duration. Leave "
                f"{argument!r} out."
            )
        if self.parameter is None:
            raise UnknownBehaviour(
                f"{self.text!r} is not a behaviour: {argument!r} is not a duration. Expected one ('90s', '24 "
                f"hours', '5s..20s'), or a number of polls ('3 polls')."
            )
        return behaviour.play(role, self.parameter)


def _words(text: str) -> str:
    return " ".join(text.replace(":", " ").split())


def _parameter(argument: str) -> For | Polls | None:
    try:
        ends = parse_ends(argument)
    except BadScript:
        return None
    return ends if isinstance(ends, For | Polls) else None
