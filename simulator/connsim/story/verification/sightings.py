"""What the replies told a client of its connection."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from connsim.errors import Misuse
from connsim.journal.entries import Exchange, Transition
from connsim.story.verification import words
from connsim.story.verification.evidence import Evidence


class Sightings:
    """The states of one connection, as its owner came to see them.

    The other side writes to the same VCX agency about the same connection; what it does is no sighting.

    Args:
        exchanges: Those in question, oldest first.
        connection: Which they are about; ``None`` if they tell.
        anybody: Whether to take them as they are, because somebody's were asked for.

    Attributes:
        own: The owner's, whatever the reply.
        replies: Those whose reply came and showed a state.

    Raises:
        Misuse: They are about several connections or none, or about one whose state no reply can show.
    """

    def __init__(
        self, evidence: Evidence, exchanges: Sequence[Exchange], connection: str | None, *, anybody: bool
    ) -> None:
        self._evidence = evidence
        self._connection = connection or self._only(exchanges)
        owner = evidence.owner(self._connection)
        self.own = [one for one in exchanges if anybody or one.client == owner]
        answered = [one for one in self.own if one.answered is not None]
        self.replies = [one for one in answered if words.shown(one) is not None]
        if any(one.poll and one.status == 200 for one in answered) and not self._shows_any():
            raise Misuse(
                f"No reply about connection {self._connection} shows its state: the agency carries Aries messages "
                f"unread. Expected a connection of PRISM, or a proprietary one of VCX. Look at the outcome of the "
                f"client's wait."
            )

    @property
    def turns(self) -> list[Exchange]:
        """The first of the replies that showed the same, for each state in turn."""
        return [next(turn) for _, turn in groupby(self.replies, words.shown)]

    def first(self, state: str) -> Exchange | None:
        """The first reply that showed this state, if any did."""
        return next((one for one in self.replies if words.shown(one) == state), None)

    def past(self, state: str) -> Exchange | None:
        """The first reply by which the client could know that the connection had got into this state.

        A state that lasts no time is never shown; a later one tells of it.

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
            f"Connection {self._connection} was never in {state}, so nothing can come after that. It was in "
            f"{in_turn(map(words.entered, moves))}. Let the other side bring it there, or name another state."
        )

    def _shows_any(self) -> bool:
        return any(words.shown(one) for one in self._evidence.exchanges if one.connection == self._connection)

    def _only(self, exchanges: Sequence[Exchange]) -> str:
        about = dict.fromkeys(one.connection for one in exchanges if one.connection is not None)
        if len(about) == 1:
            return next(iter(about))
        raise Misuse(
            f"The requests are about {len(about)} connections, and states are those of one. Expected one. Name it with "
            f"connection=, by the id that the agent gave. {self._evidence.knows()}"
        )


def in_turn(states: Iterable[str | None]) -> str:
    """Tell states in their order."""
    return ", then ".join(str(state) for state in states if state) or "no state"
