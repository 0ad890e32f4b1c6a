"""The requests that a test selects, and its expectations of them."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NoReturn, Unpack

from connsim.core.durations import duration, spoken
from connsim.errors import Misuse
from connsim.journal.entries import Exchange
from connsim.story.verification import cadence, words
from connsim.story.verification.case import Case
from connsim.story.verification.conditions import Condition, Conditions, Equal, Timing, Wanted, asked, with_header
from connsim.story.verification.evidence import Evidence
from connsim.story.verification.sightings import Sightings, in_turn

Span = str | timedelta
"""A duration, such as ``"5 minutes"``."""


class Requests:
    """A selection of requests, oldest first; it does not grow when clients send more.

    A method that narrows the selection returns a new one. A method that checks an expectation returns the same one, or
    raises `Unmet` with the nearest miss and the timeline. Moments are counted from the beginning of the selected
    connection, or from the world's start if none is selected.

    Args:
        case: The subject of messages, and the evidence.
        pool: The exchanges from which requests, and the nearest miss, are selected.
        wanted: The conditions of the selection; ``None`` selects the whole pool.

    Raises:
        Misuse: The journal has dropped entries.
    """

    def __init__(self, case: Case, pool: Sequence[Exchange], wanted: Conditions | None = None) -> None:
        case.evidence.check_complete()
        self._case = case
        self._pool = pool
        self._wanted = wanted or Conditions()
        self._found = [exchange for exchange in pool if self._wanted.fits(exchange)]

    @classmethod
    def select(
        cls, evidence: Evidence, *, since: Span | None = None, until: Span | None = None, **wanted: Unpack[Wanted]
    ) -> "Requests":
        """Select the requests that fulfil these conditions; see `Wanted`.

        Args:
            evidence: The journal.
            since: The earliest moment, counted from the beginning.
            until: The latest moment, counted from the beginning.
            **wanted: The other conditions.

        Raises:
            Misuse: No request could be selected: the connection, route, message, method or state does not exist.
        """
        conditions = asked(**wanted)
        evidence.check_complete()  # first: otherwise a connection whose entries are gone would be called unknown
        case = Case.from_beginning(evidence, wanted.get("connection"), wanted.get("client"))
        found = cls(case, evidence.exchanges, conditions)
        if since is not None:
            found = found._when("from {} on", since, later=True, inclusive=True)
        return found if until is None else found.within(until)

    # --- narrowing --------------------------------------------------------------------------------------------------

    def with_header(self, name: str, value: str | None = None) -> "Requests":
        """Select those with a header, and with this value if it is given."""
        return self._also(with_header(name, value))

    def that_showed(self, state: str) -> "Requests":
        """Select those whose reply showed this state of the connection."""
        return self._also(*asked(state=state).conditions)

    def within(self, span: Span) -> "Requests":
        """Select those no later than ``span`` after the beginning."""
        return self._when("until {}", span, later=False, inclusive=True)

    def before(self, span: Span) -> "Requests":
        """Select those earlier than ``span`` after the beginning, such as polls without the one that gives up."""
        return self._when("earlier than {}", span, later=False, inclusive=False)

    def after(self, span: Span) -> "Requests":
        """Select those later than ``span`` after the beginning."""
        return self._when("later than {}", span, later=True, inclusive=False)

    # --- counts -----------------------------------------------------------------------------------------------------

    def times(self, count: int) -> "Requests":
        """Expect exactly ``count`` requests."""
        return self._count(count, count, f"exactly {count}")

    def at_least(self, count: int) -> "Requests":
        """Expect ``count`` requests or more."""
        if count == 0:
            raise Misuse("'At least 0 requests' is always true. Expected 1 or more, or never() for none.")
        return self._count(count, None, f"at least {count}")

    def at_most(self, count: int) -> "Requests":
        """Expect ``count`` requests or fewer."""
        return self._count(0, count, f"at most {count}")

    def never(self) -> "Requests":
        """Expect no request."""
        return self._count(0, 0, "none")

    def none_after(self, span: Span) -> "Requests":
        """Expect no request later than ``span`` after the beginning."""
        boundary = self._case.since + duration(span)
        when = (
            f"later than {self._case.after(boundary)}" if boundary > self._case.since else f"after {self._case.origin}"
        )
        return self._none_since(self.after(span)._found, boundary, when)

    def none_after_state(self, state: str) -> "Requests":
        """Expect no request after a reply from which the client knew that the connection had reached this state.

        Raises:
            Misuse: The connection was never in this state.
        """
        words.state(state)
        sightings = self._sightings
        shown = sightings.past(state)
        if shown is None or shown.answered is None:
            return self
        answered = shown.answered
        late = [one for one in sightings.own if one.number > shown.number and one.at >= answered]
        return self._none_since(late, answered, f"after it was shown {words.shown(shown)}")

    # --- cadence ----------------------------------------------------------------------------------------------------

    def every(self, pause: Span, *, tolerance: Span = "0s") -> "Requests":
        """Expect this interval between each two requests, to the nanosecond unless a tolerance is given."""
        if duration(pause) == 0:
            raise Misuse("No client polls every 0 seconds. Expected a pause, such as '1 minute'.")
        return self._pauses(cadence.even(self._moments(2), duration(pause), duration(tolerance)))

    def no_closer_than(self, pause: Span) -> "Requests":
        """Expect no interval between two requests to be shorter than ``pause``."""
        return self._pauses(cadence.apart(self._moments(2), duration(pause)))

    def backs_off(self, *, by: float | None = None, up_to: Span | None = None, tolerance: Span = "1ms") -> "Requests":
        """Expect intervals that never shrink, and the last to be longer than the first.

        Args:
            by: The factor from each interval to the next.
            up_to: The longest interval; with ``by``, intervals grow up to it.
            tolerance: The tolerance of every comparison: client code computes its intervals in floats.
        """
        if by is not None and by <= 1:
            raise Misuse(f"With a factor of {by:g}, pauses do not grow. Expected a factor above 1, such as 2.")
        limit = None if up_to is None else duration(up_to)
        return self._pauses(cadence.backing_off(self._moments(3), by, limit, duration(tolerance)))

    # --- order ------------------------------------------------------------------------------------------------------

    def in_order(self, *steps: Conditions) -> "Requests":
        """Expect these requests in this order; others may come in between.

        Args:
            steps: The conditions of each, made by `asked`; two or more.
        """
        if len(steps) < 2:
            raise Misuse("in_order() was given fewer than two requests. Expected two or more, whose order is compared.")
        order = ", then ".join(f"({step})" for step in steps)
        left, before = self._found, None
        for step in steps:
            index = next((index for index, one in enumerate(left) if step.fits(one)), None)
            if index is None:
                nearest = step.nearest(one for one in self._found if one is not before)
                self._fail(
                    f"sent no request ({step}){f' after the one {self._case.after(before.at)}' if before else ''}",
                    order,
                    [before] if before else [],
                    nearest=(step, nearest) if nearest else None,
                )
            before, left = left[index], left[index + 1 :]
        return self

    def saw(self, *states: str) -> "Requests":
        """Expect that the replies showed exactly these states of the one connection, in this order."""
        for state in states:
            words.state(state)
        sightings = self._sightings
        turns = [words.shown(one) for one in sightings.changes]
        if turns == list(states):
            return self
        wrong = [one for one, state in zip(sightings.changes, states, strict=False) if words.shown(one) != state]
        marked = wrong[:1] or sightings.changes[len(states) : len(states) + 1] or sightings.replies[-1:]
        return self._fail(f"was shown {in_turn(turns)}", in_turn(states), marked)

    def first_shown(self, state: str) -> Exchange:
        """Expect that a reply showed this state of the one connection, and return the first that did."""
        words.state(state)
        sightings = self._sightings
        first = sightings.first(state)
        if first is None:
            states = in_turn(words.shown(one) for one in sightings.changes)
            self._fail(f"was shown {states}", state, sightings.replies[-1:])
        return first

    def always_with_header(self, name: str, value: str | None = None) -> "Requests":
        """Expect at least one request, and this header on each of them."""
        header = Conditions((with_header(name, value),))
        bare = [one for one in self._found if not header.fits(one)]
        nearest = header.nearest(bare)
        if nearest is not None:
            happened = f"sent {len(bare)} of {len(self._found)} requests without {header}"
            self._fail(happened, "the header on every request", nearest=(header, nearest))
        if not self._found:
            self._fail("sent no requests", f"at least one, and each with {header}")
        return self

    # --- reading ----------------------------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        return f"<Requests: {len(self._found)} ({self._wanted})>"

    # --- what the sentences share -----------------------------------------------------------------------------------

    def _also(self, *conditions: Condition) -> "Requests":
        return Requests(self._case, self._pool, self._wanted.also(*conditions))

    def _when(self, name: str, span: Span, *, later: bool, inclusive: bool) -> "Requests":
        at = self._case.since + duration(span)
        return self._also(Timing(name.format(self._case.after(at)), at, later, inclusive))

    def _count(self, least: int, most: int | None, expected: str) -> "Requests":
        if least < 0 or (most or 0) < 0:
            raise Misuse(f"No client can send {expected} requests. Expected a count of 0 or more.")
        count = len(self._found)
        happened = f"sent {_number(count)}"
        if count < least:
            others = (one for one in self._pool if not self._wanted.fits(one))
            nearest = self._wanted.nearest(others)
            self._fail(happened, expected, nearest=(self._wanted, nearest) if nearest else None)
        if most is not None and count > most:
            self._fail(happened, expected, [self._found[most]])
        return self

    def _none_since(self, late: list[Exchange], boundary: int, when: str) -> "Requests":
        if late:
            first = spoken(late[0].at - boundary)
            self._fail(f"sent {_number(len(late))} {when}, the first one {first} later", "none", late[:1])
        return self

    def _moments(self, least: int) -> list[int]:
        if len(self._found) < least:
            what = "there is no pause to measure" if least == 2 else "no pause can be longer than the one before"
            summary = "" if self._found else f" {self._case.evidence.summary()}"
            raise Misuse(
                f"{self._case.who} sent {_number(len(self._found))}{self._scope}, so {what}.{summary} Expected at "
                f"least {least} requests. Make the client wait longer before this step, or select other requests."
            )
        return [one.at for one in self._found]

    def _pauses(self, finding: cadence.Finding | None) -> "Requests":
        if finding is None:
            return self
        if finding.at is None:
            return self._fail(finding.happened, finding.expected)
        marked = self._found[finding.at : finding.at + 2]
        return self._fail(f"{finding.happened}, from {self._case.after(marked[0].at)} on", finding.expected, marked)

    @property
    def _sightings(self) -> Sightings:
        named = any(isinstance(one, Equal) and one.what == "client" for one in self._wanted.conditions)
        return Sightings(self._case.evidence, self._found, self._case.connection, of_all_clients=named)

    @property
    def _scope(self) -> str:
        """The conditions in parentheses, without those that the subject or the timeline of the message shows anyway."""
        named = ("client", "connection")
        shown = [str(one) for one in self._wanted.conditions if not (isinstance(one, Equal) and one.what in named)]
        return f" ({', '.join(shown)})" if shown else ""

    def _fail(
        self,
        happened: str,
        expected: str,
        marked: Sequence[Exchange] = (),
        nearest: tuple[Conditions, Exchange] | None = None,
    ) -> NoReturn:
        self._case.fail(f"{happened}{self._scope}", expected, marked, nearest, nothing=not self._found)


def _number(count: int) -> str:
    return f"{count or 'no'} request{'' if count == 1 else 's'}"
