"""What a scenario may expect of its clients, and how it is told when they did otherwise."""

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
    """The sentences that begin with "Then", for one story."""

    def __init__(self, world: Stage, actors: Actors, traffic: Traffic) -> None:
        self._world = world
        self._actors = actors
        self._traffic = traffic

    def connected(self, role: str, after: int | None = None) -> None:
        """Fail unless the client's wait ended in an established connection.

        Args:
            after: Exactly so many nanoseconds after the invitation; ``None`` takes any moment.
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
            self._moment(actor, "was connected", after)

    def ended_in(self, role: str, state: str) -> None:
        """Fail unless this was the last state that the client saw."""
        words.state(state)
        actor, outcome = self._actors.ended(role)
        if outcome.state != state:
            self._fail(f"The {actor.role}'s wait ended in {outcome.state}.", f"Expected {state}.", actor)

    def redirected(self, role: str) -> None:
        """Fail unless the client's wait ended because the holder pointed at an older connection."""
        actor, outcome = self._actors.ended(role)
        if outcome.state != VcxState.REDIRECTED:
            self._fail(f"The {actor.role}'s wait ended in {outcome.state}.", "Expected Redirected.", actor)

    def download_shows_refusal(self) -> None:
        """Fail unless the agency has a refusal of the holder for the issuer: what only a download of messages shows."""
        mailbox = self._mailbox()
        if not any(mail.status == MessageStatus.REJECTED for mail in mailbox):
            told = ", ".join(f"{mail.type} {mail.status}" for mail in mailbox) or "nothing"
            self._fail(
                f"A download of the issuer's messages shows {told}.",
                "Expected a message with MS-105.",
                self._actors.find("issuer"),
            )

    def texted(self, phone: str) -> None:
        """Fail unless the agency sent exactly one text message with a link for the issuer's invitation.

        Args:
            phone: To whom.
        """
        sent = [sms for sms in self._world.agency.outbox if sms.uid == self._invitation()]
        if [sms.phone for sms in sent] != [phone]:
            told = ", ".join(sms.phone for sms in sent) or "nobody"
            self._fail(
                f"The agency sent a text message to {told}.", f"Expected one to {phone}.", self._actors.find("issuer")
            )

    def public_did(self, did: str) -> None:
        """Fail unless the issuer's invitation shows this public DID to whoever gets it."""
        detail = read_invite_detail(self._world.agency.detail_of(self._invitation()))
        shown = detail["senderDetail"].get("publicDID")
        if shown != did:
            self._fail(f"The invitation shows the public DID {shown}.", f"Expected {did}.", self._actors.find("issuer"))

    def given_up(self, role: str, after: int | None = None) -> None:
        """Fail unless the client gave up, exactly ``after`` nanoseconds after the invitation if that is given."""
        actor, outcome = self._actors.ended(role)
        if not outcome.expired:
            self._fail(
                f"The {actor.role} did not give up: its wait ended in {outcome.state} after "
                f"{spoken(actor.ended - actor.since)}.",
                "Expected it to give up.",
                actor,
            )
        if after is not None:
            self._moment(actor, "gave up", after)
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
                    "Expected it to pass that state by.",
                    actor,
                )

    def refused(self, role: str, why: str) -> None:
        """Fail unless the agent refused what the client tried last, for a reason that has these words."""
        actor = self._actors.find(role)
        if actor.refused is None:
            self._fail(
                f"The {actor.role}'s agent refused nothing.",
                "Expected a refusal. A step that may fail says 'tries to'.",
                actor,
            )
        said = actor.refused
        if why.lower() not in said.lower():
            self._fail(f"The {actor.role}'s agent refused with: {said}.", f"Expected the words {why!r} in it.", actor)

    def reports(self, role: str, words: str) -> None:
        """Fail unless the client tells of what went wrong last, in these words among others."""
        actor = self._actors.find(role)
        failed = actor.failed and f"{type(actor.failed).__name__}: {actor.failed}"
        told = (actor.outcome.trouble if actor.outcome is not None else "") or failed or ""
        if words.lower() not in told.lower():
            self._fail(f"The {actor.role} reports {told or 'nothing'}.", f"Expected the words {words!r} in it.", actor)

    def kept(self, count: int) -> None:
        """Fail unless the agent's store has so many connections."""
        connections = {t.connection for t in self._world.journal.transitions() if t.source is None}
        if len(connections) != count:
            self._fail(f"The agent keeps {len(connections)} connections.", f"Expected {count}.")

    def struck(self, count: int) -> None:
        """Fail unless all faults together struck so often."""
        faults = list(self._world.faults)
        struck = sum(armed.struck for armed in faults)
        if struck != count:
            told = "; ".join(f"{armed} struck {armed.struck} times" for armed in faults) or "none is armed"
            self._fail(f"The faults struck {struck} times: {told}.", f"Expected {count}.")

    def _invitation(self) -> str:
        """The issuer's invitation, by its connReqId."""
        self._mailbox()
        return self._actors.find("issuer").connection.id

    def _mailbox(self) -> tuple[Seen, ...]:
        """What the issuer would find at the agency now."""
        world, connection = self._world, self._actors.find("issuer").connection
        with world.lock:
            world.clock.settle()
            found = world.agency.mailbox_of(connection.id)
        if found is None:
            raise Misuse(
                "The agency carries Aries messages unread, so it does not know how the connection stands. Expected a "
                "sentence about the client, such as 'Then the issuer's wait ended in Accepted'."
            )
        return found

    def _moment(self, actor: Actor, what: str, after: int) -> None:
        took = actor.ended - actor.since
        if took != after:
            side = "later" if took > after else "earlier"
            self._fail(
                f"The {actor.role} {what} {spoken(took)} after the invitation.",
                f"Expected exactly {spoken(after)}: it was {spoken(abs(took - after))} {side}.",
                actor,
            )

    def _state(self, role: str) -> str:
        """The state that the agent would show to the client now; looking does not count as a poll."""
        actor = self._actors.find(role)
        if actor.role == "issuer":
            return client_state(self._mailbox()).value
        return self._world.prism.state_of(actor.connection.id) or "unknown to the agent"

    def _fail(self, happened: str, expected: str, actor: Actor | None = None) -> NoReturn:
        self._traffic.case(actor).unmet(f"{happened} {expected}")
