"""What happens in one scenario: who acts, on which connection, and how their waiting ended."""

from collections.abc import Callable
from dataclasses import dataclass

from simulator.clients.plug import Connected, Outcome, PrismClient, as_connection, as_outcome, run
from simulator.clients.prism_flow import Pace
from simulator.durations import SECOND
from simulator.errors import Misuse
from simulator.expectations import ESTABLISHED, Expectations
from simulator.world import World

ROLE = "(?P<role>client|inviter|invitee|other invitee)"
"""Who may stand in a sentence, for its pattern; the client is whoever acted last."""

NewClient = Callable[[str, str], PrismClient]
"""Makes a client under test from the agent's root URL and an API key."""


@dataclass(slots=True)
class Actor:
    """A client under test, in a role.

    Attributes:
        since: When its connection was made, in nanoseconds since 1970.
        ended: When its wait ended, and ``outcome`` how.
        refused: What the agent said when it refused what the client tried last.
    """

    role: str
    client: PrismClient
    connection: Connected | None = None
    since: int = 0
    outcome: Outcome | None = None
    ended: int = 0
    refused: str | None = None


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
        self.early = False
        self.expect = Expectations(self)

    # --- acting ---------------------------------------------------------------------------------------------------

    def ask_every(self, pause: int) -> None:
        """Let the example client ask evenly, every so many nanoseconds."""
        if pause == 0:
            raise Misuse(
                "A client can not ask every 0 seconds: no time would ever pass. Expected a pause, as in 'every minute'."
            )
        self.pace = Pace.evenly(pause / SECOND)
        self.pace_used = False

    def play_early_agents(self) -> None:
        """Give the clients agents of early 2023 instead of today's."""
        self.early = True

    def invite(self, label: str) -> None:
        """The inviter makes an invitation."""
        actor = self._act("inviter")
        actor.since = self.world.clock.now()
        actor.connection = as_connection(actor.client, "create", run(actor.client.create(label)))
        self.invitation = actor.connection.invitation

    def accept(self, role: str = "invitee") -> None:
        """An invitee accepts the invitation: the inviter's, or one from an inviter whom nobody plays."""
        actor = self._act(role)
        if self.invitation is None:
            self.invitation = self.world.prism.foreign_invitation("inviter").payload()
        now = self.world.clock.now()
        actor.connection = as_connection(actor.client, "accept", run(actor.client.accept(self.invitation)))
        actor.since = now

    def try_to_accept(self, role: str) -> None:
        """A client accepts the invitation, and its agent may refuse; what the client makes of that is its affair."""
        journal = self.world.journal
        before, failed = journal.last_exchange(), None
        try:
            self.accept(role)
        except Exception as error:
            failed = error
        last = journal.last_exchange()
        refused = last is not None and last is not before and last.status is not None and last.status >= 400
        if failed is not None and not refused:
            raise failed
        self.actor(role).refused = last.reply.decode() if last is not None and refused else None

    def wait(self, role: str, at_most: int) -> None:
        """The client waits until it is connected, or gives up.

        Args:
            at_most: Nanoseconds.
        """
        actor = self.actor(role)
        self._last = actor
        expiry = at_most / SECOND
        ended = run(actor.client.wait(self.connection(actor), str(ESTABLISHED[actor.role]), expiry))
        actor.ended = self.world.clock.now()
        actor.outcome = as_outcome(actor.client, ended)

    def holder_accepts(self) -> None:
        """A holder with no client behind accepts the inviter's invitation."""
        self.world.prism.holder_accepts(self.connection(self.actor("inviter")).id)

    # --- who acts --------------------------------------------------------------------------------------------------

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

    def connection(self, actor: Actor) -> Connected:
        """The actor's connection.

        Raises:
            Misuse: It has none yet.
        """
        if actor.connection is None:
            raise Misuse(f"The {actor.role} has no connection yet. Let it invite or accept in a step before.")
        return actor.connection

    def _act(self, role: str) -> Actor:
        if role not in self._actors:
            self._actors[role] = Actor(role, self._make(self._new_client(), f"{role.replace(' ', '-')}-key"))
            if self.pace_used is False:
                raise Misuse(
                    "The scenario says how often the client asks, but the client that is plugged in has its own pace. "
                    "Expected the example client. Leave the sentence out, or define it anew for your client."
                )
        self._last = self._actors[role]
        return self._last

    def _make(self, new_client: NewClient, key: str) -> PrismClient:
        try:
            return new_client(self._url(), key)
        except TypeError as error:
            raise Misuse(
                f"The fixture connsim_new_client gave {new_client!r}, which does not take a URL and an API key: "
                f"{error}. Expected a function or class that takes both; see docs/test-your-client.md."
            ) from error

    def _url(self) -> str:
        prism = self.world.prism
        return prism.url + (prism.p1.profile.prefix if self.early else "")
