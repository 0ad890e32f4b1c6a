"""The objects that the OpenAPI documents of all agents share."""

from connsim.prism.openapi.parts import Node, int32, text
from connsim.script.machines.prism import State

# The texts that the agents accept; the real documents allow any text.
LABEL = {"maxLength": 255, "pattern": "^[^\\u0000]*$"}
_BASE64URL = {"pattern": "^[A-Za-z0-9_-]+={0,2}$"}

UUID = {"format": "uuid"}
MOMENT = {"format": "date-time"}

# States that the real agents declare, and that nothing in their connection flow leads to.
_NEVER_REACHED = ("ProblemReportPending", "ProblemReportSent", "ProblemReportReceived")

LABEL_REQUESTED = text("A name for the connection, up to 255 UTF-16 code units; never sent to the invitee.", **LABEL)
LABEL_SHOWN = text("The label given by the inviter; only the inviter has it.")
ROLE = text("The side of the connection.", enum=["Inviter", "Invitee"])
CREATED = text("The time of its creation.", **MOMENT)
UPDATED = text("The time of its last transition; absent before the first one.", **MOMENT)
CONNECTION_ID = text("The id of the connection; the inviter's is also that of the invitation.", **UUID)
DIDS = {
    "myDid?": text("This side's DID, once both sides know each other."),
    "theirDid?": text("The other side's DID, once both sides know each other."),
}

ACCEPT_CONNECTION_INVITATION_REQUEST = (
    "AcceptConnectionInvitationRequest",
    "An invitation to accept.",
    {"invitation": text("The base64url text from the invitation's URL, padded or not.", **_BASE64URL)},
)
CONNECTION_INVITATION = (
    "ConnectionInvitation",
    "The invitation with which a connection began.",
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
        "detail?": text("What exactly was wrong; always present in answers of these operations."),
        "instance": text("The id of this occurrence; version 1.40.0 makes a new one whenever it shows an error."),
    },
)


def state(*reached: State) -> Node:
    """Describe the state of a connection: the states that are reached, and those that are only declared."""
    description = "The state. The real agent declares the ProblemReport states, and never reaches them."
    if State.INVITATION_EXPIRED in reached:
        description += " It reaches InvitationExpired, which its document leaves out."
    return text(description, enum=[*map(str, reached), *_NEVER_REACHED])
