"""A scripted record: what its sequence wants, and what the other side feels of it."""

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from connsim.core.ends import Ever, Until
from connsim.prism import metrics
from connsim.prism.problems import Problem
from connsim.prism.records import RETRIES
from connsim.script.machines.prism import INVITER, Event, State
from connsim.script.player import Player
from connsim.script.sequence import Step

if TYPE_CHECKING:
    from connsim.prism.flow import Flow
    from connsim.prism.records import Connection


PENDING = (State.REQUEST_PENDING, State.RESPONSE_PENDING)
"""The states with a message that is yet to be sent."""


def take_request(inviter: "Connection", player: Player, at: int) -> None:
    """Let the script of an inviter hear that a request has arrived.

    One that waited for that, and then stays in InvitationGenerated for ever, plays an agent that answers although its
    record never shows it.
    """
    if not player.hear(Event.ACCEPTED, at):
        return
    if inviter.state == State.INVITATION_GENERATED and isinstance(player.step.ends, Ever):
        flow = inviter.flow
        stored = at + flow.terms.handling
        sent = stored + flow.terms.before_sending(stored - flow.clock.start)
        flow.clock.at(sent, partial(_respond_unnoticed, inviter))


def _respond_unnoticed(inviter: "Connection", at: int) -> None:
    with suppress(Problem):  # whoever does not want it has told its own client
        inviter.flow.send_response(inviter, at)


class Side:
    """One scripted record: the script replaces the causes on this side, the peer lives with what results."""

    __slots__ = ("record",)

    def __init__(self, record: "Connection") -> None:
        self.record = record

    @property
    def flow(self) -> "Flow":
        """What moves it."""
        return self.record.flow

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
        elif record.state in PENDING and record.retries == RETRIES:  # else another attempt stands in the agenda
            self.flow.queue_first(record, at)

    def draw(self, index: int, low: int, high: int) -> int:
        """Choose a number for a step of this record."""
        return self.flow.seed.draw_between(low, high, "step", self.record.id, index)

    def _try_in_vain(self, step: Step, at: int) -> None:
        """Begin with the attempts to send, if the script waits for one to fail."""
        record = self.record
        awaited = isinstance(step.ends, Until) and step.ends.event == Event.FAILED
        if awaited and record.state in PENDING and record.retries == RETRIES:
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
