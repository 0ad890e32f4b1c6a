"""Plays one record's sequence: time comes from the clock, polls and events from the owner of the record.

Problem. A script says "stay in this state for 90 seconds, or for 3 polls, or until the response arrives". The history
must be the same to the nanosecond, whether a client polls every second or looks once after a day.

Solution. A `Player` holds a `Cursor` into the sequence and at most one item of the clock's agenda. Each call that can
end a step has the moment of its cause as an argument. The next step begins at that moment, not at the present one.

    end of step    how the player learns of it  called by
    for 90s        `Player._enter_next`         the clock's agenda, at the moment that was computed on entry
    for 3 polls    `Player.count_poll`          the fake, after a reply that showed the record's state
    until EVENT    `Player.handle_event`        the flow, when the event happens to the record
    for ever       nothing

- *A step ends by time* at entry plus duration. A range is drawn from the seed on entry, by the step's index, so that a
  other records, or more polls, do not change it.
- *A poll counts* if the client saw the state: after the reply, and only if no fault hid it (`Reply.shows`). The third
  poll of ``for 3 polls`` therefore still shows the step that it ends, and the transition comes right after it.
- *An event counts* only for a step that waits for it. `Player.handle_event` returns whether it did; if not, the owner
  decides whether the event moves the record by the role's table.
- *The agenda* has an item for the present step only. Entering the next step cancels it; so does `Player.stop`, when a
  test makes the holder act by hand.
- *Steps without duration*, which `Sequence.on` adds for states that a script leaves out, are entered in a loop at one
  moment: each is a transition in the journal, and no poll can come between.

Consequences. A player needs no thread and no timer, and costs nothing while its record waits. Moving the clock by a day
enters every step at its own moment. The owner may end the script from inside `Played.on_enter`, for example because its
invitation has expired; so the player must check the value that this call returns before it does anything else.
"""

from typing import Protocol

from connsim.core.clock import Clock, Due
from connsim.core.ends import For, Polls, Until
from connsim.faults.active import ActiveFault
from connsim.script.sequence import Sequence, Step


class Played(Protocol):
    """The owner of a record, as its player sees it."""

    def on_enter(self, step: Step, at: int) -> bool:
        """Show the state of a step that was entered; return ``False`` to end the script there."""

    def on_over(self, at: int) -> None:
        """Follow the role's table from the present state: the last step has ended."""

    def draw(self, index: int, low: int, high: int) -> int:
        """Draw an integer from the seed, both ends included, for the step of this index."""


class Player:
    """Plays a sequence for one record.

    Moments are in nanoseconds since 1970. Every method takes the moment at which its cause happened.

    Attributes:
        due: When the present step ends by time; ``None`` if time does not end it.
        fault: The fault of the present step; new for each step, so that its ``times`` count from the entry.
    """

    __slots__ = ("_clock", "_index", "_owner", "_planned", "_polls", "due", "fault", "sequence")

    def __init__(self, sequence: Sequence, owner: Played, clock: Clock) -> None:
        self.sequence = sequence
        self._owner = owner
        self._clock = clock
        self._index = -1
        self._polls = 0  # that showed the present step
        self._planned: Due | None = None  # the end of the present step on the clock's agenda
        self.due: int | None = None
        self.fault: ActiveFault | None = None

    @property
    def step(self) -> Step:
        """The present step."""
        return self.sequence.steps[self._index]

    def waits_for(self, event: str) -> bool:
        """Whether an event would end the present step."""
        return isinstance(ends := self.step.ends, Until) and ends.event == event

    def start(self, at: int) -> None:
        """Enter the first step, and every further step that begins at the same moment."""
        self._enter_next(at)

    def count_poll(self, at: int) -> None:
        """Count a poll that showed the client the present step."""
        self._polls += 1
        if isinstance(ends := self.step.ends, Polls) and self._polls >= ends.count:
            self._enter_next(at)

    def handle_event(self, event: str, at: int) -> bool:
        """Handle an event; returns whether it ended the present step."""
        if not self.waits_for(event):
            return False
        self._enter_next(at)
        return True

    def stop(self) -> None:
        """Stop playing: the present step no longer ends by time."""
        if self._planned is not None:
            self._planned.cancel()
            self._planned = None

    def _enter_next(self, at: int) -> None:
        self.stop()  # a step that ended by a poll or an event may have an item on the agenda
        while True:
            self._polls, self.due, self.fault = 0, None, None
            if self._index + 1 == len(self.sequence.steps):
                return self._owner.on_over(at)
            self._index += 1
            step = self.step
            if isinstance(ends := step.ends, For):
                fixed = ends.shortest == ends.longest
                lasts = ends.shortest if fixed else self._owner.draw(self._index, ends.shortest, ends.longest)
                self.due = at + lasts
            if step.fault is not None:
                self.fault = ActiveFault(step.fault, ("step", self._index))
            if not self._owner.on_enter(step, at):
                return
            if self.due is None:
                return
            if self.due > at:
                self._planned = self._clock.at(self.due, self._enter_next)
                return
            # The step has no duration: the next one begins at the same moment.
