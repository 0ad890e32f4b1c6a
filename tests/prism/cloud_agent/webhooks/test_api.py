"""The endpoints below ``/events/webhooks``.

Sections are those of docs/protocol/prism-agent.md.
"""

import json
from typing import Any

import pytest

from connsim import CloudAgentSettings, World
from connsim.core.exchange import Reply, Request
from connsim.prism.cloud_agent.webhooks.body import decode_webhook
from connsim.prism.jvm.zio_json import Malformed

KEY = {"apikey": "tenant"}
OTHER = {"apikey": "other"}
PATH = "/events/webhooks"
URL = "http://localhost:9095"
UUID = "0d9a7c6e-3f51-4b28-9a4e-7c1d2e3f4a5b"


@pytest.fixture
def world() -> World:
    """A world of its own."""
    return World("webhooks")


def ask(world: World, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Reply:
    """Send one request, by default with the tenant's key."""
    reply = world.prism.handle(Request(method, target, KEY if headers is None else headers, body))
    return reply._replace(entry=None)


def add(world: World, body: dict[str, object] | None = None, headers: dict[str, str] | None = None) -> Any:
    """Register a webhook; return it as the agent shows it."""
    reply = ask(world, "POST", PATH, json.dumps(body or {"url": URL}).encode(), headers)
    assert (reply.status, reply.content_type) == (200, "application/json")
    return json.loads(reply.body)


def refusal(reply: Reply) -> tuple[object, ...]:
    """Return the contents of an error body, except the instance."""
    answer = json.loads(reply.body)
    assert list(answer) == ["status", "type", "title", "detail", "instance"]
    assert answer["instance"].startswith("error:instance:")
    assert answer["status"] == reply.status
    return reply.status, answer["type"], answer["title"], answer["detail"]


def undecodable(path: str, details: str) -> tuple[object, ...]:
    """Return the refusal of a request that cannot be decoded."""
    detail = (
        f"An error occurred when decoding the request body: path=['{path}'], details=[Invalid value for: {details}]"
    )
    return 400, "error:RequestBodyDecodingFailure", "Request Body Decoding Failure", detail


def internal(path: str) -> tuple[object, ...]:
    """Return the refusal for an exception in the agent."""
    detail = f"An unexpected error occurred when processing the request: path=['{path}']"
    return 500, "error:InternalServerError", "Internal Server Error", detail


NO_PATH = (404, "error:ResourcePathNotFound", "Resource Path Not Found", "The requested resource path doesn't exist.")
MISSING = (401, "error:AuthenticationError:InvalidCredentials", "Invalid Credentials", "ApiKey key is not provided")


@pytest.mark.parametrize("prefix", ["", "/cloud-agent"])
def test_registers(world: World, prefix: str) -> None:
    """Section 2.6: a 200 with the members in their order; the time is truncated to microseconds."""
    body = json.dumps({"url": "HTTP://Host:1/x?y", "customHeaders": {"x-api-key": "sécret"}}, ensure_ascii=False)
    reply = ask(world, "POST", prefix + PATH, body.encode())

    id_ = json.loads(reply.body)["id"]
    assert reply == Reply(
        200,
        f'{{"id":"{id_}","url":"http://Host:1/x?y","customHeaders":{{"x-api-key":"sécret"}},'
        f'"createdAt":"2026-01-05T09:00:00.123456Z"}}'.encode(),
    )


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"url":"http://h"}', id="2.6 absent"),
        pytest.param(b'{"customHeaders":null,"url":"http://h"}', id="2.6 null"),
        pytest.param(b'{"url":"http://h","customHeaders":{}}', id="2.6 empty"),
        pytest.param(b'{"url":"http://h","walletId":[{}]} trailing', id="5.3 others are ignored"),
    ],
)
def test_headers_are_always_shown(world: World, body: bytes) -> None:
    """``customHeaders`` is an empty object if there are none."""
    assert b'"customHeaders":{},' in ask(world, "POST", PATH, body).body


def test_lists(world: World) -> None:
    """Section 2.6: a page with no webhook or one."""
    page = b'{"self":"/events/webhooks","kind":"WebhookNotificationPage","pageOf":"/events/webhooks","contents":[%b]}'
    assert ask(world, "GET", PATH) == Reply(200, page % b"")
    made = ask(world, "POST", PATH, b'{"url":"http://h"}').body

    assert ask(world, "GET", PATH).body == page % made
    assert ask(world, "GET", PATH, headers=OTHER).body == page % b""


@pytest.mark.parametrize(
    ("query", "page_of"),
    [
        pytest.param("?x=1", "?x=1", id="2.6 kept"),
        pytest.param("?offset=0&limit=5", "", id="2.6 without offset and limit"),
        pytest.param("?a=1&offset=0&b=2&limit=5&a=3", "?a=1&b=2&a=3", id="2.6 the others keep their order"),
        pytest.param("?offset=abc&limit=", "", id="2.6 not looked at"),
        pytest.param("?", "", id="2.6 empty query"),
    ],
)
def test_the_page_names_the_request(world: World, query: str, page_of: str) -> None:
    """``self`` is path and query without the gateway's prefix, ``pageOf`` the same without paging."""
    page = json.loads(ask(world, "GET", f"/cloud-agent{PATH}{query}").body)

    assert (page["self"], page["pageOf"]) == (PATH + query, PATH + page_of)


def test_removes(world: World) -> None:
    """Section 2.6: a 200 with neither body nor Content-Type, whatever Accept is; another webhook can then be added."""
    first = add(world)
    removed = ask(world, "DELETE", f"{PATH}/{first['id'].upper()}", headers={**KEY, "accept": "text/html"})
    second = add(world)

    assert removed == Reply(200, b"", content_type=None)
    assert second["id"] != first["id"]


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [
        pytest.param("DELETE", f"{PATH}/{UUID}", internal(f"DELETE {PATH}/{UUID}"), id="2.6 not there"),
        pytest.param("DELETE", f"{PATH}/x", undecodable(f"DELETE {PATH}/x", "path parameter id"), id="2.6 no UUID"),
        pytest.param(
            "PUT",
            PATH,
            (
                404,
                "error:ResourcePathNotFound",
                "Resource Path Not Found",
                "The requested resource path doesn't exist.",
            ),
            id="5.2 another method",
        ),
    ],
)
def test_refuses(world: World, method: str, target: str, expected: tuple[object, ...]) -> None:
    """A missing webhook, and what cannot be decoded, are refused."""
    add(world)

    assert refusal(ask(world, method, target)) == expected


def test_another_wallets_webhook_cannot_be_removed(world: World) -> None:
    """Section 2.6: another wallet's webhook is refused like a missing one."""
    target = f"{PATH}/{add(world)['id']}"

    assert refusal(ask(world, "DELETE", target, headers=OTHER)) == internal(f"DELETE {target}")
    assert ask(world, "DELETE", target).status == 200


def test_a_wallet_has_one_webhook(world: World) -> None:
    """Section 5.2: a second webhook is a 422, and the first remains; other wallets can have one."""
    first = add(world)
    refused = refusal(ask(world, "POST", PATH, b'{"url":"http://second"}'))
    add(world, headers=OTHER)

    wallet = world.prism.cloud_agent.wallet("tenant").id
    detail = f"The maximum number of webhooks has been reached for the wallet: walletId={wallet}, limit=1"
    assert refused == (422, "error:WalletManagementServiceError:TooManyWebhookError", "Too Many Webhook Error", detail)
    assert json.loads(ask(world, "GET", PATH).body)["contents"] == [first]


@pytest.mark.parametrize("there_is_one", [False, True])
def test_a_bad_url_is_reported_first(world: World, there_is_one: bool) -> None:
    """Section 5.2: the URL is checked before the number of webhooks, and refused in Java's words."""
    if there_is_one:
        add(world)

    assert refusal(ask(world, "POST", PATH, b'{"url":"foo"}')) == (
        400,
        "BadRequest",
        "BadRequest",
        "java.lang.IllegalArgumentException: URI is not absolute",
    )


@pytest.mark.parametrize(
    ("method", "target", "hidden"),
    [
        pytest.param("GET", PATH, False, id="6.2 listing declares a 401"),
        pytest.param("DELETE", f"{PATH}/{UUID}", False, id="6.2 removing declares a 401"),
        pytest.param("POST", PATH, True, id="6.2 registering does not"),
    ],
)
def test_a_missing_key(world: World, method: str, target: str, hidden: bool) -> None:
    """An endpoint that does not declare a 401 answers with a 500 instead, before the body is read."""
    assert refusal(ask(world, method, target, b"{", {})) == (internal(f"{method} {target}") if hidden else MISSING)


def test_a_missing_key_may_be_shown_everywhere(world: World) -> None:
    """With `hide_unauthorized` off, registering answers with a 401, too."""
    world.prism.configure(CloudAgentSettings(hide_unauthorized=False))

    assert refusal(ask(world, "POST", PATH, b"", {})) == MISSING


@pytest.mark.parametrize(
    ("method", "target", "body", "headers", "status"),
    [
        pytest.param("DELETE", f"{PATH}/x", b"", {}, 400, id="5.2 the path before the key"),
        pytest.param("POST", PATH, b"{", {**KEY, "accept": "text/html"}, 400, id="5.2 the body before Accept"),
        pytest.param(
            "POST", PATH, b'{"url":"foo"}', {**KEY, "accept": "text/html"}, 406, id="5.2 Accept, then the URL"
        ),
        pytest.param("GET", PATH, b"", {**KEY, "accept": "text/html"}, 406, id="5.2 Accept"),
        pytest.param("GET", PATH, b"", {"accept": "text/html"}, 401, id="5.2 the key before Accept"),
    ],
)
def test_order_of_checks(
    world: World, method: str, target: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    """Of two faults, the one that is checked first is reported."""
    assert ask(world, method, target, body, headers).status == status
    assert world.prism.cloud_agent.webhooks.registered(world.prism.cloud_agent.wallet("tenant").id) is None


def test_a_body_that_does_not_decode_is_quoted(world: World) -> None:
    """Section 5.2: the text quotes the request."""
    refused = refusal(ask(world, "POST", f"{PATH}?x", b'{"url":5}'))

    assert refused == undecodable(f"POST {PATH}?x", "body (expected '\"' got '5' at 'url')")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param("", "Unexpected end of input", id="5.3 empty"),
        pytest.param("[]", "expected '{' got '['", id="5.3 no object"),
        pytest.param("{}", "missing at 'url'", id="5.3 no url"),
        pytest.param('{"url":null}', "expected '\"' got 'n' at 'url'", id="5.3 null url"),
        pytest.param('{"url":"x","url":"x"}', "duplicate", id="5.3 two urls"),
        pytest.param('{"url":"x","customHeaders":{},"customHeaders":{}}', "duplicate", id="5.3 two maps"),
        pytest.param('{"customHeaders":null,"customHeaders":{}}', "duplicate", id="5.3 null counts"),
        pytest.param('{"customHeaders":5', "expected '{' got '5' at 'customHeaders'", id="5.3 no map"),
        pytest.param('{"customHeaders":nil}', "expected 'null' at 'customHeaders'", id="5.3 no null"),
        pytest.param('{"customHeaders":{"a":5}}', "expected '\"' got '5' at 'customHeaders.a'", id="5.3 a number"),
        pytest.param('{"customHeaders":{"a":null}}', "expected '\"' got 'n' at 'customHeaders.a'", id="5.3 a null"),
        pytest.param('{"customHeaders":{"a" 5}}', "expected ':' got '5' at 'customHeaders.a'", id="5.3 no colon"),
        pytest.param('{"customHeaders":{5}}', "expected string or '}' got '5' at 'customHeaders'", id="5.3 no name"),
        pytest.param('{"customHeaders":{"a":"b",}}', "expected '\"' got '}' at 'customHeaders'", id="5.3 last comma"),
        pytest.param(
            '{"customHeaders":{"a":"b" 5}}', "expected ',' or '}' got '5' at 'customHeaders'", id="5.3 no comma"
        ),
        pytest.param('{"customHeaders":{"a":"b"', "Unexpected end of input", id="5.3 cut"),
        pytest.param('{"customHeaders":{"a..b.":5}}', "expected '\"' got '5' at 'customHeaders.a.b'", id="5.3 dots"),
        pytest.param('{"customHeaders":{"a(b":5}}', "b(expected '\"' got '5' at 'customHeaders.a'", id="5.3 bracket"),
    ],
)
def test_bodies_that_do_not_decode(body: str, message: str) -> None:
    """The text is the agent's, with the place of the fault below the root."""
    with pytest.raises(Malformed) as refused:
        decode_webhook(body.encode())

    assert str(refused.value) == message


def test_the_last_of_two_headers_counts() -> None:
    """Section 2.6: a header's name may occur twice, and the last counts."""
    body = b'\xef\xbb\xbf {"customHeaders":{"a":"1","b":"\\u00e9","a":"2"},"url":"x"}'

    assert decode_webhook(body) == ("x", {"a": "2", "b": "é"})


def test_reset_removes_webhooks(world: World) -> None:
    """After a reset another webhook can be registered."""
    add(world)
    world.reset()

    assert json.loads(ask(world, "GET", PATH).body)["contents"] == []
