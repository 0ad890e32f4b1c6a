"""The states of a connection that replies have shown to its client."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from connsim.errors import Misuse
from connsim.journal.entries import Exchange, Transition
from connsim.story.verification import words
from connsim.story.verification.evidence import Evidence


class Sightings:
    """The states of one connection, as the replies showed them to its owner.

    The other side of a VCX connection sends requests about it to the same agency; they are left out.

    Args:
        evidence: The journal.
        exchanges: The exchanges to look at, oldest first.
        connection: The connection that they are about; ``None`` means the only one in the exchanges.
        of_all_clients: Whether to keep the requests of other clients, because the test has selected a client itself.

    Attributes:
        own: The owner's exchanges, whatever the reply.
        replies: Those of them whose reply arrived and showed a state.

    Raises:
        Misuse: The exchanges are about no connection or several, or about one whose state no reply can show.
    """

    def __init__(
        self, evidence: Evidence, exchanges: Sequence[Exchange], connection: str | None, *, of_all_clients: bool
    ) -> None:
        self._evidence = evidence
        self._connection = connection or self._only(exchanges)
        owner = evidence.owner(self._connection)
        self.own = [one for one in exchanges if of_all_clients or one.client == owner]
        answered = [one for one in self.own if one.answered is not None]
        self.replies = [one for one in answered if words.shown(one) is not None]
        if any(one.poll and one.status == 200 for one in answered) and not self._shows_any():
            raise Misuse(
                f"No reply about connection {self._connection} shows its state: the agency cannot read Aries messages. "
                f"Expected a connection of PRISM, or a proprietary one of VCX. Check the outcome of the client's wait "
                f"instead."
            )

    @property
    def changes(self) -> list[Exchange]:
        """The first reply of each run of replies that showed the same state."""
        return [next(turn) for _, turn in groupby(self.replies, words.shown)]

    def first(self, state: str) -> Exchange | None:
        """Return the first reply that showed this state; ``None`` if no reply did."""
        return next((one for one in self.replies if words.shown(one) == state), None)

    def past(self, state: str) -> Exchange | None:
        """Return the first reply from which the client could know that the connection had reached this state.

        No reply shows a state that lasts no time; a reply that shows a later state implies it.

        Raises:
            Misuse: The connection was never in this state.
        """
        if (first := self.first(state)) is not None:
            return first
        entries = self._evidence.entries
        moves = [one for one in entries if isinstance(one, Transition) and one.connection == self._connection]
        for move in moves:
            if words.entered(move) == state:
                return next((one for one in self.replies if one.number > move.number), None)
        raise Misuse(
            f"Connection {self._connection} was never in {state}, so no request can come after it. It was in "
            f"{in_turn(map(words.entered, moves))}. Script the other side to enter it, or name another state."
        )

    def _shows_any(self) -> bool:
        return any(words.shown(one) for one in self._evidence.exchanges if one.connection == self._connection)

    def _only(self, exchanges: Sequence[Exchange]) -> str:
        about = dict.fromkeys(one.connection for one in exchanges if one.connection is not None)
        if len(about) == 1:
            return next(iter(about))
        raise Misuse(
            f"The requests are about {len(about)} connections. Expected one, whose states are compared. Select it with "
            f"connection=, by the id from the agent. {self._evidence.summary()}"
        )


def in_turn(states: Iterable[str | None]) -> str:
    """Join states in their order, for a message."""
    return ", then ".join(str(state) for state in states if state) or "no state"
