"""Scripted holders: the other side of proprietary invitations, with keys and an agency of their own.

A holder answers with the bytes that a foreign agency would post, and the agency takes them like any other request. The
holders' agency is not played: messages to it are dropped.
"""

from typing import Any

from connsim.agency.parties import Parties, Post
from connsim.agency.records import AgentConnection, Invitation
from connsim.core.exchange import Reply
from connsim.errors import BadScript, ConnsimError, Misuse
from connsim.script.machines.vcx import ACT, ANSWER, HOLDER, Act, Event
from connsim.script.player import Player
from connsim.script.sequence import Sequence, Step
from connsim.wire.codes import MessageStatus
from connsim.wire.crypt import drawing
from connsim.wire.invite_detail import agency_detail, sender_detail
from connsim.wire.keys import KeyPair
from connsim.wire.layers import wrap
from connsim.wire.messages import Message
from connsim.wire.proofs import delegation_proof, redirect_detail
from connsim.world import World

_ENDPOINT = "http://holders.invalid"


class Holders:
    """The holders of one agency's invitations.

    Args:
        parties: The parties at the inviters' agency.
        post: Posts to that agency.
        default: The script of holders for whom the world has none; it may be replaced.

    Attributes:
        agency: The identity of the holders' agency, which is not played.
    """

    def __init__(self, world: World, parties: Parties, post: Post, default: Sequence | None) -> None:
        self.world = world
        self.default = default
        self._inviters = parties
        self._post_to_inviters = post
        self.agency = parties.keyring.pair("holders' agency").identity

    def start(self, invitation: Invitation, phone: str, at: int) -> None:
        """Give an invitation a scripted holder, if there is a script for it."""
        agent = invitation.connection.agent
        name = agent.configs.get("name", "")
        traits = {"label": name or phone, "phone": phone, "institution": name, "owner": agent.owner.did}
        script = self.world.scripts.pick(HOLDER.name, traits) or self.default
        if script is not None:
            invitation.player = Player(script, _Holder(self, invitation), self.world.clock)
            invitation.player.start(at)

    def end_script(self, invitation: Invitation) -> None:
        """End the script of an invitation's holder."""
        if invitation.player is not None:
            invitation.player.stop()
            invitation.player = None

    def decide(self, invitation: Invitation, act: Act, event: Event, at: int) -> None:
        """Have the holder of an invitation act now.

        If its script waits for exactly this event, the script continues; otherwise it ends.

        Raises:
            Misuse: The holder is to redirect, and there is no older connection.
        """
        if invitation.player is None or not invitation.player.handle_event(event, at):
            body = self.body(invitation, act)
            self.end_script(invitation)
            self.post(body, at, strict=True)

    def post(self, body: bytes, at: int, *, strict: bool) -> Reply:
        """Post to the inviters' agency."""
        return self._post_to_inviters(body, at, "the scripted holder", lenient=not strict)

    def body(self, invitation: Invitation, act: Act) -> bytes:
        """Return the body that the holder's agency posts.

        Raises:
            Misuse: The holder is to redirect, and there is no older connection.
        """
        connection = invitation.connection
        if act is Act.AGAIN:
            act = ACT[invitation.code or MessageStatus.ACCEPTED]
        sends = ANSWER[act]
        extra = {"redirectDetail": self._redirect(invitation)} if act is Act.REDIRECT else {}
        uid = self.world.seed.draw_uuid("holder", connection.identity.did, invitation.uid, invitation.answers)
        invitation.answers += 1
        pairwise, agent = self._keys(uid)
        members: dict[str, Any] = {
            "@id": uid,
            "sendMsg": False,
            "replyToMsgId": invitation.uid,
            "senderDetail": sender_detail(pairwise, delegation_proof(pairwise, agent)),
            "senderAgencyDetail": agency_detail(self.agency, _ENDPOINT),
            "answerStatusCode": sends.code.value,
            **extra,
        }
        version = invitation.version
        return wrap(
            Message(sends.message, members, version),
            version,
            [(agent, connection.identity), (None, self._inviters.identity)],
            drawing(self.world.seed, "holder", uid),
        )

    def _keys(self, uid: str) -> tuple[KeyPair, KeyPair]:
        """Derive the pairwise pair and the agent's pair of the holder whose answer has this uid."""
        pair = self._inviters.keyring.pair
        return pair("holder", uid, "pairwise"), pair("holder", uid, "agent")

    def _redirect(self, invitation: Invitation) -> dict[str, str]:
        inviter = invitation.connection
        for older in reversed(inviter.agent.connections.values()):
            if (pairwise := self._pairwise_in(older)) is not None:
                return redirect_detail(pairwise, older.user)
        name = inviter.agent.configs.get("name", inviter.agent.owner.did)
        raise Misuse(
            f"The holder cannot redirect the invitation {invitation.uid}: no older connection of the inviter {name!r} "
            f"was accepted by a scripted holder. Expected one. Have a scripted holder accept an invitation of this "
            f"inviter first."
        )

    def _pairwise_in(self, older: AgentConnection) -> KeyPair | None:
        """Find the pairwise pair of a scripted holder in a connection that it accepted."""
        if older.remote is None or older.remote.agency != self.agency:
            return None
        for invitation in older.invitations:
            mail = invitation.mail
            if invitation.code is MessageStatus.ACCEPTED and mail.ref is not None:
                pairwise = self._keys(mail.ref)[0]
                if pairwise.identity == older.remote.pairwise:
                    return pairwise
        return None


class _Holder:
    """One scripted holder: carries out the acts of its script."""

    __slots__ = ("_holders", "_invitation")

    def __init__(self, holders: Holders, invitation: Invitation) -> None:
        self._holders = holders
        self._invitation = invitation

    def on_enter(self, step: Step, at: int) -> bool:
        """Do the step's act. If the agency refuses it, the script ends."""
        invitation = self._invitation
        if step.state in (Act.IGNORE, invitation.act) and step.state != Act.AGAIN:
            return True
        player = invitation.player
        strict = player is None or player.sequence.strict
        try:
            body = self._holders.body(invitation, _act(step.state))
            done = self._holders.post(body, at, strict=strict).status == 200
        except ConnsimError as error:
            self._holders.world.complain(error)
            done = False
        if not done:
            self._holders.end_script(invitation)
        return done

    def on_over(self, at: int) -> None:
        """Forget the script, which has ended."""
        self._invitation.player = None

    def draw(self, index: int, low: int, high: int) -> int:
        """Choose a number for a step."""
        return self._holders.world.seed.draw_between(low, high, "step", self._invitation.uid, index)


def _act(name: str) -> Act:
    try:
        return Act(name)
    except ValueError:
        raise BadScript(
            f"{name!r} is not an act of {HOLDER.name}. Expected one of: {', '.join(HOLDER.states)}. A script "
            f"that is not strict cannot play other acts, either."
        ) from None
