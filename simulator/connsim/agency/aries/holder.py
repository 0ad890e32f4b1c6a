"""One scripted holder of an Aries invitation: a key pair, an address at the agency's port, and a script.

The script decides when an act is due; the incoming messages decide whether its message can be sent. An act such as
``accept`` needs the inviter's response. So it is kept in ``_due_act`` until there is a response, and a response that
comes first waits for the act.
"""

from collections.abc import Callable

from connsim.agency.parties import Post
from connsim.agency.records import AgentConnection
from connsim.agency.visit import Visit
from connsim.core.ends import For
from connsim.core.exchange import Reply
from connsim.errors import BadScript, Misuse
from connsim.script.machines.aries import ANSWERED, ARIES_HOLDER, Act
from connsim.script.player import Player
from connsim.script.sequence import Sequence, Step
from connsim.wire.aries import messages
from connsim.wire.aries.did_doc import Contact, contact, contact_of_invitation, did_doc
from connsim.wire.aries.forwarding import route, seal, unwrap
from connsim.wire.aries.messages import DIDCOMM, AriesMessage, Problem, Type
from connsim.wire.aries.signature import verify
from connsim.wire.crypt import drawing
from connsim.wire.errors import BadMessage
from connsim.wire.keys import KeyPair
from connsim.wire.pack import pack
from connsim.world import World

UNREACHABLE_URL = "http://holders.invalid"
_REQUESTS = (Act.REQUEST, Act.BROKEN, Act.UNREACHABLE, Act.NEWER)
_WITHOUT_RESPONSE = (Act.REFUSE, Act.WITHDRAW)


class AriesHolder:
    """A holder that was handed an invitation.

    Args:
        post: Posts to the inviter's agency.
        uid: The last segment of its URL.
        connection: The agent connection to which the invitation leads.
        root: The agency's root URL as the inviter knows it; the holder's URL begins with it.
        at: The time of the scan.

    Attributes:
        inviter: The contact in the invitation.
        peer: The contact in the inviter's response, once there is a valid one.
        act: Its last act, a state of the table ``aries-holder``.
        since: The time of that act.
        player: Plays the script; ``None`` once the script has ended.
    """

    def __init__(
        self,
        world: World,
        post: Post,
        uid: str,
        invitation: AriesMessage,
        connection: AgentConnection,
        root: str,
        at: int,
    ) -> None:
        self._world = world
        self._post_to_inviter = post
        self.uid = uid
        self._invitation = invitation
        self.connection = connection
        self.inviter = contact_of_invitation(invitation)
        self._root = root
        self.key = KeyPair.from_seed(world.seed.draw("aries holder", uid))
        self.peer: Contact | None = None
        self.act: Act | None = None
        self.at = self.since = at
        self.player: Player | None = None
        self._request = ""
        self._request_ids: set[str] = set()
        self._due_act: Act | None = None
        self._sent = 0

    @property
    def label(self) -> str:
        """The inviter's label in the invitation."""
        return str(self._invitation.members["label"])

    def play(self, script: Sequence, at: int) -> None:
        """Start a script."""
        self.player = Player(script, self, self._world.clock)
        self.player.start(at)

    def decide(self, verb: str, at: int) -> None:
        """Accept, refuse or fall silent, now.

        If the script waits for exactly this event, it continues; otherwise it ends.

        Args:
            verb: ``accept``, ``refuse`` or ``silence``.

        Raises:
            Misuse: The holder has answered already.
        """
        if verb == "silence":
            return self.end_script()
        if self.act not in (Act.IGNORE, Act.REQUEST):
            raise Misuse(
                f"The holder cannot {verb} the invitation of {self.label!r}: its last act was {self.act}. "
                f"Expected one that has not answered. Have another holder scan the invitation."
            )
        act = Act.ACCEPT if verb == "accept" else self._refusal()
        event = ARIES_HOLDER.event_to(self.act, act) or ""
        if self.player is None or not self.player.handle_event(event, at):
            steps = [Step(act)]
            if self.act is Act.IGNORE and act is Act.ACCEPT:  # the table leads to accept by way of request only
                steps.insert(0, Step(Act.REQUEST, For(0, 0)))
            self.end_script()
            self.play(Sequence(tuple(steps)), at)

    def _refusal(self) -> Act:
        """Return the act of refusing, which depends on the messages so far."""
        if self.act is Act.IGNORE:
            return Act.REFUSE
        return Act.WITHDRAW if self.peer is None else Act.REFUSE_LATE

    # --- the script's steps ---------------------------------------------------------------------------------------

    def on_enter(self, step: Step, at: int) -> bool:
        """Do the step's act. If a message of it is refused, the script ends."""
        try:
            act = _act(step.state)
        except BadScript as error:
            self._world.complain(error)
            self.end_script()
            return False
        if act == self.act:
            return True
        event = ARIES_HOLDER.event_to(self.act, act) or "scripted"
        journal = self._world.journal
        journal.add_transition(at, ARIES_HOLDER.name, self.connection.user.did, self.act, act, event)
        self.act, self.since = act, at
        return act is Act.IGNORE or self._do(act, at)

    def on_over(self, at: int) -> None:
        """Forget the script, which has ended."""
        self.player = None

    def draw(self, index: int, low: int, high: int) -> int:
        """Choose a number for a step."""
        return self._world.seed.draw_between(low, high, "step", self.uid, index)

    def _do(self, act: Act, at: int) -> bool:
        if act in _REQUESTS:
            return self._send_request(act, at)
        if act is Act.TWICE:
            self._due_act = Act.ACCEPT
            return self._send_request(act, at) and self._send_request(act, at)
        if act is Act.GARBLE:
            return self._garble(at)
        if act in _WITHOUT_RESPONSE:
            return self._report(Problem.REQUEST_NOT_ACCEPTED, at)
        self._due_act = act
        return self._answer_response(at)

    def _send_request(self, act: Act, at: int) -> bool:
        address = UNREACHABLE_URL if act is Act.UNREACHABLE else f"{self._root}/holders/{self.uid}"
        label = self._world.seed.draw("aries holder", self.uid, "label", size=4).hex()
        request = messages.request(
            self._new_id(), f"holder {label}", self.key.did, did_doc(self.key.did, self.key.verkey, address)
        )
        self._request = request.id
        self._request_ids.add(request.id)
        if act is Act.NEWER:
            request = AriesMessage(f"{DIDCOMM}{Type.REQUEST.value}", request.members)
        return self._send(request, at)

    def _answer_response(self, at: int) -> bool:
        """Send the message that the due act needs, once there is a response to answer."""
        if self.peer is None or self._due_act is None:
            return True
        match self._due_act:
            case Act.REFUSE_LATE:
                return self._report(Problem.RESPONSE_NOT_ACCEPTED, at)
            case Act.DOUBT:
                return self._report(Problem.RESPONSE_PROCESSING_ERROR, at, "The signature does not hold.")
            case Act.PING:
                return self._send(messages.ping(self._new_id()), at)
            case Act.WRONG_THREAD:
                return self._send(messages.ack(self._new_id(), self._new_id()), at)
        return self._send(messages.ack(self._new_id(), self._request), at)

    def _report(self, code: Problem, at: int, explain: str | None = None) -> bool:
        thread = self._request or self._invitation.id
        return self._send(messages.problem_report(self._new_id(), thread, code, explain), at)

    def _garble(self, at: int) -> bool:
        """Send a message that only this holder itself could open."""
        draw = self._new_draw()
        packed = pack([self.key.verkey], b"{}", self.key, draw)
        inviter = self.inviter
        return self._post(route(packed, inviter.recipient_keys[0], inviter.routing_keys, draw), "no message", at)

    def _send(self, message: AriesMessage, at: int) -> bool:
        body = seal(message, self.key, self.peer or self.inviter, self._new_draw())
        return self._post(body, message.type, at)

    def _reply(self, message: AriesMessage, at: int) -> None:
        self._send(message, at)

    def _post(self, body: bytes, what: str, at: int) -> bool:
        note = f"the scripted holder sends {what}"
        return self._post_to_inviter(body, at, note, self.key.did).status == 200

    def _new_id(self) -> str:
        self._sent += 1
        return self._world.seed.draw_uuid("aries holder", self.uid, "message", self._sent)

    def _new_draw(self) -> Callable[[int], bytes]:
        self._sent += 1
        return drawing(self._world.seed, "aries holder", self.uid, "envelope", self._sent)

    # --- incoming messages ----------------------------------------------------------------------------------------

    def take(self, visit: Visit, body: bytes) -> Reply:
        """Take a message of the inviter. Answers to it are sent after the reply.

        Raises:
            Unreadable: The body does not open for this holder, or contains no message.
        """
        visit.about(self.connection)
        if self.act is Act.BROKEN:
            visit.note = "the scripted holder's address is broken"
            return Reply(500, b"", None)
        message, sender, _ = unwrap(body, lambda verkey: self.key if verkey == self.key.verkey else None)
        visit.client = sender or ""
        visit.message = message.type.value if isinstance(message.type, Type) else message.type[:80]
        match message.type:
            case Type.RESPONSE:
                self._take_response(visit, message)
            case Type.PING if message.members.get("response_requested", True):
                answer = messages.ping_response(self._new_id(), message.id)
                visit.after.append(lambda at: self._reply(answer, at))
            case Type.PROBLEM:
                visit.note = f"the inviter reports: {message.members.get('problem-code') or 'no code'}"
                self.end_script()
            case _:
                visit.note = "the scripted holder does not answer this message"
        return Reply(200, b"", None)

    def _take_response(self, visit: Visit, response: AriesMessage) -> None:
        if self.peer is not None or not self._request:
            visit.note = "the scripted holder sent no request, or already has a response"
            return
        try:
            self.peer = self._checked(response)
            self._request = response.thread or ""
        except BadMessage as wrong:
            visit.note = f"the scripted holder refuses the response: {wrong}"
            visit.after.append(self._refuse_response)
        else:
            visit.after.append(self._response_accepted)

    def _checked(self, response: AriesMessage) -> Contact:
        """Check a response; returns the inviter's contact in it.

        Raises:
            BadMessage: The response answers another request, or is not signed by the invitation's key.
        """
        if response.thread not in self._request_ids:
            raise BadMessage(f"The response is of the thread {response.thread!r}. Expected {self._request}.")
        _, doc = verify(response.members["connection~sig"], self.inviter.recipient_keys[0])
        return contact(doc)

    def _response_accepted(self, at: int) -> None:
        if self._answer_response(at) and self.player is not None:
            self.player.handle_event(ANSWERED, at)

    def _refuse_response(self, at: int) -> None:
        self.end_script()
        self._report(Problem.RESPONSE_PROCESSING_ERROR, at, "The response was not understood.")

    def end_script(self) -> None:
        """End the script, and drop an act that is still due."""
        self._due_act = None
        if self.player is not None:
            self.player.stop()
            self.player = None


def _act(name: str) -> Act:
    try:
        return Act(name)
    except ValueError:
        raise BadScript(
            f"{name!r} is not an act of {ARIES_HOLDER.name}. Expected one of: {', '.join(ARIES_HOLDER.states)}. A "
            f"script that is not strict cannot play other acts, either."
        ) from None
