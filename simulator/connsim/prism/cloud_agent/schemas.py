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
    LABEL_REQUESTED,
    LABEL_SHOWN,
    MOMENT,
    ROLE,
    UPDATED,
    UUID,
    state,
)
from connsim.script.machines.prism import State


def object_schemas() -> Node:
    """Describe the objects in requests and answers."""
    return {
        **schemas(
            (
                "CreateConnectionRequest",
                "The content of a new invitation. A member that is null counts as absent.",
                {
                    "label?": LABEL_REQUESTED,
                    "goalCode?": text(
                        "The purpose of the connection as a code for programs; limited like the label.", **LABEL
                    ),
                    "goal?": text(
                        "The purpose of the connection as a text for people; limited like the label.", **LABEL
                    ),
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
                    "goalCode?": text("As in the request, or as in the accepted invitation."),
                    "goal?": text("As in the request, or as in the accepted invitation."),
                    **DIDS,
                    "role": ROLE,
                    "state": state(*State),
                    "invitation": ref("ConnectionInvitation"),
                    "createdAt": CREATED,
                    "updatedAt?": UPDATED,
                    "metaRetries": int32(description="The number of remaining attempts to send the pending message."),
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
                    "next?": text("Never present."),
                    "previous?": text("Never present."),
                },
            ),
            ERROR_RESPONSE,
            ("HealthInfo", "The agent's report about itself.", {"version": text("The agent's version.")}),
            *_WEBHOOKS,
        ),
        "Map_String": {"title": "Map_String", "type": "object", "additionalProperties": {"type": "string"}},
    }


_WEBHOOKS = (
    (
        "CreateWebhookNotification",
        "A webhook to register.",
        {"url": text("An absolute URL whose scheme Java knows."), "customHeaders?": ref("Map_String")},
    ),
    (
        "WebhookNotification",
        "A webhook.",
        {
            "id": text("The id of the webhook.", **UUID),
            "url": text("The URL to which events are sent."),
            "customHeaders": ref("Map_String"),
            "createdAt": text("The time of its registration.", **MOMENT),
        },
    ),
    (
        "WebhookNotificationPage",
        "All webhooks of a wallet.",
        {
            "self": text("Path and query of the request."),
            "kind": text("Always WebhookNotificationPage."),
            "pageOf": text("The same without `offset` and `limit`."),
            "next?": text("Never present."),
            "previous?": text("Never present."),
            "contents?": listed("WebhookNotification"),
        },
    ),
)
