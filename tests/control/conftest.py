"""Requests to the control API of a world; every answer is checked against the OpenAPI document."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from connsim import World
from connsim.control import Control
from connsim.control.api import ROUTES, ROWS
from connsim.control.shapes.openapi import document
from connsim.core.exchange import Reply, Request, match

Ask = Callable[..., tuple[int, Any]]

DOCUMENT: Any = document(ROWS)
_REGISTRY: Registry[Any] = Registry().with_resource("urn:control", DRAFT202012.create_resource(DOCUMENT))


def check(method: str, target: str, reply: Reply) -> None:
    """Check a reply against the document: its status, its type and its body."""
    found = match(ROUTES, method, target.partition("?")[0])
    if found is None:
        assert reply.status in (404, 405)
        check_schema({"$ref": "urn:control#/components/schemas/ErrorView"}, json.loads(reply.body))
        return
    responses = DOCUMENT["paths"][found[0].template][method.lower()]["responses"]
    assert str(reply.status) in responses, f"{method} {target} answers {reply.status}, which the document does not say."
    response = responses[str(reply.status)]
    if "$ref" in response:
        response = DOCUMENT["components"]["responses"][str(reply.status)]
    [(media, content)] = response["content"].items()
    assert reply.content_type == media
    if media == "application/json":
        place = f"urn:control#{_pointer(content['schema'])}" if "$ref" in content["schema"] else None
        check_schema({"$ref": place} if place else content["schema"], json.loads(reply.body))


def check_schema(schema: dict[str, Any], value: object) -> None:
    """Check a value against a schema of the document."""
    Draft202012Validator(schema, registry=_REGISTRY).validate(value)


def _pointer(schema: dict[str, str]) -> str:
    return schema["$ref"].removeprefix("#")


@pytest.fixture
def world() -> World:
    """A new world."""
    return World("control")


@pytest.fixture
def ask(world: World) -> Ask:
    """Return a function that sends one control request, and returns the status and the JSON or text of the answer."""
    control = Control(world)

    def send(method: str, target: str, body: object = None) -> tuple[int, Any]:
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        reply = control.handle(Request(method, target, {}, sent))
        check(method, target, reply)
        text = reply.body.decode()
        return reply.status, json.loads(text) if reply.content_type == "application/json" else text

    return send


@pytest.fixture
def invite(world: World) -> Callable[..., str]:
    """Return a function that makes an invitation as a PRISM client, and returns its connectionId."""

    def make(**members: str) -> str:
        body = json.dumps(members).encode()
        reply = world.prism.handle(Request("POST", "/connections", {"apikey": "issuer"}, body))
        return str(json.loads(reply.body)["connectionId"])

    return make
