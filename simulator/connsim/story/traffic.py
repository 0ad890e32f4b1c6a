"""The requests of a story's clients, for the sentences about traffic."""

from collections.abc import Callable
from dataclasses import replace

from connsim.core.durations import DAY, spoken
from connsim.errors import Misuse, StillPolling
from connsim.journal.entries import Exchange
from connsim.story.actors import Actor, Actors
from connsim.story.stage import Stage
from connsim.story.verification.case import Case
from connsim.story.verification.conditions import is_poll
from connsim.story.verification.evidence import Evidence
from connsim.story.verification.requests import Requests

_NO_EXPIRY = 10 * 365 * DAY  # longer than any horizon, and a date that client code can compute with


class Traffic:
    """The requests of the clients of one story."""

    def __init__(self, world: Stage, actors: Actors) -> None:
        self._world = world
        self._actors = actors

    def polls(self, role: str) -> Requests:
        """Return the client's polls of its connection."""
        return self._requests(self._actors.find(role), is_poll)

    def cadence(self, role: str) -> Requests:
        """Return the client's polls, without one at the moment when it gave up, whose interval may be shorter."""
        actor = self._actors.find(role)
        gave_up = actor.ended if actor.outcome is not None and actor.outcome.expired else None
        return self._requests(actor, lambda exchange: is_poll(exchange) and exchange.at != gave_up)

    def requests(self, role: str) -> Requests:
        """Return all requests of the client about its connection."""
        return self._requests(self._actors.find(role), lambda exchange: True)

    def silence(self, role: str) -> None:
        """Fail if the client has polled after its wait had ended."""
        actor, _ = self._actors.ended(role)
        case = replace(self.case(actor), since=actor.ended, origin="the end of its wait")
        Requests(case, list(self.polls(role))).none_after("0s")

    def saw(self, role: str, datatable: list[list[str]] | None) -> None:
        """Fail unless the agent showed the client these states, in this order: a table with the column ``state``."""
        head, *rows = datatable or [[]]
        if head != ["state"] or not rows:
            raise Misuse(
                f"The sentence has {f'a table with the columns {head}' if head else 'no table'} below it. Expected one "
                f"with the column | state |, and a row for each state."
            )
        self.requests(role).saw(*(state for (state,) in rows))

    def saw_within(self, role: str, state: str, span: str) -> None:
        """Fail unless the client was shown this state within ``span`` of the invitation."""
        requests = self.requests(role)
        requests.first_shown(state)
        requests.that_showed(state).within(span).at_least(1)

    def saw_before(self, role: str, state: str, other: str, other_state: str) -> None:
        """Fail unless the client was shown this state before the other client was shown ``other_state``."""
        mine, theirs = self.requests(role).first_shown(state), self.requests(other).first_shown(other_state)
        if mine.number > theirs.number:
            case = replace(self.case(self._actors.find(role)), connection=None)
            earlier = f"the {self._actors.find(other).role} had seen {other_state} {case.after(theirs.at)}"
            case.fail(f"saw {state} {case.after(mine.at)}; {earlier}", "the other order", [theirs, mine])

    def still_polling(self, role: str, after: int) -> None:
        """Have the client wait without an expiry, and fail if it stops before ``after`` has passed.

        Args:
            role: The actor.
            after: Nanoseconds since the invitation.
        """
        actor = self._actors.find(role)
        waiter = self._world.clock.waiter
        if waiter is None:
            raise Misuse(
                "This step would take days of real time, because time is not frozen. Expected frozen time. Use the "
                "fixture 'connsim'."
            )
        before, waiter.horizon = waiter.horizon, actor.since + after
        try:
            self._actors.wait(role, _NO_EXPIRY)
        except StillPolling:
            return
        finally:
            waiter.horizon = before
        outcome = "gave up" if actor.outcome and actor.outcome.expired else "ended its wait"
        self.case(actor).fail(
            f"{outcome} {spoken(actor.ended - actor.since)} after the invitation",
            f"it to be still polling after {spoken(after)}",
        )

    def case(self, actor: Actor | None) -> Case:
        """Return the case of a client, or of all clients, for a verdict."""
        evidence = Evidence.of(self._world.clock, self._world.journal)
        if actor is None:
            return Case.from_beginning(evidence, None, None)
        about = None if actor.connected is None else actor.connected.id
        return Case(evidence, f"The {actor.role}", actor.since, "the invitation", about)

    def _requests(self, actor: Actor, fits: Callable[[Exchange], bool]) -> Requests:
        case, connection = self.case(actor), actor.connection.id
        owner = case.evidence.owner(connection)
        about = [one for one in case.evidence.exchanges if one.connection == connection and one.client == owner]
        return Requests(case, [one for one in about if fits(one)])
