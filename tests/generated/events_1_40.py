"""Reads health and metrics and registers a webhook, with a current client; prints the results as JSON.

Run by test_clients.py in the client's environment. The client raises on every status that is not in the document.
"""

import json
import os
import uuid

from identus_cloud_agent_api_reference_client import Client
from identus_cloud_agent_api_reference_client.api.connections_management import create_connection
from identus_cloud_agent_api_reference_client.api.events import (
    delete_events_webhooks_id,
    get_events_webhooks,
    post_events_webhooks,
)
from identus_cloud_agent_api_reference_client.api.system import system_health, system_metrics
from identus_cloud_agent_api_reference_client.models import (
    CreateConnectionRequest,
    CreateWebhookNotification,
    ErrorResponse,
    MapString,
)

HOOK = "http://127.0.0.1:9/hook"  # no server listens there


def shown(answer) -> object:
    """Return an answer in short."""
    if isinstance(answer, ErrorResponse):
        return f"{answer.status} {answer.type_}"
    return answer if answer is None or isinstance(answer, str) else answer.to_dict()


def client(**headers: str) -> Client:
    """Return a client with these headers."""
    return Client(base_url=os.environ["ISSUER_URL"], headers=headers, raise_on_unexpected_status=True)


owner, stranger = client(apikey=os.environ["ISSUER_APIKEY"]), client()
custom = MapString()
custom.additional_properties = {"x-secret": "s"}

steps = {
    "health": shown(system_health.sync(client=stranger)),
    "none": shown(get_events_webhooks.sync(client=owner)),
    "registered": shown(
        post_events_webhooks.sync(client=owner, body=CreateWebhookNotification(url=HOOK, custom_headers=custom))
    ),
    "second": shown(post_events_webhooks.sync(client=owner, body=CreateWebhookNotification(url=HOOK))),
    "no URL": shown(post_events_webhooks.sync(client=owner, body=CreateWebhookNotification(url="hook"))),
    "listed": shown(get_events_webhooks.sync(client=owner)),
    "listed for nobody": shown(get_events_webhooks.sync(client=stranger)),
    "registered for nobody": shown(
        post_events_webhooks.sync(client=stranger, body=CreateWebhookNotification(url=HOOK))
    ),
}
create_connection.sync(client=owner, body=CreateConnectionRequest())  # its delivery to the webhook fails
hook = uuid.UUID(steps["registered"]["id"])
steps["deleted"] = shown(delete_events_webhooks_id.sync_detailed(hook, client=owner).content.decode())
steps["deleted again"] = shown(delete_events_webhooks_id.sync(hook, client=owner))
steps["metrics"] = shown(system_metrics.sync(client=stranger))
print(json.dumps(steps))
