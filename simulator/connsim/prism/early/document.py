"""The OpenAPI document of connsim's prism-agent of early 2023."""

from connsim.prism.early.schemas import object_schemas
from connsim.prism.openapi.parts import TOO_LARGE_HERE, Node, answer, assembled, operation, parameter

_CONNECTIONS = "Connections Management"

_MALFORMED = answer("The body does not decode.", plain=True)
_NOT_ACCEPTABLE = answer("The Accept header excludes JSON.", plain=True)
_TOO_LARGE = answer(TOO_LARGE_HERE, plain=True)
_NOT_JSON = answer("The Content-Type is not application/json.", plain=True)
_REFUSED = answer("The agent refuses the content of the body.", "ErrorResponse")
_REFUSED_OR_FAILED = answer(
    "The agent refuses the request (JSON), or fails to process it (plain text).", "ErrorResponse", plain=True
)


def document(version: str = "0.48.3") -> Node:
    """Build the document.

    Args:
        version: The agent's version, for ``info``.
    """
    head: Node = {
        "openapi": "3.0.1",
        "info": {
            "title": "Prism Agent OpenAPI specification",
            "version": version,
            "description": "What connsim answers in place of a prism-agent of early 2023: connections. The real "
            "document names fewer statuses, and none in plain text. Not described: answers of a gateway, and "
            "faults that a script plays.",
        },
        "servers": [{"url": "/prism-agent", "description": "As behind the stock gateway."}],
        "security": [{}, {"ApiKeyAuth": []}],
        "tags": [
            {"name": _CONNECTIONS, "description": "Making and accepting invitations, and the state of the connections."}
        ],
    }
    key = ("ApiKeyAuth", "For the gateway, if there is one; here each key gets its own agent.")
    return assembled(head, _paths(), object_schemas(), key)


def _paths() -> Node:
    with_body = {400: _MALFORMED, 406: _NOT_ACCEPTABLE, 413: _TOO_LARGE, 415: _NOT_JSON}
    return {
        "/connections": {
            "post": operation(
                "createConnection",
                _CONNECTIONS,
                "Make an invitation, and a connection that waits for its acceptance.",
                {201: answer("The connection, in InvitationGenerated.", "Connection"), 500: _REFUSED, **with_body},
                takes="CreateConnectionRequest",
            ),
            "get": operation(
                "getConnections",
                _CONNECTIONS,
                "List all connections, in no particular order.",
                {200: answer("The connections.", "ConnectionCollection"), 406: _NOT_ACCEPTABLE},
            ),
        },
        "/connections/{connectionId}": {
            "get": operation(
                "getConnection",
                _CONNECTIONS,
                "Show one connection.",
                {
                    200: answer("The connection.", "Connection"),
                    404: answer("There is no such connection.", "ErrorResponse"),
                    406: _NOT_ACCEPTABLE,
                    422: answer("The id is not a UUID.", "ErrorResponse"),
                },
                parameters=[parameter("path", "connectionId", "The id of the connection, a UUID.", {"type": "string"})],
            )
        },
        "/connection-invitations": {
            "post": operation(
                "acceptConnectionInvitation",
                _CONNECTIONS,
                "Accept an invitation. The request to the inviter is sent later.",
                {
                    200: answer("The connection, in ConnectionRequestPending.", "Connection"),
                    500: _REFUSED_OR_FAILED,
                    **with_body,
                },
                takes="AcceptConnectionInvitationRequest",
            )
        },
    }
