"""How connections move: the messages between two agents, refusals, retries, and scripts.

Problem: a client watches one record of its agent. The record changes when messages pass between two agents, each of
which works on its own schedule. The other record may belong to another client, follow a script, or not exist.

The real agents exchange three messages. The invitation travels outside of them, from person to person; the other two
are DIDComm messages that background jobs send and the peer's endpoint answers with an HTTP status::

    inviter's record            client, QR code          invitee's record
    InvitationGenerated  ------- invitation ---------->  InvitationReceived
           |                                                    |  prepare
           |                                             ConnectionRequestPending
           |            <------- request --------------         |  delivered
    ConnectionRequestReceived                            ConnectionRequestSent
           |  prepare                                           |
    ConnectionResponsePending                                   |
           |  delivered -------- response ------------>         |
    ConnectionResponseSent                               ConnectionResponseReceived

Solution: no message between agents is built or encrypted, because a client sees only its effects. A send is a call of
the peer's `request_arrives` or `response_arrives`; the answer of the endpoint is the absence of a `Problem`, or the
`Problem` that the sender then keeps as its last failure. Each pause between the steps is an item on the clock's agenda,
and every function takes the moment of its event as an argument.

Consequences:

- The table in `connsim.script.machines.prism` alone determines the next state. Only a script may choose another one.
- A response can arrive before the sender of the request has recorded its delivery, as with the real agents.
- Without a record at the other end, an inviter's response succeeds; a request to an inviter of no agent here fails.
- A script takes the place of the events on its own side (`_ScriptedRecord`). The peer gets the messages that the states
  of the script imply.

Source: docs/protocol/prism-agent.md, 4 to 4.7.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import ClassVar

from connsim.core.ends import Ever, Until
from connsim.core.store import Store
from connsim.prism import metrics, problems
from connsim.prism.did import peer_did, service
from connsim.prism.did_index import DidIndex
from connsim.prism.invitation import Invitation
from connsim.prism.problems import Problem, dumps
from connsim.prism.records import RETRIES, Connection, Failure
from connsim.prism.settings import Settings
from connsim.script.machines.prism import INVITEE, INVITER, Event, State
from connsim.script.player import Player
from connsim.script.sequence import Sequence, Step
from connsim.world import World

_PENDING = (State.REQUEST_PENDING, State.RESPONSE_PENDING)
"""The states with a message that is still to be sent."""


class Flow:
    """Moves the connections of one agent.

    Args:
        store: The records of all agents of this world.
        neighbours: The flows of all agents of this world, by the service segment of their DIDs.

    Attributes:
        nested_service: Whether the service in the DIDs has the nested form, as since agent 1.26.
        service: The service segment of the agent's DIDs.
        on_change: Called with every record that changed or failed to send, and the moment; the webhooks subscribe here.
        counts: The counters of the metrics, by name.
    """

    nested_service: ClassVar[bool] = True

    def __init__(self, world: World, store: Store[Connection], neighbours: "dict[str, Flow]", terms: Settings) -> None:
        self.clock = world.clock
        self.seed = world.seed
        self.journal = world.journal
        self.store = store
        self.neighbours = neighbours
        self.terms = terms
        self.service = service(f"{world.public_url}/didcomm", nested=self.nested_service)
        self.on_change: Callable[[Connection, int], None] = lambda record, at: None
        self.counts: Counter[str] = Counter()
        self.dids = DidIndex(self.did)

    # --- started by a client --------------------------------------------------------------------------------------

    def add(self, record: Connection, script: Sequence | None) -> None:
        """Add a new record. Nothing has been sent yet when this returns."""
        self.store.add(record)
        self.dids.add(record)
        self.change(record, Event.CREATED, record.created)
        if script is not None:
            record.player = Player(script, _ScriptedRecord(self, record), self.clock)
            record.player.start(record.created)
        elif record.table is INVITEE:
            self.prepare(record, record.created)

    # --- messages that arrive -------------------------------------------------------------------------------------

    def request_arrives(self, inviter: Connection, their_did: str, peer: Connection | None, at: int) -> int:
        """Take an invitee's connection request at the inviter's endpoint.

        Args:
            peer: The invitee's record, if a client of this world has it; ``None`` for a simulated holder.

        Returns:
            The moment at which the endpoint answers with a 200.

        Raises:
            Problem: The endpoint refuses the request.
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
        """Take the inviter's response at the invitee's endpoint. A scripted invitee takes it in any state.

        Raises:
            Problem: The endpoint refuses the response.
        """
        if invitee.player is not None:
            invitee.answered = True
            invitee.player.handle_event(Event.ANSWERED, at)
        else:
            self.change(invitee, Event.ANSWERED, at)

    # --- DIDs -----------------------------------------------------------------------------------------------------

    def did(self, record: Connection) -> str:
        """Derive the agent's own DID for a connection."""
        return self.did_of(record.id)

    def did_of(self, *name: object) -> str:
        """Derive the DID that the seed draws by this name."""
        return peer_did(self.seed.draw("agreement", *name), self.seed.draw("authentication", *name), self.service)

    def holder_did(self, record: Connection) -> str:
        """Derive the DID of the simulated holder at the other end of a connection."""
        return self.did_of(record.id, "peer")

    def invitation(self, record: Connection) -> Invitation:
        """Return the invitation that an inviter made, or an invitee accepted."""
        if record.invitation is not None:
            return record.invitation
        return Invitation(record.thid, self.did(record), record.goal_code, record.goal)

    # --- transitions ----------------------------------------------------------------------------------------------

    def change(self, record: Connection, event: Event, at: int) -> None:
        """Follow the table on an event.

        Raises:
            Problem: The table has no edge for it.
        """
        target = record.table.follow(record.state, event)
        if target is None:
            raise problems.wrong_state(state=str(record.state))
        self.enter(record, target, event, at)

    def enter(self, record: Connection, target: str, event: str, at: int) -> None:
        """Put a record into a state, with everything that a transition entails."""
        source = record.state
        record.state = target
        if source is not None:
            record.updated = at
        record.retries = RETRIES
        record.failure = None
        record.version += 1
        self.journal.add_transition(at, record.table.name, record.id, source, target, event)
        if target != State.INVITATION_EXPIRED:  # the agent sends no event for it
            self.on_change(record, at)

    def prepare(self, record: Connection, at: int) -> None:
        """Store the record's message, and queue it."""
        self.change(record, Event.PREPARED, at)
        self.queue_first(record, at)

    def too_late(self, inviter: Connection, at: int) -> bool:
        """Return whether an invitation has expired."""
        expiry = self.terms.invitation_expiry
        return expiry is not None and at - inviter.created > expiry

    def expire(self, inviter: Connection, at: int) -> None:
        """Expire an invitation, because a request arrived too late."""
        if inviter.player is not None:
            inviter.player.stop()
            inviter.player = None
        self.change(inviter, Event.ACCEPTED_LATE, at)

    # --- sending --------------------------------------------------------------------------------------------------

    def queue_first(self, record: Connection, at: int) -> None:
        """Queue the first attempt to send the message of a pending record."""
        self._queue(record, at + self.terms.before_sending(at - self.clock.start), 0)

    def _queue(self, record: Connection, due: int, attempt: int) -> None:
        self.clock.at(due, partial(self._send, record, str(record.state), attempt))

    def _send(self, record: Connection, pending: str, attempt: int, at: int) -> None:
        if record.state != pending or (record.player is not None and not record.player.waits_for(Event.FAILED)):
            return
        try:
            if record.player is not None:  # the script waits for a failure, so the attempt fails even if a peer exists
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
        """Hand an invitee's request to the inviter. Returns the moment at which its endpoint answers.

        Raises:
            Problem: The endpoint refuses it.
            ConnectionRefusedError: The inviter's DID is not one of this world.
        """
        invitation = self.invitation(invitee)
        inviter = self._addressee(invitation.from_did, invitation.id)
        return self._flow_of(inviter).request_arrives(inviter, self.did(invitee), invitee, at)

    def _addressee(self, did: str, thid: str) -> Connection:
        """Find the record that a request is about: its recipient's DID selects the wallet, its thread the record.

        Raises:
            Problem: The agent never made this DID, or its wallet has no such thread.
            ConnectionRefusedError: The DID belongs to an agent outside of this world, to which a fake sends nothing.
        """
        named = self.store.get(thid)
        if named is not None and named.table is INVITER and self._flow_of(named).did(named) == did:
            return named
        flow = self.neighbours.get(did.rpartition(".S")[2])
        if flow is None:
            raise ConnectionRefusedError("Connection refused")
        if (known := flow.dids.find(did)) is None:
            raise problems.peer_did_not_found(did=did)
        found = self.store.by_thread(known.owner, thid)
        if found is None:
            raise problems.thread_not_found(thid=thid)
        return found

    def send_response(self, inviter: Connection, at: int) -> int:
        """Hand an inviter's response to the invitee, if any. Returns the moment at which its endpoint answers.

        Raises:
            Problem: The endpoint refuses it.
        """
        if inviter.peer is not None:
            self._flow_of(inviter.peer).response_arrives(inviter.peer, at)
        return at

    def _flow_of(self, record: Connection) -> "Flow":
        """Return the flow that moves a record."""
        return self.neighbours[record.service]

    def _neighbour_of(self, record: Connection) -> "Flow":
        """Return the agent that refused a record's message."""
        if record.peer is not None:
            return self._flow_of(record.peer)
        return self.neighbours[self.invitation(record).from_did.rpartition(".S")[2]]

    def refusal(self, problem: Problem, instance: str) -> tuple[int, str]:
        """Return the answer of the agent's endpoint to a message that it refuses: status and body."""
        return problem.status, dumps(problem.body(instance)).decode()

    def _delivered(self, record: Connection, at: int) -> None:
        try:
            self.change(record, Event.DELIVERED, at)
        except Problem as overtaken:
            # The response arrived before the 2xx to the request: recording the delivery fails, and the failure stays
            # on the record of an established connection. Deduced from the agent's code.
            self._note(record, Failure("ConnectionServiceError", overtaken.status, overtaken.detail), at)
        else:
            self.counts.update(metrics.delivered(record.table))

    def _failed(self, record: Connection, namespace: str, detail: str, attempt: int, at: int) -> None:
        self._note(record, Failure(namespace, 400, detail), at)
        pause = self.terms.before_retry(attempt)
        if pause is not None:
            self._queue(record, at + pause, attempt + 1)
        if record.player is not None:
            record.player.handle_event(Event.FAILED, at)

    def _note(self, record: Connection, failure: Failure, at: int) -> None:
        record.fail(failure)
        self.counts.update(metrics.failed(record.table))
        self.on_change(record, at)

    # --- scripts --------------------------------------------------------------------------------------------------

    def _take_request(self, inviter: Connection, player: Player, at: int) -> None:
        """Report an arrived request to the inviter's script.

        A script that waits for the request and then stays in InvitationGenerated forever plays an agent that answers,
        but whose record never shows that it did.
        """
        if not player.handle_event(Event.ACCEPTED, at):
            return
        if inviter.state == State.INVITATION_GENERATED and isinstance(player.step.ends, Ever):
            stored = at + self.terms.handling
            sent = stored + self.terms.before_sending(stored - self.clock.start)
            self.clock.at(sent, partial(self._respond_unnoticed, inviter))

    def _respond_unnoticed(self, inviter: Connection, at: int) -> None:
        with suppress(Problem):  # a refusal has no effect on this side, and the invitee's client has seen its cause
            self.send_response(inviter, at)


class _ScriptedRecord:
    """A record that its script moves; the peer gets the messages that the script's states imply."""

    __slots__ = ("flow", "record")

    def __init__(self, flow: Flow, record: Connection) -> None:
        self.flow = flow
        self.record = record

    def on_enter(self, step: Step, at: int) -> bool:
        """Enter the step's state, and send the peer the message that it implies."""
        flow, record = self.flow, self.record
        if step.state == record.state:
            self._begin_failing(step, at)
            return True
        accepted = record.state == State.INVITATION_GENERATED and step.state != State.INVITATION_EXPIRED
        strict = record.player is not None and record.player.sequence.strict
        if accepted and strict and flow.too_late(record, at):
            flow.expire(record, at)  # a strict script keeps the agent's own expiry
            return False
        source, event = record.state, record.table.event_to(record.state, step.state) or "scripted"
        if record.table is INVITER and step.state != State.INVITATION_EXPIRED and record.their_did is None:
            record.their_did = flow.holder_did(record)
        flow.enter(record, step.state, event, at)
        if step.state in (State.REQUEST_SENT, State.RESPONSE_SENT):
            flow.counts.update(metrics.delivered(record.table))
        self._notify_peer(source, at)
        self._begin_failing(step, at)
        return True

    def on_over(self, at: int) -> None:
        """Continue by the table from the current state; messages received during the script still count."""
        record = self.record
        record.player = None
        if record.state == State.INVITATION_GENERATED and record.their_did is not None:
            self.flow.change(record, Event.ACCEPTED, at)
        elif record.state in (State.REQUEST_PENDING, State.REQUEST_SENT) and record.answered:
            self.flow.change(record, Event.ANSWERED, at)
        if record.state in (State.INVITATION_RECEIVED, State.REQUEST_RECEIVED):
            self.flow.clock.at(at + self.flow.terms.handling, partial(self.flow.prepare, record))
        elif record.state in _PENDING and record.retries == RETRIES:  # otherwise the next attempt is on the agenda
            self.flow.queue_first(record, at)

    def draw(self, index: int, low: int, high: int) -> int:
        """Choose a number for a step of this record."""
        return self.flow.seed.draw_between(low, high, "step", self.record.id, index)

    def _begin_failing(self, step: Step, at: int) -> None:
        """Queue the first attempt to send, if the script waits for one to fail."""
        record = self.record
        awaited = isinstance(step.ends, Until) and step.ends.event == Event.FAILED
        if awaited and record.state in _PENDING and record.retries == RETRIES:
            self.flow.queue_first(record, at)

    def _notify_peer(self, source: str | None, at: int) -> None:
        record = self.record
        overtaken = (source, record.state) == (State.REQUEST_PENDING, State.RESPONSE_RECEIVED)
        try:
            if record.state == State.REQUEST_SENT or overtaken:  # no response without a request
                self.flow.send_request(record, at)
            elif record.state == State.RESPONSE_SENT:
                self.flow.send_response(record, at)
        except (Problem, ConnectionError):
            pass  # the script shows the message as sent, even if no peer exists or the peer refuses it
