"""Makes requests that the agent refuses, with a client of early 2023; prints how each call ended as JSON.

Run by test_clients.py in the client's environment. For a status that is not in the document, this client gives no
error: the call returns ``None``.
"""

import base64
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
    CreateConnectionRequest,
    ErrorResponse,
)

URL = os.environ["ISSUER_URL"]
NOBODY = "00000000-0000-0000-0000-000000000001"


def client(key, **headers):
    """Return a client with this key."""
    keys = {} if key is None else {"apikey": key}
    return Client(base_url=URL, headers={**keys, **headers})


def ended(call, **arguments):
    """Return how a call ended: with an error of the agent, with an exception, or with ``None``."""
    try:
        answer = call.sync(**arguments)
    except Exception as error:
        return type(error).__name__
    if isinstance(answer, ErrorResponse):
        return f"{answer.status} {answer.title}: {answer.detail}"
    if answer is None:
        return f"None, and the status was {int(call.sync_detailed(**arguments).status_code)}"
    return type(answer).__name__


def invitation(text):
    """Return an invitation with this content."""
    return AcceptConnectionInvitationRequest(base64.urlsafe_b64encode(text.encode()).decode())


inviter, invitee = client(os.environ["ISSUER_APIKEY"]), client(os.environ["HOLDER_APIKEY"])
made = create_connection.sync(client=inviter, json_body=CreateConnectionRequest(label="used"))
url = made.invitation.invitation_url
used = AcceptConnectionInvitationRequest(url.split("=")[1])
accept_connection_invitation.sync(client=invitee, json_body=used)

results = {
    "missing id": ended(get_connection, client=inviter, connection_id=NOBODY),
    "other agent's id": ended(get_connection, client=invitee, connection_id=made.connection_id),
    "id that is none": ended(get_connection, client=inviter, connection_id="abc"),
    "label too long": ended(create_connection, client=inviter, json_body=CreateConnectionRequest(label="x" * 256)),
    "label a number": ended(create_connection, client=inviter, json_body=CreateConnectionRequest(label=5)),
    "accepted again": ended(accept_connection_invitation, client=invitee, json_body=used),
    "whole URL": ended(accept_connection_invitation, client=invitee, json_body=AcceptConnectionInvitationRequest(url)),
    "no JSON": ended(accept_connection_invitation, client=invitee, json_body=invitation("hello")),
    "no key": ended(get_connections, client=client(None)),
    "wrong key": ended(get_connections, client=client("wrong")),
    "HTML only": ended(get_connections, client=client(os.environ["ISSUER_APIKEY"], accept="text/html")),
}
print(json.dumps({"thread": made.invitation.id, **results}))
