"""The document describes the routes, and the routes follow it: see also `check` in conftest.py."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from connsim.control.api import ROWS
from connsim.control.shapes.openapi import REFUSALS
from connsim.control.shapes.rows import Row
from tests.control.conftest import DOCUMENT, Ask, check_schema

SCRIPT = {"play": "accepts", "role": "prism-inviter"}
FILE = {"name": "x.yaml", "text": "select: [{behaviour: accepts}]"}
FAULT = {"fault": {"status": 503, "times": 2}}
TENANT = {"name": "bank"}
# A successful request for each route: its path, its body, and the requests that must come before.
GOOD: dict[tuple[str, str], tuple[str, object, tuple[tuple[str, str, object], ...]]] = {
    ("POST", "/reset"): ("/reset", {"seed": "x"}, ()),
    ("POST", "/clock/advance"): ("/clock/advance", {"by": "1h"}, ()),
    ("POST", "/scripts"): ("/scripts", SCRIPT, ()),
    ("GET", "/scripts/{number}"): ("/scripts/1", None, (("POST", "/scripts", SCRIPT),)),
    ("DELETE", "/scripts/{number}"): ("/scripts/1", None, (("POST", "/scripts", SCRIPT),)),
    ("GET", "/connections/{id}"): ("/connections/{made}", None, ()),
    ("POST", "/holder/{act}"): ("/holder/accept", {"id": "{made}"}, ()),
    ("POST", "/invitations"): ("/invitations", {"label": "x"}, ()),
    ("POST", "/settings/{fake}"): ("/settings/agency", {"settings": {"invitation_expiry": "5m"}}, ()),
    ("POST", "/scenarios"): ("/scenarios", {"files": [FILE]}, ()),
    ("POST", "/faults"): ("/faults", FAULT, ()),
    ("GET", "/faults/{number}"): ("/faults/1", None, (("POST", "/faults", FAULT),)),
    ("DELETE", "/faults/{number}"): ("/faults/1", None, (("POST", "/faults", FAULT),)),
    ("POST", "/tenants"): ("/tenants", TENANT, ()),
    ("GET", "/tenants/{name}"): ("/tenants/bank", None, (("POST", "/tenants", TENANT),)),
    ("DELETE", "/tenants/{name}"): ("/tenants/bank", None, (("POST", "/tenants", TENANT),)),
}
ELSEWHERE = {("POST", "/holder/scan")}  # tests/agency/aries/test_doors.py has invitations to scan


HERE = [row for row in ROWS if (row.method, row.path) not in ELSEWHERE]


@pytest.mark.parametrize("row", HERE, ids=lambda row: f"{row.method} {row.path}")
def test_every_route_answers_as_the_document_says(row: Row, ask: Ask, invite: Callable[..., str]) -> None:
    """Each route of the table succeeds, and its answer has the documented shape."""
    made = invite(label="x")
    path, body, before = GOOD.get((row.method, row.path), (row.path, None, ()))
    for method, target, sent in before:
        assert ask(method, target, sent)[0] == 201
    sent = json.loads(json.dumps(body).replace("{made}", made))

    status, _ = ask(row.method, path.replace("{made}", made), sent)

    assert status == row.status


def test_every_route_is_described() -> None:
    """Each route is in the document with a summary, and each parameter and member with a description."""
    paths: Any = DOCUMENT["paths"]
    assert {(method.upper(), path) for path, item in paths.items() for method in item} == {
        (row.method, row.path) for row in ROWS
    }
    operations = [operation for item in paths.values() for operation in item.values()]
    assert len({operation["operationId"] for operation in operations}) == len(ROWS)
    assert all(operation["summary"].endswith(".") for operation in operations)
    bare = [
        (operation["operationId"], parameter["name"])
        for operation in operations
        for parameter in operation.get("parameters", ())
        if not parameter["description"]
    ]
    assert bare == []


def test_every_member_is_described() -> None:
    """Every member has a description, except those of journal entries, whose names say enough."""
    parts: Any = DOCUMENT["components"]["schemas"]
    entries = {"Exchange", "Transition", "Notification"}

    bare = [
        f"{name}.{member}"
        for name, part in parts.items()
        for member, schema in part.get("properties", {}).items()
        if "description" not in schema and name not in entries
    ]

    assert bare == []


def test_the_document_is_sound() -> None:
    """Every schema is valid, and every reference has a target."""
    text = json.dumps(DOCUMENT)
    parts: Any = DOCUMENT["components"]
    for schema in parts["schemas"].values():
        Draft202012Validator.check_schema(schema)

    for reference in set(_references(DOCUMENT)):
        _, kind, name = reference.removeprefix("#/").split("/")
        assert name in parts[kind], reference
    assert set(parts["responses"]) == {str(status) for status in REFUSALS}
    assert json.loads(text) == DOCUMENT


def _references(node: Any) -> Any:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        node = list(node.values())
    for part in node if isinstance(node, list) else ():
        yield from _references(part)


def test_a_wrong_answer_would_be_seen() -> None:
    """The check of answers fails if a member is missing or unknown."""
    clock = {"$ref": "urn:control#/components/schemas/ClockView"}
    right = {"now": "2026-01-05T09:00:00Z", "ns": 1, "start": 1, "elapsed": "", "running": False, "due": None}
    check_schema(clock, right)

    for wrong in ({**right, "more": 1}, {"ns": 1}, {**right, "ns": "1"}):
        assert not Draft202012Validator({**DOCUMENT["components"]["schemas"]["ClockView"]}).is_valid(wrong)
