"""How connections move: the messages between two agents, what refuses them, retries, and scripts.

No message is built or encrypted here: a client sees only what a message causes. What the peer's endpoint would answer
is a `Problem` or its absence. Everything takes the moment at which it happens.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from connsim.core.clock import Clock
from connsim.core.ends import Ever, Until
from connsim.core.seed import Seed
from connsim.core.store import Store
from connsim.journal import Journal
from connsim.prism import metrics, problems
from connsim.prism.did import peer_did, service
from connsim.prism.invitation import Invitation
from connsim.prism.problems import Problem, dumps
from connsim.prism.records import RETRIES, Connection, Failure, Neighbour
from connsim.prism.settings import Terms
from connsim.script.machines.prism import INVITEE, INVITER, Event, State
from connsim.script.player import Player
from connsim.script.sequence import Sequence, Step

_PENDING = (State.REQUEST_PENDING, State.RESPONSE_PENDING)
"""The states with a message that is yet to be sent."""


class Flow:
    """Moves the connections of one agent.

    Args:
        store: The records of all agents of this world.
        neighbours: The flows of all agents of this world, by the service segment of their DIDs.
        endpoint: Where the agent takes DIDComm messages; goes into its DIDs.
        nested: Whether the service in its DIDs is of the nested kind.

    Attributes:
        service: The service segment of the agent's DIDs.
        told: Called with every record that changed or failed to send, and the moment: webhooks hang here.
        counts: What the metrics show.
    """

    def __init__(
        self,
        clock: Clock,
        seed: Seed,
        journal: Journal,
        store: Store[Connection],
        neighbours: "dict[str, Flow]",
        terms: Terms,
        endpoint: str,
        *,
        nested: bool = True,
    ) -> None:
        self.clock = clock
        self.seed = seed
        self.journal = journal
        self.store = store
        self.neighbours = neighbours
        self.terms = terms
        self.service = service(endpoint, nested=nested)
        self.told: Callable[[Connection, int], None] = lambda record, at: None
        self.counts: Counter[str] = Counter()

    # --- what a client starts -------------------------------------------------------------------------------------

    def create(self, record: Connection, script: Sequence | None) -> None:
        """Take in the record of a new inviter."""
        self.store.add(record)
        self.change(record, Event.CREATED, record.created)
        if script is not None:
            self._play(record, script)

    def accept(self, record: Connection, script: Sequence | None) -> None:
        """Take in the record of a new invitee. Nothing has been sent yet when this returns."""
        self.store.add(record)
        self.change(record, Event.CREATED, record.created)
        if script is not None:
            self._play(record, script)
        else:
            self.prepare(record, record.created)

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
            raise problems.wrong_state(state=str(inviter.state))
        if self.too_late(inviter, at):
            self.expire(inviter, at)
            raise problems.invitation_expired(id=inviter.thid)
        inviter.their_did = their_did
        inviter.peer = peer
        if inviter.player is not None:
            self._take_request(inviter, inviter.player, at)
        else:
            self.change(inviter, Event.ACCEPTED, at)
            self.clock.at(at + self.terms.handling, partial(self.prepare, inviter))
        return at + self.terms.handling

    def response_arrives(self, invitee: Connection, at: int) -> None:
        """The inviter's response reaches the invitee's endpoint. A scripted invitee takes it, whatever it shows.

        Raises:
            Problem: What the endpoint answers instead of a 200.
        """
        if invitee.player is not None:
            invitee.answered = True
            invitee.player.hear(Event.ANSWERED, at)
        else:
            self.change(invitee, Event.ANSWERED, at)

    # --- DIDs -----------------------------------------------------------------------------------------------------

    def did(self, record: Connection) -> str:
        """The agent's own DID for a connection."""
        return self.did_of(record.id)

    def did_of(self, *name: object) -> str:
        """The DID that the seed gives to this name."""
        return peer_did(self.seed.draw("agreement", *name), self.seed.draw("authentication", *name), self.service)

    def holder_did(self, record: Connection) -> str:
        """The DID of the holder behind a connection that no client of this world has at the other end."""
        return self.did_of(record.id, "peer")

    def invitation(self, record: Connection) -> Invitation:
        """The invitation that a record was made with, or accepted."""
        if record.invitation is not None:
            return record.invitation
        return Invitation(record.thid, self.did(record), record.goal_code, record.goal)

    # --- transitions ----------------------------------------------------------------------------------------------

    def change(self, record: Connection, event: Event, at: int) -> None:
        """Follow the table on an event.

        Raises:
            Problem: The table has no such edge.
        """
        target = record.table.follow(record.state, event)
        if target is None:
            raise problems.wrong_state(state=str(record.state))
        self.enter(record, target, event, at)

    def enter(self, record: Connection, target: str, event: str, at: int) -> None:
        """Put a record into a state, with all that every transition does."""
        source = record.state
        record.state = target
        if source is not None:
            record.updated = at
        record.retries = RETRIES
        record.failure = None
        record.version += 1
        self.journal.add_transition(at, record.table.name, record.id, source, target, event)
        if target != State.INVITATION_EXPIRED:  # the agent tells nobody of that
            self.told(record, at)

    def prepare(self, record: Connection, at: int) -> None:
        """Store the message that the record is to send, and queue it."""
        self.change(record, Event.PREPARED, at)
        self.queue_first(record, at)

    def too_late(self, inviter: Connection, at: int) -> bool:
        """Tell whether an invitation has expired."""
        expiry = self.terms.invitation_expiry
        return expiry is not None and at - inviter.created > expiry

    def expire(self, inviter: Connection, at: int) -> None:
        """Note that a request came too late."""
        if inviter.player is not None:
            inviter.player.stop()
            inviter.player = None
        self.change(inviter, Event.ACCEPTED_LATE, at)

    # --- sending --------------------------------------------------------------------------------------------------

    def queue_first(self, record: Connection, at: int) -> None:
        """Let the message of a record that is pending be sent when the agent gets to it."""
        self._queue(record, at + self.terms.before_sending(at - self.clock.start), 0)

    def _queue(self, record: Connection, due: int, attempt: int) -> None:
        self.clock.at(due, partial(self._send, record, str(record.state), attempt))

    def _send(self, record: Connection, pending: str, attempt: int, at: int) -> None:
        if record.state != pending or (record.player is not None and not record.player.waits_for(Event.FAILED)):
            return
        try:
            if record.player is not None:  # the script waits for the failure, whoever is there
                raise ConnectionRefusedError("Connection refused")
            answered = self.send_request(record, at) if record.table is INVITEE else self.send_response(record, at)
        except Problem as refused:
            status, body = self._neighbour_of(record).refusal(
                refused, self.seed.draw_uuid("refusal", record.id, attempt)
            )
            self._failed(record, "BackgroundJobError", f"DIDComm sending error: [{status}] - {body}", attempt, at)
        except ConnectionError as unreachable:
            cause = str(unreachable)
            self._failed(record, "MercuryError", f"Error when sending message: {cause}; DATA:''. {cause}", attempt, at)
        else:
            self.clock.at(answered + self.terms.acknowledged, partial(self._delivered, record))

    def send_request(self, invitee: Connection, at: int) -> int:
        """Hand an invitee's request to the inviter; returns when its endpoint answers.

        Raises:
            Problem: The endpoint does not take it.
            ConnectionRefusedError: There is nobody.
        """
        invitation = self.invitation(invitee)
        inviter = self._addressee(invitation.from_did, invitation.id)
        return inviter.flow.request_arrives(inviter, self.did(invitee), invitee, at)

    def _addressee(self, did: str, thid: str) -> Connection:
        """Find the record that a request is about: the DID to which it is sent names the wallet, the thread the record.

        Raises:
            Problem: There is no such DID, or no such thread in its wallet.
            ConnectionRefusedError: The DID is a stranger's. A fake does not write to strangers: to it they are as good
                as down. (The real text holds the message.)
        """
        named = self.store.get(thid)
        if named is not None and named.table is INVITER and named.flow.did(named) == did:
            return named
        flow = self.neighbours.get(did.rpartition(".S")[2])
        if flow is None:
            raise ConnectionRefusedError("Connection refused")
        # DIDs are kept nowhere, and only an invitation that no agent made leads here: so all are drawn once more.
        known = next((record for record in self.store if record.flow is flow and flow.did(record) == did), None)
        if known is None:
            raise problems.peer_did_not_found(did=did)
        found = self.store.by_thread(known.owner, thid)
        if found is None:
            raise problems.thread_not_found(thid=thid)
        return found

    def send_response(self, inviter: Connection, at: int) -> int:
        """Hand an inviter's response to the invitee, if there is one; returns when its endpoint answers.

        Raises:
            Problem: The endpoint does not take it.
        """
        if inviter.peer is not None:
            inviter.peer.flow.response_arrives(inviter.peer, at)
        return at

    def _neighbour_of(self, record: Connection) -> Neighbour:
        """The agent that refused a record's message."""
        if record.peer is not None:
            return record.peer.flow
        return self.neighbours[self.invitation(record).from_did.rpartition(".S")[2]]

    def refusal(self, problem: Problem, instance: str) -> tuple[int, str]:
        """What the agent's endpoint answers to a message that it does not take: status and body."""
        return problem.status, dumps(problem.body(instance)).decode()

    def _delivered(self, record: Connection, at: int) -> None:
        try:
            self.change(record, Event.DELIVERED, at)
        except Problem as overtaken:
            # The response was faster than the 2xx to the request: the late book-keeping fails and stays on the
            # record of an established connection. Deduced from the agent's code.
            self._note(record, Failure("ConnectionServiceError", overtaken.status, overtaken.detail), at)
        else:
            self.counts.update(metrics.delivered(record.table))

    def _failed(self, record: Connection, namespace: str, detail: str, attempt: int, at: int) -> None:
        self._note(record, Failure(namespace, 400, detail), at)
        pause = self.terms.before_retry(attempt)
        if pause is not None:
            self._queue(record, at + pause, attempt + 1)
        if record.player is not None:
            record.player.hear(Event.FAILED, at)

    def _note(self, record: Connection, failure: Failure, at: int) -> None:
        record.fail(failure)
        self.counts.update(metrics.failed(record.table))
        self.told(record, at)

    # --- scripts --------------------------------------------------------------------------------------------------

    def _play(self, record: Connection, script: Sequence) -> None:
        record.player = Player(script, _Side(self, record), self.clock)
        record.player.start(record.created)

    def _take_request(self, inviter: Connection, player: Player, at: int) -> None:
        """Let the script of an inviter hear that a request has arrived.

        One that waited for that, and then stays in InvitationGenerated for ever, plays an agent that answers although
        its record never shows it.
        """
        if not player.hear(Event.ACCEPTED, at):
            return
        if inviter.state == State.INVITATION_GENERATED and isinstance(player.step.ends, Ever):
            stored = at + self.terms.handling
            sent = stored + self.terms.before_sending(stored - self.clock.start)
            self.clock.at(sent, partial(self._respond_unnoticed, inviter))

    def _respond_unnoticed(self, inviter: Connection, at: int) -> None:
        with suppress(Problem):  # whoever does not want it has told its own client
            self.send_response(inviter, at)


class _Side:
    """A scripted record: the script replaces the causes on this side, the peer lives with what results."""

    __slots__ = ("flow", "record")

    def __init__(self, flow: Flow, record: Connection) -> None:
        self.flow = flow
        self.record = record

    def on_enter(self, step: Step, at: int) -> bool:
        """Show the step's state, and let the peer feel what that means."""
        flow, record = self.flow, self.record
        if step.state == record.state:
            self._try_in_vain(step, at)
            return True
        accepted = record.state == State.INVITATION_GENERATED and step.state != State.INVITATION_EXPIRED
        strict = record.player is not None and record.player.strict
        if accepted and strict and flow.too_late(record, at):
            flow.expire(record, at)  # the real expiry stays real, script or not
            return False
        source, event = record.state, record.table.event_to(record.state, step.state) or "scripted"
        if record.table is INVITER and step.state != State.INVITATION_EXPIRED and record.their_did is None:
            record.their_did = flow.holder_did(record)
        flow.enter(record, step.state, event, at)
        if step.state in (State.REQUEST_SENT, State.RESPONSE_SENT):
            flow.counts.update(metrics.delivered(record.table))
        self._tell_peer(source, at)
        self._try_in_vain(step, at)
        return True

    def on_over(self, at: int) -> None:
        """Hand the record back to its own table, where it stands; what the script let pass has still arrived."""
        record = self.record
        record.player = None
        if record.state == State.INVITATION_GENERATED and record.their_did is not None:
            self.flow.change(record, Event.ACCEPTED, at)
        elif record.state in (State.REQUEST_PENDING, State.REQUEST_SENT) and record.answered:
            self.flow.change(record, Event.ANSWERED, at)
        if record.state in (State.INVITATION_RECEIVED, State.REQUEST_RECEIVED):
            self.flow.clock.at(at + self.flow.terms.handling, partial(self.flow.prepare, record))
        elif record.state in _PENDING and record.retries == RETRIES:  # else another attempt stands in the agenda
            self.flow.queue_first(record, at)

    def draw(self, index: int, low: int, high: int) -> int:
        """Choose a number for a step of this record."""
        return self.flow.seed.draw_between(low, high, "step", self.record.id, index)

    def _try_in_vain(self, step: Step, at: int) -> None:
        """Begin with the attempts to send, if the script waits for one to fail."""
        record = self.record
        awaited = isinstance(step.ends, Until) and step.ends.event == Event.FAILED
        if awaited and record.state in _PENDING and record.retries == RETRIES:
            self.flow.queue_first(record, at)

    def _tell_peer(self, source: str | None, at: int) -> None:
        record = self.record
        overtaken = (source, record.state) == (State.REQUEST_PENDING, State.RESPONSE_RECEIVED)
        try:
            if record.state == State.REQUEST_SENT or overtaken:  # no response without a request
                self.flow.send_request(record, at)
            elif record.state == State.RESPONSE_SENT:
                self.flow.send_response(record, at)
        except (Problem, ConnectionError):
            pass  # the script says that it was sent; there is nobody, or nobody who wants it
