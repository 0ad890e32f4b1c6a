"""State machines as tables of transitions, each with who causes it and why.

Everything that depends on the order of states is derived from the table: checks of scripts, error messages, diagrams
and tests. No other module may know which state follows which.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class By(StrEnum):
    """The side that causes a transition."""

    CLIENT = "client"
    AGENT = "agent"
    PEER = "peer"


@dataclass(frozen=True, slots=True)
class Edge:
    """One legal transition.

    Attributes:
        source: The state that is left; ``None`` for the transition that creates the record.
        event: The event, as scripts name it.
        target: The state that is entered.
        by: The side that causes it.
        why: The cause in words, with the source of the claim where that is not obvious.
    """

    source: str | None
    event: str
    target: str
    by: By
    why: str


class Table:
    """A state machine: all its legal transitions, in the order in which they usually happen.

    Args:
        word: The noun that scripts use for a state: ``act`` for a holder, whose state is its last act.
    """

    def __init__(self, name: str, *edges: Edge, word: str = "state") -> None:
        self.name = name
        self.word = word
        self.edges = edges
        self.states = tuple(dict.fromkeys(str(edge.target) for edge in edges))
        self.events = tuple(dict.fromkeys(edge.event for edge in edges if edge.source is not None))
        self._follow = {(edge.source, edge.event): edge.target for edge in edges}

    def follow(self, state: str | None, event: str) -> str | None:
        """The state that ``event`` leads to from ``state``, or ``None`` if the event is not legal there."""
        return self._follow.get((state, event))

    def legal_next(self, state: str | None) -> tuple[str, ...]:
        """The states that may follow ``state`` directly; for ``None``, the first state."""
        return tuple(dict.fromkeys(str(edge.target) for edge in self.edges if edge.source == state))

    def event_to(self, state: str | None, target: str) -> str | None:
        """The event that leads from ``state`` directly to ``target``, or ``None``."""
        found = (edge.event for edge in self.edges if edge.source == state and edge.target == target)
        return next(found, None)

    def paths(self, state: str | None, target: str) -> list[tuple[str, ...]]:
        """The states in between on every path from ``state`` to ``target``, one tuple for each path."""
        return [path[:-1] for path in self._paths(state) if path[-1] == target]

    def _paths(self, state: str | None) -> Iterator[tuple[str, ...]]:
        # The recursion ends: no connection returns to a state that it has left, and edges from a state to itself,
        # such as a failed delivery, are skipped.
        for step in (step for step in self.legal_next(state) if step != state):
            yield (step,)
            for rest in self._paths(step):
                yield (step, *rest)

    def diagram(self) -> str:
        """The machine as a Mermaid state diagram."""
        lines = ["stateDiagram-v2"]
        for edge in self.edges:
            lines.append(f"    {edge.source or '[*]'} --> {edge.target}: {edge.event} ({edge.by})")
        return "\n".join(lines)
