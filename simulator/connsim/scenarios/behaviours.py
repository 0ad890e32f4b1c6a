"""Reads the section ``behaviours`` of a scenario file."""

from connsim.core.ends import PARAMETER, After, Ends, For, parse_ends
from connsim.errors import BadScript
from connsim.scenarios import sequences
from connsim.scenarios.expiry import find_late
from connsim.scenarios.findings import Findings, Path, listed
from connsim.scenarios.tree import Items, Members, Node, Text
from connsim.script import roles
from connsim.script.behaviours import Behaviour
from connsim.script.catalogue import BUILT_IN
from connsim.script.machines.prism import INVITER
from connsim.script.roles import Role
from connsim.script.sequence import Sequence, Step


class Reader:
    """Reads behaviours.

    Args:
        findings: Collects errors and warnings.
        expires: Whether the invitations of the world's PRISM agent expire.
    """

    def __init__(self, findings: Findings, *, expires: bool) -> None:
        self._findings = findings
        self._expires = expires
        self._sequences = sequences.Reader(findings)

    def read(self, node: Node | None) -> list[Behaviour]:
        """Read the behaviours of a file, including wrong ones, so that a rule that names one gets no second error."""
        if not isinstance(node, Members):
            return []
        return [self._behaviour(name, node.keys[name], value) for name, value in node.values.items()]

    def _behaviour(self, name: str, key: Text, node: Node) -> Behaviour:
        if not isinstance(node, Members):
            return Behaviour(name, "", {role.name: _placeholder(role) for role in roles.all_roles()}, _ANY_TIME)
        path: Path = ("behaviours", name)
        has_parameter, default = "after" in node.values, self._default(node, path)
        strict = not (isinstance(flag := node.values.get("strict"), Text) and flag.json is False)
        shown: dict[str, Sequence] = {}
        is_complete = not has_parameter or default is not None
        for role in (role for role in roles.all_roles() if role.name in node.values):
            here = (*path, role.name)
            read = self._sequences.read(role, node.values[role.name], here, strict=strict, has_parameter=has_parameter)
            shown[role.name] = read or _placeholder(role)
            is_complete = is_complete and read is not None
            if read is not None and role.table is INVITER:
                self._check_expiry(read if default is None else read.after(default), node.values[role.name])
        if is_complete and has_parameter and not any(sequence.open for sequence in shown.values()):
            self._findings.warning(
                node.keys["after"].place,
                f"No step lasts for {PARAMETER}, so this has no effect. Write 'for: {PARAMETER}' in a step, or "
                f"remove it.",
            )
        self._warn_of_lost_roles(name, key, shown)
        doc, issues = node.values.get("doc"), node.values.get("issues")
        return Behaviour(
            name,
            doc.text if isinstance(doc, Text) else "",
            shown,
            default=default if is_complete else _ANY_TIME,
            issues=tuple(i.text for i in issues.items if isinstance(i, Text)) if isinstance(issues, Items) else (),
        )

    def _default(self, node: Members, path: Path) -> Ends | None:
        after = node.values.get("after")
        if not isinstance(after, Text) or self._findings.is_broken(*path, "after"):
            return None
        try:
            return parse_ends(after.text)
        except BadScript as wrong:
            self._findings.error(after.place, str(wrong))
            return None

    def _check_expiry(self, sequence: Sequence, node: Node) -> None:
        late = find_late(sequence) if self._expires else None
        if late is not None and isinstance(node, Items):
            self._findings.warning(node.items[late.step].place, late.message)

    def _warn_of_lost_roles(self, name: str, key: Text, shown: dict[str, Sequence]) -> None:
        lost = [role for other in BUILT_IN if other.name == name for role in other.roles if role not in shown]
        if lost:
            self._findings.warning(
                key.place,
                f"{name!r} is built in, and this one replaces it, so {listed(lost, 'and')} can no longer play it. Add "
                f"their steps, or choose another name.",
            )


_ANY_TIME = For(0, 0)


def _placeholder(role: Role) -> Sequence:
    """A sequence in place of steps that do not parse; it accepts any parameter that a rule gives."""
    return Sequence((Step(role.table.legal_next(None)[0], After()),))
