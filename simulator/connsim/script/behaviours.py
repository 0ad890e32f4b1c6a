"""Named behaviours: what a tester calls the ways in which the other side can act.

A behaviour is a name, a sentence, and a sequence for each role that can show it. It is written as a tester would say
it: ``accepts``, ``accepts after 90 seconds``, ``accepts:90s``, ``accepts after 3 polls``, ``never responds``. What is
said where a sequence has `ends.After` is its parameter.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from connsim.core.ends import Ends, For, Polls, parse_ends
from connsim.errors import BadScript, Misuse, UnknownBehaviour
from connsim.script.sequence import Sequence


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A named way to act.

    Attributes:
        name: In hyphenated words.
        doc: What the client under test will see.
        roles: The sequence of each role that can show it.
        default: The parameter where none is given; ``None`` if the behaviour takes none.
        absent: Why a role cannot show it, where a tester may wonder.
        issues: Addresses of public reports of the defect that it imitates, if it does.
    """

    name: str
    doc: str
    roles: Mapping[str, Sequence]
    default: Ends | None = None
    absent: Mapping[str, str] = field(default_factory=dict)
    issues: tuple[str, ...] = ()

    def play(self, role: str, parameter: Ends | None = None) -> Sequence:
        """The sequence of a role that can show it, with the parameter filled in, named after what was said."""
        ends = parameter or self.default
        sequence = self.roles[role] if ends is None else self.roles[role].after(ends)
        said = self.name if parameter is None else f"{self.name} after {str(parameter).removeprefix('for ')}"
        return replace(sequence, name=repr(said))


class Catalogue:
    """The behaviours that have a name in one world: those built in, and those that a scenario file adds."""

    def __init__(self, behaviours: Iterable[Behaviour]) -> None:
        self._behaviours = {behaviour.name: behaviour for behaviour in behaviours}

    def __iter__(self) -> Iterator[Behaviour]:
        return iter(self._behaviours.values())

    def __contains__(self, name: object) -> bool:
        return name in self._behaviours

    def with_more(self, behaviours: Iterable[Behaviour]) -> "Catalogue":
        """A catalogue that has these as well; one of a known name takes its place."""
        return Catalogue([*self, *behaviours])

    def parse(self, text: str, role: str) -> Sequence:
        """Turn a behaviour as it is said into the sequence that a role plays.

        Args:
            text: ``accepts``, ``accepts after 90 seconds``, ``accepts:5s..20s``, ``never responds``; spaces or hyphens.
            role: The role that is to play it.

        Raises:
            UnknownBehaviour: There is no such behaviour, or its parameter cannot be read; the message names the
                nearest, or what would be right.
            Misuse: The role cannot show it, or it takes no parameter.
        """
        if (said := self._said(text)) is not None:
            return self._play(*said, text, role)
        words = " ".join(text.replace(":", " ").split())
        said_name = re.split(r" after\b| (?=[0-9])", words)[0].replace(" ", "-")
        near = get_close_matches(said_name, self._behaviours, n=1)
        raise UnknownBehaviour(
            f"There is no behaviour {text!r}.{f' Did you mean {near[0]!r}?' if near else ''} "
            f"Expected one of: {', '.join(self.of_role(role) or self._behaviours)}."
        )

    def can_play(self, text: str, role: str) -> bool:
        """Tell whether this is said of a behaviour that a role can show; a wrong parameter is another matter."""
        said = self._said(text)
        return said is not None and role in said[0].roles

    def of_role(self, role: str) -> tuple[str, ...]:
        """The names of the behaviours that a role can show."""
        return tuple(behaviour.name for behaviour in self if role in behaviour.roles)

    def _said(self, text: str) -> tuple[Behaviour, str] | None:
        """The behaviour of which this is said, and its parameter as a text."""
        words = " ".join(text.replace(":", " ").split())
        for name in sorted(self._behaviours, key=len, reverse=True):  # "refuses late" is no "refuses" with a parameter
            for form in (name, name.replace("-", " ")):
                if words == form or words.startswith(f"{form} "):
                    return self._behaviours[name], words[len(form) :].strip().removeprefix("after ").strip()
        return None

    def _play(self, behaviour: Behaviour, parameter: str, text: str, role: str) -> Sequence:
        if role not in behaviour.roles:
            why = f": {behaviour.absent[role]}" if role in behaviour.absent else ""
            raise Misuse(
                f"{behaviour.name!r} is nothing that a {role} can show{why}. "
                f"Expected a behaviour of {role}, one of: {', '.join(self.of_role(role))}."
            )
        if not parameter:
            return behaviour.play(role)
        if not behaviour.roles[role].open:
            whose = "" if behaviour.default is None else f" of {role}"
            raise Misuse(
                f"{text!r} says too much: {behaviour.name!r}{whose} takes no duration. Leave {parameter!r} out."
            )
        return behaviour.play(role, _parameter(parameter, text))


def _parameter(words: str, text: str) -> Ends:
    try:
        ends = parse_ends(words)
    except BadScript:
        ends = None
    if not isinstance(ends, For | Polls):
        raise UnknownBehaviour(
            f"{text!r} is no behaviour: {words!r} is no duration. Expected one ('90s', '24 hours', '5s..20s'), or a "
            f"number of polls ('3 polls')."
        )
    return ends
