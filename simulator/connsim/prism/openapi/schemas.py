"""The objects that the OpenAPI documents of all agents share."""

from connsim.prism.openapi.parts import Node, int32, text
from connsim.script.machines.prism import State

# What the agents accept; the real documents allow any text.
LABEL = {"maxLength": 255, "pattern": "^[^\\u0000]*$"}
_BASE64URL = {"pattern": "^[A-Za-z0-9_-]+={0,2}$"}

UUID = {"format": "uuid"}
MOMENT = {"format": "date-time"}

# Declared by the real agents; nothing in their connection flow leads there.
_NEVER_REACHED = ("ProblemReportPending", "ProblemReportSent", "ProblemReportReceived")

LABEL_WISHED = text("A name for the connection, up to 255 UTF-16 code units; never sent to the invitee.", **LABEL)
LABEL_SHOWN = text("As given; only the inviter has it.")
ROLE = text("Which side it is.", enum=["Inviter", "Invitee"])
CREATED = text("When it was made.", **MOMENT)
UPDATED = text("When its state last changed; absent until then.", **MOMENT)
CONNECTION_ID = text("Its id; the inviter's is the invitation's too.", **UUID)
DIDS = {
    "myDid?": text("The own DID, once both sides know each other."),
    "theirDid?": text("The other side's DID, likewise."),
}

ACCEPT_CONNECTION_INVITATION_REQUEST = (
    "AcceptConnectionInvitationRequest",
    "An invitation to accept.",
    {"invitation": text("The base64url text from the invitation's URL, padded or not.", **_BASE64URL)},
)
CONNECTION_INVITATION = (
    "ConnectionInvitation",
    "The invitation that a connection began with.",
    {
        "id": text("Its id.", **UUID),
        "type": text("Always that of an out-of-band 2.0 invitation."),
        "from": text("The inviter's DID."),
        "invitationUrl": text("The invitation as a URL, base64url after `_oob=`."),
    },
)
ERROR_RESPONSE = (
    "ErrorResponse",
    "Why a request, or the sending of a message, failed.",
    {
        "status": int32(description="The HTTP status."),
        "type": text("The kind of error; version 1.40.0 writes `error:`, mostly a namespace, and a class name."),
        "title": text("The kind of error in words."),
        "detail?": text("What exactly was wrong; always there in answers of these operations."),
        "instance": text("Which error it is; version 1.40.0 gives a new id to each error shown."),
    },
)


def state(*reached: State) -> Node:
    """Describe the state of a connection: these, and those that are declared and never reached."""
    description = "The state. The real agent declares the ProblemReport states, and never reaches them."
    if State.INVITATION_EXPIRED in reached:
        description += " It reaches InvitationExpired, which its document leaves out."
    return text(description, enum=[*map(str, reached), *_NEVER_REACHED])
