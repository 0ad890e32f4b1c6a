"""The doors apply faults to replies: the wire byte for byte, and respx with the exceptions that the wire causes."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from urllib.parse import urlsplit

import httpx
import pytest
import respx

from connsim import World
from connsim.clients.prism_flow import open_http, tls
from connsim.core.durations import SECOND
from connsim.core.exchange import Network
from connsim.transports.httpx_router import mount

KEY = {"apikey": "k"}

FAULTS = [
    "delay 3s",
    "delay 7s",
    "status 503, retry_after 30s",
    "rate_limit 1, per 1m",
    "reset before headers",
    "reset after headers",
    "empty",
    "truncate 20",
    "truncate 0",
    "malformed half",
    "malformed noise",
    "malformed nothing",
    "content_type text/html",
    "content_type none",
    "drip 4s",
    "drip 1h",
    "drip 1h, pieces 7",
    "stale 30s",
]


@contextmanager
def over_the_wire(world: World) -> Iterator[str]:
    """Yield the URL of the agent that the fixture serves."""
    yield world.prism.url


@contextmanager
def without_a_wire(world: World) -> Iterator[str]:
    """Yield the URL of the agent behind respx."""
    with respx.MockRouter(assert_all_called=False) as router:
        yield mount(router, world.prism, "http://prism.connsim.test")


def due_time_changed(world: World, before: int) -> bool:
    """Return whether the next due time has changed."""
    return world.clock.next_due() not in (None, before)


def three_polls(world: World, url: str, how: str) -> list[object]:
    """Poll three times; return each result and its time."""
    id_ = world.prism.cloud_agent.create(world.prism.cloud_agent.wallet("k")).id
    results: list[object] = []

    def note(reply: httpx.Response) -> None:
        headers = {name: reply.headers.get(name) for name in ("content-type", "content-length", "retry-after")}
        results.append((reply.status_code, reply.content, headers))

    async def ask_all() -> None:
        async with httpx.AsyncClient(base_url=url, headers=KEY, verify=tls()) as http:
            for _ in range(3):
                try:
                    note(await http.get(f"/connections/{id_}"))
                except httpx.TransportError as error:
                    results.append((type(error), str(error) if isinstance(error, httpx.ProtocolError) else ""))
                results.append(world.clock.elapsed())

    if how == "async":
        asyncio.run(ask_all())
        return results
    with open_http(url, "k") as http:
        for _ in range(3):
            try:
                note(http.get(f"/connections/{id_}"))
            except httpx.TransportError as error:
                results.append((type(error), str(error) if isinstance(error, httpx.ProtocolError) else ""))
            results.append(world.clock.elapsed())
    return results


@pytest.mark.parametrize("how", ["sync", "async"])
@pytest.mark.parametrize("fault", FAULTS)
def test_both_doors_play_the_same(connsim: World, fault: str, how: str) -> None:
    """A client gets the same status, bytes, headers, exceptions and times with a wire and without."""
    connsim.fault(fault).required = False
    with over_the_wire(connsim) as url:
        wired = three_polls(connsim, url, how)
    connsim.clock.wait_ns(0)  # the journal notes a reply once it is written: wait until the server is idle
    ended = [(e.status, e.answered, e.hung_up, e.note) for e in connsim.journal.exchanges(method="GET")]
    start = connsim.clock.now()
    connsim.reset()

    with without_a_wire(connsim) as url:
        routed = three_polls(connsim, url, how)

    moved = [what - (start - connsim.clock.start) if isinstance(what, int) else what for what in routed]
    assert [without_ids(what) for what in moved] == [without_ids(what) for what in wired]
    again = [(e.status, e.answered, e.hung_up, e.note) for e in connsim.journal.exchanges(method="GET")]
    assert [shifted(one, start) for one in again] == [shifted(one, connsim.clock.start) for one in ended]


def without_ids(what: object) -> object:
    """Replace a body by its length: it contains ids and times, which differ after the reset."""
    if isinstance(what, tuple) and isinstance(what[1], bytes):
        return what[0], len(what[1]), what[2]
    return what


def shifted(ended: tuple[object, ...], start: int) -> tuple[object, ...]:
    """Return how an exchange ended, with times since the given start."""
    return tuple(one - start if isinstance(one, int) and one > 1000 else one for one in ended)


class Raw:
    """A raw connection to the server, and the bytes on it."""

    def __init__(self, world: World, target: str) -> None:
        address = urlsplit(world.prism.url)
        self.socket = socket.create_connection((address.hostname, address.port), timeout=10)
        self.target = target

    def ask(self) -> None:
        """Send a poll."""
        self.socket.sendall(f"GET {self.target} HTTP/1.1\r\nHost: x\r\napikey: k\r\n\r\n".encode())

    def rest(self) -> bytes:
        """Read until the other side closes."""
        got = b""
        while chunk := self.socket.recv(65_536):
            got += chunk
        return got

    def receive(self) -> bytes:
        """Read what has arrived, or wait for the next bytes."""
        return self.socket.recv(65_536)


@pytest.fixture
def raw(connsim_world: World) -> Iterator[Raw]:
    """A connection to the agent of a world whose clock the test advances."""
    record = connsim_world.prism.cloud_agent.create(connsim_world.prism.cloud_agent.wallet("k"))
    wire = Raw(connsim_world, f"/connections/{record.id}")
    yield wire
    wire.socket.close()


def until(reached: Callable[[], bool]) -> None:
    """Wait, in real time, for another thread."""
    limit = time.monotonic() + 10
    while not reached():
        assert time.monotonic() < limit, "the condition was not reached in time"
        time.sleep(0.002)


class TestBytes:
    """What faults put on the wire."""

    def test_a_reset_is_one(self, connsim_world: World, raw: Raw) -> None:
        """A reset makes the client's next read fail, before the headers and after them."""
        connsim_world.fault("reset before headers")
        raw.ask()
        with pytest.raises(ConnectionResetError):
            raw.receive()

    def test_headers_come_before_a_reset(self, connsim_world: World, raw: Raw) -> None:
        """In a reset after the headers, they arrive with the length of a body that never does."""
        connsim_world.fault("reset after headers")
        raw.ask()

        head, _, body = raw.receive().partition(b"\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            raw.receive()

        assert head.startswith(b"HTTP/1.1 200 OK")
        assert b"Content-Length: 0" not in head
        assert body == b""

    def test_empty_closes_without_a_byte(self, connsim_world: World, raw: Raw) -> None:
        """The fault `empty` closes the connection without a byte."""
        connsim_world.fault("empty")
        raw.ask()
        assert raw.rest() == b""

    def test_a_cut_body(self, connsim_world: World, raw: Raw) -> None:
        """The fault `truncate` sends twenty bytes of a longer body."""
        connsim_world.fault("truncate 20")
        raw.ask()

        head, _, body = raw.rest().partition(b"\r\n\r\n")

        assert b"Content-Length: 20" not in head
        assert body == b'{"connectionId":"cd2'

    def test_a_connection_serves_the_next_request(self, connsim_world: World, raw: Raw) -> None:
        """After a refusal, a spoilt body, or a drip, the connection serves the next request."""
        for fault in ("status 503", "malformed html", "content_type text/html"):
            connsim_world.fault(f"{fault}, times 1")
        for _ in range(3):
            raw.ask()
            assert raw.receive().startswith(b"HTTP/1.1 ")


class TestDrip:
    """Bodies that arrive in pieces, while the test advances the clock."""

    def body(self, world: World, raw: Raw, fault: str) -> bytes:
        """Send a poll, read what arrives at once, and return the body of it."""
        world.fault(fault)
        raw.ask()
        until(lambda: world.clock.next_due() is not None)
        head, _, body = raw.receive().partition(b"\r\n\r\n")
        assert b"Content-Length: 1170" in head
        return body

    def test_each_piece_has_its_moment(self, connsim_world: World, raw: Raw) -> None:
        """A piece is sent at its due time, and not a nanosecond earlier."""
        got = self.body(connsim_world, raw, "drip 10s, pieces 4")
        assert got == b""
        for number in range(1, 5):
            due = connsim_world.clock.next_due()
            assert due == connsim_world.clock.start + number * 2_500_000_000
            connsim_world.clock.advance_ns(due - connsim_world.clock.now() - 1)
            assert connsim_world.clock.next_due() == due
            connsim_world.clock.advance_ns(1)
            piece = raw.receive()
            assert len(piece) in (292, 293)
            got += piece
            if number < 4:
                until(partial(due_time_changed, connsim_world, due))
        assert len(got) == 1170

    def test_a_long_advance_sends_all(self, connsim_world: World, raw: Raw) -> None:
        """Advancing the clock beyond the end sends the whole body."""
        got = self.body(connsim_world, raw, "drip 1h")
        connsim_world.advance("2h")
        while len(got) < 1170:
            got += raw.receive()
        (entry,) = connsim_world.journal.exchanges(method="GET")
        until(lambda: entry.answered is not None)
        assert not entry.open

    def test_a_client_that_hangs_up(self, connsim_world: World, raw: Raw) -> None:
        """A client that closes its connection leaves nothing on the agenda, and the journal has the time of it."""
        self.body(connsim_world, raw, "drip 1h")
        connsim_world.advance("1m")
        raw.socket.close()
        (entry,) = connsim_world.journal.exchanges(method="GET")
        until(lambda: entry.hung_up is not None)
        assert (entry.answered, connsim_world.clock.next_due()) == (None, None)

    def test_a_reset_world_hangs_up(self, connsim_world: World, raw: Raw) -> None:
        """A reset of the world closes a connection that waits for the rest of a body."""
        self.body(connsim_world, raw, "drip 1h")
        connsim_world.reset()
        with suppress(ConnectionResetError):
            assert len(raw.rest()) < 1170
        assert connsim_world.clock.next_due() is None
        connsim_world.faults.clear()

    @pytest.mark.parametrize(
        ("network", "pieces"),
        [
            (Network(), [(0, b"abcdefg")]),
            (Network(kept=3), [(0, b"abc")]),
            (Network(kept=0), []),
            (Network(drip=9, pieces=3), [(3, b"ab"), (6, b"cd"), (9, b"efg")]),
            (Network(drip=9, pieces=3, kept=3), [(3, b"ab"), (6, b"c")]),
            (Network(drip=70, pieces=99), [(10 * (n + 1), b"abcdefg"[n : n + 1]) for n in range(7)]),
        ],
    )
    def test_pieces(self, network: Network, pieces: list[tuple[int, bytes]]) -> None:
        """A body is cut into equal pieces, the last at the end of the time; what a fault cuts off is not sent."""
        assert list(network.schedule(b"abcdefg")) == pieces
        assert list(network.schedule(b"")) == []


def test_an_hour_beside_others(connsim: World) -> None:
    """Other clients continue while one reads for an hour of virtual time."""
    record = connsim.prism.cloud_agent.create(connsim.prism.cloud_agent.wallet("k"))
    url = f"{connsim.prism.url}/connections/{record.id}"
    connsim.fault("drip 1h, client slow")
    connsim.prism.cloud_agent.create(connsim.prism.cloud_agent.wallet("slow"))
    ended: dict[str, int] = {}

    def read_slowly() -> None:
        with open_http(connsim.prism.url, "slow") as http:
            http.get("/connections")
        ended["slow"] = connsim.clock.elapsed()

    slow = threading.Thread(target=read_slowly)
    slow.start()
    with open_http(url, "k") as http:
        for _ in range(3):
            assert http.get("").status_code == 200
            time.sleep(60)
        ended["quick"] = connsim.clock.elapsed()
    slow.join()

    assert ended == {"quick": 180 * SECOND, "slow": 3600 * SECOND}
