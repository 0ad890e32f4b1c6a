"""State machines as tables: the edges, who causes each, and what can be read off them."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class By(StrEnum):
    """Who causes a transition."""

    CLIENT = "client"
    AGENT = "agent"
    PEER = "peer"


@dataclass(frozen=True, slots=True)
class Edge:
    """One legal transition.

    Attributes:
        source: The state that is left; ``None`` for the edge that makes the record.
        event: What happens, as scripts name it.
        target: The state that is entered.
        by: Who causes it.
        why: The cause in words, with its source where that is not obvious.
    """

    source: str | None
    event: str
    target: str
    by: By
    why: str


class Table:
    """A state machine: all its legal transitions, in the order in which they usually happen.

    Args:
        word: What scripts call a state of it: where somebody acts rather than shows a state, an act.
    """

    def __init__(self, name: str, *edges: Edge, word: str = "state") -> None:
        self.name = name
        self.word = word
        self.edges = edges
        self.states = tuple(dict.fromkeys(str(edge.target) for edge in edges))
        self.events = tuple(dict.fromkeys(edge.event for edge in edges if edge.source is not None))
        self._follow = {(edge.source, edge.event): edge.target for edge in edges}

    def follow(self, state: str | None, event: str) -> str | None:
        """The state that ``event`` leads to from ``state``, or ``None`` if it is not legal there."""
        return self._follow.get((state, event))

    def legal_next(self, state: str | None) -> tuple[str, ...]:
        """The states that may come right after ``state`` (``None``: the first state)."""
        return tuple(dict.fromkeys(str(edge.target) for edge in self.edges if edge.source == state))

    def event_to(self, state: str | None, target: str) -> str | None:
        """The event that leads from ``state`` straight to ``target``, or ``None``."""
        found = (edge.event for edge in self.edges if edge.source == state and edge.target == target)
        return next(found, None)

    def between(self, state: str | None, target: str) -> list[tuple[str, ...]]:
        """Every way from ``state`` to ``target``, as the states passed through on it."""
        return [way[:-1] for way in self._ways(state) if way[-1] == target]

    def _ways(self, state: str | None) -> Iterator[tuple[str, ...]]:
        # No connection ever returns to a state it has left, but some rows stay where they are.
        for step in (step for step in self.legal_next(state) if step != state):
            yield (step,)
            for rest in self._ways(step):
                yield (step, *rest)

    def diagram(self) -> str:
        """The machine as a Mermaid state diagram."""
        lines = ["stateDiagram-v2"]
        for edge in self.edges:
            lines.append(f"    {edge.source or '[*]'} --> {edge.target}: {edge.event} ({edge.by})")
        return "\n".join(lines)
