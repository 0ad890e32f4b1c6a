"""The expectations of a scenario about its clients, and the messages for those that are not met."""

from typing import NoReturn

from connsim.core.durations import spoken
from connsim.errors import Misuse
from connsim.script.machines.vcx import Seen, client_state
from connsim.story.actors import ESTABLISHED, Actor, Actors
from connsim.story.stage import Stage
from connsim.story.traffic import Traffic
from connsim.story.verification import words
from connsim.wire.codes import MessageStatus
from connsim.wire.invite_detail import read_invite_detail
from connsim.wire.states import State as VcxState


class Expectations:
    """The sentences that begin with "Then", for one story. Each method raises `Unmet` if its expectation is not met."""

    def __init__(self, world: Stage, actors: Actors, traffic: Traffic) -> None:
        self._world = world
        self._actors = actors
        self._traffic = traffic

    def connected(self, role: str, after: int | None = None) -> None:
        """Fail unless the client's wait ended in an established connection.

        Args:
            role: The actor.
            after: The exact time of that moment, in nanoseconds since the invitation; ``None`` accepts any.
        """
        actor, outcome = self._actors.ended(role)
        if outcome.expired:
            self._fail(
                f"The {actor.role} gave up in {outcome.state}, {spoken(actor.ended - actor.since)} later.",
                f"Expected {ESTABLISHED[actor.role]}.",
                actor,
            )
        if outcome.state != ESTABLISHED[actor.role]:
            self._fail(
                f"The {actor.role}'s wait ended without expiry in {outcome.state}.",
                f"Expected {ESTABLISHED[actor.role]}.",
                actor,
            )
        if after is not None:
            self._check_moment(actor, "was connected", after)

    def ended_in(self, role: str, state: str) -> None:
        """Fail unless this is the last state that the client saw."""
        words.state(state)
        actor, outcome = self._actors.ended(role)
        if outcome.state != state:
            self._fail(f"The {actor.role}'s wait ended in {outcome.state}.", f"Expected {state}.", actor)

    def redirected(self, role: str) -> None:
        """Fail unless the client's wait ended because the holder pointed at an older connection."""
        self.ended_in(role, VcxState.REDIRECTED)

    def download_shows_refusal(self) -> None:
        """Fail unless the issuer's mailbox holds a refusal by the holder: polling for the state never shows it."""
        mailbox = self._mailbox()
        if not any(mail.status == MessageStatus.REJECTED for mail in mailbox):
            shown = ", ".join(f"{mail.type} {mail.status}" for mail in mailbox) or "nothing"
            self._fail(
                f"A download of the issuer's messages shows {shown}.",
                "Expected a message with MS-105.",
                self._actors.find("issuer"),
            )

    def texted(self, phone: str) -> None:
        """Fail unless the agency sent exactly one text message with a link for the issuer's invitation.

        Args:
            phone: The recipient.
        """
        sent = [sms for sms in self._world.agency.outbox if sms.uid == self._invitation()]
        if [sms.phone for sms in sent] != [phone]:
            happened = f"a text message to {', '.join(sms.phone for sms in sent)}" if sent else "no text message"
            self._fail(f"The agency sent {happened}.", f"Expected one to {phone}.", self._actors.find("issuer"))

    def public_did(self, did: str) -> None:
        """Fail unless the issuer's invitation contains this public DID."""
        detail = read_invite_detail(self._world.agency.detail_of(self._invitation()))
        shown = detail["senderDetail"].get("publicDID")
        if shown != did:
            self._fail(f"The invitation shows the public DID {shown}.", f"Expected {did}.", self._actors.find("issuer"))

    def given_up(self, role: str, after: int | None = None) -> None:
        """Fail unless the client gave up, and has sent no request since.

        Args:
            role: The actor.
            after: The exact time of that moment, in nanoseconds since the invitation; ``None`` accepts any.
        """
        actor, outcome = self._actors.ended(role)
        if not outcome.expired:
            self._fail(
                f"The {actor.role} did not give up: its wait ended in {outcome.state} after "
                f"{spoken(actor.ended - actor.since)}.",
                "Expected it to give up.",
                actor,
            )
        if after is not None:
            self._check_moment(actor, "gave up", after)
        self._traffic.silence(role)

    def state(self, role: str, state: str) -> None:
        """Fail unless the agent would show this state to the client now."""
        words.state(state)
        actor, shown = self._actors.find(role), self._state(role)
        if shown != state:
            self._fail(f"The {actor.role}'s connection is in {shown}.", f"Expected {state}.", actor)

    def never_in(self, role: str, state: str) -> None:
        """Fail if the client's connection was in this state at any moment."""
        words.state(state)
        actor = self._actors.find(role)
        for transition in self._world.journal.transitions(actor.connection.id):
            if transition.target == state:
                self._fail(
                    f"The {actor.role}'s connection was in {state}, {spoken(transition.at - actor.since)} after the "
                    f"invitation.",
                    "Expected it never to enter that state.",
                    actor,
                )

    def refused(self, role: str, why: str) -> None:
        """Fail unless the agent refused the client's last attempt with a reply that contains these words."""
        actor = self._actors.find(role)
        if actor.refused is None:
            self._fail(
                f"The {actor.role}'s agent refused nothing.",
                "Expected a refusal. Use a step with 'tries to', which may fail.",
                actor,
            )
        reply = actor.refused
        if why.lower() not in reply.lower():
            self._fail(f"The {actor.role}'s agent refused with: {reply}.", f"Expected the words {why!r} in it.", actor)

    def reports(self, role: str, words: str) -> None:
        """Fail unless the client's report of its last failure contains these words."""
        actor = self._actors.find(role)
        failed = actor.failed and f"{type(actor.failed).__name__}: {actor.failed}"
        report = (actor.outcome.trouble if actor.outcome is not None else "") or failed or ""
        if words.lower() not in report.lower():
            happened = f"The {actor.role} reports {report or 'nothing'}."
            self._fail(happened, f"Expected the words {words!r} in it.", actor)

    def kept(self, count: int) -> None:
        """Fail unless the agent's store has exactly ``count`` connections."""
        connections = {t.connection for t in self._world.journal.transitions() if t.source is None}
        if len(connections) != count:
            self._fail(f"The agent keeps {len(connections)} connections.", f"Expected {count}.")

    def struck(self, count: int) -> None:
        """Fail unless all faults together struck exactly ``count`` times."""
        faults = list(self._world.faults)
        struck = sum(active.struck for active in faults)
        if struck != count:
            each = "; ".join(f"{active} struck {active.struck} times" for active in faults) or "no fault is active"
            self._fail(f"The faults struck {struck} times: {each}.", f"Expected {count}.")

    def _invitation(self) -> str:
        """Return the connReqId of the issuer's invitation.

        Raises:
            Misuse: The connection is an Aries connection, whose invitations have no connReqId.
        """
        self._mailbox()
        return self._actors.find("issuer").connection.id

    def _mailbox(self) -> tuple[Seen, ...]:
        """Return the messages that the issuer would find at the agency now.

        Raises:
            Misuse: The connection is an Aries connection, whose messages the agency cannot read.
        """
        world, connection = self._world, self._actors.find("issuer").connection
        with world.lock:
            world.clock.settle()
            found = world.agency.mailbox_of(connection.id)
        if found is None:
            raise Misuse(
                "The agency cannot read Aries messages, so it does not know the state of the connection. Expected a "
                "sentence about the client, such as 'Then the issuer's wait ended in Accepted'."
            )
        return found

    def _check_moment(self, actor: Actor, what: str, after: int) -> None:
        took = actor.ended - actor.since
        if took != after:
            side = "later" if took > after else "earlier"
            self._fail(
                f"The {actor.role} {what} {spoken(took)} after the invitation.",
                f"Expected exactly {spoken(after)}: it was {spoken(abs(took - after))} {side}.",
                actor,
            )

    def _state(self, role: str) -> str:
        """Return the state that the agent would show to the client now, without counting as a poll."""
        actor = self._actors.find(role)
        if actor.role == "issuer":
            return client_state(self._mailbox()).value
        return self._world.prism.state_of(actor.connection.id) or "unknown to the agent"

    def _fail(self, happened: str, expected: str, actor: Actor | None = None) -> NoReturn:
        self._traffic.case(actor).unmet(f"{happened} {expected}")
