"""The routes of the people on the other side: the holders' acts, a foreign inviter, and the text messages."""

from dataclasses import dataclass
from typing import Annotated, Literal

from connsim.agency.agency import Agency
from connsim.core.shapes import Rules
from connsim.prism.agent import PrismAgent
from connsim.prism.cloud_agent.view import URL
from connsim.world import World

Act = Annotated[Literal["accept", "refuse", "redirect", "silence"], "The act; `silence` stops the holder's script."]
Text = Annotated[str, Rules(examples=["Faber College"])] | None


@dataclass(frozen=True, slots=True)
class Whose:
    """The connection whose holder acts."""

    id: Annotated[
        str,
        Rules(examples=["yta2odh"]),
        "The connReqId of a VCX invitation, the connectionId of a PRISM inviter, or the inviter's pairwise DID of an "
        "Aries connection.",
    ]


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a holder scans."""

    invitation: Annotated[
        str,
        Rules(format="connsim-aries-invitation"),
        "An Aries invitation: its JSON, or a URL with the parameter `c_i`.",
    ]


@dataclass(frozen=True, slots=True)
class ActView:
    """What a holder has just done."""

    id: Annotated[str, "The connection."]
    holder: Annotated[str, "The act."]


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """An invitation to make. An agent of early 2023 accepts none without `goal_code` and `goal`."""

    label: Annotated[Text, "The inviter's label; scripts are selected by it."] = None
    goal_code: Annotated[Text, "The purpose, as a code."] = None
    goal: Annotated[Text, "The purpose in words."] = None


@dataclass(frozen=True, slots=True)
class InvitationView:
    """A PRISM invitation by an inviter that no client plays."""

    id: Annotated[str, "Its id."]
    did: Annotated[str, "The inviter's DID."]
    invitation: Annotated[str, "What an invitee posts to `/connection-invitations`."]
    url: Annotated[str, "The invitation as a URL."]


@dataclass(frozen=True, slots=True)
class SmsView:
    """A text message that the agency sent."""

    at: Annotated[int, "When it was sent, in nanoseconds since 1970."]
    phone: Annotated[str, "The recipient's number."]
    text: Annotated[str, "Its text."]
    link: Annotated[str, "The link in it."]
    id: Annotated[str, "The connReqId of the invitation."]
    status: Annotated[str, "The status of its delivery."]


@dataclass(frozen=True, slots=True)
class OutboxView:
    """The text messages of the agency."""

    sms: Annotated[tuple[SmsView, ...], "Oldest first."]


def let_holder_scan(world: World, body: Scanned) -> ActView:
    """Hand an Aries invitation to a holder, whose script then begins."""
    return ActView(world.fake(Agency).holder_scans(body.invitation), "scan")


def let_holder_act(world: World, act: Act, body: Whose) -> ActView:
    """Make the holder of an invitation act now."""
    world.let_holder(act, body.id)
    return ActView(body.id, act)


def make_invitation(world: World, body: NewInvitation) -> InvitationView:
    """Make a PRISM invitation by an inviter that no client plays, for testing an invitee by hand."""
    made = world.fake(PrismAgent).foreign_invitation(label=body.label or "", goal_code=body.goal_code, goal=body.goal)
    return InvitationView(made.id, made.from_did, made.payload(), URL + made.payload())


def list_messages(world: World) -> OutboxView:
    """List the text messages that the VCX agency has sent, oldest first."""
    return OutboxView(
        tuple(SmsView(sms.at, sms.phone, sms.text, sms.link, sms.uid, sms.status) for sms in world.fake(Agency).outbox)
    )
