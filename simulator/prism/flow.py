"""How connections move: the messages between two agents, what refuses them, retries, and scripts.

No message is built or encrypted here: a client sees only what a message causes. What the peer's endpoint would answer
is a `Problem` or its absence. Everything takes the moment at which it happens.
"""

from functools import partial

from simulator.clock import Clock
from simulator.journal import Journal
from simulator.player import Player
from simulator.prism import problems
from simulator.prism.did import peer_did, service
from simulator.prism.invitation import Invitation
from simulator.prism.problems import Problem, dumps
from simulator.prism.records import RETRIES, Connection, Failure
from simulator.prism.settings import Settings
from simulator.prism.states import INVITEE, INVITER, Event, State
from simulator.seed import Seed
from simulator.sequence import Sequence, Step
from simulator.store import Store


class Flow:
    """Moves the connections of one agent.

    Args:
        endpoint: Where the agent takes DIDComm messages; goes into its DIDs.
    """

    def __init__(
        self,
        clock: Clock,
        seed: Seed,
        journal: Journal,
        store: Store[Connection],
        settings: Settings,
        endpoint: str,
    ) -> None:
        self.clock = clock
        self.seed = seed
        self.journal = journal
        self.store = store
        self.settings = settings
        self.endpoint = endpoint

    # --- what a client starts -------------------------------------------------------------------------------------

    def create(self, record: Connection, script: Sequence | None) -> None:
        """Take in the record of a new inviter."""
        self.store.add(record)
        self._change(record, Event.CREATED, record.created)
        if script is not None:
            self._play(record, script)

    def accept(self, record: Connection, script: Sequence | None) -> None:
        """Take in the record of a new invitee. Nothing has been sent yet when this returns."""
        self.store.add(record)
        self._change(record, Event.CREATED, record.created)
        if script is not None:
            self._play(record, script)
        else:
            self._prepare(record, record.created)

    # --- what a person or a message does --------------------------------------------------------------------------

    def request_arrives(self, inviter: Connection, their_did: str, peer: Connection | None, at: int) -> int:
        """An invitee's connection request reaches the inviter's endpoint.

        Args:
            peer: The invitee's record, if a client of this world has it; else a holder with nobody behind.

        Returns:
            When the endpoint answers with a 200.

        Raises:
            Problem: What it answers instead.
        """
        if inviter.state != State.INVITATION_GENERATED or inviter.their_did is not None:
            raise problems.wrong_state(str(inviter.state))
        if self._too_late(inviter, at):
            self._expire(inviter, at)
            raise problems.invitation_expired(inviter.thid)
        inviter.their_did = their_did
        inviter.peer = peer
        if inviter.player is not None:
            inviter.player.hear(Event.ACCEPTED, at)
        else:
            self._change(inviter, Event.ACCEPTED, at)
            self.clock.at(at + self.settings.handling, partial(self._prepare, inviter))
        return at + self.settings.handling

    def response_arrives(self, invitee: Connection, at: int) -> None:
        """The inviter's response reaches the invitee's endpoint. A scripted invitee takes it, whatever it shows.

        Raises:
            Problem: What the endpoint answers instead of a 200.
        """
        if invitee.player is not None:
            invitee.answered = True
            invitee.player.hear(Event.ANSWERED, at)
        else:
            self._change(invitee, Event.ANSWERED, at)

    # --- DIDs -----------------------------------------------------------------------------------------------------

    def did(self, record: Connection) -> str:
        """The agent's own DID for a connection."""
        return self.did_of(record.id)

    def did_of(self, *name: object) -> str:
        """The DID that the seed gives to this name."""
        return peer_did(self.seed.draw("agreement", *name), self.seed.draw("authentication", *name), self.endpoint)

    def holder_did(self, record: Connection) -> str:
        """The DID of the holder behind a connection that no client of this world has at the other end."""
        return self.did_of(record.id, "peer")

    def invitation(self, record: Connection) -> Invitation:
        """The invitation that a record was made with, or accepted."""
        if record.invitation is not None:
            return record.invitation
        return Invitation(record.thid, self.did(record), record.goal_code, record.goal)

    # --- transitions ----------------------------------------------------------------------------------------------

    def _change(self, record: Connection, event: Event, at: int) -> None:
        target = record.table.follow(record.state, event)
        if target is None:
            raise problems.wrong_state(str(record.state))
        self._enter(record, target, event, at)

    def _enter(self, record: Connection, target: str, event: str, at: int) -> None:
        source = record.state
        record.state = target
        if source is not None:
            record.updated = at
        record.retries = RETRIES
        record.failure = None
        record.version += 1
        self.journal.add_transition(at, record.table.name, record.id, source, target, event)

    def _prepare(self, record: Connection, at: int) -> None:
        self._change(record, Event.PREPARED, at)
        self._queue(record, at + self.settings.pickup, 0)

    def _too_late(self, inviter: Connection, at: int) -> bool:
        return at - inviter.created > self.settings.invitation_expiry

    def _expire(self, inviter: Connection, at: int) -> None:
        if inviter.player is not None:
            inviter.player.stop()
            inviter.player = None
        self._change(inviter, Event.ACCEPTED_LATE, at)

    # --- sending --------------------------------------------------------------------------------------------------

    def _queue(self, record: Connection, due: int, attempt: int) -> None:
        self.clock.at(due, partial(self._send, record, str(record.state), attempt))

    def _send(self, record: Connection, pending: str, attempt: int, at: int) -> None:
        if record.state != pending or record.player is not None:
            return
        try:
            answered = self._send_request(record, at) if record.table is INVITEE else self._send_response(record, at)
        except Problem as refused:
            body = dumps(refused.body(self.seed.draw_uuid("refusal", record.id, attempt))).decode()
            self._failed(
                record, "BackgroundJobError", f"DIDComm sending error: [{refused.status}] - {body}", attempt, at
            )
        except ConnectionError as unreachable:
            cause = str(unreachable)
            self._failed(record, "MercuryError", f"Error when sending message: {cause}; DATA:''. {cause}", attempt, at)
        else:
            self.clock.at(answered + self.settings.acknowledged, partial(self._delivered, record))

    def _send_request(self, invitee: Connection, at: int) -> int:
        invitation = self.invitation(invitee)
        inviter = self.store.get(invitation.id)
        if inviter is None or inviter.table is not INVITER or self.did(inviter) != invitation.from_did:
            if invitation.from_did.endswith(f".S{service(self.endpoint)}"):
                raise problems.peer_did_not_found(invitation.from_did)
            # A fake does not write to strangers: to it they are as good as down. (The real text holds the message.)
            raise ConnectionRefusedError("Connection refused")
        return self.request_arrives(inviter, self.did(invitee), invitee, at)

    def _send_response(self, inviter: Connection, at: int) -> int:
        if inviter.peer is not None:
            self.response_arrives(inviter.peer, at)
        return at

    def _delivered(self, record: Connection, at: int) -> None:
        try:
            self._change(record, Event.DELIVERED, at)
        except Problem as overtaken:
            # The response was faster than the 2xx to the request: the late book-keeping fails and stays on the
            # record of an established connection. Deduced from the agent's code.
            record.fail(Failure("ConnectionServiceError", overtaken.status, overtaken.detail))

    def _failed(self, record: Connection, namespace: str, detail: str, attempt: int, at: int) -> None:
        record.fail(Failure(namespace, 400, detail))
        if attempt < len(self.settings.retry_delays):
            self._queue(record, at + self.settings.retry_delays[attempt], attempt + 1)

    # --- scripts --------------------------------------------------------------------------------------------------

    def _play(self, record: Connection, script: Sequence) -> None:
        record.player = Player(script, _Side(self, record), self.clock)
        record.player.start(record.created)


class _Side:
    """One scripted record: the script replaces the causes on this side, the peer lives with what results."""

    __slots__ = ("flow", "record")

    def __init__(self, flow: Flow, record: Connection) -> None:
        self.flow = flow
        self.record = record

    def on_enter(self, step: Step, at: int) -> bool:
        """Show the step's state, and let the peer feel what that means."""
        flow, record = self.flow, self.record
        if step.state == record.state:
            return True
        accepted = record.state == State.INVITATION_GENERATED and step.state != State.INVITATION_EXPIRED
        strict = record.player is not None and record.player.strict
        if accepted and strict and flow._too_late(record, at):
            flow._expire(record, at)  # the real expiry stays real, script or not
            return False
        source, event = record.state, record.table.event_to(record.state, step.state) or "scripted"
        if record.table is INVITER and step.state != State.INVITATION_EXPIRED and record.their_did is None:
            record.their_did = flow.holder_did(record)
        flow._enter(record, step.state, event, at)
        self._tell_peer(source, at)
        return True

    def on_over(self, at: int) -> None:
        """Hand the record back to its own table, where it stands; what the script let pass has still arrived."""
        record = self.record
        record.player = None
        if record.state == State.INVITATION_GENERATED and record.their_did is not None:
            self.flow._change(record, Event.ACCEPTED, at)
        elif record.state in (State.REQUEST_PENDING, State.REQUEST_SENT) and record.answered:
            self.flow._change(record, Event.ANSWERED, at)
        if record.state in (State.INVITATION_RECEIVED, State.REQUEST_RECEIVED):
            self.flow.clock.at(at + self.flow.settings.handling, partial(self.flow._prepare, record))
        elif record.state in (State.REQUEST_PENDING, State.RESPONSE_PENDING):
            self.flow._queue(record, at + self.flow.settings.pickup, 0)

    def draw(self, index: int, low: int, high: int) -> int:
        """Choose a number for a step of this record."""
        return self.flow.seed.draw_between(low, high, "step", self.record.id, index)

    def _tell_peer(self, source: str | None, at: int) -> None:
        record = self.record
        overtaken = (source, record.state) == (State.REQUEST_PENDING, State.RESPONSE_RECEIVED)
        try:
            if record.state == State.REQUEST_SENT or overtaken:  # no response without a request
                self.flow._send_request(record, at)
            elif record.state == State.RESPONSE_SENT:
                self.flow._send_response(record, at)
        except (Problem, ConnectionError):
            pass  # the script says that it was sent; there is nobody, or nobody who wants it
