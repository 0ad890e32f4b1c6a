"""Reads the section ``select`` of a scenario file: the rules that select what a connection plays."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from connsim.core.nth import Nth
from connsim.errors import BadScript, ConnsimError
from connsim.scenarios.expiry import find_late
from connsim.scenarios.findings import Findings, Place, listed
from connsim.scenarios.reach import Reach
from connsim.scenarios.tree import Items, Members, Node, Text
from connsim.script import roles
from connsim.script.behaviours import Catalogue, Phrase
from connsim.script.machines.prism import INVITER
from connsim.script.scripts import Rule
from connsim.script.selection import Match
from connsim.script.sequence import Step


class Placed(NamedTuple):
    """A rule, its parsed behaviour, and the place of the behaviour in the file."""

    rule: Rule
    phrase: Phrase
    behaviour: Place


class Reader:
    """Reads rules.

    Args:
        catalogue: The behaviours that rules may name.
        findings: Collects errors and warnings.
    """

    def __init__(self, catalogue: Catalogue, findings: Findings) -> None:
        self._catalogue = catalogue
        self._findings = findings
        self._reach: Reach[Place] = Reach()

    def read(self, node: Node | None) -> list[Placed]:
        """Read the rules of a file; wrong ones are left out."""
        read: list[Placed] = []
        for index, item in enumerate(node.items if isinstance(node, Items) else ()):
            if not isinstance(item, Members):
                continue
            if self._findings.is_broken("select", index):
                if "behaviour" in item.values and not self._findings.is_broken("select", index, "behaviour"):
                    self._check_name(item.values["behaviour"])
            else:
                placed = self._rule(item)
                if placed is not None:
                    self._check_reach(placed.rule, item.place)
                    read.append(placed)
        return read

    def _rule(self, node: Members) -> Placed | None:
        behaviour, given = node.values["behaviour"], node.values.get("match")
        values = given.values if isinstance(given, Members) else {}
        traits = {name: value for name, value in values.items() if isinstance(value, Text)}
        role, nth = traits.pop("role", None), traits.pop("nth", None)
        globs = {name: value.text for name, value in traits.items()}
        try:
            match = Match(globs, None if nth is None else Nth.parse(nth.text))
        except BadScript as wrong:
            self._findings.error((nth or node).place, str(wrong))
            return None
        among = _roles_with(globs) if role is None else (role.text,)
        if not among:
            self._findings.error((given or node).place, _no_role(globs))
            return None
        phrase = self._catalogue.parse(behaviour.text if isinstance(behaviour, Text) else "")
        able = tuple(name for name in among if phrase.suits(name))
        try:
            for name in able or among[:1]:
                phrase.for_role(name).on(roles.find(name).table)
        except ConnsimError as wrong:
            message = str(wrong) if able else _other_roles(phrase, globs, role, str(wrong))
            self._findings.error(behaviour.place, message)
            return None
        return Placed(Rule(phrase.text, able, match), phrase, behaviour.place)

    def check_expiry(self, rules: list[Placed], known: Collection[tuple[Step, ...]]) -> None:
        """Warn of rules whose inviter accepts too late.

        Args:
            rules: The rules of the file.
            known: The steps of the file's own behaviours, which have got the warning already.
        """
        for rule, phrase, place in rules:
            if INVITER.name in rule.roles:
                sequence = phrase.for_role(INVITER.name)
                late = None if sequence.steps in known else find_late(sequence)
                if late is not None:
                    self._findings.warning(place, late.message)

    def _check_name(self, behaviour: Node) -> None:
        """Check the behaviour of a rule whose other keys have errors."""
        if not isinstance(behaviour, Text):
            return
        every, phrase = [role.name for role in roles.all_roles()], self._catalogue.parse(behaviour.text)
        if not any(map(phrase.suits, every)):
            try:
                phrase.for_role(every[0])
            except ConnsimError as wrong:
                self._findings.error(behaviour.place, str(wrong))

    def _check_reach(self, rule: Rule, place: Place) -> None:
        earlier = [self._reach.before(role, rule.match) for role in rule.roles]
        for role in rule.roles:
            self._reach.add(role, rule.match, place)
        if earlier and None not in earlier:
            lines = sorted({place.line for place in earlier if place is not None})
            one = f"the rule in line {lines[0]} matches"
            what = f"the rules in lines {listed(lines, 'and')} match" if lines[1:] else one
            self._findings.warning(
                place, f"No connection can reach this rule: {what} all of them first. Move this one up, or remove it."
            )


def _roles_with(globs: Mapping[str, str]) -> tuple[str, ...]:
    """The roles whose connections have all these traits."""
    return tuple(role.name for role in roles.all_roles() if globs.keys() <= set(role.traits))


def _other_roles(phrase: Phrase, globs: Mapping[str, str], role: Text | None, why: str) -> str:
    """Return the message for a behaviour that only roles without these traits can play."""
    others = [other for other in roles.all_roles() if phrase.suits(other.name)]
    if role is not None or not others:
        return why
    return (
        f"{phrase.text!r} is played by {' or '.join(other.name for other in others)}, whose connections do not "
        f"have {listed(globs, 'and')}. Expected traits that they have: {listed(others[0].traits, 'or')}."
    )


def _no_role(globs: Mapping[str, str]) -> str:
    known = "; ".join(f"{role.name} has {listed(role.traits, 'and')}" for role in roles.all_roles())
    return f"No connection has {listed(globs, 'and')} at once. Expected traits of one role: {known}."
