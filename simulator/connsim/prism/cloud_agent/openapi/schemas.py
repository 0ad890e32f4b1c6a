"""The objects of the agents' OpenAPI documents."""

from connsim.prism.cloud_agent.openapi.parts import Node, int32, listed, ref, schemas, text
from connsim.script.machines.prism import State

# What the agents take; the real documents allow any text.
_LABEL = {"maxLength": 255, "pattern": "^[^\\u0000]*$"}
_BASE64URL = {"pattern": "^[A-Za-z0-9_-]+={0,2}$"}

_UUID = {"format": "uuid"}
_MOMENT = {"format": "date-time"}

# Declared by the real agents; nothing in their connection flow leads there.
_NEVER_REACHED = ("ProblemReportPending", "ProblemReportSent", "ProblemReportReceived")

_LABEL_WISHED = text("A name for the connection, up to 255 UTF-16 code units; never sent to the invitee.", **_LABEL)
_LABEL_SHOWN = text("As given; only the inviter has it.")
_ROLE = text("Which side it is.", enum=["Inviter", "Invitee"])
_CREATED = text("When it was made.", **_MOMENT)
_UPDATED = text("When its state last changed; absent until then.", **_MOMENT)
_CONNECTION_ID = text("Its id; the inviter's is the invitation's too.", **_UUID)
_DIDS = {
    "myDid?": text("The own DID, once both sides know each other."),
    "theirDid?": text("The other side's DID, likewise."),
}

_ACCEPT_CONNECTION_INVITATION_REQUEST = (
    "AcceptConnectionInvitationRequest",
    "An invitation to accept.",
    {"invitation": text("The base64url text from the invitation's URL, padded or not.", **_BASE64URL)},
)
_CONNECTION_INVITATION = (
    "ConnectionInvitation",
    "The invitation that a connection began with.",
    {
        "id": text("Its id.", **_UUID),
        "type": text("Always that of an out-of-band 2.0 invitation."),
        "from": text("The inviter's DID."),
        "invitationUrl": text("The invitation as a URL, base64url after `_oob=`."),
    },
)
_ERROR_RESPONSE = (
    "ErrorResponse",
    "Why a request, or the sending of a message, failed.",
    {
        "status": int32(description="The HTTP status."),
        "type": text("The kind of error; profile P5 writes `error:`, mostly a namespace, and a class name."),
        "title": text("The kind of error in words."),
        "detail?": text("What exactly was wrong; always there in answers of these operations."),
        "instance": text("Which error it is; profile P5 gives a new id to each error shown."),
    },
)


def schemas_p5() -> Node:
    """Describe what requests and answers of profile P5 hold."""
    return {
        **schemas(
            (
                "CreateConnectionRequest",
                "What an invitation is to say. A member that is null counts as absent.",
                {
                    "label?": _LABEL_WISHED,
                    "goalCode?": text("What the connection is for, for programs; as long as the label.", **_LABEL),
                    "goal?": text("What the connection is for, for people; as long as the label.", **_LABEL),
                },
            ),
            _ACCEPT_CONNECTION_INVITATION_REQUEST,
            (
                "Connection",
                "One side of a connection. Members that have no value are absent.",
                {
                    "connectionId": _CONNECTION_ID,
                    "thid": text("The invitation's id, on both sides."),
                    "label?": _LABEL_SHOWN,
                    "goalCode?": text("As given, or as the invitation says."),
                    "goal?": text("As given, or as the invitation says."),
                    **_DIDS,
                    "role": _ROLE,
                    "state": _state(*State),
                    "invitation": ref("ConnectionInvitation"),
                    "createdAt": _CREATED,
                    "updatedAt?": _UPDATED,
                    "metaRetries": int32(description="How often the pending message may still be sent."),
                    "metaLastFailure?": ref("ErrorResponse"),
                    "self": text("The connectionId; not a URL."),
                    "kind": text("Always Connection."),
                },
            ),
            _CONNECTION_INVITATION,
            (
                "ConnectionsPage",
                "All connections of a wallet; it is called a page and is none.",
                {
                    "contents?": listed("Connection"),
                    "kind": text("Always ConnectionsPage."),
                    "self": text("Always empty."),
                    "pageOf": text("Always empty."),
                    "next?": text("Never there."),
                    "previous?": text("Never there."),
                },
            ),
            _ERROR_RESPONSE,
            ("HealthInfo", "What the agent tells of itself.", {"version": text("The agent's version.")}),
            *_WEBHOOKS,
        ),
        "Map_String": {"title": "Map_String", "type": "object", "additionalProperties": {"type": "string"}},
    }


def schemas_p1() -> Node:
    """Describe what requests and answers of profile P1 hold."""
    return schemas(
        ("CreateConnectionRequest", "What an invitation is to say.", {"label?": _LABEL_WISHED}),
        _ACCEPT_CONNECTION_INVITATION_REQUEST,
        (
            "Connection",
            "One side of a connection. Members that have no value are absent. Times omit seconds that are zero, which "
            "a date-time must not.",
            {
                "label?": _LABEL_SHOWN,
                "self": text("Always Connection: the agent mixes up `self` and `kind`."),
                "kind": text("The path of the connection, likewise mixed up."),
                "connectionId": _CONNECTION_ID,
                **_DIDS,
                "state": _state(*(state for state in State if state != State.INVITATION_EXPIRED)),
                "createdAt": _CREATED,
                "updatedAt?": _UPDATED,
                "role": _ROLE,
                "invitation": ref("ConnectionInvitation"),
            },
        ),
        _CONNECTION_INVITATION,
        (
            "ConnectionCollection",
            "All connections.",
            {
                "self": text("Always /collections."),
                "kind": text("Always Collection."),
                "contents": listed("Connection"),
            },
        ),
        _ERROR_RESPONSE,
    )


def _state(*reached: State) -> Node:
    said = "Where the connection stands. The ProblemReport states are declared by the real agent and never reached."
    if State.INVITATION_EXPIRED in reached:
        said += " InvitationExpired is, but the real document leaves it out."
    return text(said, enum=[*map(str, reached), *_NEVER_REACHED])


_WEBHOOKS = (
    (
        "CreateWebhookNotification",
        "A webhook to register.",
        {"url": text("An absolute URL of a scheme that Java knows."), "customHeaders?": ref("Map_String")},
    ),
    (
        "WebhookNotification",
        "A webhook.",
        {
            "id": text("Its id.", **_UUID),
            "url": text("Where events are sent to."),
            "customHeaders": ref("Map_String"),
            "createdAt": text("When it was registered.", **_MOMENT),
        },
    ),
    (
        "WebhookNotificationPage",
        "All webhooks of a wallet.",
        {
            "self": text("Path and query of the request."),
            "kind": text("Always WebhookNotificationPage."),
            "pageOf": text("The same without `offset` and `limit`."),
            "next?": text("Never there."),
            "previous?": text("Never there."),
            "contents?": listed("WebhookNotification"),
        },
    ),
)
