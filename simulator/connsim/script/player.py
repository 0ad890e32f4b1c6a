"""Plays one record's sequence: time from the clock, polls and events from whoever owns the record."""

from typing import Protocol

from connsim.core.clock import Clock, Due
from connsim.faults.armed import Armed
from connsim.script.sequence import Cursor, Sequence, Step


class Played(Protocol):
    """The owner of a record, told what its script wants."""

    def on_enter(self, step: Step, at: int) -> bool:
        """A step was entered; return whether the script goes on."""
        ...

    def on_over(self, at: int) -> None:
        """The last step has ended; the record is on its own again."""
        ...

    def draw(self, index: int, low: int, high: int) -> int:
        """Choose a number between two, both included, for the step of this index; comes from the seed."""
        ...


class Player:
    """A sequence in play.

    Every method takes the moment at which its cause happened, so that the history does not depend on when somebody
    looks.

    Attributes:
        armed: The fault of the present step, which counts from the moment at which the step is entered.
    """

    __slots__ = ("_clock", "_cursor", "_due", "_owner", "armed")

    def __init__(self, sequence: Sequence, owner: Played, clock: Clock) -> None:
        self._cursor = Cursor(sequence)
        self._owner = owner
        self._clock = clock
        self._due: Due | None = None
        self.armed: Armed | None = None

    @property
    def step(self) -> Step:
        """The present step."""
        return self._cursor.step

    @property
    def sequence(self) -> Sequence:
        """What is played."""
        return self._cursor.sequence

    @property
    def due(self) -> int | None:
        """When the present step ends by itself, in nanoseconds since 1970; ``None`` if time does not end it."""
        return self._cursor.due

    @property
    def strict(self) -> bool:
        """Whether the sequence keeps to its role's table."""
        return self._cursor.sequence.strict

    def waits_for(self, event: str) -> bool:
        """Tell whether an event would end the present step."""
        return self._cursor.hears(event)

    def start(self, at: int) -> None:
        """Enter the first step, and every step after it that ends at the same instant."""
        self._go_on(at)

    def seen(self, at: int) -> None:
        """The client has read the record."""
        if self._cursor.poll():
            self._go_on(at)

    def hear(self, event: str, at: int) -> bool:
        """Something happened; tell whether it ended the present step."""
        if not self._cursor.hears(event):
            return False
        self._go_on(at)
        return True

    def stop(self) -> None:
        """Play no further."""
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _go_on(self, at: int) -> None:
        self.stop()
        cursor = self._cursor
        while True:
            step = cursor.enter_next(at, lambda low, high: self._owner.draw(cursor.index, low, high))
            self.armed = None if step is None or step.fault is None else Armed(step.fault, ("step", cursor.index))
            if step is None:
                return self._owner.on_over(at)
            if not self._owner.on_enter(step, at):
                return
            if cursor.due is None:
                return
            if cursor.due > at:
                self._due = self._clock.at(cursor.due, self._go_on)
                return
