"""The routes of whoever stands behind the clients: what they do now, and what reached their phones."""

from dataclasses import dataclass
from typing import Annotated, Literal

from connsim.agency.agency import Agency
from connsim.core.shapes import Rules
from connsim.prism.agent import PrismAgent
from connsim.prism.cloud_agent.view import URL
from connsim.world import World

Text = Annotated[str, Rules(examples=["Faber College"])] | None


@dataclass(frozen=True, slots=True)
class Which:
    """What the holder does.

    Attributes:
        act: To be silent is to do nothing more, whatever a script says.
    """

    act: Literal["accept", "refuse", "redirect", "silence"]


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose holder acts.

    Attributes:
        id: The connReqId of a VCX invitation, the connectionId of a PRISM inviter, or the inviter's pairwise DID of an
            Aries connection.
    """

    id: Annotated[str, Rules(examples=["yta2odh"])]


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a holder is handed.

    Attributes:
        invitation: The JSON of an Aries invitation, or an address with it as `?c_i=`.
    """

    invitation: Annotated[str, Rules(format="connsim-aries-invitation")]


@dataclass(frozen=True, slots=True)
class ActView:
    """What a holder has just done.

    Attributes:
        id: The connection.
        holder: The act.
    """

    id: str
    holder: str


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """An invitation to be made. An agent of early 2023 accepts none without `goal_code` and `goal`.

    Attributes:
        label: What its inviter calls the connection; scripts are selected by it.
        goal_code: What it is for, as a code.
        goal: What it is for, in words.
    """

    label: Text = None
    goal_code: Text = None
    goal: Text = None


@dataclass(frozen=True, slots=True)
class InvitationView:
    """A PRISM invitation of an inviter whom no client plays.

    Attributes:
        id: Its id.
        did: The inviter's DID.
        invitation: What an invitee posts to `/connection-invitations`.
        url: The invitation as a URL.
    """

    id: str
    did: str
    invitation: str
    url: str


@dataclass(frozen=True, slots=True)
class SmsView:
    """A text message that the agency sent.

    Attributes:
        at: When, in nanoseconds since 1970.
        phone: To whom.
        text: What.
        link: The link in it.
        id: The connReqId.
        status: How far it got.
    """

    at: int
    phone: str
    text: str
    link: str
    id: str
    status: str


@dataclass(frozen=True, slots=True)
class OutboxView:
    """The text messages of the agency.

    Attributes:
        sms: The oldest first.
    """

    sms: tuple[SmsView, ...]


def let_holder_scan(world: World, body: Scanned) -> ActView:
    """Hand an Aries invitation to a holder, who begins with its script."""
    return ActView(world.fake(Agency).holder_scans(body.invitation), "scan")


def let_holder_act(world: World, asked: Which, body: Whose) -> ActView:
    """Let the holder of an invitation act, now."""
    world.let_holder(asked.act, body.id)
    return ActView(body.id, asked.act)


def make_invitation(world: World, body: NewInvitation) -> InvitationView:
    """Make a PRISM invitation of an inviter whom no client plays, for testing an invitee by hand."""
    made = world.fake(PrismAgent).foreign_invitation(label=body.label or "", goal_code=body.goal_code, goal=body.goal)
    return InvitationView(made.id, made.from_did, made.payload(), URL + made.payload())


def list_messages(world: World) -> OutboxView:
    """List the text messages that the VCX agency sent."""
    return OutboxView(
        tuple(SmsView(sms.at, sms.phone, sms.text, sms.link, sms.uid, sms.status) for sms in world.fake(Agency).outbox)
    )
