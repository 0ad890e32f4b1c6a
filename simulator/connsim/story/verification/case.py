"""Whose requests a test looks at, and how it is told that they were otherwise than expected."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from connsim.core.durations import spoken
from connsim.errors import Unmet
from connsim.journal.entries import Exchange
from connsim.journal.timeline import line
from connsim.story.verification.asked import Asked
from connsim.story.verification.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Case:
    """Somebody's requests, and what is known of them.

    Attributes:
        who: The subject of every sentence, such as ``The inviter``.
        since: The moment from which a test counts, in nanoseconds since 1970.
        origin: What it is called, such as ``the invitation``.
        connection: Whose timeline is shown; ``None`` is everybody's.
    """

    evidence: Evidence
    who: str
    since: int
    origin: str
    connection: str | None = None

    @classmethod
    def begun(cls, evidence: Evidence, connection: str | None, client: str | None) -> "Case":
        """A case that counts from the beginning of a connection, or else of the world.

        Raises:
            Misuse: The journal knows no such connection.
        """
        one = len({exchange.client for exchange in evidence.exchanges}) == 1
        who = f"The client {client!r}" if client else "The client" if one else "The clients"
        if connection is None:
            return cls(evidence, who, evidence.start, "the world's start")
        return cls(evidence, who, evidence.beginning(connection), "the connection's beginning", connection)

    def after(self, at: int) -> str:
        """Name a moment, such as ``5 minutes after the invitation``."""
        if at < self.since:
            return f"{spoken(self.since - at)} before {self.origin}"
        return f"{spoken(at - self.since)} after {self.origin}"

    def fail(
        self,
        happened: str,
        expected: str,
        marked: Sequence[Exchange] = (),
        nearest: tuple[Asked, Exchange] | None = None,
        *,
        nothing: bool = False,
    ) -> NoReturn:
        """Raise what was expected and not met.

        Args:
            happened: Follows the subject.
            expected: Follows "Expected".
            marked: The exchanges that it was because of.
            nearest: The exchange that came nearest to what was missed, and what was asked of it.
            nothing: Whether there was nothing to judge, so that it helps to know what else there is.
        """
        told = [f"{self.who} {happened}. Expected {expected}."]
        if nothing:
            told.append(self.evidence.knows())
        if nearest is not None:
            wanted, miss = nearest
            differs = "; ".join(wanted.problems(miss)) or "it is what was asked for, in the wrong place"
            told.append(f"Nearest miss: {line(miss, self.evidence.start)}: {differs}.")
            marked = [*marked, miss]
        self.unmet("\n".join(told), marked)

    def unmet(self, told: str, marked: Sequence[Exchange] = ()) -> NoReturn:
        """Raise what was expected and not met, with the timeline below what is told of it."""
        timeline = self.evidence.told(self.connection, marked) or ["  Nothing has happened yet."]
        of = "" if self.connection is None else f" of connection {self.connection}"
        raise Unmet("\n".join([told, f"The timeline{of}:", *timeline]))
