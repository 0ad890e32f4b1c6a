"""What is on the wire: headers, methods and paths.

Sections are those of docs/protocol/prism-agent.md.
"""

import gzip
import json
import socket
from collections.abc import Callable
from email.utils import formatdate

import httpx
import pytest

from connsim import CloudAgentSettings, World
from connsim.core.durations import SECOND
from tests.transports.wire.conftest import UUID, Wire, create

ANSWERS = {
    "health": ("GET /_system/health", b"", "", 200),
    "list": ("GET /connections", b"", "", 200),
    "created": ("POST /connections", b"{}", "", 201),
    "undecodable": ("POST /connections", b"[]", "", 400),
    "not-found": (f"GET /connections/{UUID}", b"", "", 404),
    "no-such-path": ("GET /nothing", b"", "", 404),
    "wrong-method": ("DELETE /connections", b"", "", 404),
    "thrown": ("POST /connection-invitations", b'{"invitation":":"}', "", 500),
}


@pytest.mark.parametrize(("head", "body", "headers", "status"), ANSWERS.values(), ids=ANSWERS)
def test_headers(wire: Wire, head: str, body: bytes, headers: str, status: int) -> None:
    """Every answer has a type without charset, a length and a date, and nothing else; no Server, no Location (1)."""
    answer = wire.ask(head, body, headers)
    assert answer.status == status
    assert answer.names() == {"content-type", "content-length", "date"}
    assert answer.header("Content-Type") == "application/json"
    assert answer.header("Content-Length") == str(len(answer.body))
    json.loads(answer.body)


def test_not_acceptable(wire: Wire) -> None:
    """A 406 has no body and no type, and the connection remains open (5.2)."""
    answer = wire.ask("GET /connections", headers="Accept: text/html\r\n")
    assert (answer.status, answer.body, answer.names()) == (406, b"", {"content-length", "date"})
    assert answer.header("Content-Length") == "0"
    assert wire.ask("GET /connections").status == 200


def test_gateway_headers(connsim_world: World, wire: Wire) -> None:
    """The gateway's 401 has its name and CORS headers, but no WWW-Authenticate (1, 6.1)."""
    connsim_world.prism.configure(CloudAgentSettings(gateway_keys=frozenset(["right"])))
    answer = wire.ask("GET /connections")
    cors = {f"access-control-{what}" for what in ("allow-origin", "allow-methods", "max-age", "allow-headers")}
    expected = {"content-type", "content-length", "date", "server", "access-control-expose-headers"} | cors
    assert (answer.status, answer.names()) == (401, expected)
    assert answer.body == b'{"message":"Invalid API key in request"}\n'


def test_the_early_agent_names_its_server(wire: Wire) -> None:
    """The agent of early 2023 sends `Server`, the later one does not (1)."""
    assert wire.ask("GET /prism-agent/connections").header("Server") == "akka-http/10.2.9"
    assert "server" not in wire.ask("GET /connections").names()


def test_date_is_the_worlds(connsim_world: World, wire: Wire) -> None:
    """The date is the world's, in whole seconds, and advances with its clock."""
    for _ in range(3):
        date = wire.ask("GET /_system/health").header("Date")
        assert date == formatdate(connsim_world.clock.now() // SECOND, usegmt=True)
        connsim_world.advance("36h")
    assert date == "Thu, 08 Jan 2026 09:00:00 GMT"


@pytest.mark.parametrize("path", ["/connections", "/_system/health", "/nothing", f"/connections/{UUID}"])
def test_head(wire: Wire, path: str) -> None:
    """HEAD is not handled as GET: a 404 without a body, after which the connection remains open (5.2, 13.3)."""
    answer = wire.ask(f"HEAD {path}")
    assert answer.status == 404
    assert wire.ask("GET /_system/health").body == b'{"version":"1.40.0"}'


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_other_methods(wire: Wire, method: str) -> None:
    """A method that is not played gives a 404 with the agent's body, never a 405, and no `Allow` (5.2)."""
    answer = wire.ask(f"{method} /connections")
    assert (answer.status, json.loads(answer.body)["type"]) == (404, "error:ResourcePathNotFound")
    assert "allow" not in answer.names()


PATHS = {
    "letter": ("/%63onnections", 200, None),
    "prefix": ("/cloud-agent/connections/", 200, None),
    "two-slashes": ("//connections", 200, None),
    "encoded-slash": ("/connections%2Fabc", 404, None),
    "encoded-slash-in-id": ("/connections/a%2Fb", 400, "/connections/a%2Fb"),
    "lower-case-hex": ("/connections/a%2fb?x=%c3%a4", 400, "/connections/a%2fb?x=%c3%a4"),
    "not-utf8": ("/connections/%ff", 400, "/connections/%ff"),
    "dots-stay": ("/x/../connections", 404, None),
    "plus": ("/connections/a+b", 400, "/connections/a+b"),
    "bad-escape": ("/connections/%zz", 400, "/connections/%zz"),
    "query-undecoded": ("/connections?offset=%61&thid=%20", 400, "/connections?offset=%61&thid=%20"),
}


@pytest.mark.parametrize(("target", "status", "quoted"), PATHS.values(), ids=PATHS)
def test_paths_arrive_as_they_were_sent(wire: Wire, target: str, status: int, quoted: str | None) -> None:
    """The door neither decodes nor normalizes a path; what the agent quotes is what the client sent (5.2)."""
    answer = wire.ask(f"GET {target}")
    assert answer.status == status
    if quoted is not None:
        assert f"path=['GET {quoted}']" in json.loads(answer.body)["detail"]


def test_key_in_any_case(connsim_world: World, wires: Callable[[], Wire]) -> None:
    """Header names are case-insensitive: the notebook's `apiKey` selects the same wallet as `apikey` (6.1)."""
    made = create(wires())
    for name in ("apikey", "APIKEY", "ApiKey"):
        with httpx.Client(base_url=connsim_world.prism.url, headers={name: "k"}) as http:
            assert http.get(f"/connections/{made['connectionId']}").status_code == 200


def test_non_ascii(wire: Wire) -> None:
    """Text beyond ASCII is UTF-8, and the length counts bytes."""
    body = '{"label":"Grüße \U0001f600"}'.encode()
    answer = wire.ask("POST /connections", body)
    assert '"label":"Grüße \U0001f600"'.encode() in answer.body


class TestCorners:
    """Requests that HTTP libraries tend to handle themselves."""

    def test_absolute_form(self, wire: Wire) -> None:
        """Every HTTP/1.1 server accepts a target in absolute form (RFC 9112, 3.2.2)."""
        assert wire.ask("GET http://agent/_system/health").status == 200
        assert wire.ask("GET http://agent?x=/connections").status == 404
        assert wire.ask("GET http://agent").status == 404

    def test_options_asterisk(self, wire: Wire) -> None:
        """OPTIONS gets the agent's 404, whatever its target is (1, 5.2)."""
        answer = wire.ask("OPTIONS *")
        assert (answer.status, answer.header("Content-Type")) == (404, "application/json")

    def test_compressed_body(self, wire: Wire) -> None:
        """The agent does not decode a content coding: compressed bytes are not JSON (2.1: the bytes must be JSON)."""
        answer = wire.ask("POST /connections", gzip.compress(b"{}"), "Content-Encoding: gzip\r\n")
        assert answer.status == 400

    def test_falsely_compressed_body(self, wire: Wire) -> None:
        """As the agent decodes no content coding, one that the body does not have changes nothing."""
        assert wire.ask("POST /connections", b"{}", "Content-Encoding: gzip\r\n").status == 201

    def test_accept_twice(self, wire: Wire) -> None:
        """Several Accept headers are one list (RFC 9110, 5.3)."""
        assert wire.ask("GET /connections", headers="Accept: text/html\r\nAccept: */*\r\n").status == 200

    @pytest.mark.parametrize(
        "line",
        [
            b"garbage\r\n\r\n",
            b"GET /conn\xc3\xa9ctions HTTP/1.1\r\n\r\n",
            b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n",
        ],
        ids=["garbage", "raw-bytes", "too-long"],
    )
    def test_what_is_no_http(self, connsim_world: World, line: bytes, capfd: pytest.CaptureFixture[str]) -> None:
        """Bytes that are not HTTP get a bare 400 with the world's date, a line in the journal, and no traceback."""
        host, port = connsim_world.prism.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as wire:
            wire.sendall(line)
            answer = b"".join(iter(lambda: wire.recv(65_536), b""))

        head = answer.decode().split("\r\n")
        assert head[0].endswith(" 400 Bad Request")
        assert "Date: Mon, 05 Jan 2026 09:00:00 GMT" in head
        assert not [h for h in head if h.startswith("Server")]
        assert [(e.method, e.status) for e in connsim_world.journal.exchanges()] == [("(unreadable)", 400)]
        assert "Traceback" not in capfd.readouterr().err
