"""The objects of the OpenAPI document."""

from connsim.prism.openapi.parts import Node, listed, ref, schemas, text
from connsim.prism.openapi.schemas import (
    ACCEPT_CONNECTION_INVITATION_REQUEST,
    CONNECTION_ID,
    CONNECTION_INVITATION,
    CREATED,
    DIDS,
    ERROR_RESPONSE,
    LABEL_REQUESTED,
    LABEL_SHOWN,
    ROLE,
    UPDATED,
    state,
)
from connsim.script.machines.prism import State


def object_schemas() -> Node:
    """Describe the objects in requests and answers."""
    return schemas(
        ("CreateConnectionRequest", "The content of a new invitation.", {"label?": LABEL_REQUESTED}),
        ACCEPT_CONNECTION_INVITATION_REQUEST,
        (
            "Connection",
            "One side of a connection. Members that have no value are absent. Times omit seconds that are zero, which "
            "is not a valid date-time.",
            {
                "label?": LABEL_SHOWN,
                "self": text("Always Connection: the agent mixes up `self` and `kind`."),
                "kind": text("The path of the connection, for the same reason."),
                "connectionId": CONNECTION_ID,
                **DIDS,
                "state": state(*(state for state in State if state != State.INVITATION_EXPIRED)),
                "createdAt": CREATED,
                "updatedAt?": UPDATED,
                "role": ROLE,
                "invitation": ref("ConnectionInvitation"),
            },
        ),
        CONNECTION_INVITATION,
        (
            "ConnectionCollection",
            "All connections.",
            {
                "self": text("Always /collections."),
                "kind": text("Always Collection."),
                "contents": listed("Connection"),
            },
        ),
        ERROR_RESPONSE,
    )
