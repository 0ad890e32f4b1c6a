"""The OpenAPI document of connsim's Cloud Agent 1.40.0."""

from connsim.prism.cloud_agent.schemas import object_schemas
from connsim.prism.openapi.parts import TOO_LARGE_HERE, Node, answer, assembled, int32, operation, parameter

_CONNECTIONS, _SYSTEM, _EVENTS = "Connections Management", "System", "Events"
_UUID: Node = {"type": "string", "format": "uuid"}
_KEY = "apiKeyAuth"

_BAD_REQUEST = answer("A parameter or the body does not decode, or the agent refuses its content.", "ErrorResponse")
_UNAUTHORIZED = answer("There is no key, or it opens no wallet.", "ErrorResponse")
_SELDOM_UNAUTHORIZED = answer(
    "There is no key, or it opens no wallet, and the agent is set up to answer 401. By default it answers 500. "
    "The real document has no 401 here.",
    "ErrorResponse",
)
_NOT_ACCEPTABLE = answer("The Accept header excludes what the agent sends. No body.")
_TOO_LARGE = answer(TOO_LARGE_HERE, plain=True)
_FAILED = answer(
    "The agent failed to process the request. Also the answer for a missing or refused key, because these operations "
    "do not declare the 401 that the agent tries to send.",
    "ErrorResponse",
)


def document(version: str = "1.40.0") -> Node:
    """Build the document.

    Args:
        version: The agent's version, for ``info``.
    """
    head: Node = {
        "openapi": "3.1.0",
        "info": {
            "title": "Identus Cloud Agent API Reference",
            "version": version,
            "description": "What connsim answers in place of a Cloud Agent: connections, webhooks, health and "
            "metrics. Keycloak is not played, so there is no 403 and no bearer token. An unknown key opens a new "
            "wallet. Not described: answers of a gateway, and faults that a script plays.",
        },
        "servers": [{"url": "/cloud-agent", "description": "As behind the stock gateway; the bare root is the same."}],
        "tags": [
            {
                "name": _CONNECTIONS,
                "description": "Making and accepting invitations, and the state of the connections.",
            },
            {"name": _SYSTEM, "description": "For operators of the agent."},
            {"name": _EVENTS, "description": "Webhooks, which get an event for every change."},
        ],
    }
    paths = {**_connections(), **_system(), **_webhooks()}
    return assembled(head, paths, object_schemas(), (_KEY, "The key, which chooses the wallet."))


def _connections() -> Node:
    common = {400: _BAD_REQUEST, 401: _SELDOM_UNAUTHORIZED, 406: _NOT_ACCEPTABLE, 500: _FAILED}
    ignored = "Must be a number; is ignored, since connections are never paged."
    return {
        "/connections": {
            "get": operation(
                "getConnections",
                _CONNECTIONS,
                "List all connections of the wallet, the oldest first.",
                {200: answer("The connections.", "ConnectionsPage"), **common},
                parameters=[
                    parameter("query", "offset", ignored, int32()),
                    parameter("query", "limit", ignored, int32()),
                    parameter("query", "thid", "Lists only the connection of this thread.", {"type": "string"}),
                ],
                security=_KEY,
            ),
            "post": operation(
                "createConnection",
                _CONNECTIONS,
                "Make an invitation, and a connection that waits for its acceptance.",
                {201: answer("The connection, in InvitationGenerated.", "Connection"), 413: _TOO_LARGE, **common},
                takes="CreateConnectionRequest",
                security=_KEY,
            ),
        },
        "/connections/{connectionId}": {
            "get": operation(
                "getConnection",
                _CONNECTIONS,
                "Show one connection.",
                {
                    200: answer("The connection.", "Connection"),
                    404: answer("The wallet has no such connection.", "ErrorResponse"),
                    **common,
                },
                parameters=[parameter("path", "connectionId", "The id of the connection.", _UUID)],
                security=_KEY,
            )
        },
        "/connection-invitations": {
            "post": operation(
                "acceptConnectionInvitation",
                _CONNECTIONS,
                "Accept an invitation. The request to the inviter is sent later.",
                {
                    200: answer("The connection, in ConnectionRequestPending.", "Connection"),
                    413: _TOO_LARGE,
                    **common,
                    500: answer(
                        f"{_FAILED['description']} Also the answer for an invitation that is not base64url, is not of "
                        "the out-of-band 2.0 type, or has an id that is not a UUID.",
                        "ErrorResponse",
                    ),
                },
                takes="AcceptConnectionInvitationRequest",
                security=_KEY,
            )
        },
    }


def _system() -> Node:
    return {
        "/_system/health": {
            "get": operation(
                "systemHealth",
                _SYSTEM,
                "Show the version. No key is needed.",
                {200: answer("The agent is up.", "HealthInfo"), 406: _NOT_ACCEPTABLE},
            )
        },
        "/_system/metrics": {
            "get": operation(
                "systemMetrics",
                _SYSTEM,
                "Show the counters. No key is needed.",
                {200: answer("Prometheus text, version 0.0.4.", plain=True), 406: _NOT_ACCEPTABLE},
            )
        },
    }


def _webhooks() -> Node:
    return {
        "/events/webhooks": {
            "get": operation(
                "getEventsWebhooks",
                _EVENTS,
                "List the wallet's webhooks: one or none.",
                {
                    200: answer("The webhooks.", "WebhookNotificationPage"),
                    401: _UNAUTHORIZED,
                    406: _NOT_ACCEPTABLE,
                },
                security=_KEY,
            ),
            "post": operation(
                "postEventsWebhooks",
                _EVENTS,
                "Register a webhook.",
                {
                    200: answer("The webhook.", "WebhookNotification"),
                    400: _BAD_REQUEST,
                    401: _SELDOM_UNAUTHORIZED,
                    406: _NOT_ACCEPTABLE,
                    413: _TOO_LARGE,
                    422: answer("The wallet has a webhook already.", "ErrorResponse"),
                    500: _FAILED,
                },
                takes="CreateWebhookNotification",
                security=_KEY,
            ),
        },
        "/events/webhooks/{id}": {
            "delete": operation(
                "deleteEventsWebhooksId",
                _EVENTS,
                "Remove a webhook.",
                {
                    200: answer("The webhook is removed. No body."),
                    400: answer("The id is not a UUID.", "ErrorResponse"),
                    401: _UNAUTHORIZED,
                    500: answer(
                        "The wallet has no such webhook; the real document promises a 404, which is never sent.",
                        "ErrorResponse",
                    ),
                },
                parameters=[parameter("path", "id", "The id of the webhook.", _UUID)],
                security=_KEY,
            )
        },
    }
