"""The subject of an expectation, and the message when the expectation is not met."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from connsim.core.durations import spoken
from connsim.errors import Unmet
from connsim.journal.entries import Exchange
from connsim.journal.timeline import line
from connsim.story.verification.conditions import Conditions
from connsim.story.verification.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Case:
    """The client or clients whose requests a test looks at, and the evidence.

    Attributes:
        evidence: The journal.
        who: The subject of every message, such as ``The inviter``.
        since: The moment from which a test counts, in nanoseconds since 1970.
        origin: The name of that moment, such as ``the invitation``.
        connection: The connection whose timeline is shown; ``None`` shows all.
    """

    evidence: Evidence
    who: str
    since: int
    origin: str
    connection: str | None = None

    @classmethod
    def from_beginning(cls, evidence: Evidence, connection: str | None, client: str | None) -> "Case":
        """Make a case that counts from the beginning of a connection; for ``None``, from that of the world.

        Raises:
            Misuse: The journal has no entry of this connection.
        """
        one = len({exchange.client for exchange in evidence.exchanges}) == 1
        who = f"The client {client!r}" if client else "The client" if one else "The clients"
        if connection is None:
            return cls(evidence, who, evidence.start, "the world's start")
        return cls(evidence, who, evidence.beginning(connection), "the connection's beginning", connection)

    def after(self, at: int) -> str:
        """Describe a moment, such as ``5 minutes after the invitation``."""
        if at < self.since:
            return f"{spoken(self.since - at)} before {self.origin}"
        return f"{spoken(at - self.since)} after {self.origin}"

    def fail(
        self,
        happened: str,
        expected: str,
        marked: Sequence[Exchange] = (),
        nearest: tuple[Conditions, Exchange] | None = None,
        *,
        nothing: bool = False,
    ) -> NoReturn:
        """Raise `Unmet`.

        Args:
            happened: What the client did, to follow the subject.
            expected: What was expected, to follow "Expected".
            marked: The exchanges to mark in the timeline, as the cause.
            nearest: The conditions that no exchange fulfilled, and the exchange that came nearest.
            nothing: Whether no request was selected; then the message names the clients and connections of the journal.
        """
        lines = [f"{self.who} {happened}. Expected {expected}."]
        if nothing:
            lines.append(self.evidence.summary())
        if nearest is not None:
            wanted, miss = nearest
            differs = "; ".join(wanted.problems(miss)) or "it fulfils the conditions, but in the wrong place"
            lines.append(f"Nearest miss: {line(miss, self.evidence.start)}: {differs}.")
            marked = [*marked, miss]
        self.unmet("\n".join(lines), marked)

    def unmet(self, message: str, marked: Sequence[Exchange] = ()) -> NoReturn:
        """Raise `Unmet` with this message, and the timeline below it."""
        timeline = self.evidence.timeline(self.connection, marked) or ["  Nothing has happened yet."]
        about = "" if self.connection is None else f" of connection {self.connection}"
        raise Unmet("\n".join([message, f"The timeline{about}:", *timeline]))
