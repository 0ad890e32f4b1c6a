"""The agent over real sockets: what the door adds to an answer, and what it must not."""

import asyncio
import gc
import gzip
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from email.utils import formatdate
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest

from connsim import CloudAgentSettings, World
from connsim.core.durations import SECOND
from connsim.core.ends import Ever
from connsim.faults.delay import Delay
from connsim.journal.query import Query
from connsim.script.sequence import Sequence, Step
from connsim.transports.aiohttp_server import Listener, one_round

UUID = "0d9a7c6e-3f51-4b28-9a4e-7c1d2e3f4a5b"
MEBIBYTE = 1024 * 1024


class Answer(NamedTuple):
    """An answer, byte for byte."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def names(self) -> set[str]:
        """The names of its headers, lower case."""
        return {name.lower() for name, _ in self.headers}

    def header(self, name: str) -> str | None:
        """One header, which must not come twice."""
        found = [value for other, value in self.headers if other.lower() == name.lower()]
        assert len(found) <= 1
        return found[0] if found else None


class Wire:
    """One connection, and the bytes on it."""

    def __init__(self, world: World) -> None:
        address = urlsplit(world.prism.url)
        assert address.hostname
        assert address.port
        self.socket = socket.create_connection((address.hostname, address.port), timeout=10)
        self.stream = self.socket.makefile("rb")

    def send(self, head: str, body: bytes = b"", headers: str = "") -> None:
        """Send a request line, the tenant's key, headers of the test's own, and a body with its length."""
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        text = f"{head} HTTP/1.1\r\nHost: agent\r\napiKey: k\r\n{length}{headers}\r\n"
        self.socket.sendall(text.encode("latin-1") + body)

    def receive(self, *, bodiless: bool = False) -> Answer:
        """Read one answer."""
        status = int(self.stream.readline().split()[1])
        headers = []
        while line := self.stream.readline().decode("latin-1").rstrip("\r\n"):
            name, _, value = line.partition(": ")
            headers.append((name, value))
        answer = Answer(status, headers, b"")
        length = int(answer.header("Content-Length") or 0)
        return answer if bodiless else answer._replace(body=self.stream.read(length))

    def ask(self, head: str, body: bytes = b"", headers: str = "") -> Answer:
        """Send and receive."""
        self.send(head, body, headers)
        return self.receive(bodiless=head.startswith("HEAD"))

    def ended(self) -> bool:
        """Wait for the other side to hang up; tell whether it did so without another byte."""
        try:
            return self.stream.read(1) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        """Hang up."""
        self.stream.close()
        self.socket.close()


@pytest.fixture
def wires(connsim_world: World) -> Iterator[Callable[[], Wire]]:
    """Opens connections to the test's agent."""
    opened: list[Wire] = []

    def connect() -> Wire:
        opened.append(Wire(connsim_world))
        return opened[-1]

    yield connect
    for wire in opened:
        wire.close()


@pytest.fixture
def wire(wires: Callable[[], Wire]) -> Wire:
    """One connection to the test's agent."""
    return wires()


def until(reached: Callable[[], bool]) -> None:
    """Wait, in real time, for what another thread is about to do."""
    limit = time.monotonic() + 10
    while not reached():
        assert time.monotonic() < limit, "it never happened"
        time.sleep(0.002)


def parked(world: World) -> int:
    """How many replies are held back."""
    door = world.doors[0]  # the PRISM agent's
    return len(door._parked)  # type: ignore[attr-defined]


def hold(world: World, by: int | None) -> None:
    """Let the agent hold back every reply about an inviter."""
    world.script("prism-inviter", Sequence((Step("InvitationGenerated", Ever(), Delay(by)),)))


def create(wire: Wire, body: bytes = b"{}") -> Any:
    """Make an invitation."""
    made = wire.ask("POST /connections", body)
    assert made.status == 201
    return json.loads(made.body)


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
    """A 406 has no body and no type at all, and the connection goes on (5.2)."""
    answer = wire.ask("GET /connections", headers="Accept: text/html\r\n")
    assert (answer.status, answer.body, answer.names()) == (406, b"", {"content-length", "date"})
    assert answer.header("Content-Length") == "0"
    assert wire.ask("GET /connections").status == 200


def test_gateway_headers(connsim_world: World, wire: Wire) -> None:
    """The gateway's 401 bears its name and leave for browsers, and names no scheme: no WWW-Authenticate (1, 6.1)."""
    connsim_world.prism.configure(CloudAgentSettings(gateway_keys=frozenset(["right"])))
    answer = wire.ask("GET /connections")
    cors = {f"access-control-{what}" for what in ("allow-origin", "allow-methods", "max-age", "allow-headers")}
    expected = {"content-type", "content-length", "date", "server", "access-control-expose-headers"} | cors
    assert (answer.status, answer.names()) == (401, expected)
    assert answer.body == b'{"message":"Invalid API key in request"}\n'


def test_the_early_agent_names_its_server(wire: Wire) -> None:
    """The later one does not (1)."""
    assert wire.ask("GET /prism-agent/connections").header("Server") == "akka-http/10.2.9"
    assert "server" not in wire.ask("GET /connections").names()


def test_date_is_the_worlds(connsim_world: World, wire: Wire) -> None:
    """The date is the world's, in whole seconds, and moves with its clock."""
    for _ in range(3):
        told = wire.ask("GET /_system/health").header("Date")
        assert told == formatdate(connsim_world.clock.now() // SECOND, usegmt=True)
        connsim_world.advance("36h")
    assert told == "Thu, 08 Jan 2026 09:00:00 GMT"


@pytest.mark.parametrize("path", ["/connections", "/_system/health", "/nothing", f"/connections/{UUID}"])
def test_head(wire: Wire, path: str) -> None:
    """HEAD is no GET: a 404 without a body, after which the connection goes on (5.2, 13.3)."""
    answer = wire.ask(f"HEAD {path}")
    assert answer.status == 404
    assert wire.ask("GET /_system/health").body == b'{"version":"1.40.0"}'


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_other_methods(wire: Wire, method: str) -> None:
    """A method that is not played is a 404 with the agent's body, never a 405, and names no other method (5.2)."""
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
    """The door neither decodes nor tidies a path; what the agent quotes is what the client sent (5.2)."""
    answer = wire.ask(f"GET {target}")
    assert answer.status == status
    if quoted is not None:
        assert f"path=['GET {quoted}']" in json.loads(answer.body)["detail"]


def test_key_by_any_spelling(connsim_world: World, wires: Callable[[], Wire]) -> None:
    """Header names have no case: the seed notebook's `apiKey` opens the same wallet as `apikey` (6.1)."""
    made = create(wires())
    for name in ("apikey", "APIKEY", "ApiKey"):
        with httpx.Client(base_url=connsim_world.prism.url, headers={name: "k"}) as http:
            assert http.get(f"/connections/{made['connectionId']}").status_code == 200


def test_non_ascii(wire: Wire) -> None:
    """Text beyond ASCII travels as UTF-8, and the length counts bytes."""
    body = '{"label":"Grüße \U0001f600"}'.encode()
    answer = wire.ask("POST /connections", body)
    assert '"label":"Grüße \U0001f600"'.encode() in answer.body


class TestBodies:
    """How bodies come in."""

    def test_chunked(self, wire: Wire) -> None:
        """A chunked body is put together, wherever it was cut."""
        body = '{"label":"ä"}'.encode()
        chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
        wire.send("POST /connections", headers="Transfer-Encoding: chunked\r\n")
        wire.socket.sendall(chunks)
        assert json.loads(wire.receive().body)["label"] == "ä"
        assert wire.ask("GET /_system/health").status == 200

    def test_in_pieces(self, wire: Wire) -> None:
        """A request that arrives byte by byte is the same request."""
        wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b'POST /connections HTTP/1.1\r\nHost: x\r\napikey: k\r\nContent-Length: 13\r\n\r\n{"label":"x"}':
            wire.socket.sendall(bytes([byte]))
        assert json.loads(wire.receive().body)["label"] == "x"

    def test_expectation(self, wire: Wire) -> None:
        """A client that waits for permission to send its body, as curl does, gets it."""
        wire.send("POST /connections", headers="Expect: 100-continue\r\nContent-Length: 2\r\n")
        assert wire.receive(bodiless=True).status == 100
        wire.socket.sendall(b"{}")
        assert wire.receive().status == 201

    def test_missing(self, wire: Wire) -> None:
        """No body at all is an empty body (5.3)."""
        answer = wire.ask("POST /connections")
        assert "body (Unexpected end of input)" in json.loads(answer.body)["detail"]

    def test_on_a_get(self, wire: Wire) -> None:
        """A body where none belongs is ignored, and not taken for the next request."""
        assert wire.ask("GET /connections", b"GET /x HTTP/1.1\r\n\r\n").status == 200
        assert wire.ask("GET /connections").status == 200

    def test_largest(self, wire: Wire) -> None:
        """A body of exactly 16 MiB is taken."""
        body = b"{}" + b" " * (16 * MEBIBYTE - 2)
        assert wire.ask("POST /connections", body).status == 201

    @pytest.mark.parametrize("length", [16 * MEBIBYTE + 1, 17 * MEBIBYTE], ids=["by-one-byte", "by-far"])
    def test_too_large(self, connsim_world: World, wires: Callable[[], Wire], length: int) -> None:
        """A larger body is a 413 of our own, journalled, and no other client is disturbed."""
        wire = wires()
        answer = wire.ask("POST /connections", b"{}" + b" " * (length - 2))
        assert (answer.status, b"16 MiB" in answer.body) == (413, True)
        assert connsim_world.journal.transitions() == []
        (entry,) = connsim_world.journal.exchanges()
        assert (entry.status, entry.target, entry.request) == (413, "/connections", b"")
        assert wires().ask("GET /connections").status == 200

    def test_too_large_in_chunks(self, wire: Wire) -> None:
        """Without a length, too, the limit is kept."""
        wire.send("POST /connections", headers="Transfer-Encoding: chunked\r\n")
        chunk = b"%x\r\n%b\r\n" % (MEBIBYTE, b" " * MEBIBYTE)
        for _ in range(17):
            wire.socket.sendall(chunk)
        wire.socket.sendall(b"0\r\n\r\n")
        assert wire.receive().status == 413

    def test_client_leaves_in_the_middle(self, connsim_world: World, wires: Callable[[], Wire]) -> None:
        """A client that hangs up within its body has asked for nothing."""
        wire = wires()
        wire.send("POST /connections", headers="Content-Length: 10\r\n")
        wire.socket.sendall(b"{")
        assert wires().ask("GET /_system/health").status == 200
        wire.close()
        for _ in range(5):
            assert wires().ask("GET /_system/health").status == 200
        assert {entry.target for entry in connsim_world.journal.exchanges()} == {"/_system/health"}


class TestConnections:
    """How connections are kept."""

    def test_keep_alive(self, wire: Wire) -> None:
        """One connection carries any number of requests, failures among them."""
        made = create(wire)
        for _ in range(20):
            assert wire.ask("GET /nothing").status == 404
            assert wire.ask("POST /connections", b"[").status == 400
            assert wire.ask(f"GET /connections/{made['connectionId']}").status == 200

    def test_pipelined(self, wire: Wire) -> None:
        """Requests that come without waiting are answered in their order."""
        for path in ("/_system/health", "/nothing", "/connections"):
            wire.send(f"GET {path}")
        assert [wire.receive().status for _ in range(3)] == [200, 404, 200]

    def test_close(self, wire: Wire) -> None:
        """A client that asks for it is hung up on after the answer."""
        assert wire.ask("GET /_system/health", headers="Connection: close\r\n").status == 200
        assert wire.ended()

    def test_old_protocol(self, wire: Wire) -> None:
        """HTTP/1.0 is answered, and hung up."""
        wire.socket.sendall(b"GET /_system/health HTTP/1.0\r\n\r\n")
        assert wire.receive().body == b'{"version":"1.40.0"}'
        assert wire.ended()


class TestHeldBack:
    """Replies that wait for the world's clock."""

    def held(self, world: World, wires: Callable[[], Wire], by: int | None) -> Wire:
        """A client whose poll is parked."""
        hold(world, by)
        made = create(wires())
        wire = wires()
        wire.send(f"GET /connections/{made['connectionId']}")
        until(lambda: parked(world) == 1)
        return wire

    def test_comes_when_it_is_due(self, connsim_world: World, wires: Callable[[], Wire]) -> None:
        """A held reply comes at its moment, no earlier, dated by that moment; others are answered meanwhile."""
        wire = self.held(connsim_world, wires, 90 * SECOND)
        connsim_world.clock.advance_ns(90 * SECOND - 1)
        assert wires().ask("GET /_system/health").status == 200
        assert parked(connsim_world) == 1
        connsim_world.clock.advance_ns(1)
        answer = wire.receive()
        assert answer.header("Date") == "Mon, 05 Jan 2026 09:01:30 GMT"
        assert (answer.status, json.loads(answer.body)["state"]) == (200, "InvitationGenerated")
        assert parked(connsim_world) == 0

    @pytest.mark.parametrize("by", [90 * SECOND, None], ids=["late", "never"])
    def test_client_hangs_up(self, connsim_world: World, wires: Callable[[], Wire], by: int | None) -> None:
        """A client that hangs up leaves nothing parked and nothing due, and its world goes on."""
        wire = self.held(connsim_world, wires, by)
        assert (connsim_world.clock.next_due() is None) == (by is None)
        wire.close()
        until(lambda: parked(connsim_world) == 0)
        assert connsim_world.clock.next_due() is None
        connsim_world.advance("1h")
        assert wires().ask("GET /connections").status == 200

    def test_open_requests_are_in_the_journal(self, connsim_world: World, wires: Callable[[], Wire]) -> None:
        """A request that is held back is told at once as open; then when it was answered, or that the client left."""
        hold(connsim_world, 60 * SECOND)
        made = create(wires())
        patient, hasty = wires(), wires()
        for wire in (patient, hasty):
            wire.send(f"GET /connections/{made['connectionId']}")
        until(lambda: parked(connsim_world) == 2)
        journal, start = connsim_world.journal, connsim_world.clock.start
        waiting = journal.find(Query(open=True))
        assert [(entry.answered, entry.hung_up) for entry in waiting] == [(None, None)] * 2
        assert connsim_world.timeline().endswith(
            "-> 200 InvitationGenerated, not sent yet (fault: delay 1 minute), 2 times until +00:00:00.000"
        )

        connsim_world.advance("10s")
        hasty.close()
        until(lambda: parked(connsim_world) == 1)
        connsim_world.advance("50s")

        assert patient.receive().status == 200
        until(lambda: not journal.find(Query(open=True)))
        assert sorted([(entry.answered or 0, entry.hung_up or 0) for entry in waiting]) == [
            (0, start + 10 * SECOND),
            (start + 60 * SECOND, 0),
        ]
        assert "-> the client hung up" in connsim_world.timeline()

    def test_reset_hangs_up(self, connsim_world: World, wires: Callable[[], Wire]) -> None:
        """A reset hangs up on every parked client, without an answer, and nothing is due any more."""
        hold(connsim_world, None)
        made = create(wires())
        clients = [wires() for _ in range(25)]
        for wire in clients:
            wire.send(f"GET /connections/{made['connectionId']}")
        idle = wires()
        assert idle.ask("GET /_system/health").status == 200
        until(lambda: parked(connsim_world) == 25)

        connsim_world.reset()

        assert all(wire.ended() for wire in clients)
        until(lambda: parked(connsim_world) == 0)
        assert connsim_world.journal.entries() == []
        assert idle.ask("GET /connections").body == b'{"contents":[],"kind":"ConnectionsPage","self":"","pageOf":""}'
        create(idle)  # for the script, which must be played

    def test_release_and_hang_up_at_once(self, connsim_world: World, wires: Callable[[], Wire]) -> None:
        """A client that leaves at the very moment of its reply does no harm."""
        for _ in range(20):
            wire = self.held(connsim_world, wires, SECOND)
            wire.close()
            connsim_world.advance("1s")
            until(lambda: parked(connsim_world) == 0)


class TestCorners:
    """Requests that libraries like to handle themselves."""

    def test_absolute_form(self, wire: Wire) -> None:
        """Every HTTP/1.1 server takes a target in absolute form (RFC 9112, 3.2.2)."""
        assert wire.ask("GET http://agent/_system/health").status == 200
        assert wire.ask("GET http://agent?x=/connections").status == 404
        assert wire.ask("GET http://agent").status == 404

    def test_options_asterisk(self, wire: Wire) -> None:
        """OPTIONS is a 404 of the agent's, whatever it is about (1, 5.2)."""
        answer = wire.ask("OPTIONS *")
        assert (answer.status, answer.header("Content-Type")) == (404, "application/json")

    def test_compressed_body(self, wire: Wire) -> None:
        """The agent does not undo a content coding: compressed bytes are no JSON (2.1: the bytes must be JSON)."""
        answer = wire.ask("POST /connections", gzip.compress(b"{}"), "Content-Encoding: gzip\r\n")
        assert answer.status == 400

    def test_falsely_compressed_body(self, wire: Wire) -> None:
        """A content coding that the body does not have changes nothing for an agent that does not undo any."""
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
        """Bytes that are no HTTP get a bare 400 with the world's date, a line in the journal, and no traceback."""
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


@pytest.mark.parametrize("rounds", range(5))
def test_a_client_that_comes_as_the_port_closes_is_hung_up_on(rounds: int) -> None:
    """However far asyncio has got with a new connection, stopping closes it, and loses none half made."""

    async def close_on_a_newcomer() -> list[object]:
        loop = asyncio.get_running_loop()
        failures: list[object] = []
        loop.set_exception_handler(lambda _, context: failures.append(context))
        world = World()
        listener = Listener(world, world.prism)
        url = urlsplit(await listener.start())
        with socket.create_connection((url.hostname, url.port or 0), timeout=10) as client:
            for _ in range(rounds):
                await one_round(loop)
            await listener.stop()
            with suppress(ConnectionResetError):
                assert client.recv(1) == b""
        return failures

    assert asyncio.run(close_on_a_newcomer()) == []
    gc.collect()  # a connection that was lost would warn now
