"""State sequences: the states that a scripted side shows, and what ends each of them.

A sequence is a list of steps. A step is a state with one of four ends: a time, a number of polls, an event, never. A
`Cursor` is the position of one record in its sequence; `player.Player` decides when to move it. Both are pure values,
which read neither clock nor seed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from connsim.core.ends import After, Ends, Ever, For, Polls, Until, parse_ends
from connsim.core.table import Table
from connsim.errors import BadFault, BadScript, did_you_mean
from connsim.faults.fault import Fault, Stage
from connsim.faults.parameters import Plain, parameters
from connsim.faults.registry import read_fault
from connsim.faults.when import When


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a sequence.

    Attributes:
        state: The state that is shown; for a holder, the act that is done.
        ends: The end of the step.
        fault: A fault that strikes polls during this step, or ``None``.
    """

    state: str
    ends: Ends = field(default_factory=Ever)
    fault: Fault | None = None

    def __str__(self) -> str:
        return f"{self.state} {self.ends}"

    def row(self, word: str = "state") -> "dict[str, str | dict[str, Plain]]":
        """The step as a row of a scenario file, which `Sequence.of` reads.

        Args:
            word: The noun of the role's table for a state: ``state`` or ``act``.
        """
        end, _, what = str(self.ends).partition(" ")
        return {word: self.state, end: what} | ({} if self.fault is None else {"fault": self.fault.row()})


@dataclass(frozen=True, slots=True)
class Sequence:
    """A script for one side of a connection.

    Example::

        from connsim import Sequence, World

        world = World()
        world.script("prism-inviter", Sequence.of(
            ("InvitationGenerated", "for 90s"),           # virtual time
            ("ConnectionResponsePending", "for 3 polls"),  # ends after the reply to the third
            "ConnectionResponseSent",                     # the last step may be without end
        ))

    Attributes:
        steps: At least one; only the last may be without end. If the last one ends, the script is over, and the record
            follows its role's table from there.
        strict: Whether the sequence must keep to its role's table. ``False`` is for tests with an impossible agent.
        name: Its name in messages.
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
                    f"cannot be reached. Say what ends it: 'for 90s', 'for 3 polls' or 'until <event>'."
                )

    @classmethod
    def of(cls, *steps: "str | tuple[str, str] | Mapping[str, object] | Step", strict: bool = True) -> "Sequence":
        """Make a sequence: ``Sequence.of(("InvitationGenerated", "for 90s"), "ConnectionResponseSent")``.

        A step may also be a mapping, as in scenario files: ``{"act": "ignore", "for": "3m"}``, with a fault for the
        polls of the step: ``"fault": {"status": 503, "times": 2}``.

        Raises:
            BadScript: No steps, an unknown key, an end that does not parse, or a step after one that never ends.
            BadFault: A fault that does not parse, or that cannot strike polls.
        """
        return cls(tuple(map(_step, steps)), strict)

    @classmethod
    def of_rows(cls, rows: Iterable[Mapping[str, str]], *, strict: bool = True) -> "Sequence":
        """Make a sequence from a table with the columns ``state`` (or ``act``) and ``lasts``.

        An empty ``lasts`` means without end. A third column may be ``fault``: ``status 503, times 2``.

        Raises:
            BadScript: A column is missing, or as for `of`.
            BadFault: As for `of`.
        """
        steps: list[Step] = []
        for row in rows:
            word = "act" if "act" in row else "state"
            if set(row) - {"fault"} != {word, "lasts"}:
                raise BadScript(
                    f"The table has the columns {', '.join(row)}. Expected the columns 'state' and 'lasts', or for a "
                    f"holder 'act' and 'lasts'; 'fault' is optional."
                )
            fault = row.get("fault", "").strip()
            ends = parse_ends(row["lasts"]) if row["lasts"].strip() else Ever()
            steps.append(Step(row[word], ends, _fault(fault) if fault else None))
        return cls.of(*steps, strict=strict)

    @property
    def open(self) -> bool:
        """Whether a step ends with the behaviour's parameter, so that the sequence cannot be played yet."""
        return any(isinstance(step.ends, After) for step in self.steps)

    def after(self, ends: Ends) -> "Sequence":
        """Fill in the parameter of a behaviour."""
        return replace(self, steps=tuple(replace(s, ends=ends) if isinstance(s.ends, After) else s for s in self.steps))

    def rows(self, table: Table) -> "list[dict[str, str | dict[str, Plain]]]":
        """The steps as rows of a scenario file."""
        return [step.row(table.word) for step in self.steps]

    def on(self, table: Table) -> "Sequence":
        """Check the sequence against its role's table, and add the states that it leaves out.

        Where the table has exactly one path between two states, the states on it are added, each without duration: the
        journal and webhooks show every transition, as with a real agent.

        Raises:
            BadScript: A state or event is unknown, or a transition is illegal; the message has the legal ones.
        """
        if not self.strict:
            return self
        steps: list[Step] = []
        before: str | None = None
        for step in self.steps:
            check_names(step, table)
            if step.state != before:  # two steps in one state: no transition
                steps += (Step(state, For(0, 0)) for state in implied_states(table, before, step.state))
            steps.append(step)
            before = step.state
        return replace(self, steps=tuple(steps))


def _step(step: str | tuple[str, str] | Mapping[str, object] | Step) -> Step:
    match step:
        case Step():
            return step
        case str():
            return Step(step)
        case (state, ends):
            return Step(state, parse_ends(ends))
    states = [str(text) for key, text in step.items() if key in ("state", "act")]
    lasts = [f"{key} {text}" for key, text in step.items() if key in ("for", "until")]
    faults = [_fault(row) for key, row in step.items() if key == "fault"]
    if len(states) != 1 or len(lasts) > 1 or len(states + lasts + faults) != len(step):
        raise BadScript(
            f"A step has the keys {', '.join(step)}. Expected 'state' or 'act'; 'for' or 'until' if it ends; and "
            f"'fault' if a fault strikes its polls."
        )
    return Step(states[0], parse_ends(lasts[0]) if lasts else Ever(), *faults)


_OF_A_STEP = ("times", "probability", "nth", "every", "from", "to")
"""The conditions that the fault of a step may have. The others select requests, and a step has only its polls."""


def _fault(row: object) -> Fault:
    """Read the fault of a step, which strikes the polls of that step."""
    fault = read_fault(row)  # type: ignore[arg-type]  # read_fault checks the type
    elsewhere = [
        parameter.key
        for parameter in parameters(When)
        if parameter.key not in _OF_A_STEP and getattr(fault.when, parameter.field) != parameter.default
    ]
    if fault.stage is Stage.TELLS:
        raise BadFault(
            f"A step has the fault {fault.word!r}, which strikes no poll. Expected one that does. Add it to the "
            f"world, with the condition 'state'."
        )
    if elsewhere:
        raise BadFault(
            f"The fault of a step has {' and '.join(elsewhere)}. Expected one or more of {', '.join(_OF_A_STEP)}: "
            f"it strikes the polls of the step's own connection. Add it to the world to strike others."
        )
    return fault


def check_names(step: Step, table: Table) -> None:
    """Refuse a step whose state or event the role's table does not have.

    Raises:
        BadScript: The message has the nearest name.
    """
    if step.state not in table.states:
        noun = "an act" if table.word == "act" else "a state"
        raise BadScript(
            f"{step.state!r} is not {noun} of {table.name}.{did_you_mean(step.state, table.states, cutoff=0.4)} "
            f"Expected one of: {', '.join(table.states)}."
        )
    if isinstance(step.ends, Until) and step.ends.event not in table.events:
        raise BadScript(
            f"{step.ends.event!r} is not an event of {table.name}. Expected one of: {', '.join(table.events)}."
        )


def implied_states(table: Table, before: str | None, state: str) -> tuple[str, ...]:
    """The states between two steps that a script may leave out; none if the second may follow directly.

    Args:
        table: The role's table.
        before: The state of the first step; ``None`` for the start.
        state: The state of the second step.

    Raises:
        BadScript: The table has no path from one to the other, or more than one.
    """
    if state in table.legal_next(before):
        return ()
    paths = table.paths(before, state)
    if len(paths) == 1:
        return paths[0]
    at = before or "the start"
    if paths:
        raise BadScript(
            f"{len(paths)} paths lead {table.name} from {at} to {state}: "
            f"{'; '.join(' -> '.join(path) for path in paths)}. Name the {table.word}s between."
        )
    legal = ", ".join(table.legal_next(before)) or "nothing, it is final"
    raise BadScript(
        f"{table.name} cannot go from {at} to {state}. Legal next: {legal}. "
        f"To play an impossible agent on purpose, say strict: false in a scenario file, or strict=False in Python."
    )


class Cursor:
    """The position of one record in its sequence.

    Attributes:
        sequence: The sequence.
        index: The index of the present step; -1 before the first.
        seen: The number of polls that showed the present step.
        due: When the present step ends by time, in nanoseconds since 1970; ``None`` if time does not end it.
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
            at: The moment of entry, in nanoseconds since 1970.
            draw: Draws an integer, both ends included; called once, if the duration is a range.

        Returns:
            The step, or ``None`` if the script is over.
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

    def count_poll(self) -> bool:
        """Count a poll that showed the present step; returns whether the step ends with it."""
        self.seen += 1
        return isinstance(ends := self.step.ends, Polls) and self.seen >= ends.count

    def waits_for(self, event: str) -> bool:
        """Whether ``event`` ends the present step."""
        return isinstance(ends := self.step.ends, Until) and ends.event == event
