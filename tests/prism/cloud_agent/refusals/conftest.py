"""Requests that may be refused, and helpers for the agent's answers."""

import json
import re
from base64 import urlsafe_b64encode
from typing import Any

from connsim import World
from connsim.core.exchange import Reply, Request

KEY = {"apikey": "tenant"}


OTHER = {"apikey": "other tenant"}


UUID = "0d9a7c6e-3f51-4b28-9a4e-7c1d2e3f4a5b"


INSTANCE = re.compile(r"error:instance:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


DID = "did:peer:2.Ez6LSfar.Vz6Mkfar.SeyJ0IjoiZG0ifQ"


TYPE = "https://didcomm.org/out-of-band/2.0/invitation"


PATH = "ResourcePathNotFound"


DECODING = "RequestBodyDecodingFailure"


INTERNAL = "InternalServerError"


NO_PATH = "The requested resource path doesn't exist."


def ask(world: World, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Reply:
    """Send one request, by default with the tenant's key."""
    return world.prism.handle(Request(method, target, KEY if headers is None else headers, body))


def shown(reply: Reply) -> Any:
    """Return the JSON of an answer."""
    return json.loads(reply.body)


def undecodable(path: str, details: str) -> str:
    """Return the text for a request that cannot be decoded."""
    return f"An error occurred when decoding the request body: path=['{path}'], details=[Invalid value for: {details}]"


def internal(path: str) -> str:
    """Return the text for an exception in the agent."""
    return f"An unexpected error occurred when processing the request: path=['{path}']"


def payload(**changed: Any) -> str:
    """Return the payload of a foreign invitation; a member changed to None is removed."""
    content = {"id": UUID, "type": TYPE, "from": DID, "body": {"accept": []}, **changed}
    text = json.dumps({name: value for name, value in content.items() if value is not None})
    return urlsafe_b64encode(text.encode()).decode()


def encoded(text: str) -> str:
    """Return any text as a payload."""
    return urlsafe_b64encode(text.encode()).decode()


def accept(world: World, invitation: str, headers: dict[str, str] = KEY) -> Reply:
    """Accept an invitation."""
    return ask(world, "POST", "/connection-invitations", json.dumps({"invitation": invitation}).encode(), headers)


def create(world: World, headers: dict[str, str] = KEY, **members: str) -> Any:
    """Make an invitation."""
    reply = ask(world, "POST", "/connections", json.dumps(members).encode(), headers)
    assert reply.status == 201
    return shown(reply)


def payload_of(connection: Any) -> str:
    """Return the payload that a client extracts from the URL."""
    url: str = connection["invitation"]["invitationUrl"]
    return url.partition("_oob=")[2]


def everything(world: World) -> tuple[object, ...]:
    """Return all that a refused request must not change: both tenants' records, the journal, and what is due."""
    pages = [ask(world, "GET", "/connections", headers=who).body for who in (KEY, OTHER)]
    return (*pages, tuple(world.journal.transitions()), world.clock.next_due(), world.clock.now())


NO_INVITATION = b'{"invitation":""}'
