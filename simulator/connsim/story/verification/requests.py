"""The requests that a test asks for, and what it expects of them, in sentences."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NoReturn, Unpack

from connsim.core.durations import duration, spoken
from connsim.errors import Misuse
from connsim.journal.entries import Exchange
from connsim.story.verification import cadence, words
from connsim.story.verification.asked import Asked, Came, Condition, Equal, Wanted, asked, with_header
from connsim.story.verification.case import Case
from connsim.story.verification.evidence import Evidence
from connsim.story.verification.sightings import Sightings, in_turn

Span = str | timedelta
"""A duration, such as ``"5 minutes"``."""


class Requests:
    """Requests as they stood when they were asked for, oldest first.

    Those that narrow return fewer of them; those that expect something return the same, or raise `Unmet` with the
    nearest miss and the timeline. Moments are counted from the beginning of the connection that was asked for, or from
    the world's start where none was.

    Args:
        pool: The exchanges among which they are, and the nearest miss.

    Raises:
        Misuse: The journal has dropped entries.
    """

    def __init__(self, case: Case, pool: Sequence[Exchange], wanted: Asked | None = None) -> None:
        case.evidence.check()
        self._case = case
        self._pool = pool
        self._wanted = wanted or Asked()
        self._found = [exchange for exchange in pool if self._wanted.fits(exchange)]

    @classmethod
    def asked(
        cls, evidence: Evidence, *, since: Span | None = None, until: Span | None = None, **wanted: Unpack[Wanted]
    ) -> "Requests":
        """The requests that are like this; see `Wanted`.

        Args:
            since: Not earlier than so long after the beginning.
            until: Not later.

        Raises:
            Misuse: No request can be: the journal knows no such connection, or nobody such a route or state.
        """
        like = asked(**wanted)
        evidence.check()  # before a connection is missed that was dropped
        case = Case.begun(evidence, wanted.get("connection"), wanted.get("client"))
        found = cls(case, evidence.exchanges, like)
        if since is not None:
            found = found._when("from {} on", since, later=True, there=True)
        return found if until is None else found.within(until)

    # --- narrowing --------------------------------------------------------------------------------------------------

    def with_header(self, name: str, value: str | None = None) -> "Requests":
        """Those with a header, of this value if one is given."""
        return self._also(with_header(name, value))

    def that_showed(self, state: str) -> "Requests":
        """Those whose reply showed this state of the connection."""
        return self._also(*asked(state=state).conditions)

    def within(self, span: Span) -> "Requests":
        """Those that came not later than so long after the beginning."""
        return self._when("until {}", span, later=False, there=True)

    def before(self, span: Span) -> "Requests":
        """Those that came earlier, and not at that very moment: a client may ask once more when it gives up."""
        return self._when("earlier than {}", span, later=False, there=False)

    def after(self, span: Span) -> "Requests":
        """Those that came later, and not at that very moment."""
        return self._when("later than {}", span, later=True, there=False)

    # --- counts -----------------------------------------------------------------------------------------------------

    def times(self, count: int) -> "Requests":
        """Expect exactly so many."""
        return self._count(count, count, f"exactly {count}")

    def at_least(self, count: int) -> "Requests":
        """Expect so many or more."""
        if count == 0:
            raise Misuse("At least 0 requests there are always. Expected 1 or more, or never() for none.")
        return self._count(count, None, f"at least {count}")

    def at_most(self, count: int) -> "Requests":
        """Expect so many or fewer."""
        return self._count(0, count, f"at most {count}")

    def never(self) -> "Requests":
        """Expect none."""
        return self._count(0, 0, "none")

    def none_after(self, span: Span) -> "Requests":
        """Expect none later than so long after the beginning."""
        boundary = self._case.since + duration(span)
        at_once = f"more after {self._case.origin}"
        said = f"later than {self._case.after(boundary)}" if boundary > self._case.since else at_once
        return self._none_since(self.after(span)._found, boundary, said)

    def none_after_state(self, state: str) -> "Requests":
        """Expect none once the client had been shown this state of the connection, or had asked when it was past.

        Raises:
            Misuse: The connection was never in this state.
        """
        words.state(state)
        sightings = self._sightings
        shown = sightings.past(state)
        if shown is None or shown.answered is None:
            return self
        told = shown.answered
        late = [one for one in sightings.own if one.number > shown.number and one.at >= told]
        return self._none_since(late, told, f"more after it was shown {words.shown(shown)}")

    # --- cadence ----------------------------------------------------------------------------------------------------

    def every(self, pause: Span, *, tolerance: Span = "0s") -> "Requests":
        """Expect the same pause between any two, to the nanosecond unless some tolerance is given."""
        if duration(pause) == 0:
            raise Misuse("Nobody asks every 0 seconds. Expected a pause, such as '1 minute'.")
        return self._pauses(cadence.even(self._moments(2), duration(pause), duration(tolerance)))

    def no_closer_than(self, pause: Span) -> "Requests":
        """Expect no shorter pause between any two."""
        return self._pauses(cadence.apart(self._moments(2), duration(pause)))

    def backs_off(self, *, by: float | None = None, up_to: Span | None = None, tolerance: Span = "1ms") -> "Requests":
        """Expect pauses that never shrink, and the last to be longer than the first.

        Args:
            by: Each pause is so many times as long as the one before.
            up_to: No pause is longer; with ``by``, they grow until they are so long.
            tolerance: Of every comparison: what client code multiplies are mostly floats.
        """
        if by is not None and by <= 1:
            raise Misuse(f"Pauses that become {by:g} times as long do not grow. Expected a factor above 1, such as 2.")
        limit = None if up_to is None else duration(up_to)
        return self._pauses(cadence.backing_off(self._moments(3), by, limit, duration(tolerance)))

    # --- order ------------------------------------------------------------------------------------------------------

    def in_order(self, *steps: Asked) -> "Requests":
        """Expect requests that are like this, one after the other; others may lie between.

        Args:
            steps: Two or more, made by `asked`.
        """
        if len(steps) < 2:
            raise Misuse(f"in_order() was given {len(steps)} of what is to come in order. Expected two or more.")
        order = ", then ".join(f"({step})" for step in steps)
        left, before = self._found, None
        for step in steps:
            index = next((index for index, one in enumerate(left) if step.fits(one)), None)
            if index is None:
                nearest = step.nearest(one for one in self._found if one is not before)
                self._fail(
                    f"made no request ({step}){f' after the one {self._case.after(before.at)}' if before else ''}",
                    order,
                    [before] if before else [],
                    nearest=(step, nearest) if nearest else None,
                )
            before, left = left[index], left[index + 1 :]
        return self

    def saw(self, *states: str) -> "Requests":
        """Expect that the replies showed these states of the one connection, in this order and no others."""
        for state in states:
            words.state(state)
        sightings = self._sightings
        turns = [words.shown(one) for one in sightings.turns]
        if turns == list(states):
            return self
        wrong = [one for one, state in zip(sightings.turns, states, strict=False) if words.shown(one) != state]
        marked = wrong[:1] or sightings.turns[len(states) : len(states) + 1] or sightings.replies[-1:]
        return self._fail(f"was shown {in_turn(turns)}", in_turn(states), marked)

    def first_shown(self, state: str) -> Exchange:
        """Expect that a reply showed this state of the one connection, and return the first that did."""
        words.state(state)
        sightings = self._sightings
        first = sightings.first(state)
        if first is None:
            told = in_turn(words.shown(one) for one in sightings.turns)
            self._fail(f"was shown {told}", state, sightings.replies[-1:])
        return first

    def always_with_header(self, name: str, value: str | None = None) -> "Requests":
        """Expect at least one request, and this header with every one."""
        header = Asked((with_header(name, value),))
        bare = [one for one in self._found if not header.fits(one)]
        nearest = header.nearest(bare)
        if nearest is not None:
            happened = f"sent {len(bare)} of {len(self._found)} requests without {header}"
            self._fail(happened, "it with every one", nearest=(header, nearest))
        if not self._found:
            self._fail("sent no request", f"some, all with {header}")
        return self

    # --- looking ----------------------------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        return f"<Requests: {len(self._found)} ({self._wanted})>"

    # --- what the sentences share -----------------------------------------------------------------------------------

    def _also(self, *conditions: Condition) -> "Requests":
        return Requests(self._case, self._pool, self._wanted.also(*conditions))

    def _when(self, said: str, span: Span, *, later: bool, there: bool) -> "Requests":
        at = self._case.since + duration(span)
        return self._also(Came(said.format(self._case.after(at)), at, later, there))

    def _count(self, least: int, most: int | None, expected: str) -> "Requests":
        if least < 0 or (most or 0) < 0:
            raise Misuse(f"Nobody can make {expected} requests. Expected a count of 0 or more.")
        count = len(self._found)
        happened = f"asked {_times(count)}"
        if count < least:
            others = (one for one in self._pool if not self._wanted.fits(one))
            nearest = self._wanted.nearest(others)
            self._fail(happened, expected, nearest=(self._wanted, nearest) if nearest else None)
        if most is not None and count > most:
            self._fail(happened, expected, [self._found[most]])
        return self

    def _none_since(self, late: list[Exchange], boundary: int, said: str) -> "Requests":
        if late:
            first = spoken(late[0].at - boundary)
            self._fail(f"asked {_times(len(late))} {said}, the first time {first} later", "none", late[:1])
        return self

    def _moments(self, least: int) -> list[int]:
        if len(self._found) < least:
            what = "there is no pause to measure" if least == 2 else "no pause can be longer than the one before"
            known = "" if self._found else f" {self._case.evidence.knows()}"
            raise Misuse(
                f"{self._case.who} asked {_times(len(self._found))}{self._scope}, so {what}.{known} Expected at least "
                f"{least} requests. Let the client wait for longer before, or ask for other requests."
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
        somebody = any(isinstance(one, Equal) and one.what == "client" for one in self._wanted.conditions)
        return Sightings(self._case.evidence, self._found, self._case.connection, anybody=somebody)

    @property
    def _scope(self) -> str:
        """What was asked for, but for whom the sentence names anyway."""
        named = ("client", "connection")
        told = [str(one) for one in self._wanted.conditions if not (isinstance(one, Equal) and one.what in named)]
        return f" ({', '.join(told)})" if told else ""

    def _fail(
        self,
        happened: str,
        expected: str,
        marked: Sequence[Exchange] = (),
        nearest: tuple[Asked, Exchange] | None = None,
    ) -> NoReturn:
        self._case.fail(f"{happened}{self._scope}", expected, marked, nearest, nothing=not self._found)


def _times(count: int) -> str:
    return f"{count} time{'' if count == 1 else 's'}"
