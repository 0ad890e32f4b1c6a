"""Version 2023, as its clients see it.

Sections are those of docs/protocol/prism-agent.md.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from connsim import EarlySettings, World
from connsim.core.clock import Clock
from connsim.core.durations import MILLISECOND, SECOND
from connsim.core.exchange import Reply, Request

ROOT = "/prism-agent"
JSON = "application/json"
TEXT = "text/plain; charset=UTF-8"
UUID = "0d9a7c6e-3f51-4b28-9a4e-7c1d2e3f4a5b"
DID = "did:peer:2.Ez6LSfar.Vz6Mkfar.SeyJ0IjoiZG0ifQ"
TYPE = "https://didcomm.org/out-of-band/2.0/invitation"
GOAL = {
    "goal_code": "io.atalaprism.connect",
    "goal": "Establish a trust connection between two peers using the protocol "
    "'https://atalaprism.io/mercury/connections/1.0/request'",
}


def ask(
    world: World, method: str, path: str, body: object = None, key: str | None = "inviter", **headers: str
) -> Reply:
    """Send one request to the agent of a key; a body that is not bytes is sent as JSON with its media type."""
    sent = {} if key is None else {"apikey": key}
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    if body is not None and not isinstance(body, bytes):
        sent["content-type"] = JSON
    return world.prism.handle(Request(method, ROOT + path, {**sent, **headers}, data))


def shown(reply: Reply) -> Any:
    """Return the JSON of an answer."""
    return json.loads(reply.body)


def create(world: World, key: str = "inviter", **members: str) -> Any:
    """Make an invitation."""
    reply = ask(world, "POST", "/connections", members, key)
    assert reply.status == 201
    return shown(reply)


def payload_of(connection: Any) -> str:
    """Return what follows ``_oob=`` in an invitation's URL."""
    url: str = connection["invitation"]["invitationUrl"]
    return url.partition("_oob=")[2]


def accept(world: World, invitation: str, key: str = "invitee") -> Reply:
    """Accept an invitation."""
    return ask(world, "POST", "/connection-invitations", {"invitation": invitation}, key)


def payload(**changed: Any) -> str:
    """Return the payload of a foreign invitation; a member changed to None is removed."""
    content = {"id": UUID, "type": TYPE, "from": DID, "body": {**GOAL, "accept": []}, **changed}
    text = json.dumps({name: value for name, value in content.items() if value is not None})
    return urlsafe_b64encode(text.encode()).decode()


def placeholder(status: int, detail: str, kind: str = "error-type") -> bytes:
    """Return an error body of this version: compact, sorted, with its placeholder texts."""
    members = {
        "detail": detail,
        "instance": "error-instance",
        "status": status,
        "title": "error-title",
        "type": kind,
    }
    return json.dumps(members, separators=(",", ":")).encode()


class Row(NamedTuple):
    """A request, and its refusal."""

    method: str
    path: str
    body: object
    status: int
    type: str
    said: bytes
    headers: Mapping[str, str] = {}
    more: tuple[tuple[str, str], ...] = ()


def malformed(body: bytes, message: str, path: str = "/connections") -> Row:
    """Return a row for a body that cannot be decoded."""
    said = f"The request content was malformed:\n{message}".encode()
    return Row("POST", path, body, 400, TEXT, said, {"content-type": JSON})


def failed(invitation: str, detail: str | None = None) -> Row:
    """Return a row for an invitation that is refused: with a detail if the agent gives one, or as an exception."""
    body = {"invitation": invitation}
    if detail is None:
        return Row("POST", "/connection-invitations", body, 500, TEXT, b"There was an internal server error.")
    return Row("POST", "/connection-invitations", body, 500, JSON, placeholder(500, detail))


NO_ROUTE = b"The requested resource could not be found."
TOO_LONG = "RepositoryError(org.postgresql.util.PSQLException: ERROR: value too long for type character varying(255))"
ROWS = {
    "5.5 id not a UUID": Row(
        "GET",
        "/connections/abc",
        None,
        422,
        JSON,
        placeholder(422, "Error parsing string as UUID: Invalid UUID string: abc", "InvalidPayload"),
    ),
    "5.5 unparsable invitation": failed(
        urlsafe_b64encode(b"hello").decode(),
        "InvitationParsingError(io.circe.ParsingFailure: expected json value got 'hello' (line 1, column 1))",
    ),
    "5.5 label over 255": Row("POST", "/connections", {"label": "x" * 256}, 500, JSON, placeholder(500, TOO_LONG)),
    "5.5 not base64url": failed("hello world"),
    "5.5 whole URL": failed(f"https://domain.com/path?_oob={payload()}"),
    "5.5 invitation id not a UUID": failed(payload(id="abc")),
    "5.5 wrong type": failed(payload(type="https://didcomm.org/out-of-band/1.0/invitation")),
    "5.5 unknown path": Row("GET", "/nothing", None, 404, TEXT, NO_ROUTE),
    "5.5 trailing slash": Row("GET", "/connections/", None, 404, TEXT, NO_ROUTE),
    "1 leading slashes": Row("GET", "//connections", None, 404, TEXT, NO_ROUTE),
    "5.5 other method": Row(
        "DELETE",
        "/connections",
        None,
        405,
        TEXT,
        b"HTTP method not allowed, supported methods: GET, POST",
        more=(("Allow", "GET, POST"),),
    ),
    "5.5 wrong media type": Row(
        "POST",
        "/connections",
        b"{}",
        415,
        TEXT,
        b"The request's Content-Type [text/plain; charset=UTF-8] is not supported. Expected:\napplication/json",
        {"content-type": "text/plain; charset=UTF-8"},
    ),
    "5.5 empty body": Row(
        "POST",
        "/connections",
        b"",
        400,
        TEXT,
        b"Request entity expected but not supplied",
        {"content-type": JSON},
    ),
    "5.5 missing invitation": malformed(
        b"{}", "Object is missing required member 'invitation'", "/connection-invitations"
    ),
    "5.5 label not a string": malformed(b'{"label":5}', "Expected String as JsString, but got 5"),
    "5.5 body is a list": malformed(b"[]", "Object expected in field 'label'"),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_refused(row: Row) -> None:
    """A refusal has this version's status, media type and texts, and changes nothing."""
    world = World()
    create(world)
    before = world.journal.transitions()

    reply = ask(world, row.method, row.path, row.body, **row.headers)

    assert (reply.status, reply.content_type, reply.body) == (row.status, row.type, row.said)
    assert dict(reply.headers) == {"Server": "akka-http/10.2.9", **dict(row.more)}
    assert world.journal.transitions() == before
    world.check()


def test_malformed_json() -> None:
    """A text that is not JSON is refused in spray's words, which show the place (5.5)."""
    reply = ask(World(), "POST", "/connections", b"not json", **{"content-type": JSON})

    assert (reply.status, reply.content_type) == (400, TEXT)
    assert reply.body.startswith(
        b"The request content was malformed:\nUnexpected character 'o' at input index 0 (line 1, position 1), expected"
    )


def test_not_found() -> None:
    """An unknown connection is the only error with an instance of its own (5.5)."""
    world = World()
    replies = [ask(world, "GET", f"/connections/{UUID}") for _ in range(2)]

    form = re.compile(
        rb'{"detail":"Connection record not found","instance":"[0-9a-f-]{36}","status":404,'
        rb'"title":"Resource not found","type":"not-found"}'
    )
    assert all(form.fullmatch(reply.body) and reply.status == 404 for reply in replies)
    assert replies[0].body != replies[1].body


@pytest.mark.parametrize("who", ["invitee", "inviter"])
def test_invitation_known(who: str) -> None:
    """An invitation can be accepted once, and not by the agent that made it (5.5)."""
    world = World()
    made = create(world)
    if who == "invitee":
        assert accept(world, payload_of(made), who).status == 200

    again = accept(world, payload_of(made), who)

    thread = made["connectionId"]
    assert (again.status, again.body) == (500, placeholder(500, f"InvitationAlreadyReceived({thread})"))


def test_not_acceptable() -> None:
    """The Accept header is checked after the request had its effect: 406, and the connection exists (5.5)."""
    world = World()

    reply = ask(world, "POST", "/connections", {}, accept="text/html")

    assert (reply.status, reply.content_type) == (406, TEXT)
    assert reply.body == b"Resource representation is only available with these types:\napplication/json"
    assert len(shown(ask(world, "GET", "/connections"))["contents"]) == 1


def at(seconds: int, nanoseconds: int = 0) -> World:
    """Return a world that begins this long after 2023-02-02T17:14:00Z."""
    return World(clock=Clock(1_675_358_040 * SECOND + seconds * SECOND + nanoseconds))


@pytest.mark.parametrize(
    ("world", "new", "read_back"),
    [
        pytest.param(at(13, 593_647_999), "17:14:13.593647Z", "17:14:13Z", id="3.4 cut, not rounded"),
        pytest.param(at(13, 593_000_000), "17:14:13.593Z", "17:14:13Z", id="3.4 groups of three digits"),
        pytest.param(at(13), "17:14:13Z", "17:14:13Z", id="3.4 no fraction"),
        pytest.param(at(0, 999), "17:14Z", "17:14Z", id="3.4 no seconds either"),
        pytest.param(at(0, 1_000), "17:14:00.000001Z", "17:14Z", id="3.4 seconds shown before a fraction"),
    ],
)
def test_timestamps(world: World, new: str, read_back: str) -> None:
    """A new record has microseconds, one that is read back whole seconds, and trailing zeros are left out."""
    made = create(world)

    again = shown(ask(world, "GET", f"/connections/{made['connectionId']}"))

    assert (made["createdAt"], again["createdAt"]) == (f"2023-02-02T{new}", f"2023-02-02T{read_back}")


def test_a_new_inviter() -> None:
    """3.5, 3.6: members in alphabetical order, self and kind exchanged, none of the later members."""
    world = World()
    reply = ask(world, "POST", "/connections", {"label": "Bob", "goal": "ignored"})
    made = shown(reply)

    id_ = made["connectionId"]
    assert list(made) == ["connectionId", "createdAt", "invitation", "kind", "label", "role", "self", "state"]
    assert (made["self"], made["kind"]) == ("Connection", f"/connections/{id_}")
    assert (made["label"], made["role"], made["state"]) == ("Bob", "Inviter", "InvitationGenerated")
    invitation = made["invitation"]
    assert list(invitation) == ["from", "id", "invitationUrl", "type"]
    assert (invitation["id"], invitation["type"]) == (id_, TYPE)
    assert invitation["invitationUrl"].startswith("https://domain.com/path?_oob=")
    assert b": " not in reply.body.replace(b"https://", b"")


def test_the_payload() -> None:
    """7.1, 7.2: goal and goal code are constants, and the DID's service is flat."""
    made = create(World())

    content = json.loads(urlsafe_b64decode(payload_of(made)))

    assert list(content) == ["id", "type", "from", "body"]
    assert content["body"] == {**GOAL, "accept": []}
    service = content["from"].rpartition(".S")[2]
    assert urlsafe_b64decode(service + "=" * (-len(service) % 4)) == (
        b'{"t":"dm","s":"http://host.docker.internal:8085/didcomm","r":[],"a":["didcomm/v2"]}'
    )


def test_an_invitee() -> None:
    """3.5: the answer to the acceptance is a record that was read back, and has both DIDs."""
    world = World()
    made = create(world, label="Bob")

    taken = shown(accept(world, payload_of(made)))

    expected = "connectionId createdAt invitation kind myDid role self state theirDid updatedAt"
    assert list(taken) == expected.split()
    assert (taken["role"], taken["state"]) == ("Invitee", "ConnectionRequestPending")
    assert taken["theirDid"] == made["invitation"]["from"]
    assert taken["invitation"] == made["invitation"]
    assert taken["createdAt"] == taken["updatedAt"] == "2026-01-05T09:00:00Z".replace(":00Z", "Z")


def test_the_list() -> None:
    """3.6, 9: a collection with the agent's own texts; parameters are ignored."""
    world = World()
    ids = [create(world)["connectionId"] for _ in range(3)]

    page = shown(ask(world, "GET", "/connections?offset=abc&limit=1&thid=x"))

    assert list(page) == ["contents", "kind", "self"]
    assert (page["kind"], page["self"]) == ("Collection", "/collections")
    assert [connection["connectionId"] for connection in page["contents"]] == ids


def test_each_key_is_an_agent() -> None:
    """3.6: the agent has no keys, so each key stands for an agent of its own, and so does a missing one."""
    world = World()
    made = create(world)

    assert ask(world, "GET", f"/connections/{made['connectionId']}", key="other").status == 404
    assert shown(ask(world, "GET", "/connections", key=None))["contents"] == []
    assert world.prism.handle(Request("GET", "/connections", {"apikey": "inviter"})).body.startswith(b'{"contents":[]')


@pytest.mark.parametrize(
    ("late", "scan", "moments"),
    [
        pytest.param(0, 2 * SECOND, (2 * SECOND, 4 * SECOND), id="4.5 every 2 s"),
        pytest.param(500 * MILLISECOND, 2 * SECOND, (2 * SECOND, 4 * SECOND), id="4.5 rounded up to the scan"),
        pytest.param(0, 10 * SECOND, (10 * SECOND, 20 * SECOND), id="4.5 as set"),
    ],
)
def test_sending_waits_for_the_scan(late: int, scan: int, moments: tuple[int, int]) -> None:
    """The job looks for pending messages at intervals, and each run handles those that are waiting."""
    world = World()
    world.prism.configure(EarlySettings(scan=scan))
    made = create(world)
    world.clock.advance_ns(late)
    assert accept(world, payload_of(made)).status == 200

    world.advance("1 minute")

    transitions = [(entry.at - world.clock.start, entry.target) for entry in world.journal.transitions()]
    request, response = moments
    assert transitions[3:] == [
        (request, "ConnectionRequestReceived"),
        (request + 5 * MILLISECOND, "ConnectionResponsePending"),
        (request + 10 * MILLISECOND, "ConnectionRequestSent"),
        (response, "ConnectionResponseReceived"),
        (response + 5 * MILLISECOND, "ConnectionResponseSent"),
    ]


def test_invitations_do_not_expire() -> None:
    """4.7: the expiry of 300 seconds was added in a later release."""
    world = World()
    made = create(world)
    world.advance("30 days")
    accept(world, payload_of(made))

    world.advance("10 seconds")

    state = shown(ask(world, "GET", f"/connections/{made['connectionId']}"))["state"]
    assert state == "ConnectionResponseSent"


def test_a_used_invitation_stays_pending() -> None:
    """4.5: a request that the inviter refuses is sent again without end, and the record does not show it."""
    world = World()
    made = create(world)
    accept(world, payload_of(made))
    world.advance("10 seconds")
    late = shown(accept(world, payload_of(made), "latecomer"))

    world.advance("1 hour")

    again = shown(ask(world, "GET", f"/connections/{late['connectionId']}", key="latecomer"))
    assert again == late


@pytest.mark.parametrize("goal", [{}, {"goalCode": "connect", "goal": "To connect"}], ids=["none", "both"])
def test_an_invitation_of_the_later_version(goal: dict[str, str]) -> None:
    """7.1: this version requires both goals, and later agents omit those that are not given."""
    world = World()
    made = json.loads(
        world.prism.handle(Request("POST", "/connections", {"apikey": "later"}, json.dumps(goal).encode())).body
    )

    reply = accept(world, payload_of(made))
    world.advance("10 seconds")

    if goal:
        assert shown(ask(world, "GET", "/connections", key="invitee"))["contents"][0]["state"] == (
            "ConnectionResponseReceived"
        )
    else:
        assert reply.status == 500
        assert shown(reply)["detail"].startswith("InvitationParsingError(DecodingFailure(")


def test_an_invitation_of_this_version_accepted_by_the_later() -> None:
    """Later agents accept our invitations, and get our endpoint's bare 500 for one that is used."""
    world = World()
    made = create(world)
    body = json.dumps({"invitation": payload_of(made)}).encode()
    first, second = (
        json.loads(world.prism.handle(Request("POST", "/connection-invitations", {"apikey": key}, body)).body)
        for key in ("first", "second")
    )

    world.advance("10 seconds")

    def later(connection: Any, key: str) -> Any:
        target = f"/connections/{connection['connectionId']}"
        return json.loads(world.prism.handle(Request("GET", target, {"apikey": key})).body)

    assert later(first, "first")["state"] == "ConnectionResponseReceived"
    assert later(second, "second")["metaLastFailure"]["detail"] == (
        "DIDComm sending error: [500] - There was an internal server error."
    )


def test_health() -> None:
    """1, 2.5: health has a server of its own, which prints indented JSON."""
    reply = ask(World(), "GET", "/_system/health")
    assert (reply.status, reply.content_type, reply.body) == (200, JSON, b'{\n  "version" : "0.48.3"\n}')
