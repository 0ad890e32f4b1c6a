"""State sequences: what a scripted side shows, step by step, and what ends each step. Pure.

A sequence is a list of steps. A step is a state and one of four ends: after a while, after having been seen a number
of times, on an event, never. A `Cursor` marks how far one record has come; who moves it, and when, is not decided here.
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
        state: The state that is shown (or, for a VCX holder, the act that is done).
        ends: What ends the step.
        fault: What happens to the replies that show it, if anything.
    """

    state: str
    ends: Ends = field(default_factory=Ever)
    fault: Fault | None = None

    def __str__(self) -> str:
        return f"{self.state} {self.ends}"

    def row(self, word: str = "state") -> "dict[str, str | dict[str, Plain]]":
        """The step as a line of a scenario file, which `Sequence.of` reads.

        Args:
            word: What the role's table calls a state of it: ``state`` or ``act``.
        """
        end, _, what = str(self.ends).partition(" ")
        return {word: self.state, end: what} | ({} if self.fault is None else {"fault": self.fault.row()})


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
    def of(cls, *steps: "str | tuple[str, str] | Mapping[str, object] | Step", strict: bool = True) -> "Sequence":
        """Write a sequence down: ``Sequence.of(("InvitationGenerated", "for 90s"), "ConnectionResponseSent")``.

        A step may also be a mapping, as in scenario files: ``{"act": "ignore", "for": "3m"}``, with what happens to the
        polls that it is to answer: ``"fault": {"status": 503, "times": 2}``.

        Raises:
            BadScript: No steps, a key that is unknown, an end that cannot be read, or a step after one that never ends.
            BadFault: A fault that cannot be read, or that cannot strike a step's polls.
        """
        return cls(tuple(map(_step, steps)), strict)

    @classmethod
    def of_rows(cls, rows: Iterable[Mapping[str, str]], *, strict: bool = True) -> "Sequence":
        """Read the rows of a table with the columns ``state`` (or ``act``) and ``lasts``; no ``lasts`` is for ever.

        A third column may be ``fault``: ``status 503, times 2``.

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
                    f"holder 'act' and 'lasts', and maybe 'fault'."
                )
            fault = row.get("fault", "").strip()
            ends = parse_ends(row["lasts"]) if row["lasts"].strip() else Ever()
            steps.append(Step(row[word], ends, _fault(fault) if fault else None))
        return cls.of(*steps, strict=strict)

    @property
    def open(self) -> bool:
        """Whether a tester has yet to say when a step ends."""
        return any(isinstance(step.ends, After) for step in self.steps)

    def after(self, ends: Ends) -> "Sequence":
        """Fill in the parameter of a behaviour."""
        return replace(self, steps=tuple(replace(s, ends=ends) if isinstance(s.ends, After) else s for s in self.steps))

    def rows(self, table: Table) -> "list[dict[str, str | dict[str, Plain]]]":
        """The steps as a scenario file has them."""
        return [step.row(table.word) for step in self.steps]

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
            check_names(step, table)
            if step.state != before:  # staying in a state for a second reason is no transition
                steps += (Step(state, For(0, 0)) for state in passed(table, before, step.state))
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
    said = [str(text) for key, text in step.items() if key in ("state", "act")]
    lasts = [f"{key} {text}" for key, text in step.items() if key in ("for", "until")]
    faults = [_fault(row) for key, row in step.items() if key == "fault"]
    if len(said) != 1 or len(lasts) > 1 or len(said + lasts + faults) != len(step):
        raise BadScript(
            f"A step has the keys {', '.join(step)}. Expected 'state' or 'act', and 'for' or 'until' if it ends; "
            f"and 'fault' if one is to strike its polls."
        )
    return Step(said[0], parse_ends(lasts[0]) if lasts else Ever(), *faults)


_OF_A_STEP = ("times", "probability", "nth", "every", "from", "to")


def _fault(row: object) -> Fault:
    """Read the fault of a step, which strikes the polls that are to see it."""
    fault = read_fault(row)  # type: ignore[arg-type]  # it judges whatever it is given
    elsewhere = [
        parameter.key
        for parameter in parameters(When)
        if parameter.key not in _OF_A_STEP and getattr(fault.when, parameter.field) != parameter.default
    ]
    if fault.stage is Stage.TELLS:
        raise BadFault(
            f"A step has the fault {fault.word!r}, which strikes no poll. Expected one that does. Arm it for the "
            f"world, with the state for which it is meant."
        )
    if elsewhere:
        raise BadFault(
            f"The fault of a step was told {' and '.join(elsewhere)}. Expected one or more of {', '.join(_OF_A_STEP)}: "
            f"it strikes the polls of the step's own connection. Arm it for the world to strike others."
        )
    return fault


def check_names(step: Step, table: Table) -> None:
    """Refuse a step whose state or event the role's table does not have.

    Raises:
        BadScript: The message names the nearest.
    """
    if step.state not in table.states:
        raise BadScript(
            f"{step.state!r} is no {table.word} of {table.name}.{did_you_mean(step.state, table.states, cutoff=0.4)} "
            f"Expected one of: {', '.join(table.states)}."
        )
    if isinstance(step.ends, Until) and step.ends.event not in table.events:
        raise BadScript(f"{step.ends.event!r} is no event of {table.name}. Expected one of: {', '.join(table.events)}.")


def passed(table: Table, before: str | None, state: str) -> tuple[str, ...]:
    """The states that are passed through on the way from one state (``None``: the start) to another.

    Raises:
        BadScript: There is no way, or more than one.
    """
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
        f"To play an impossible agent on purpose, say strict: false in a scenario file, or strict=False in Python."
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
