"""The objects of the OpenAPI document."""

from connsim.prism.openapi.parts import Node, int32, listed, ref, schemas, text
from connsim.prism.openapi.schemas import (
    ACCEPT_CONNECTION_INVITATION_REQUEST,
    CONNECTION_ID,
    CONNECTION_INVITATION,
    CREATED,
    DIDS,
    ERROR_RESPONSE,
    LABEL,
    LABEL_SHOWN,
    LABEL_WISHED,
    MOMENT,
    ROLE,
    UPDATED,
    UUID,
    state,
)
from connsim.script.machines.prism import State


def object_schemas() -> Node:
    """Describe what requests and answers hold."""
    return {
        **schemas(
            (
                "CreateConnectionRequest",
                "What an invitation is to say. A member that is null counts as absent.",
                {
                    "label?": LABEL_WISHED,
                    "goalCode?": text("What the connection is for, for programs; as long as the label.", **LABEL),
                    "goal?": text("What the connection is for, for people; as long as the label.", **LABEL),
                },
            ),
            ACCEPT_CONNECTION_INVITATION_REQUEST,
            (
                "Connection",
                "One side of a connection. Members that have no value are absent.",
                {
                    "connectionId": CONNECTION_ID,
                    "thid": text("The invitation's id, on both sides."),
                    "label?": LABEL_SHOWN,
                    "goalCode?": text("As given, or as the invitation says."),
                    "goal?": text("As given, or as the invitation says."),
                    **DIDS,
                    "role": ROLE,
                    "state": state(*State),
                    "invitation": ref("ConnectionInvitation"),
                    "createdAt": CREATED,
                    "updatedAt?": UPDATED,
                    "metaRetries": int32(description="How often the pending message may still be sent."),
                    "metaLastFailure?": ref("ErrorResponse"),
                    "self": text("The connectionId; not a URL."),
                    "kind": text("Always Connection."),
                },
            ),
            CONNECTION_INVITATION,
            (
                "ConnectionsPage",
                "All connections of a wallet; in spite of its name it is never paged.",
                {
                    "contents?": listed("Connection"),
                    "kind": text("Always ConnectionsPage."),
                    "self": text("Always empty."),
                    "pageOf": text("Always empty."),
                    "next?": text("Never there."),
                    "previous?": text("Never there."),
                },
            ),
            ERROR_RESPONSE,
            ("HealthInfo", "What the agent reports of itself.", {"version": text("The agent's version.")}),
            *_WEBHOOKS,
        ),
        "Map_String": {"title": "Map_String", "type": "object", "additionalProperties": {"type": "string"}},
    }


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
            "id": text("Its id.", **UUID),
            "url": text("Where events are sent to."),
            "customHeaders": ref("Map_String"),
            "createdAt": text("When it was registered.", **MOMENT),
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
