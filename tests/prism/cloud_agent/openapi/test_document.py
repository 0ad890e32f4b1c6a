"""The OpenAPI documents describe the agents' answers.

Sections are those of docs/protocol/prism-agent.md.
"""

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from connsim import CloudAgentSettings, World
from connsim.core.exchange import Profile, Reply, Request
from connsim.prism.cloud_agent.api import PROFILE as CLOUD_AGENT
from connsim.prism.cloud_agent.document import document as cloud_agent_document
from connsim.prism.early.api import PROFILE as EARLY
from connsim.prism.early.document import document as early_document
from connsim.prism.openapi.parts import printed
from connsim.script.machines.prism import State

DOCUMENTS = [pytest.param(cloud_agent_document, id="1.40.0"), pytest.param(early_document, id="2023")]
# Served beside the API; the real documents lack these paths, too.
BESIDE = re.compile("/docs.*|/redoc.*|/api/.*")
# Not in the document of the early agent.
EARLY_BESIDE = {("GET", "/_system/health"), ("GET", "/_system/metrics")}

KEY = {"apikey": "tenant"}
SECOND_KEY = {"apikey": "other tenant"}
UNKNOWN_ID = "0d9a7c6e-3f51-4b28-9a4e-7c1d2e3f4a5b"
INVITATION = {
    "id": UNKNOWN_ID,
    "type": "https://didcomm.org/out-of-band/2.0/invitation",
    "from": "did:peer:2.Ez6LSfar.Vz6Mkfar.SeyJ0IjoiZG0ifQ",
    "body": {"goal_code": "code", "goal": "Goal", "accept": []},
}
ACCEPTING = json.dumps({"invitation": urlsafe_b64encode(json.dumps(INVITATION).encode()).decode()})


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield all operations of a document: method, path, description."""
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            yield method.upper(), path, described


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Yield all objects within a part of a document, itself included."""
    if isinstance(node, dict):
        yield node
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from nodes(inner)


def resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """Return a schema itself, or the one that it refers to."""
    if "$ref" not in node:
        return node
    found: Any = document
    for part in node["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    assert isinstance(found, dict)
    return found


# --- form -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("build", DOCUMENTS)
def test_every_reference_resolves_and_every_schema_is_used(build: Callable[[], dict[str, Any]]) -> None:
    """Every reference has a target, and every schema is used."""
    document = build()
    refs = [node["$ref"] for node in nodes(document) if "$ref" in node]
    assert {ref.rpartition("/")[2] for ref in refs} == set(document["components"]["schemas"])
    assert all(resolved(document, {"$ref": ref}) for ref in refs)


@pytest.mark.parametrize("build", DOCUMENTS)
def test_every_object_has_the_members_that_it_requires(build: Callable[[], dict[str, Any]]) -> None:
    """Every required member is described."""
    described = [node for node in nodes(build()) if isinstance(node.get("required"), list)]
    assert described
    for node in described:
        assert set(node["required"]) <= set(node["properties"]), node["title"]


@pytest.mark.parametrize("build", DOCUMENTS)
def test_every_operation_is_complete(build: Callable[[], dict[str, Any]]) -> None:
    """An operation has a unique name, existing tag and schemes, its path's parameters, and descriptions."""
    document = build()
    names = [described["operationId"] for _, _, described in operations(document)]
    assert len(set(names)) == len(names)
    for _, path, described in operations(document):
        assert described["summary"]
        assert set(described["tags"]) <= {tag["name"] for tag in document["tags"]}
        parameters = described.get("parameters", [])
        in_path = {each["name"] for each in parameters if each["in"] == "path"}
        assert in_path == set(re.findall("{(.+?)}", path))
        assert in_path == {each["name"] for each in parameters if each["required"]}
        for scheme in described.get("security", ()):
            assert set(scheme) <= set(document["components"]["securitySchemes"])
        assert all(answer["description"] for answer in described["responses"].values())


@pytest.mark.parametrize("build", DOCUMENTS)
def test_a_document_is_printed_as_json(build: Callable[[str], dict[str, Any]]) -> None:
    """A document is written as JSON, which is also YAML, with the same content."""
    assert json.loads(printed(build, "1.2.3")) == build("1.2.3")


@pytest.mark.parametrize("build", DOCUMENTS)
def test_the_version_is_the_agents(build: Callable[..., dict[str, Any]]) -> None:
    """The document has the version for which the agent is set up."""
    assert build("7.8.9")["info"]["version"] == "7.8.9"
    assert build()["info"]["version"] != "7.8.9"


# --- names, which generated clients use -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "title", "server", "names", "schemas"),
    [
        pytest.param(
            cloud_agent_document,
            "Identus Cloud Agent API Reference",
            "/cloud-agent",
            {
                "getConnections": "Connections Management",
                "createConnection": "Connections Management",
                "getConnection": "Connections Management",
                "acceptConnectionInvitation": "Connections Management",
                "systemHealth": "System",
                "systemMetrics": "System",
                "getEventsWebhooks": "Events",
                "postEventsWebhooks": "Events",
                "deleteEventsWebhooksId": "Events",
            },
            {
                "AcceptConnectionInvitationRequest",
                "Connection",
                "ConnectionInvitation",
                "ConnectionsPage",
                "CreateConnectionRequest",
                "CreateWebhookNotification",
                "ErrorResponse",
                "HealthInfo",
                "Map_String",
                "WebhookNotification",
                "WebhookNotificationPage",
            },
            id="11.2 1.40.0",
        ),
        pytest.param(
            early_document,
            "Prism Agent OpenAPI specification",
            "/prism-agent",
            dict.fromkeys(
                ("getConnections", "createConnection", "getConnection", "acceptConnectionInvitation"),
                "Connections Management",
            ),
            {
                "AcceptConnectionInvitationRequest",
                "Connection",
                "ConnectionCollection",
                "ConnectionInvitation",
                "CreateConnectionRequest",
                "ErrorResponse",
            },
            id="11.1 2023",
        ),
    ],
)
def test_names_are_those_of_the_real_document(
    build: Callable[[], dict[str, Any]], title: str, server: str, names: dict[str, str], schemas: set[str]
) -> None:
    """A client generated from our document has the modules, functions and classes that user code needs."""
    document = build()
    assert document["info"]["title"] == title
    assert [each["url"] for each in document["servers"]] == [server]
    assert {each["operationId"]: each["tags"][0] for _, _, each in operations(document)} == names
    assert set(document["components"]["schemas"]) == schemas


@pytest.mark.parametrize(
    ("build", "required"),
    [
        pytest.param(
            cloud_agent_document,
            "connectionId thid role state invitation createdAt metaRetries self kind",
            id="3.1 1.40.0",
        ),
        pytest.param(early_document, "self kind connectionId state createdAt role invitation", id="10 2023"),
    ],
)
def test_a_connection_requires_what_is_always_there(build: Callable[[], dict[str, Any]], required: str) -> None:
    """A generated class requires exactly the members that are always there."""
    assert set(build()["components"]["schemas"]["Connection"]["required"]) == set(required.split())


# --- correctness ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "profile", "beside"),
    [
        pytest.param(cloud_agent_document, CLOUD_AGENT, set[tuple[str, str]](), id="1.40.0"),
        pytest.param(early_document, EARLY, EARLY_BESIDE, id="2023"),
    ],
)
def test_every_route_is_described(
    build: Callable[[], dict[str, Any]], profile: Profile, beside: set[tuple[str, str]]
) -> None:
    """The document has each route, and no other."""
    served = {(route.method, route.template) for route in profile.routes if not BESIDE.fullmatch(route.template)}
    described = {(method, path) for method, path, _ in operations(build())}
    assert served - beside == described


@pytest.mark.parametrize(
    ("build", "states"),
    [
        pytest.param(cloud_agent_document, set(State), id="4.7 1.40.0, with what the real document leaves out"),
        pytest.param(early_document, set(State) - {State.INVITATION_EXPIRED}, id="4.7 2023, where nothing expires"),
    ],
)
def test_every_state_that_can_show_is_described(build: Callable[[], dict[str, Any]], states: set[str]) -> None:
    """A generated class accepts every state that can be shown; three more are declared and never reached."""
    described = build()["components"]["schemas"]["Connection"]["properties"]["state"]["enum"]
    assert set(described) - states == {"ProblemReportPending", "ProblemReportSent", "ProblemReportReceived"}
    assert states <= set(described)


class Row(NamedTuple):
    """A request and the status of its answer; ``{known}`` is a connection's id, ``{hook}`` a webhook's."""

    method: str
    target: str
    status: int
    body: str = ""
    headers: dict[str, str] = KEY
    hide_unauthorized: bool = True


def refusals(method: str, target: str, body: str = "") -> list[Row]:
    """Return rows for an operation on connections whose Accept header or key is refused."""
    return [
        Row(method, target, 406, body, {**KEY, "accept": "text/html"}),
        Row(method, target, 500, body, {}),
        Row(method, target, 401, body, {}, hide_unauthorized=False),
    ]


HOOK = '{"url": "http://localhost:9095", "customHeaders": {"x-token": "secret"}}'
CLOUD_AGENT_ROWS = [
    Row("GET", "/connections", 200),
    Row("GET", "/connections?offset=x", 400),
    *refusals("GET", "/connections"),
    Row("POST", "/connections", 201, '{"label": "Alice", "goalCode": "code", "goal": "Goal"}'),
    Row("POST", "/connections", 400, "[]"),
    *refusals("POST", "/connections", "{}"),
    Row("GET", "/connections/{known}", 200),
    Row("GET", f"/connections/{UNKNOWN_ID}", 404),
    Row("GET", "/connections/abc", 400),
    *refusals("GET", "/connections/{known}"),
    Row("POST", "/connection-invitations", 200, ACCEPTING, SECOND_KEY),
    Row("POST", "/connection-invitations", 400, ACCEPTING),
    Row("POST", "/connection-invitations", 500, '{"invitation": "/"}'),
    *refusals("POST", "/connection-invitations", ACCEPTING),
    Row("GET", "/_system/health", 200, headers={}),
    Row("GET", "/_system/health", 406, headers={"accept": "text/html"}),
    Row("GET", "/_system/metrics", 200, headers={}),
    Row("GET", "/_system/metrics", 406, headers={"accept": "application/json"}),
    Row("GET", "/events/webhooks", 200),
    Row("GET", "/events/webhooks", 401, headers={}),
    Row("GET", "/events/webhooks", 406, headers={**KEY, "accept": "text/html"}),
    Row("POST", "/events/webhooks", 200, HOOK, SECOND_KEY),
    Row("POST", "/events/webhooks", 400, '{"url": "nowhere"}', SECOND_KEY),
    Row("POST", "/events/webhooks", 422, HOOK),
    *refusals("POST", "/events/webhooks", HOOK),
    Row("DELETE", "/events/webhooks/{hook}", 200),
    Row("DELETE", "/events/webhooks/abc", 400),
    Row("DELETE", f"/events/webhooks/{UNKNOWN_ID}", 500),
    Row("DELETE", f"/events/webhooks/{UNKNOWN_ID}", 401, headers={}),
]
JSON = {"content-type": "application/json"}
EARLY_ROWS = [
    Row("GET", "/connections", 200, headers={}),
    Row("GET", "/connections", 406, headers={"accept": "text/html"}),
    Row("POST", "/connections", 201, '{"label": "Alice"}', JSON),
    Row("POST", "/connections", 400, "[]", JSON),
    Row("POST", "/connections", 406, "{}", {**JSON, "accept": "text/html"}),
    Row("POST", "/connections", 415, "{}", {"content-type": "text/plain"}),
    Row("POST", "/connections", 500, json.dumps({"label": 256 * "x"}), JSON),
    Row("GET", "/connections/{known}", 200),
    Row("GET", f"/connections/{UNKNOWN_ID}", 404, headers={}),
    Row("GET", "/connections/{known}", 406, headers={**KEY, "accept": "text/html"}),
    Row("GET", "/connections/abc", 422, headers={}),
    Row("POST", "/connection-invitations", 200, ACCEPTING, JSON),
    Row("POST", "/connection-invitations", 400, "{}", JSON),
    Row("POST", "/connection-invitations", 406, ACCEPTING, {**JSON, "accept": "text/html"}),
    Row("POST", "/connection-invitations", 415, ACCEPTING, {"content-type": "text/plain"}),
    Row("POST", "/connection-invitations", 500, '{"invitation": "aGVsbG8="}', JSON),
    Row("POST", "/connection-invitations", 500, '{"invitation": "/"}', JSON),
]


def template(row: Row, document: dict[str, Any]) -> str:
    """Return the path of the document that a row's request matches."""
    path = row.target.partition("?")[0]
    fitting = [
        each
        for method, each, _ in operations(document)
        if method == row.method and re.fullmatch(re.sub("{.+?}", "[^/]+", each), path)
    ]
    assert len(fitting) == 1, row
    return fitting[0]


def rows(profile: Profile, build: Callable[[], dict[str, Any]], table: list[Row]) -> Iterator[Any]:
    """Yield the rows of one profile as parameters."""
    for row in table:
        yield pytest.param(profile, build(), row, id=f"{profile.name} {row.status} {row.method} {row.target}")


FORMATS: dict[str, Callable[[str], object]] = {"uuid": UUID, "date-time": datetime.fromisoformat}


def faults(document: dict[str, Any], schema: dict[str, Any], value: Any, where: str = "body") -> Iterator[str]:
    """Yield what is wrong with a value, by the rules that our schemas use; an undescribed member is wrong, too."""
    schema = resolved(document, schema)
    if schema["type"] == "object":
        properties, rest = schema.get("properties", {}), schema.get("additionalProperties")
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{where} lacks {name}"
        for name, member in value.items():
            if name in properties or rest is not None:
                yield from faults(document, properties.get(name, rest), member, f"{where}.{name}")
            else:
                yield f"{where} has {name}"
    elif schema["type"] == "array":
        for index, item in enumerate(value):
            yield from faults(document, schema["items"], item, f"{where}[{index}]")
    elif schema["type"] == "integer":
        if not isinstance(value, int) or not schema["minimum"] <= value <= schema["maximum"]:
            yield f"{where} is {value!r}"
    elif not isinstance(value, str) or value not in schema.get("enum", [value]):
        yield f"{where} is {value!r}"
    elif "format" in schema:
        yield from faults_of_format(schema["format"], value, where)


def faults_of_format(name: str, text: str, where: str) -> Iterator[str]:
    """Yield what is wrong with the format of a text."""
    try:
        FORMATS[name](text)
    except ValueError as bad:
        yield f"{where} is no {name}: {bad}"


def ask(world: World, profile: Profile, row: Row, **known: str) -> Reply:
    """Send a row's request."""
    target = profile.prefix + row.target.format(**known)
    return world.prism.handle(Request(row.method, target, row.headers, row.body.encode()))


def prepare(world: World, profile: Profile) -> dict[str, str]:
    """Make what the rows refer to: a connection whose message could not be sent, and a webhook."""
    accepted = ask(world, profile, Row("POST", "/connection-invitations", 200, ACCEPTING, {**KEY, **JSON}))
    world.advance("3s")  # by then every version has attempted a delivery
    known = {"known": json.loads(accepted.body)["connectionId"]}
    if profile is CLOUD_AGENT:
        known["hook"] = json.loads(ask(world, profile, Row("POST", "/events/webhooks", 200, HOOK)).body)["id"]
    return known


@pytest.mark.parametrize(
    ("profile", "document", "row"),
    [
        *rows(CLOUD_AGENT, cloud_agent_document, CLOUD_AGENT_ROWS),
        *rows(EARLY, early_document, EARLY_ROWS),
    ],
)
def test_every_answer_is_described(profile: Profile, document: dict[str, Any], row: Row) -> None:
    """The document has status, media type and body of every answer."""
    world = World()
    world.prism.configure(CloudAgentSettings(hide_unauthorized=row.hide_unauthorized))
    reply = ask(world, profile, row, **prepare(world, profile))
    assert reply.status == row.status
    described = document["paths"][template(row, document)][row.method.lower()]["responses"][str(reply.status)]
    if "content" not in described:
        assert (reply.content_type, reply.body) == (None, b"")
        return
    assert reply.content_type is not None
    schema = described["content"][reply.content_type.partition(";")[0]]["schema"]
    value = reply.body.decode()
    assert list(faults(document, schema, value if schema.get("type") == "string" else json.loads(value))) == []


@pytest.mark.parametrize(
    ("profile", "build", "table"),
    [
        pytest.param(CLOUD_AGENT, cloud_agent_document, CLOUD_AGENT_ROWS, id="1.40.0"),
        pytest.param(EARLY, early_document, EARLY_ROWS, id="2023"),
    ],
)
def test_every_described_status_is_answered(
    profile: Profile, build: Callable[[], dict[str, Any]], table: list[Row]
) -> None:
    """Each status in the document is the answer to a request in the rows."""
    document = build()
    described = {
        (method, path, int(status)) for method, path, each in operations(document) for status in each["responses"]
    }
    provoked = {(row.method, template(row, document), row.status) for row in table}
    at_the_door = {(method, path, 413) for method, path, each in operations(document) if "requestBody" in each}
    assert described == provoked | at_the_door
