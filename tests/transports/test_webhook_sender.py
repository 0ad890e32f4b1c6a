"""Webhook events over real sockets, and what sending does to virtual time."""

import _thread
import asyncio
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from connsim import World
from connsim.cli.serving.server import Options, build_world
from connsim.core.durations import MILLISECOND, SECOND
from connsim.errors import Misuse
from connsim.transports import webhook_sender
from connsim.transports.server_thread import ServerThread
from connsim.transports.webhook_receiver import WebhookReceiver

Serving = Callable[..., AbstractContextManager[tuple["subprocess.Popen[str]", dict[str, dict[str, str]]]]]

NO_ANSWER = "no answer within 5 seconds"
HOUR = 3600
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
INVITER = ["InvitationGenerated", "ConnectionRequestReceived", "ConnectionResponsePending", "ConnectionResponseSent"]


def tell(world: World, url: str, **headers: str) -> None:
    """Register a webhook in the tenant's wallet."""
    world.prism.cloud_agent.webhooks.register(world.prism.cloud_agent.wallet("tenant").id, url, headers)


def invite(world: World) -> None:
    """Make an invitation over the wire."""
    http = httpx.post(f"{world.prism.url}/connections", json={"label": "x"}, headers={"apikey": "tenant"})
    assert http.status_code == 201


def until(reached: Callable[[], bool]) -> None:
    """Wait, in real time, for what another process is about to do."""
    limit = time.monotonic() + 30  # a liveness guard
    while not reached():
        assert time.monotonic() < limit, "it never happened"
        time.sleep(0.002)


def tried(world: World) -> list[tuple[float, int, object]]:
    """Every try: seconds since the world's start, number, outcome; only the kind of an error."""
    return [
        ((n.at - world.clock.start) / SECOND, n.attempt, str(n.outcome).partition(":")[0])
        for n in world.journal.notifications()
    ]


def port_of(server: asyncio.Server) -> int:
    """The port of a server on a loop."""
    return int(server.sockets[0].getsockname()[1])


async def read_request(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Read head and body of one request."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    )
    return head, await reader.readexactly(length)


class Loop:
    """A receiver on the loop of the test itself."""

    def __init__(self, world: World, pause: float = 0, answer: bytes = OK) -> None:
        self.world = world
        self.pause = pause
        self.answer = answer
        self.heads: list[bytes] = []
        self.told: list[tuple[float, str]] = []

    async def start(self) -> asyncio.Server:
        """Open a port, and have the tenant told there."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        tell(self.world, f"http://127.0.0.1:{port_of(server)}/hook?x=1")
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head, body = await read_request(reader)
            self.heads.append(head)
            self.told.append((self.world.clock.elapsed() / SECOND, json.loads(body)["data"]["state"]))
            await asyncio.sleep(self.pause)
            writer.write(self.answer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # given up by the sender
        finally:
            writer.close()


# --- on the wire ------------------------------------------------------------------------------------------------------


def test_the_request_is_the_agents(connsim: World) -> None:
    """Names, values and order of the headers are the agent's, but for the place of ``host``."""

    async def main() -> Loop:
        receiver = Loop(connsim)
        async with await receiver.start() as server:
            tell(connsim, f"http://127.0.0.1:{port_of(server)}/hook?x=1", **{"X-Key": "k", "content-length": "1"})
            await asyncio.to_thread(invite, connsim)
            await asyncio.sleep(1)
        return receiver

    receiver = asyncio.run(main())
    (head,) = receiver.heads
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /hook?x=1 HTTP/1.1"
    assert [line.partition(":")[0] for line in lines[1:-2]] == [
        "Host",
        "user-agent",
        "content-type",
        "X-Key",
        "content-length",
    ]
    assert lines[2:5] == [
        "user-agent: Zio-Http-Client/3.0.1 (Scala 3.3.3)",
        "content-type: application/json",
        "X-Key: k",
    ]


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        pytest.param("mailto:a@b", "NonHttpUrlClientError", id="no http"),
        pytest.param("http:/x", "InvalidUrlClientError", id="no host"),
        pytest.param("http://h:99999/", "ValueError", id="no port"),
    ],
)
def test_what_can_not_be_sent_is_a_failure(connsim: World, url: str, kind: str) -> None:
    """A URL that the agent takes, and that leads nowhere, uses up the tries."""
    tell(connsim, url)
    invite(connsim)
    time.sleep(60)

    assert tried(connsim) == [(0, 1, kind), (5, 2, kind), (10, 3, kind)]


def test_a_header_that_can_not_be_sent_is_a_failure(connsim: World, connsim_webhooks: WebhookReceiver) -> None:
    """A header with a line break never leaves."""
    tell(connsim, connsim_webhooks.url, a="b\r\nc: d")
    invite(connsim)
    time.sleep(60)

    assert [outcome for _, _, outcome in tried(connsim)] == ["ValueError"] * 3
    assert connsim_webhooks.requests == []


def test_redirects_are_not_followed(connsim: World, connsim_webhooks: WebhookReceiver) -> None:
    """A redirect is a failure."""

    async def main() -> None:
        moved = f"HTTP/1.1 307 Moved\r\nLocation: {connsim_webhooks.url}\r\nContent-Length: 0\r\n\r\n"
        async with await Loop(connsim, answer=moved.encode()).start():
            await asyncio.to_thread(invite, connsim)
            await asyncio.sleep(60)

    asyncio.run(main())
    assert tried(connsim) == [(0, 1, "307"), (5, 2, "307"), (10, 3, "307")]
    assert connsim_webhooks.requests == []


# --- a: before the clock moves on -------------------------------------------------------------------------------------


def test_what_the_clock_passes_is_told_at_its_moment(connsim: World, connsim_webhooks: WebhookReceiver) -> None:
    """Somebody sleeps for an hour, and every event on the way arrives at the moment of its transition."""
    connsim.script("prism-inviter", "accepts after 90 seconds")
    tell(connsim, connsim_webhooks.url)
    invite(connsim)
    time.sleep(HOUR)

    told = [((one.at - connsim.clock.start) // MILLISECOND, one.state) for one in connsim_webhooks.events]
    assert told == list(zip((0, 90_000, 90_010, 90_020), INVITER, strict=True))


def test_a_slow_name_holds_the_clock(
    connsim: World, connsim_webhooks: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the receiver's name is resolved, in a thread that is none of ours, no time passes."""
    real, moments, turn = socket.getaddrinfo, [], _thread.allocate_lock()
    turn.acquire()

    def slow(*args: Any, **kwargs: Any) -> Any:
        moments.append(connsim.clock.elapsed())
        turn.acquire(timeout=0.1)  # time for a clock that does not wait to run away
        moments.append(connsim.clock.elapsed())
        return real(*args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    tell(connsim, connsim_webhooks.url.replace("127.0.0.1", "localhost"))
    invite(connsim)
    moments.clear()
    connsim.prism.holder_accepts(connsim.journal.transitions()[0].connection)
    time.sleep(HOUR)

    assert set(moments) <= {0, 5 * MILLISECOND, 15 * MILLISECOND, 10 * MILLISECOND, 20 * MILLISECOND}
    assert [one.state for one in connsim_webhooks.events] == INVITER


def test_a_name_that_never_resolves_lets_time_pass(
    connsim: World, monkeypatch: pytest.MonkeyPatch, connsim_webhooks: WebhookReceiver
) -> None:
    """The clock waits for a name only so long; then the tries are used up as for any silent receiver."""
    over = _thread.allocate_lock()
    over.acquire()

    def never(*_: Any, **__: Any) -> Any:
        over.acquire()
        over.release()
        raise socket.gaierror("given up")

    url = connsim_webhooks.url.replace("127.0.0.1", "localhost")
    monkeypatch.setattr(webhook_sender, "PATIENCE", 0.05)
    invite(connsim)
    monkeypatch.setattr(socket, "getaddrinfo", never)
    tell(connsim, url)
    connsim.prism.holder_accepts(connsim.journal.transitions()[0].connection)
    time.sleep(20)
    over.release()

    assert tried(connsim) == [(5, 1, NO_ANSWER), (15, 2, NO_ANSWER)]


# --- b: a receiver on a loop that is blocked --------------------------------------------------------------------------


@pytest.fixture
def endless_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever holds the clock for a stranger's sake holds it until the guard speaks."""
    monkeypatch.setattr(webhook_sender, "PATIENCE", 10_000)


@pytest.mark.usefixtures("endless_patience")
@pytest.mark.parametrize("block", [lambda world: world.clock.advance("1 minute"), lambda world: time.sleep(60)])
def test_nobody_waits_for_a_receiver_on_a_blocked_loop(connsim: World, block: Callable[[World], None]) -> None:
    """A loop that lets time pass by blocking can not take events: the tries are used up, and nothing hangs."""

    async def main() -> None:
        async with await Loop(connsim).start():
            await asyncio.to_thread(invite, connsim)
            await asyncio.sleep(1)
            connsim.prism.holder_accepts(connsim.journal.transitions()[0].connection)
            block(connsim)
            assert connsim.clock.elapsed() == 61 * SECOND
            assert tried(connsim)[1:4] == [(6, 1, NO_ANSWER), (16, 2, NO_ANSWER), (26, 3, NO_ANSWER)]

    asyncio.run(main())


# --- c: a receiver on the test's own loop -----------------------------------------------------------------------------


@pytest.mark.usefixtures("endless_patience")
@pytest.mark.parametrize(
    ("pause", "expected"),
    [
        pytest.param(0, [90.0, 90.01, 90.02], id="at once"),
        pytest.param(2, [90.0, 92.0, 94.0], id="one after the other"),
    ],
)
def test_a_receiver_on_the_tests_own_loop(connsim: World, pause: float, expected: list[float]) -> None:
    """While its loop awaits, a receiver takes each event at its own moment, and its pauses are virtual."""
    connsim.script("prism-inviter", "accepts after 90 seconds")

    async def main() -> Loop:
        receiver = Loop(connsim, pause)
        async with await receiver.start():
            await asyncio.to_thread(invite, connsim)
            await asyncio.sleep(HOUR)
        return receiver

    told = asyncio.run(main()).told
    assert [state for _, state in told] == INVITER
    assert [moment for moment, _ in told[1:]] == expected
    assert [outcome for _, _, outcome in tried(connsim)] == ["200"] * 4


@pytest.mark.usefixtures("endless_patience")
def test_a_receiver_on_a_loop_of_another_party(connsim: World) -> None:
    """A thread of the test runs the receiver's loop while the test's own thread sleeps."""
    connsim.script("prism-inviter", "accepts after 90 seconds")
    receiver, ready = Loop(connsim), threading.Event()

    async def main() -> None:
        async with await receiver.start():
            ready.set()
            await asyncio.sleep(HOUR)

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    ready.wait()
    invite(connsim)
    thread.join()

    assert [(int(moment), state) for moment, state in receiver.told] == list(zip((0, 90, 90, 90), INVITER, strict=True))


# --- d: a receiver on the server's loop -------------------------------------------------------------------------------


@pytest.mark.usefixtures("endless_patience")
@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        pytest.param([], [(0, 1, "200")], id="takes it"),
        pytest.param([503, None], [(0, 1, "503"), (10, 2, NO_ANSWER), (15, 3, "200")], id="takes the third try"),
        pytest.param([None] * 3, [(5, 1, NO_ANSWER), (15, 2, NO_ANSWER), (25, 3, NO_ANSWER)], id="never answers"),
    ],
)
def test_a_receiver_beside_the_agent(
    connsim: World,
    connsim_webhooks: WebhookReceiver,
    plan: list[int | None],
    expected: list[tuple[float, int, object]],
) -> None:
    """A receiver on the same server thread is exact, whatever it does."""
    connsim_webhooks.answer(*plan)
    tell(connsim, connsim_webhooks.url)
    invite(connsim)
    time.sleep(HOUR)

    assert tried(connsim) == expected
    assert len(connsim_webhooks.requests) == len(expected)


def test_advance_lets_events_arrive(connsim: World, connsim_webhooks: WebhookReceiver) -> None:
    """Pushing the clock is a sleep: what it passes is told, each at its moment."""
    connsim.script("prism-inviter", "accepts after 90 seconds")
    tell(connsim, connsim_webhooks.url)
    invite(connsim)
    connsim.advance("24 hours")

    assert [(one.state, (one.at - connsim.clock.start) // SECOND) for one in connsim_webhooks.events] == list(
        zip(INVITER, (0, 90, 90, 90), strict=True)
    )


def test_what_is_on_its_way_has_come_when_somebody_looks(connsim: World, connsim_webhooks: WebhookReceiver) -> None:
    """Whoever looks into the receiver need not wait before."""
    tell(connsim, connsim_webhooks.url)
    for count in range(1, 31):
        invite(connsim)
        assert len(connsim_webhooks.events) == count
    assert connsim.clock.elapsed() == 0


# --- e: a stranger ----------------------------------------------------------------------------------------------------


class Foreign:
    """A receiver in a thread of its own, which knows nothing of virtual time."""

    def __init__(self) -> None:
        self.states: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                event = json.loads(self.rfile.read(int(self.headers["content-length"])))
                outer.states.append(event["data"]["state"])
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()


@contextmanager
def foreign_thread() -> Iterator[tuple[str, Callable[[], list[str]]]]:
    """A receiver in a thread; gives its URL, and what it was told."""
    foreign = Foreign()
    yield f"http://127.0.0.1:{foreign.server.server_address[1]}/", lambda: foreign.states
    foreign.server.shutdown()
    foreign.server.server_close()


@contextmanager
def foreign_process() -> Iterator[tuple[str, Callable[[], list[str]]]]:
    """A receiver in a process; gives its URL, and what it was told."""
    code = (
        "import json, http.server as h\n"
        "class H(h.BaseHTTPRequestHandler):\n"
        "    def do_POST(self):\n"
        "        b = self.rfile.read(int(self.headers['content-length']))\n"
        "        print(json.loads(b)['data']['state'], flush=True)\n"
        "        self.send_response(200); self.end_headers()\n"
        "    def log_message(self, *a): pass\n"
        "s = h.HTTPServer(('127.0.0.1', 0), H)\n"
        "print(s.server_address[1], flush=True)\n"
        "s.serve_forever()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = f"http://127.0.0.1:{int(process.stdout.readline())}/"

        def states() -> list[str]:
            process.kill()
            return process.communicate()[0].split()

        try:
            yield url, states
        finally:
            process.kill()


@pytest.mark.parametrize("foreign", [foreign_thread, foreign_process])
def test_a_stranger_gets_every_event_once(
    connsim_world: World, foreign: Callable[[], AbstractContextManager[tuple[str, Callable[[], list[str]]]]]
) -> None:
    """The clock is held while a stranger works: a healthy one is told once, with no virtual delay."""
    connsim_world.script("prism-inviter", "accepts after 90 seconds")
    with foreign() as (url, states):
        tell(connsim_world, url)
        with connsim_world.frozen():
            for _ in range(5):
                invite(connsim_world)
                time.sleep(HOUR)
        assert states() == INVITER * 5

    assert {(attempt, outcome) for _, attempt, outcome in tried(connsim_world)} == {(1, "200")}
    told = [(n.at, n.state) for n in connsim_world.journal.notifications()]
    assert told == [(t.at, t.target) for t in connsim_world.journal.transitions()]


def test_a_silent_stranger_holds_nobody_for_long(connsim_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger that takes no connection uses up its tries by virtual time."""
    monkeypatch.setattr(webhook_sender, "PATIENCE", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent, connsim_world.frozen():
        tell(connsim_world, f"http://127.0.0.1:{silent.getsockname()[1]}/")
        invite(connsim_world)
        time.sleep(HOUR)

    assert tried(connsim_world) == [(5, 1, NO_ANSWER), (15, 2, NO_ANSWER), (25, 3, NO_ANSWER)]


# --- f: nobody --------------------------------------------------------------------------------------------------------


def test_nobody_there_is_no_affair_of_the_client(connsim: World) -> None:
    """A receiver that can not be reached changes nothing for the client, which polls at its own moments."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    connsim.script("prism-inviter", "accepts after 90 seconds")
    tell(connsim, f"http://127.0.0.1:{port}/")
    with httpx.Client(base_url=connsim.prism.url, headers={"apikey": "tenant"}) as http:
        connection = http.post("/connections", json={}).json()["connectionId"]
        states = []
        for _ in range(4):
            states.append(http.get(f"/connections/{connection}").json()["state"])
            time.sleep(60)

    refused = "ClientConnectorError"
    assert states == ["InvitationGenerated"] * 2 + ["ConnectionResponseSent"] * 2
    assert [(e.at - connsim.clock.start) // SECOND for e in connsim.journal.polls(connection)] == [0, 60, 120, 180]
    assert tried(connsim)[:4] == [(0, 1, refused), (5, 2, refused), (10, 3, refused), (90, 1, refused)]


def test_a_world_whose_port_is_closed_lives_on(connsim_server: ServerThread, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is due after the end of the door is not sent, and harms nobody."""
    monkeypatch.setattr(webhook_sender, "PATIENCE", 0.01)
    world = World("closed")
    world.prism.url, listener = connsim_server.open(world, world.prism)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        tell(world, f"http://127.0.0.1:{silent.getsockname()[1]}/")
        invite(world)
        until(lambda: world.clock.next_due() is not None)
        connsim_server.close(listener)
        world.advance("1 hour")

    closed = "the agent's own port is closed"
    assert tried(world) == [(5, 1, NO_ANSWER), (10, 2, closed), (15, 3, closed)]
    assert world.doors == []


# --- by hand ----------------------------------------------------------------------------------------------------------


def test_a_push_by_hand_makes_no_receiver_late(connsim_world: World) -> None:
    """Where time is not frozen, a push by hours does not use up the tries of a receiver that is about to answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        tell(connsim_world, f"http://127.0.0.1:{server.getsockname()[1]}/")
        invite(connsim_world)
        taken, _ = server.accept()
        taken.recv(100_000)
        connsim_world.advance("24 hours")
        taken.sendall(OK)
        until(lambda: tried(connsim_world) != [])
        taken.close()

    assert tried(connsim_world) == [(24 * HOUR, 1, "200")]


@pytest.mark.parametrize("clock", ["running", "standing"])
def test_serve_tells_the_global_receiver(serving: Serving, clock: str) -> None:
    """With --webhook-url every change is told, once, whoever moves the clock and however far."""
    options = ("--prism-port", "0", "--control-port", "0", "--behaviour", "prism-inviter=accepts:1ms", "--clock", clock)
    with (
        foreign_thread() as (url, states),
        serving(*options, "--webhook-url", url, "--webhook-key", "secret") as (_, told),
    ):
        httpx.post(f"{told['prism']['url']}/connections", json={}, headers={"apikey": "k"})
        if clock == "standing":
            httpx.post(f"{told['control']['url']}/clock/advance", json={"by": "24h"})
        until(lambda: len(states()) == 4)
        entries = httpx.get(f"{told['control']['url']}/journal").json()["entries"]

    assert states() == INVITER
    tries = [(e["state"], e["attempt"], e["outcome"]) for e in entries if e["kind"] == "notification"]
    assert tries[:3] == [(state, 1, 200) for state in INVITER[:3]]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            Options(webhook_url="localhost:9095"),
            "--webhook-url localhost:9095 is no URL of a receiver. Expected http://",
        ),
        (Options(webhook_key="secret"), "--webhook-key has nobody to be sent to. Expected --webhook-url as well."),
    ],
)
def test_serve_refuses_what_leads_nowhere(options: Options, told: str) -> None:
    """Options that mean nothing are told."""
    with pytest.raises(Misuse, match=told):
        build_world(options)
