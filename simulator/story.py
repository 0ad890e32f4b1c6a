"""What the steps of one scenario know: who acts, on which connection, and how their waiting ended."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise

from simulator.clients.plug import Connected, Outcome, PrismClient, as_connection, as_outcome, run
from simulator.clients.prism_flow import Pace
from simulator.durations import DAY, SECOND, spoken
from simulator.errors import Misuse, StillPolling, Unmet
from simulator.journal import Exchange
from simulator.prism.states import State
from simulator.world import World

_PRACTICALLY_EVER = 10 * 365 * DAY

NewClient = Callable[[str, str], PrismClient]
"""Makes a client under test from the agent's root URL and an API key."""

_ESTABLISHED = {"inviter": State.RESPONSE_SENT, "invitee": State.RESPONSE_RECEIVED}


@dataclass(slots=True)
class Actor:
    """A client under test, in a role.

    Attributes:
        since: When its connection was made, in nanoseconds since 1970.
        ended: When its wait ended, and ``outcome`` how.
    """

    role: str
    client: PrismClient
    connection: Connected | None = None
    since: int = 0
    outcome: Outcome | None = None
    ended: int = 0


class Story:
    """One scenario.

    Args:
        new_client: Fetches the factory of the client under test, when the first one is needed.
    """

    def __init__(self, world: World, new_client: Callable[[], NewClient]) -> None:
        self.world = world
        self.pace = Pace()
        self.pace_used: bool | None = None  # None: no step has asked for a pace
        self._new_client = new_client
        self._actors: dict[str, Actor] = {}
        self._last: Actor | None = None
        self.invitation: str | None = None

    # --- acting ---------------------------------------------------------------------------------------------------

    def ask_every(self, pause: int) -> None:
        """Let the example client ask evenly, every so many nanoseconds."""
        if pause == 0:
            raise Misuse(
                "A client can not ask every 0 seconds: no time would ever pass. Expected a pause, as in 'every minute'."
            )
        self.pace = Pace.evenly(pause / SECOND)
        self.pace_used = False

    def invite(self, label: str) -> None:
        """The inviter makes an invitation."""
        actor = self._act("inviter")
        actor.since = self.world.clock.now()
        actor.connection = as_connection(actor.client, "create", run(actor.client.create(label)))
        self.invitation = actor.connection.invitation

    def accept(self) -> None:
        """The invitee accepts the invitation: the inviter's, or one from an inviter whom nobody plays."""
        actor = self._act("invitee")
        if self.invitation is None:
            self.invitation = self.world.prism.foreign_invitation("inviter").payload()
        actor.since = self.world.clock.now()
        actor.connection = as_connection(actor.client, "accept", run(actor.client.accept(self.invitation)))

    def wait(self, role: str, at_most: int) -> None:
        """The client waits until it is connected, or gives up.

        Args:
            at_most: Nanoseconds.
        """
        actor = self.actor(role)
        self._last = actor
        expiry = at_most / SECOND
        ended = run(actor.client.wait(self._connection(actor), str(_ESTABLISHED[actor.role]), expiry))
        actor.ended = self.world.clock.now()
        actor.outcome = as_outcome(actor.client, ended)

    def holder_accepts(self) -> None:
        """A holder with no client behind accepts the inviter's invitation."""
        self.world.prism.holder_accepts(self._connection(self.actor("inviter")).id)

    # --- telling --------------------------------------------------------------------------------------------------

    def actor(self, role: str) -> Actor:
        """The actor in a role; "client" is whoever acted last."""
        if role == "client" and self._last is not None:
            return self._last
        if role in self._actors:
            return self._actors[role]
        raise Misuse(
            f"The {role} has done nothing in this scenario. Expected a step before, such as 'When the inviter invites "
            f"the holder' or 'When the invitee accepts the invitation'."
        )

    def state(self, role: str) -> str:
        """The state that the agent would show to the client now; looking does not count as a poll."""
        connection = self._connection(self.actor(role))
        with self.world.lock:
            self.world.clock.settle()
            record = self.world.prism.store.get(connection.id)
        return str(record.state) if record is not None else "unknown to the agent"

    def expect_connected(self, role: str, after: int | None = None) -> None:
        """Fail unless the client's wait ended in an established connection.

        Args:
            after: Exactly so many nanoseconds after the invitation; ``None`` takes any moment.
        """
        actor, outcome = self._ended(role)
        if outcome.expired:
            self._fail(
                f"The {actor.role} gave up in {outcome.state}, {spoken(actor.ended - actor.since)} later.",
                f"Expected {_ESTABLISHED[actor.role]}.",
            )
        if outcome.state != _ESTABLISHED[actor.role]:
            self._fail(
                f"The {actor.role}'s wait ended without expiry in {outcome.state}.",
                f"Expected {_ESTABLISHED[actor.role]}.",
            )
        if after is not None:
            self._expect_moment(actor, "was connected", after)

    def expect_given_up(self, role: str, after: int | None = None) -> None:
        """Fail unless the client gave up, exactly ``after`` nanoseconds after the invitation if that is given."""
        actor, outcome = self._ended(role)
        if not outcome.expired:
            self._fail(
                f"The {actor.role} did not give up: its wait ended in {outcome.state} after "
                f"{spoken(actor.ended - actor.since)}.",
                "Expected it to give up.",
            )
        if after is not None:
            self._expect_moment(actor, "gave up", after)
        self.expect_silence(role)

    def expect_silence(self, role: str) -> None:
        """Fail if the client asked again after its wait had ended."""
        actor, _ = self._ended(role)
        late = [poll for poll in self.polls(role) if poll.at > actor.ended]
        if late:
            self._fail(
                f"The {actor.role} asked {len(late)} times more after its wait had ended, the first time "
                f"{spoken(late[0].at - actor.ended)} later.",
                "Expected silence. Let the client stop polling when it has its outcome.",
            )

    def polls(self, role: str) -> list[Exchange]:
        """The client's reads of its connection, oldest first."""
        return self.world.journal.polls(self._connection(self.actor(role)).id)

    def expect_polls(self, role: str, least: int, most: int) -> None:
        """Fail unless the client read its connection between ``least`` and ``most`` times."""
        count = len(self.polls(role))
        if not least <= count <= most:
            expected = f"exactly {most}" if least == most else f"at most {most}"
            self._fail(f"The {self.actor(role).role} asked {count} times.", f"Expected {expected}.")

    def expect_pause(self, role: str, least: int) -> None:
        """Fail unless the client waited at least so many nanoseconds between any two reads of its connection."""
        moments = [poll.at for poll in self.polls(role)]
        pauses = [later - earlier for earlier, later in pairwise(moments)]
        if not pauses:
            raise Misuse(
                f"The {self.actor(role).role} asked {len(moments)} times, so there is no pause to measure. "
                f"Expected at least two polls. Let it wait longer in a step before."
            )
        shortest = min(pauses)
        if shortest < least:
            since = spoken(moments[pauses.index(shortest)] - self.actor(role).since)
            self._fail(
                f"The {self.actor(role).role} waited only {spoken(shortest)} between two polls, the first of them "
                f"{since} after the invitation.",
                f"Expected at least {spoken(least)}.",
            )

    def expect_still_asking(self, role: str, after: int) -> None:
        """Let the client wait with no expiry that matters, and fail if it stops before ``after`` has passed.

        Args:
            after: Nanoseconds since the invitation.
        """
        actor = self.actor(role)
        waiter = self.world.clock.waiter
        if waiter is None:
            raise Misuse(
                "Whether a client goes on for ever can be told in frozen time only. Use the fixture 'connsim'."
            )
        before, waiter.horizon = waiter.horizon, actor.since + after
        try:
            self.wait(role, _PRACTICALLY_EVER)
        except StillPolling:
            return
        finally:
            waiter.horizon = before
        outcome = "gave up" if actor.outcome and actor.outcome.expired else "ended its wait"
        self._fail(
            f"The {actor.role} {outcome} {spoken(actor.ended - actor.since)} after the invitation.",
            f"Expected it to be still asking after {spoken(after)}.",
        )

    def expect_state(self, role: str, state: str) -> None:
        """Fail unless the agent would show this state to the client now."""
        states = [str(known) for known in State]
        if state not in states:
            near = get_close_matches(state, states, n=1, cutoff=0.4)
            raise Misuse(
                f"{state!r} is no state of a connection.{f' Did you mean {near[0]!r}?' if near else ''} "
                f"Expected one of: {', '.join(states)}."
            )
        shown = self.state(role)
        if shown != state:
            self._fail(f"The {self.actor(role).role}'s connection is in {shown}.", f"Expected {state}.")

    def _expect_moment(self, actor: Actor, what: str, after: int) -> None:
        took = actor.ended - actor.since
        if took != after:
            side = "later" if took > after else "earlier"
            self._fail(
                f"The {actor.role} {what} {spoken(took)} after the invitation.",
                f"Expected exactly {spoken(after)}: it was {spoken(abs(took - after))} {side}.",
            )

    def _act(self, role: str) -> Actor:
        if role not in self._actors:
            self._actors[role] = Actor(role, self._make(self._new_client(), f"{role}-key"))
            if self.pace_used is False:
                raise Misuse(
                    "The scenario says how often the client asks, but the client that is plugged in has its own pace. "
                    "Expected the example client. Leave the sentence out, or define it anew for your client."
                )
        self._last = self._actors[role]
        return self._last

    def _make(self, new_client: NewClient, key: str) -> PrismClient:
        try:
            return new_client(self.world.prism.url, key)
        except TypeError as error:
            raise Misuse(
                f"The fixture connsim_new_client gave {new_client!r}, which does not take a URL and an API key: "
                f"{error}. Expected a function or class that takes both; see docs/test-your-client.md."
            ) from error

    def _connection(self, actor: Actor) -> Connected:
        if actor.connection is None:
            raise Misuse(f"The {actor.role} has no connection yet. Let it invite or accept in a step before.")
        return actor.connection

    def _ended(self, role: str) -> tuple[Actor, Outcome]:
        actor = self.actor(role)
        if actor.outcome is None:
            raise Misuse(
                f"The {actor.role} has not waited in this scenario, so its wait has no outcome. "
                f"Expected a step before, such as 'When the {actor.role} waits at most 24 hours'."
            )
        return actor, actor.outcome

    def _fail(self, happened: str, expected: str) -> None:
        raise Unmet(f"{happened} {expected}")
