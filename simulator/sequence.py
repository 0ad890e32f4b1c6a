"""State sequences: what a scripted side shows, step by step, and what ends each step. Pure.

A sequence is a list of steps. A step is a state and one of four ends: after a while, after having been seen a number
of times, on an event, never. A `Cursor` marks how far one record has come; who moves it, and when, is not decided here.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from simulator.durations import duration, spoken
from simulator.errors import BadDuration, BadScript
from simulator.exchange import Fault
from simulator.table import Table


@dataclass(frozen=True, slots=True)
class For:
    """Ends after a while: a virtual time between ``shortest`` and ``longest`` nanoseconds, drawn from the seed."""

    shortest: int
    longest: int

    def __str__(self) -> str:
        if self.shortest == self.longest:
            return f"for {spoken(self.shortest)}"
        return f"for {spoken(self.shortest)} to {spoken(self.longest)}"


@dataclass(frozen=True, slots=True)
class Polls:
    """Ends just after the client has read the record ``count`` times in this state."""

    count: int

    def __str__(self) -> str:
        return f"for {self.count} poll{'' if self.count == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Until:
    """Ends when something happens, named as in the role's table."""

    event: str

    def __str__(self) -> str:
        return f"until {self.event}"


@dataclass(frozen=True, slots=True)
class Ever:
    """Never ends."""

    def __str__(self) -> str:
        return "for ever"


Ends = For | Polls | Until | Ever

_POLLS = re.compile(r"([0-9]+)\s*polls?")
_RANGE = re.compile(r"(.+?)\s*(?:\.\.|\bto\b)\s*(.+)")
# The spoken form of an event in feature files, beside the name that the table gives it.
_SPOKEN_EVENTS = {
    "the holder accepts": "accepted",
    "the holder refuses": "refused",
    "the holder redirects": "redirected",
    "the inviter answers": "answered",
}


def parse_ends(text: str) -> Ends:
    """Read what ends a step, in the words of a scenario file or of a feature file.

    Args:
        text: ``90s``, ``5s..20s``, ``5 to 20 seconds``, ``3 polls``, ``until accepted``, ``ever``; ``for`` may lead.

    Raises:
        BadScript: The text is none of these.
    """
    words = " ".join(text.split())
    if words.startswith("until "):
        event = words.removeprefix("until ")
        return Until(_SPOKEN_EVENTS.get(event, event))
    words = words.removeprefix("for ").strip()
    if words == "ever":
        return Ever()
    if polls := _POLLS.fullmatch(words):
        if int(polls[1]) < 1:
            raise BadScript(f"{text!r} can never end a step. Expected at least 1 poll.")
        return Polls(int(polls[1]))
    try:
        if span := _RANGE.fullmatch(words):
            return _range(span[1], span[2], text)
        return For(duration(words), duration(words))
    except BadDuration as bad:
        raise BadScript(
            f"{text!r} does not say what ends a step. Expected a duration ('90s', '5s..20s'), '3 polls', "
            f"'until <event>' or 'for ever'."
        ) from bad


def _range(low: str, high: str, text: str) -> For:
    if low.replace(".", "").isdigit():  # "5 to 20 seconds": the unit is said once
        low += re.sub(r"[0-9.]", "", high)
    shortest, longest = duration(low), duration(high)
    if shortest > longest:
        raise BadScript(f"{text!r} runs backwards. Expected the shorter duration first.")
    return For(shortest, longest)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a sequence.

    Attributes:
        state: The state that is shown (or, for a VCX holder, the act that is done).
        ends: What ends the step.
        fault: What happens to the replies that show it, if anything.
    """

    state: str
    ends: Ends = field(default_factory=Ever)
    fault: Fault | None = None

    def __str__(self) -> str:
        return f"{self.state} {self.ends}"


@dataclass(frozen=True, slots=True)
class Sequence:
    """A script for one side of a connection.

    Attributes:
        steps: At least one; only the last may be for ever. If the last one ends, the script is over, and the record
            follows its own table from there.
        strict: Whether the sequence must keep to its role's table. Playing an impossible agent is sometimes the test.
        name: What to call it in messages.
    """

    steps: tuple[Step, ...]
    strict: bool = True
    name: str = "a sequence of its own"

    def __post_init__(self) -> None:
        if not self.steps:
            raise BadScript("A sequence without steps was given. Expected at least one state.")
        for number, step in enumerate(self.steps[:-1], start=1):
            if isinstance(step.ends, Ever):
                after = len(self.steps) - number
                raise BadScript(
                    f"Step {number} ({step.state}) never ends, so {after} later step{'s' if after > 1 else ''} "
                    f"can not be reached. Say what ends it: 'for 90s', 'for 3 polls' or 'until <event>'."
                )

    @classmethod
    def of(cls, *steps: "str | tuple[str, str] | Mapping[str, str] | Step", strict: bool = True) -> "Sequence":
        """Write a sequence down: ``Sequence.of(("InvitationGenerated", "for 90s"), "ConnectionResponseSent")``.

        A step may also be a mapping, as in scenario files: ``{"act": "ignore", "for": "3m"}``.

        Raises:
            BadScript: No steps, a key that is unknown, an end that cannot be read, or a step after one that never ends.
        """
        return cls(tuple(map(_step, steps)), strict)

    @classmethod
    def of_rows(cls, rows: Iterable[Mapping[str, str]], *, strict: bool = True) -> "Sequence":
        """Read the rows of a table with the columns ``state`` (or ``act``) and ``lasts``; no ``lasts`` is for ever.

        Raises:
            BadScript: A column is missing, or as for `of`.
        """
        steps: list[str | tuple[str, str]] = []
        for row in rows:
            word = "act" if "act" in row else "state"
            if set(row) != {word, "lasts"}:
                raise BadScript(
                    f"The table has the columns {', '.join(row)}. Expected the columns 'state' and 'lasts', or for a "
                    f"holder 'act' and 'lasts'."
                )
            steps.append((row[word], row["lasts"]) if row["lasts"].strip() else row[word])
        return cls.of(*steps, strict=strict)

    def on(self, table: Table) -> "Sequence":
        """Fit the sequence to its role's table.

        States that the sequence leaves out on the table's only way are put in, passed through at the same instant.

        Raises:
            BadScript: An unknown state or event, or a step that the table does not allow, with what it does allow.
        """
        if not self.strict:
            return self
        steps: list[Step] = []
        before: str | None = None
        for step in self.steps:
            _check_names(step, table)
            if step.state != before:  # staying in a state for a second reason is no transition
                steps += (Step(passed, For(0, 0)) for passed in _passed(table, before, step.state))
            steps.append(step)
            before = step.state
        return replace(self, steps=tuple(steps))


def _step(step: str | tuple[str, str] | Mapping[str, str] | Step) -> Step:
    match step:
        case Step():
            return step
        case str():
            return Step(step)
        case (state, ends):
            return Step(state, parse_ends(ends))
    said = [text for key, text in step.items() if key in ("state", "act")]
    lasts = [f"{key} {text}" for key, text in step.items() if key in ("for", "until")]
    if len(said) != 1 or len(lasts) > 1 or len(said + lasts) != len(step):
        raise BadScript(
            f"A step has the keys {', '.join(step)}. Expected 'state' or 'act', and 'for' or 'until' if it ends."
        )
    return Step(said[0], parse_ends(lasts[0]) if lasts else Ever())


def _check_names(step: Step, table: Table) -> None:
    if step.state not in table.states:
        near = get_close_matches(step.state, table.states, n=1, cutoff=0.4)
        raise BadScript(
            f"{step.state!r} is no {table.word} of {table.name}.{f' Did you mean {near[0]!r}?' if near else ''} "
            f"Expected one of: {', '.join(table.states)}."
        )
    if isinstance(step.ends, Until) and step.ends.event not in table.events:
        raise BadScript(f"{step.ends.event!r} is no event of {table.name}. Expected one of: {', '.join(table.events)}.")


def _passed(table: Table, before: str | None, state: str) -> tuple[str, ...]:
    if state in table.legal_next(before):
        return ()
    ways = table.between(before, state)
    if len(ways) == 1:
        return ways[0]
    at = before or "the start"
    if ways:
        raise BadScript(
            f"{len(ways)} ways lead {table.name} from {at} to {state}: "
            f"{'; '.join(' -> '.join(way) for way in ways)}. Name the {table.word}s between."
        )
    legal = ", ".join(table.legal_next(before)) or "nothing, it is final"
    raise BadScript(
        f"{table.name} can not go from {at} to {state}. Legal next: {legal}. "
        f"To play an impossible agent on purpose, write it in Python with strict=False."
    )


class Cursor:
    """How far one record has come in its sequence.

    Attributes:
        due: When the present step ends by itself, in nanoseconds; ``None`` if time does not end it.
    """

    __slots__ = ("due", "index", "seen", "sequence")

    def __init__(self, sequence: Sequence) -> None:
        self.sequence = sequence
        self.index = -1
        self.seen = 0
        self.due: int | None = None

    @property
    def step(self) -> Step:
        """The present step."""
        return self.sequence.steps[self.index]

    def enter_next(self, at: int, draw: Callable[[int, int], int]) -> Step | None:
        """Enter the next step.

        Args:
            at: The moment of entry.
            draw: Chooses a number between two, both included; asked once, if the step has jitter.

        Returns:
            The step, or ``None`` if there is none left: the script is over.
        """
        self.seen = 0
        self.due = None
        if self.index + 1 == len(self.sequence.steps):
            return None
        self.index += 1
        if isinstance(ends := self.step.ends, For):
            fixed = ends.shortest == ends.longest
            self.due = at + (ends.shortest if fixed else draw(ends.shortest, ends.longest))
        return self.step

    def poll(self) -> bool:
        """Count one read by the client; tell whether the step ends with it."""
        self.seen += 1
        return isinstance(ends := self.step.ends, Polls) and self.seen >= ends.count

    def hears(self, event: str) -> bool:
        """Tell whether ``event`` ends the present step."""
        return isinstance(ends := self.step.ends, Until) and ends.event == event
