"""The Accept headers that the agent refuses.

Sections are those of docs/protocol/prism-agent.md.
"""

import json

import pytest

from connsim import World
from tests.prism.cloud_agent.refusals.conftest import KEY, NO_INVITATION, UUID, ask, everything, payload

EXCLUDING = [
    "text/html",
    "image/*",
    "text/html, application/xml;q=0.9",
    "application/json5",
    "application/problem+json",
]


ALLOWING = [
    "*/*",
    "application/json",
    "APPLICATION/JSON",
    "application/*",
    "application/json; charset=utf-8",
    "text/html, application/json;q=0.1",
    "text/html,*/*;q=0.8",
    " application/json ",
    "",
]


ROUTES = {
    "list": ("GET", "/connections", b"", 200),
    "create": ("POST", "/connections", b"{}", 201),
    "accept": ("POST", "/connection-invitations", json.dumps({"invitation": payload()}).encode(), 200),
    "health": ("GET", "/_system/health", b"", 200),
    # checked before the logic, which would answer with 404, 400, 400 and 500
    "unknown-id": ("GET", f"/connections/{UUID}", b"", 404),
    "too-long": ("POST", "/connections", b'{"label":"%b"}' % (b"x" * 256), 400),
    "unparsable": ("POST", "/connection-invitations", NO_INVITATION, 400),
    "no-base64": ("POST", "/connection-invitations", b'{"invitation":":"}', 500),
}


@pytest.mark.parametrize("accept_header", EXCLUDING)
@pytest.mark.parametrize(("method", "target", "body", "otherwise"), ROUTES.values(), ids=ROUTES)
def test_not_acceptable(method: str, target: str, body: bytes, otherwise: int, accept_header: str) -> None:
    """An Accept without JSON is a 406 with neither body nor type, before the logic runs, so nothing changes (5.2)."""
    world = World()
    before = everything(world)

    reply = ask(world, method, target, body, {**KEY, "accept": accept_header})

    assert (reply.status, reply.body, reply.content_type) == (406, b"", None)
    assert everything(world) == before
    assert ask(world, method, target, body).status == otherwise


@pytest.mark.parametrize("accept_header", ALLOWING)
def test_acceptable(accept_header: str) -> None:
    """An Accept header that allows JSON, or a missing one, is accepted (5.2)."""
    assert ask(World(), "GET", "/connections", headers={**KEY, "accept": accept_header}).status == 200


@pytest.mark.parametrize("accept_header", ["json", "/", "text/html;;=", "text/html, json", "*"])
def test_unreadable_accept(accept_header: str) -> None:
    """The agent ignores an Accept header that its library cannot parse, and reads a bare asterisk as any type."""
    assert ask(World(), "GET", "/connections", headers={**KEY, "accept": accept_header}).status == 200
