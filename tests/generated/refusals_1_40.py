"""Makes requests that the agent refuses, with a current client; prints how each call ended as JSON.

Run by test_clients.py in the client's environment. The client raises on every status that is not in the document.
"""

import base64
import json
import os
import uuid

import httpx
from identus_cloud_agent_api_reference_client import Client
from identus_cloud_agent_api_reference_client.api.connections_management import (
    accept_connection_invitation,
    create_connection,
    get_connection,
    get_connections,
)
from identus_cloud_agent_api_reference_client.models import (
    AcceptConnectionInvitationRequest,
    CreateConnectionRequest,
    ErrorResponse,
)

URL = os.environ["ISSUER_URL"]
NOBODY = uuid.UUID(int=1)


def client(key: str | None, **headers: str) -> Client:
    """Return a client with this key."""
    keys = {} if key is None else {"apikey": key}
    return Client(base_url=URL, headers=keys | headers, raise_on_unexpected_status=True)


def ended(call, **arguments) -> str:
    """Return how a call ended: with an error of the agent, with an exception, or with success."""
    try:
        answer = call.sync(**arguments)
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]
    if isinstance(answer, ErrorResponse):
        assert answer.instance.startswith("error:instance:")
        return f"{answer.status} {answer.type_}"
    return type(answer).__name__


def invitation(text: str) -> AcceptConnectionInvitationRequest:
    """Return an invitation with this content."""
    return AcceptConnectionInvitationRequest(base64.urlsafe_b64encode(text.encode()).decode())


inviter, invitee = client("inviter"), client("invitee")
made = create_connection.sync(client=inviter, body=CreateConnectionRequest(label="used"))
url = made.invitation.invitation_url
used = AcceptConnectionInvitationRequest(url.split("=")[1])
accept_connection_invitation.sync(client=invitee, body=used)
old = create_connection.sync(client=inviter, body=CreateConnectionRequest(label="old"))
httpx.post(f"{os.environ['CONTROL_URL']}/clock/advance", json={"by": "301s"}).raise_for_status()
too_late = AcceptConnectionInvitationRequest(old.invitation.invitation_url.split("=")[1])

print(
    json.dumps(
        {
            "missing id": ended(get_connection, client=inviter, connection_id=NOBODY),
            "other wallet's id": ended(get_connection, client=invitee, connection_id=made.connection_id),
            "id that is none": ended(get_connection, client=inviter, connection_id="abc"),
            "bad offset": ended(get_connections, client=inviter, offset="abc"),
            "label too long": ended(create_connection, client=inviter, body=CreateConnectionRequest(label="x" * 256)),
            "label a number": ended(create_connection, client=inviter, body=CreateConnectionRequest(label=5)),
            "accepted again": ended(accept_connection_invitation, client=invitee, body=used),
            "own invitation": ended(accept_connection_invitation, client=inviter, body=used),
            "whole URL": ended(
                accept_connection_invitation, client=invitee, body=AcceptConnectionInvitationRequest(url)
            ),
            "no JSON": ended(accept_connection_invitation, client=invitee, body=invitation("hello")),
            "no key": ended(get_connections, client=client(None)),
            "HTML only": ended(get_connections, client=client("inviter", accept="text/html")),
            "accepted too late": ended(accept_connection_invitation, client=invitee, body=too_late),
            # Caused by the record: the document lacks its state.
            "expired": [
                ended(get_connection, client=inviter, connection_id=old.connection_id),  # each poll advances the clock
                ended(get_connection, client=inviter, connection_id=old.connection_id),
            ],
        }
    )
)
