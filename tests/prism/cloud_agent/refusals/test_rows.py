"""Requests that the agent refuses, with its answers, and requests that it accepts.

Sections are those of docs/protocol/prism-agent.md.
"""

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import pytest

from connsim import World
from tests.prism.cloud_agent.refusals.conftest import (
    DECODING,
    INSTANCE,
    INTERNAL,
    KEY,
    NO_INVITATION,
    NO_PATH,
    PATH,
    TYPE,
    UUID,
    ask,
    create,
    encoded,
    everything,
    internal,
    payload,
    shown,
    undecodable,
)


class Row(NamedTuple):
    """A request and its refusal; a header of None is not sent."""

    method: str
    target: str
    body: bytes
    status: int
    kind: str
    title: str
    detail: str
    headers: Mapping[str, str | None] = MappingProxyType({})


def no_route(method: str, target: str, body: bytes = b"") -> Row:
    """Return a row for a request without a route."""
    return Row(method, target, body, 404, PATH, "Resource Path Not Found", NO_PATH)


def bad(method: str, target: str, details: str, body: bytes = b"", shown_target: str | None = None) -> Row:
    """Return a row for a request that cannot be decoded."""
    path = f"{method} {shown_target or target}"
    return Row(method, target, body, 400, DECODING, "Request Body Decoding Failure", undecodable(path, details))


def bad_body(body: bytes, message: str, target: str = "/connections") -> Row:
    """Return a row for a body that cannot be decoded."""
    return bad("POST", target, f"body ({message})", body)


def thrown(method: str, target: str, body: bytes = b"", **headers: str | None) -> Row:
    """Return a row for an exception in the agent's logic."""
    return Row(method, target, body, 500, INTERNAL, "Internal Server Error", internal(f"{method} {target}"), headers)


def not_base64url(text: str) -> Row:
    """Return a row for an invitation that is not base64url."""
    return thrown("POST", "/connection-invitations", json.dumps({"invitation": text}).encode())


def unparsable(text: str, cause: str) -> Row:
    """Return a row for base64url that is not an invitation."""
    body = json.dumps({"invitation": text}).encode()
    detail = f"An error occurred while parsing the invitation content: cause=[{cause}]"
    kind = "ConnectionServiceError:InvitationParsingError"
    return Row("POST", "/connection-invitations", body, 400, kind, "Invitation Parsing Error", detail)


def too_long(body: dict[str, str], *lengths: tuple[str, int]) -> Row:
    """Return a row for members over the limit."""
    parts = [f"Invalid length for '{name}': expected=[0 -> 255], actual={actual}" for name, actual in lengths]
    detail = f"The provided input failed validation: errors=[{'], ['.join(parts)}]"
    kind = "ConnectionServiceError:UserInputValidationError"
    sent = json.dumps(body).encode()
    return Row("POST", "/connections", sent, 400, kind, "User Input Validation Error", detail)


def unknown(target: str, record_id: str) -> Row:
    """Return a row for an unknown id."""
    detail = f"There is no connection record matching the provided identifier: recordId={record_id}"
    kind = "ConnectionServiceError:RecordIdNotFound"
    return Row("GET", target, b"", 404, kind, "Record Id Not Found", detail)


WHOLE_URL = f"https://my.domain.com/path?_oob={payload()}"


ROWS = {
    # 5.2, first row; 2.3: there is no DELETE and no PATCH
    "5.2-unknown-path": no_route("GET", "/nothing"),
    "5.2-root": no_route("GET", "/"),
    "5.2-no-path": no_route("GET", ""),
    "5.2-connection-singular": no_route("GET", "/connection"),
    "5.2-other-case": no_route("GET", "/Connections"),
    "5.2-below-an-id": no_route("GET", f"/connections/{UUID}/events"),
    "5.2-empty-segment-inside": no_route("GET", f"/connections//{UUID}"),
    "5.2-put-list": no_route("PUT", "/connections", b"{}"),
    "5.2-delete-list": no_route("DELETE", "/connections"),
    "5.2-patch-list": no_route("PATCH", "/connections", b"{}"),
    "5.2-head-list": no_route("HEAD", "/connections"),
    "5.2-options-list": no_route("OPTIONS", "/connections"),
    "5.2-trace-list": no_route("TRACE", "/connections"),
    "2.3-delete-one": no_route("DELETE", f"/connections/{UUID}"),
    "2.3-patch-one": no_route("PATCH", f"/connections/{UUID}", b"{}"),
    "2.3-post-one": no_route("POST", f"/connections/{UUID}", b"{}"),
    "5.2-delete-of-no-uuid": no_route("DELETE", "/connections/abc"),
    "5.2-get-invitations": no_route("GET", "/connection-invitations"),
    "5.2-put-invitations": no_route("PUT", "/connection-invitations", NO_INVITATION),
    "5.2-options-invitations": no_route("OPTIONS", "/connection-invitations"),
    "5.2-post-health": no_route("POST", "/_system/health", b"{}"),
    "5.2-head-health": no_route("HEAD", "/_system/health"),
    "5.2-system-alone": no_route("GET", "/_system"),
    "1-prefix-alone": no_route("GET", "/cloud-agent"),
    "1-prefix-and-slash": no_route("GET", "/cloud-agent/"),
    "1-prefix-twice": no_route("GET", "/cloud-agent/cloud-agent/connections"),
    "1-prefix-glued": no_route("GET", "/cloud-agentconnections"),
    # 5.3 and 2.3: the path's parameter
    "5.3-id-abc": bad("GET", "/connections/abc", "path parameter connectionId"),
    "2.3-braces": bad("GET", f"/connections/{{{UUID}}}", "path parameter connectionId"),
    "2.3-urn": bad("GET", f"/connections/urn:uuid:{UUID}", "path parameter connectionId"),
    "2.3-digits-only": bad("GET", f"/connections/{UUID.replace('-', '')}", "path parameter connectionId"),
    "2.3-too-long": bad("GET", f"/connections/0{UUID}", "path parameter connectionId"),
    "2.3-four-groups": bad("GET", "/connections/1-1-1-1", "path parameter connectionId"),
    "2.3-six-groups": bad("GET", "/connections/1-1-1-1-1-1", "path parameter connectionId"),
    "2.3-empty-group": bad("GET", "/connections/1--1-1-1", "path parameter connectionId"),
    "2.3-no-hex": bad("GET", "/connections/1-1-1-1-g", "path parameter connectionId"),
    "2.3-underscore": bad("GET", "/connections/1-1-1-1-1_1", "path parameter connectionId"),
    "2.3-blank": bad("GET", "/connections/1-1-1-1-%201", "path parameter connectionId"),
    "2.3-encoded-slash": bad("GET", "/connections/a%2Fb", "path parameter connectionId"),
    "2.3-not-utf8": bad("GET", "/connections/%ff", "path parameter connectionId"),
    "5.2-path-with-query": bad("GET", "/connections/abc?x=%20y", "path parameter connectionId"),
    # 1: the gateway strips the prefix before the agent sees the path
    "1-path-without-prefix": bad(
        "GET", "/cloud-agent/connections/abc?x=1", "path parameter connectionId", shown_target="/connections/abc?x=1"
    ),
    "1-body-without-prefix": bad(
        "POST", "/cloud-agent/connections", "body (Unexpected end of input)", shown_target="/connections"
    ),
    # 5.3: query parameters
    "5.3-offset-abc": bad("GET", "/connections?offset=abc", "query parameter offset"),
    "5.3-offset-empty": bad("GET", "/connections?offset=", "query parameter offset"),
    "5.3-limit-fraction": bad("GET", "/connections?limit=5.0", "query parameter limit"),
    "5.3-limit-too-great": bad("GET", "/connections?limit=99999999999", "query parameter limit"),
    "5.3-limit-one-too-great": bad("GET", "/connections?limit=2147483648", "query parameter limit"),
    "5.3-offset-one-too-small": bad("GET", "/connections?offset=-2147483649", "query parameter offset"),
    "13.4-blank-before": bad("GET", "/connections?offset=%205", "query parameter offset"),
    "13.4-blank-after": bad("GET", "/connections?offset=5%20", "query parameter offset"),
    "13.4-underscore": bad("GET", "/connections?limit=1_0", "query parameter limit"),
    "13.4-sign-alone": bad("GET", "/connections?limit=-", "query parameter limit"),
    "13.4-two-signs": bad("GET", "/connections?limit=--1", "query parameter limit"),
    "13.4-hex": bad("GET", "/connections?limit=0x5", "query parameter limit"),
    "5.3-offset-twice": bad("GET", "/connections?offset=1&offset=2", "query parameter offset (multiple values)"),
    "5.3-offset-twice-the-same": bad(
        "GET", "/connections?offset=1&offset=1", "query parameter offset (multiple values)"
    ),
    "5.3-limit-twice-and-bad": bad("GET", "/connections?limit=a&limit=b", "query parameter limit (multiple values)"),
    "5.3-thid-twice": bad("GET", "/connections?thid=a&thid=b", "query parameter thid (multiple values)"),
    "5.3-name-encoded": bad("GET", "/connections?%6Fffset=abc", "query parameter offset"),
    "5.3-both-bad": bad("GET", "/connections?limit=a&offset=b", "query parameter offset"),
    # 5.3: bodies
    "5.3-empty": bad_body(b"", "Unexpected end of input"),
    "5.3-open": bad_body(b"{", "Unexpected end of input"),
    "5.3-unclosed": bad_body(b'{"label":"x"', "Unexpected end of input"),
    "5.3-no-json": bad_body(b"not json", "expected '{' got 'n'"),
    "5.3-array": bad_body(b"[]", "expected '{' got '['"),
    "5.3-bare-name": bad_body(b"{label:1}", "expected string or '}' got 'l'"),
    "5.3-comma-at-end": bad_body(b'{"label":"x",}', "expected '\"' got '}'"),
    "5.3-label-a-number": bad_body(b'{"label":5}', "expected '\"' got '5' at 'label'"),
    "5.3-goal-code-a-number": bad_body(b'{"goalCode":5}', "expected '\"' got '5' at 'goalCode'"),
    "5.3-goal-an-object": bad_body(b'{"goal":{}}', "expected '\"' got '{' at 'goal'"),
    "5.3-label-twice": bad_body(b'{"label":"a","label":"b"}', "duplicate"),
    "5.3-invitation-missing": bad_body(b"{}", "missing at 'invitation'", "/connection-invitations"),
    "5.3-invitation-null": bad_body(
        b'{"invitation":null}', "expected '\"' got 'n' at 'invitation'", "/connection-invitations"
    ),
    "5.3-invitation-empty-body": bad_body(b"", "Unexpected end of input", "/connection-invitations"),
    "5.3-invitation-twice": bad_body(b'{"invitation":"","invitation":""}', "duplicate", "/connection-invitations"),
    # 5.2: too long
    "5.2-label-too-long": too_long({"label": "x" * 300}, ("label", 300)),
    "5.2-label-by-one": too_long({"label": "x" * 256}, ("label", 256)),
    "5.2-goal-code-too-long": too_long({"goalCode": "x" * 256}, ("goalCode", 256)),
    "5.2-goal-too-long": too_long({"goal": "x" * 1000}, ("goal", 1000)),
    "5.2-all-too-long": too_long(
        {"goal": "x" * 258, "goalCode": "x" * 257, "label": "x" * 256}, ("label", 256), ("goalCode", 257), ("goal", 258)
    ),
    "5.2-two-too-long": too_long({"goal": "x" * 256, "label": "x" * 257}, ("label", 257), ("goal", 256)),
    "2.1-utf16-units": too_long({"label": "\U0001f600" * 128}, ("label", 256)),
    # 5.2: not found
    "5.2-not-found": unknown(f"/connections/{UUID}", UUID),
    "5.2-not-found-lower-case": unknown(f"/connections/{UUID.upper()}", UUID),
    "2.3-short-groups": unknown("/connections/1-1-1-1-1", "00000001-0001-0001-0001-000000000001"),
    "2.3-mixed-lengths": unknown("/connections/abc-2-03-fF4-5", "00000abc-0002-0003-0ff4-000000000005"),
    "2.3-encoded-dash": unknown(f"/connections/{UUID.replace('-', '%2D')}", UUID),
    "2.3-nil": unknown("/connections/0-0-0-0-0", "00000000-0000-0000-0000-000000000000"),
    # 4.7: not base64url
    "4.7-plus": not_base64url(payload() + "+AAA"),
    "4.7-slash": not_base64url("/AAA"),
    "4.7-colon": not_base64url("AAA:"),
    "4.7-blank": not_base64url(f" {payload()}"),
    "4.7-newline": not_base64url(f"{payload()}\n"),
    "4.7-line-break-inside": not_base64url(f"{payload()[:40]}\r\n{payload()[40:]}"),
    "4.7-not-ascii": not_base64url("ÄÄÄÄ"),
    "4.7-padding-alone": not_base64url("="),
    "4.7-padding-too-long": not_base64url("YQ==="),
    "4.7-padding-too-short": not_base64url("YQ="),
    "4.7-padding-not-due": not_base64url("YWJj="),
    "4.7-padding-inside": not_base64url("YQ==YQ=="),
    "4.7-one-dangling": not_base64url("YWJjY"),
    "4.7-one-alone": not_base64url("a"),
    "4.7-whole-url": not_base64url(WHOLE_URL),
    # 4.7 and 5.4: base64url that is not an invitation
    "5.4-empty": unparsable("", "exhausted input"),
    "5.4-one-word": unparsable(encoded("hello"), "expected json value got 'hello' (line 1, column 1)"),
    "5.4-two-words": unparsable(encoded("hello world"), "expected json value got 'hello ...' (line 1, column 1)"),
    "5.4-array": unparsable(encoded("[]"), "DecodingFailure at : Got value '[]' with wrong type, expecting object"),
    "5.4-empty-object": unparsable(encoded("{}"), "DecodingFailure at .id: Missing required field"),
    "5.4-no-type": unparsable(payload(type=None), "DecodingFailure at .type: Missing required field"),
    "5.4-no-from": unparsable(payload(**{"from": None}), "DecodingFailure at .from: Missing required field"),
    "5.4-no-body": unparsable(payload(body=None), "DecodingFailure at .body: Missing required field"),
    "5.4-no-accept": unparsable(payload(body={}), "DecodingFailure at .body.accept: Missing required field"),
    # 4.7: another type
    "4.7-other-type": not_base64url(payload(type="https://didcomm.org/out-of-band/1.0/invitation")),
    "4.7-type-with-blank": not_base64url(payload(type=f"{TYPE} ")),
    "4.7-type-empty": not_base64url(payload(type="")),
    # 6.2: the 401 that becomes a 500
    "6.2-no-key-list": thrown("GET", "/connections", apikey=None),
    "6.2-no-key-one": thrown("GET", f"/connections/{UUID}", apikey=None),
    "6.2-no-key-create": thrown("POST", "/connections", b"{}", apikey=None),
    "6.2-no-key-accept": thrown("POST", "/connection-invitations", NO_INVITATION, apikey=None),
    "6.2-empty-key": thrown("GET", "/connections?thid=x", apikey=""),
    "6.2-other-scheme": thrown("GET", "/connections", apikey=None, authorization="Basic dTpw"),
    "6.2-bearer-is-ignored": thrown("GET", "/connections", apikey=None, authorization="Bearer x.y.z"),
    "6.2-admin-token-opens-nothing": thrown("GET", "/connections")._replace(
        headers={"apikey": None, "x-admin-api-key": "admin"}
    ),
    # 5.2, order of checks: method and path; path and query; key; body; Accept; logic
    "5.2-path-before-key": no_route("GET", "/nothing")._replace(headers={"apikey": None}),
    "5.2-path-before-accept": no_route("GET", "/nothing")._replace(headers={"accept": "text/html"}),
    "5.2-method-before-id": no_route("PUT", "/connections/abc")._replace(headers={"apikey": None}),
    "5.2-id-before-key": bad("GET", "/connections/abc", "path parameter connectionId")._replace(
        headers={"apikey": None, "accept": "text/html"}
    ),
    "5.2-query-before-key": bad("GET", "/connections?offset=abc", "query parameter offset")._replace(
        headers={"apikey": None, "accept": "text/html"}
    ),
    "5.2-key-before-body": thrown("POST", "/connections", b"not json", apikey=None, accept="text/html"),
    "5.2-key-before-accept": thrown("GET", "/connections", apikey="", accept="text/html"),
    "5.2-body-before-accept": bad_body(b"not json", "expected '{' got 'n'")._replace(headers={"accept": "text/html"}),
    "5.2-body-before-length": bad_body(b'{"label":"%b","goal":5}' % (b"x" * 300), "expected '\"' got '5' at 'goal'"),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_refused(row: Row) -> None:
    """A refusal has the agent's status, members in the agent's order, and its texts, and changes nothing."""
    world = World()
    create(world)
    before = everything(world)
    headers = {name: value for name, value in {**KEY, **row.headers}.items() if value is not None}

    reply = ask(world, row.method, row.target, row.body, headers)

    assert (reply.status, reply.content_type) == (row.status, "application/json")
    answer = shown(reply)
    assert INSTANCE.fullmatch(answer.pop("instance"))
    assert list(answer.items()) == [
        ("status", row.status),
        ("type", f"error:{row.kind}"),
        ("title", row.title),
        ("detail", row.detail),
    ]
    assert list(shown(reply))[-1] == "instance"
    assert b'": ' not in reply.body
    assert reply.body.startswith(b'{"status":%d,"type":"error:' % row.status)
    assert everything(world) == before
    world.check()


ACCEPTED = {
    # 5.3: unusual, but valid
    "5.3-offset-negative": ("GET", "/connections?offset=-1", b"", 200),
    "5.3-limit-zero": ("GET", "/connections?limit=0", b"", 200),
    "5.3-limit-great": ("GET", "/connections?limit=1000000", b"", 200),
    "5.3-offset-with-plus": ("GET", "/connections?offset=+5", b"", 200),
    "5.3-offset-with-encoded-plus": ("GET", "/connections?offset=%2B5", b"", 200),
    "13.4-greatest": ("GET", "/connections?offset=2147483647&limit=-2147483648", b"", 200),
    "13.4-leading-zeros": ("GET", "/connections?offset=000000000000005", b"", 200),
    "2-unknown-parameter": ("GET", "/connections?colour=a&colour=b&Offset=abc", b"", 200),
    "2.2-names-without-values": ("GET", "/connections?offset&limit&thid", b"", 200),
    "2.2-empty-query": ("GET", "/connections?", b"", 200),
    "5.3-trailing-text": ("POST", "/connections", b"{} trailing", 201),
    "2.1-empty-object": ("POST", "/connections", b"{}", 201),
    "2.1-nulls": ("POST", "/connections", b'{"label":null,"goalCode":null,"goal":null}', 201),
    "2.1-empty-strings": ("POST", "/connections", b'{"label":"","goalCode":"","goal":""}', 201),
    "2.1-longest": ("POST", "/connections", b'{"label":"%b"}' % (b"x" * 255), 201),
    "2.1-longest-utf16": ("POST", "/connections", b'{"label":"x%s"}' % ("\U0001f600" * 127).encode(), 201),
    "2-unknown-members": ("POST", "/connections", b'{"x":{"label":5},"labels":[]}', 201),
    "2-unknown-parameter-on-post": ("POST", "/connections?offset=abc", b"{}", 201),
    # 1: slashes and the gateway's prefix
    "1-two-slashes": ("GET", "//connections", b"", 200),
    "1-four-slashes": ("GET", "////connections", b"", 200),
    "1-slash-at-end": ("GET", "/connections/", b"", 200),
    "1-slash-before-query": ("GET", "/connections/?limit=1", b"", 200),
    "1-two-slashes-create": ("POST", "//connections", b"{}", 201),
    "1-prefix": ("GET", "/cloud-agent/connections", b"", 200),
    "1-prefix-two-slashes": ("GET", "/cloud-agent//connections", b"", 200),
    "1-prefix-health": ("GET", "/cloud-agent/_system/health", b"", 200),
    "1-health-slash-at-end": ("GET", "//_system/health/", b"", 200),
    "2.3-encoded-letters": ("GET", "/%63onnections", b"", 200),
}


@pytest.mark.parametrize(("method", "target", "body", "status"), ACCEPTED.values(), ids=ACCEPTED)
def test_accepted(method: str, target: str, body: bytes, status: int) -> None:
    """The agent accepts what it does not check, and ignores extra slashes and the gateway's prefix in paths."""
    world = World()

    assert ask(world, method, target, body).status == status
    world.check()


@pytest.mark.parametrize("target", ["//connections?offset=x", "/connections/?offset=x"], ids=["in-front", "at-the-end"])
def test_slashes_are_quoted(target: str) -> None:
    """An error quotes the path as the agent saw it, extra slashes included (5.2)."""
    assert f"path=['GET {target}']" in shown(ask(World(), "GET", target))["detail"]


def test_one_connection_by_every_form_of_its_id() -> None:
    """A connection is found by its id in upper case and without leading zeros (2.3)."""
    seed = next(n for n in range(1_000) if re.search("(^|-)0", create(World(str(n)))["connectionId"]))
    world = World(str(seed))
    id_ = create(world)["connectionId"]
    short = "-".join(group.lstrip("0") for group in id_.split("-"))

    assert short != id_
    for form in (id_, id_.upper(), short, f"{id_}/"):
        assert shown(ask(world, "GET", f"/connections/{form}"))["connectionId"] == id_


@pytest.mark.parametrize(
    "content_type",
    [None, "application/json", "text/plain", "application/xml; charset=latin-1", "multipart/form-data", "nonsense"],
    ids=["none", "json", "text", "xml", "form", "nonsense"],
)
def test_any_content_type(content_type: str | None) -> None:
    """Every content type is accepted if the bytes are JSON (5.2)."""
    headers = KEY if content_type is None else {**KEY, "content-type": content_type}

    assert ask(World(), "POST", "/connections", b"{}", headers).status == 201
