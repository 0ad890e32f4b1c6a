"""Reads the steps of a behaviour, and checks them against the tables of their roles.

The steps beside one that does not parse are checked all the same.
"""

from typing import Any

from connsim.core.ends import PARAMETER, After, For
from connsim.errors import BadFault, BadScript, did_you_mean
from connsim.scenarios.findings import Findings, Path, Severity, with_article
from connsim.scenarios.schema import MOST_STEPS
from connsim.scenarios.tree import Items, Members, Node, Text, plain
from connsim.script.roles import Role
from connsim.script.sequence import Sequence, Step, implied_states


class Reader:
    """Reads sequences.

    Args:
        findings: Collects errors and warnings.
    """

    def __init__(self, findings: Findings) -> None:
        self._findings = findings

    def read(self, role: Role, node: Node, path: Path, *, strict: bool, has_parameter: bool) -> Sequence | None:
        """Read the steps of a role.

        Args:
            role: The role that plays them.
            node: The list of steps.
            path: The path of the list in the file.
            strict: Whether the steps must keep to the role's table.
            has_parameter: Whether the behaviour has a parameter, ``after``.

        Returns:
            The sequence; ``None`` if a step does not parse, or is illegal.
        """
        if not isinstance(node, Items) or not 0 < len(node.items) <= MOST_STEPS:
            return None
        before = len(self._findings.all)
        nodes = [item if isinstance(item, Members) else None for item in node.items]
        steps = [self._step(item, (*path, index), has_parameter=has_parameter) for index, item in enumerate(nodes)]
        self._check_reach(nodes, steps)
        if strict:
            self._check_transitions(role, nodes)
        else:
            self._warn_of_typos(role, nodes, steps)
        read = [step for step in steps if step is not None]
        if len(read) < len(steps) or any(f.severity is Severity.ERROR for f in self._findings.all[before:]):
            return None
        return Sequence(tuple(read), strict)

    def _step(self, node: Members | None, path: Path, *, has_parameter: bool) -> Step | None:
        if node is None or self._findings.is_broken(*path):
            return None
        row: dict[str, Any] = {name: value.text for name, value in node.values.items() if isinstance(value, Text)}
        if (fault := node.values.get("fault")) is not None:
            row["fault"] = plain(fault)
        lasts = node.values.get("for", node.values.get("until", node))
        try:
            step = Sequence.of(row).steps[0]
        except BadScript as wrong:
            self._findings.error(lasts.place, str(wrong))
            return None
        except BadFault as wrong:
            self._findings.error((fault or node).place, str(wrong))
            return None
        if isinstance(step.ends, After) and not has_parameter:
            self._findings.error(
                lasts.place,
                f"{PARAMETER} stands for the behaviour's parameter, but the behaviour has none. Expected a duration or "
                f"'after: 90s' beside the behaviour's steps.",
            )
        return step

    def _check_reach(self, nodes: list[Members | None], steps: list[Step | None]) -> None:
        for index, (node, step) in enumerate(zip(nodes[:-1], steps, strict=False)):
            if node is not None and step is not None:
                others = [_AT_ONCE] * len(steps)
                try:
                    Sequence((*others[:index], step, *others[index + 1 :]))
                except BadScript as wrong:
                    self._findings.error(node.place, str(wrong))

    def _check_transitions(self, role: Role, nodes: list[Members | None]) -> None:
        word, before, is_known = role.table.word, None, True
        for node in nodes:
            value = node.values.get(word) if node is not None else None
            state = value.text if isinstance(value, Text) and value.text in role.table.states else None
            if value is not None and state is not None and state != before and is_known:
                try:
                    implied_states(role.table, before, state)
                except BadScript as wrong:
                    self._findings.error(value.place, str(wrong))
            before, is_known = state, state is not None

    def _warn_of_typos(self, role: Role, nodes: list[Members | None], steps: list[Step | None]) -> None:
        for node, step in zip(nodes, steps, strict=True):
            if node is not None and step is not None and step.state not in role.table.states:
                near = did_you_mean(step.state, role.table.states)
                if near:
                    self._findings.warning(
                        node.values[role.table.word].place,
                        f"{step.state!r} is not {with_article(role.table.word)} of {role.name}, but is shown anyway: "
                        f"the behaviour is not strict.{near}",
                    )


_AT_ONCE = Step("another", For(0, 0))
