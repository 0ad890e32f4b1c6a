"""Connects two agents with a client of early 2023, in the steps of the notebook; prints what it saw as JSON.

Run by test_clients.py in the client's environment. Addresses and keys are in variables named as in the notebook.
"""

import json
import os

from prism_agent_open_api_specification_client import Client
from prism_agent_open_api_specification_client.api.connections_management import (
    accept_connection_invitation,
    create_connection,
    get_connection,
    get_connections,
)
from prism_agent_open_api_specification_client.models import (
    AcceptConnectionInvitationRequest,
    Connection,
    ConnectionCollection,
    ConnectionInvitation,
    CreateConnectionRequest,
)
from prism_agent_open_api_specification_client.types import Response


def get_invitation_str(connection):
    """Extract the invitation from its URL, without the padding."""
    return connection.invitation.invitation_url.split("=")[1]


inviter_client = Client(base_url=os.getenv("ISSUER_URL"), headers={"apiKey": os.getenv("ISSUER_APIKEY")})
invitee_client = Client(base_url=os.getenv("HOLDER_URL"), headers={"apiKey": os.getenv("HOLDER_APIKEY")})

conn_request = CreateConnectionRequest()
conn_request.label = "Connect 2023-03-02 12:00:00"
inviter: Response[Connection] = create_connection.sync(client=inviter_client, json_body=conn_request)

accept_request = AcceptConnectionInvitationRequest(get_invitation_str(inviter))
invitee: Response[ConnectionInvitation] = accept_connection_invitation.sync(
    client=invitee_client, json_body=accept_request
)
first = inviter.to_dict(), invitee.to_dict()

seen = []
while inviter.state != "ConnectionResponseSent" or invitee.state != "ConnectionResponseReceived":
    inviter: Response[Connection] = get_connection.sync(client=inviter_client, connection_id=inviter.connection_id)
    invitee: Response[Connection] = get_connection.sync(client=invitee_client, connection_id=invitee.connection_id)
    seen.append((inviter.state, invitee.state))

last = (
    get_connection.sync(client=inviter_client, connection_id=inviter.connection_id).to_dict(),
    get_connection.sync(client=invitee_client, connection_id=invitee.connection_id).to_dict(),
)

for number in range(4):
    create_connection.sync(client=inviter_client, json_body=CreateConnectionRequest(label=str(number)))
inviter_connections: Response[ConnectionCollection] = get_connections.sync(client=inviter_client)
invitee_connections: Response[ConnectionCollection] = get_connections.sync(client=invitee_client)

print(
    json.dumps(
        {
            "first": first,
            "seen": seen,
            "last": last,
            "slices": [
                [connection.connection_id for connection in page.contents[0:3]]
                for page in (inviter_connections, invitee_connections)
            ],
            "lists": [
                {**page.to_dict(), "contents": len(page.contents)}
                for page in (inviter_connections, invitee_connections)
            ],
        }
    )
)
