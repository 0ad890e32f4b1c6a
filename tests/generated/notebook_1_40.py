"""Connects two wallets with a current client, in the steps of the notebook; prints what it saw as JSON.

Run by test_clients.py in the client's environment. Addresses and keys are in variables named as in the notebook.
"""

import json
import os

from identus_cloud_agent_api_reference_client import AuthenticatedClient, Client
from identus_cloud_agent_api_reference_client.api.connections_management import (
    accept_connection_invitation,
    create_connection,
    get_connection,
    get_connections,
)
from identus_cloud_agent_api_reference_client.models import (
    AcceptConnectionInvitationRequest,
    Connection,
    ConnectionsPage,
    CreateConnectionRequest,
)

LABEL = "Connect 2024-11-05 12:00:00"


def invitation_of(connection: Connection) -> str:
    """Extract the invitation from its URL as the notebook does, without the padding."""
    return connection.invitation.invitation_url.split("=")[1]


# The document requires an authenticated client for the key; a plain one works, too.
inviter = AuthenticatedClient(
    base_url=os.environ["ISSUER_URL"],
    token=os.environ["ISSUER_APIKEY"],
    prefix="",
    auth_header_name="apikey",
    raise_on_unexpected_status=True,
)
invitee = Client(
    base_url=os.environ["HOLDER_URL"],
    headers={"apiKey": os.environ["HOLDER_APIKEY"]},
    raise_on_unexpected_status=True,
)

issued = create_connection.sync(client=inviter, body=CreateConnectionRequest(label=LABEL, goal="To show it"))
accepted = accept_connection_invitation.sync(
    client=invitee, body=AcceptConnectionInvitationRequest(invitation_of(issued))
)
first = issued.to_dict(), accepted.to_dict()

seen = []
ours, theirs = issued, accepted
while ours.state != "ConnectionResponseSent" or theirs.state != "ConnectionResponseReceived":
    ours = get_connection.sync(client=inviter, connection_id=ours.connection_id)
    theirs = get_connection.sync(client=invitee, connection_id=theirs.connection_id)
    seen.append((ours.state, theirs.state))

last = (
    get_connection.sync(client=inviter, connection_id=ours.connection_id).to_dict(),
    get_connection.sync(client=invitee, connection_id=theirs.connection_id).to_dict(),
)

for number in range(4):
    create_connection.sync(client=inviter, body=CreateConnectionRequest(label=str(number)))
pages: list[ConnectionsPage] = [
    get_connections.sync(client=inviter),
    get_connections.sync(client=inviter, offset=1, limit=2),
    get_connections.sync(client=inviter, thid=theirs.thid),
    get_connections.sync(client=invitee, thid=theirs.thid),
    get_connections.sync(client=invitee, thid="nothing"),
]

print(
    json.dumps(
        {
            "first": first,
            "seen": seen,
            "last": last,
            "in order": issued.created_at <= ours.created_at < ours.updated_at,
            "slice": [connection.label for connection in pages[0].contents[0:3]],
            "pages": [[connection.thid for connection in page.contents] for page in pages],
        }
    )
)
