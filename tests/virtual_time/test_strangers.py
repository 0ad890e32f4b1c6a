"""Strangers: what is awaited from a server that is no door of connsim's is real work, for which time stands still.

A wait that no answer ends lasts its time-out in real time; then the clock has moved by that time-out.
"""

import asyncio
import http.client
import select
import selectors
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import aiohttp
import httpx
import pytest
import requests
from pytest_httpserver import HTTPServer as PytestServer
from werkzeug import Request, Response

from connsim import World
from connsim.core.durations import HOUR, MILLISECOND, MINUTE, SECOND
from tests.virtual_time.conftest import Moments, Stranger, in_thread
from tests.virtual_time.stranger import tls
from tests.virtual_time.test_matrix import KEY, Kind, kind, slow_connection

__all__ = ["kind"]

LATE = 0.02
"""Seconds of real time that a stranger takes to answer."""

SHORT = 0.05
"""Seconds of real time until a client of a silent stranger gives up."""


def ask(sock: socket.socket, seconds: float) -> None:
    """Ask a stranger for an answer that takes so much real time."""
    sock.sendall(f"{seconds}\n".encode())


@pytest.fixture
def line(stranger: Stranger) -> Iterator[socket.socket]:
    """A connection to a stranger, with a time-out that an answer does not reach."""
    with socket.create_connection(stranger.tcp, timeout=5) as sock:
        yield sock


# --- HTTP clients --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("timeout", [5, None], ids=["time-out", "no-time-out"])
def test_a_late_answer_takes_no_time(connsim: World, stranger: Stranger, kind: Kind, timeout: float | None) -> None:
    """A stranger answers before any time passes, with and without a time-out."""
    with kind.open(timeout) as poll:
        for _ in range(5):
            poll(f"{stranger.http}/after/{LATE}")

    assert connsim.clock.elapsed() == 0


def test_a_silent_stranger_is_given_up(connsim: World, stranger: Stranger, kind: Kind) -> None:
    """A time-out passes in real time, and has then passed on the clock."""
    with kind.open(SHORT) as poll, pytest.raises(kind.timed_out):
        poll(f"{stranger.http}/never")

    assert connsim.clock.elapsed() == SHORT * SECOND


def test_a_stranger_beside_the_agent(connsim: World, stranger: Stranger, kind: Kind) -> None:
    """A client that asks a stranger for a token before each poll of the agent polls at its exact moments."""
    url = slow_connection(connsim, 3)

    with kind.open(5) as poll:
        for number in range(1, 4):
            poll(f"{stranger.http}/after/{LATE}")
            poll(url)
            assert connsim.clock.elapsed() == number * 3 * SECOND


def test_an_idle_connection_holds_nobody(connsim: World, stranger: Stranger, kind: Kind) -> None:
    """A connection that is kept alive after its answer awaits nothing, so the next wait takes no real time."""
    with kind.open(5) as poll:
        poll(f"{stranger.http}/after/0")
        time.sleep(3600)
        poll(f"{stranger.http}/after/0")

    assert connsim.clock.elapsed() == HOUR


def test_an_idle_connection_of_a_loop_holds_nobody(connsim: World, stranger: Stranger) -> None:
    """A loop that watches an idle connection of a pool sleeps in virtual time."""

    async def main() -> None:
        async with aiohttp.ClientSession() as session, httpx.AsyncClient() as http:
            for _ in range(3):
                await (await session.get(f"{stranger.http}/after/0")).read()
                await http.get(f"{stranger.http}/after/0")
                await asyncio.sleep(3600)

    asyncio.run(main())

    assert connsim.clock.elapsed() == 3 * HOUR


def test_a_loop_that_is_busy_with_both(connsim: World, stranger: Stranger, moments: Moments) -> None:
    """While one task awaits a stranger, the sleep of another ends at its moment, and not before the answer."""

    async def ask_stranger(http: httpx.AsyncClient) -> None:
        await http.get(f"{stranger.http}/after/{LATE}", timeout=5)
        moments.note("answer")

    async def sleep() -> None:
        await asyncio.sleep(60)
        moments.note("slept")

    async def main() -> None:
        async with httpx.AsyncClient() as http:
            await asyncio.gather(sleep(), ask_stranger(http))

    asyncio.run(main())

    assert moments.entries == [("answer", 0), ("slept", MINUTE)]


def test_a_thread_that_sleeps_beside(connsim: World, stranger: Stranger, moments: Moments) -> None:
    """While one thread awaits a stranger, the sleep of another does not end."""

    def sleeper() -> None:
        time.sleep(60)
        moments.note("slept")

    thread = in_thread(sleeper)
    requests.get(f"{stranger.http}/after/{LATE}", timeout=5)
    moments.note("answer")
    thread.join()

    assert moments.entries == [("answer", 0), ("slept", MINUTE)]


def test_a_client_gives_a_stranger_up_at_its_moment(connsim: World, stranger: Stranger) -> None:
    """``asyncio.timeout`` around a request to a silent stranger passes in real time, and exactly."""

    async def main() -> None:
        async with httpx.AsyncClient(timeout=None) as http, asyncio.timeout(SHORT):
            await http.get(f"{stranger.http}/never")

    with pytest.raises(TimeoutError):
        asyncio.run(main())

    assert connsim.clock.elapsed() == SHORT * SECOND


# --- other servers of a test ---------------------------------------------------------------------------------------


def test_a_server_of_pytest_httpserver(httpserver: PytestServer, connsim: World, kind: Kind) -> None:
    """A server in a thread from before the world is a stranger, and answers before any time passes."""

    def late(request: Request) -> Response:
        time.sleep(0.001)  # in a thread that was there before: real
        return Response("late")

    httpserver.expect_request("/token").respond_with_handler(late)

    with kind.open(5) as poll:
        for _ in range(50):
            poll(httpserver.url_for("/token"))

    assert connsim.clock.elapsed() == 0


class Sleeping(BaseHTTPRequestHandler):
    """Answers after as many seconds as the path says, by the clock that it sees."""

    def do_GET(self) -> None:
        """Answer."""
        time.sleep(float(self.path[1:]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def own_server(connsim: World) -> Iterator[str]:
    """A server in a thread that the test itself starts."""
    with HTTPServer(("127.0.0.1", 0), Sleeping) as server:
        thread = in_thread(server.serve_forever)
        yield "http://127.0.0.1:{}".format(*server.server_address[1:])
        server.shutdown()
        thread.join()


def test_a_server_in_a_thread_of_the_test(connsim: World, own_server: str) -> None:
    """A server that is itself in virtual time answers at the moment at which its own sleep ends."""
    for seconds in (0, 3, 3):
        assert requests.get(f"{own_server}/{seconds}", timeout=5).status_code == 200

    assert connsim.clock.elapsed() == 6 * SECOND


def test_a_slow_server_in_a_thread_of_the_test(connsim: World, own_server: str) -> None:
    """A client gives up a server that is itself in virtual time at the exact moment of its time-out."""
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{own_server}/30", timeout=5)

    assert connsim.clock.elapsed() == 5 * SECOND


def test_a_server_and_its_client_on_one_loop(connsim: World) -> None:
    """A server on the test's own loop, which sleeps before it answers, does so at its moment."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        await asyncio.sleep(3)
        writer.write(b"late\n")
        writer.close()
        await writer.wait_closed()

    async def main() -> bytes:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"hello\n")
            try:
                async with asyncio.timeout(5):
                    return await reader.readline()
            finally:
                writer.close()
                await writer.wait_closed()

    assert asyncio.run(main()) == b"late\n"
    assert connsim.clock.elapsed() == 3 * SECOND


def test_a_listening_socket_awaits_nobody(connsim: World) -> None:
    """A server that waits for clients holds no clock: it is not real work."""

    async def main() -> None:
        async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0):
            await asyncio.sleep(3600)

    asyncio.run(main())

    assert connsim.clock.elapsed() == HOUR


# --- sockets -------------------------------------------------------------------------------------------------------


def recv(sock: socket.socket) -> bytes:
    """Read by ``recv``."""
    return sock.recv(100)


def recv_into(sock: socket.socket) -> bytes:
    """Read by ``recv_into``."""
    buffer = bytearray(100)
    return bytes(buffer[: sock.recv_into(buffer)])


def recvfrom(sock: socket.socket) -> bytes:
    """Read by ``recvfrom``."""
    return sock.recvfrom(100)[0]


def recvfrom_into(sock: socket.socket) -> bytes:
    """Read by ``recvfrom_into``."""
    buffer = bytearray(100)
    return bytes(buffer[: sock.recvfrom_into(buffer)[0]])


def recvmsg(sock: socket.socket) -> bytes:
    """Read by ``recvmsg``."""
    return sock.recvmsg(100)[0]


def readline(sock: socket.socket) -> bytes:
    """Read by a file."""
    with sock.makefile("rb") as file:
        return file.readline()


READERS = [recv, recv_into, recvfrom, recvfrom_into, recvmsg, readline]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("timeout", [5, None], ids=["time-out", "no-time-out"])
def test_a_socket_to_a_stranger(
    connsim: World, line: socket.socket, read: Callable[[socket.socket], bytes], timeout: float | None
) -> None:
    """However a socket is read, time stands still until the stranger has answered."""
    line.settimeout(timeout)
    ask(line, LATE)

    assert read(line) == b"late\n"
    assert connsim.clock.elapsed() == 0


@pytest.mark.parametrize("read", READERS)
def test_a_socket_to_a_silent_stranger(
    connsim: World, line: socket.socket, read: Callable[[socket.socket], bytes]
) -> None:
    """However a socket is read, its time-out passes in real time."""
    line.settimeout(SHORT)

    with pytest.raises(TimeoutError):
        read(line)

    assert connsim.clock.elapsed() == SHORT * SECOND


def test_a_stranger_that_speaks_first(connsim: World, stranger: Stranger) -> None:
    """A greeting for which nobody has asked is awaited like an answer."""
    with socket.create_connection(stranger.greeting, timeout=5) as sock:
        assert sock.recv(100) == b"hello\n"

    assert connsim.clock.elapsed() == 0


def test_a_stranger_that_speaks_first_to_a_loop(connsim: World, stranger: Stranger) -> None:
    """A loop, too, awaits the greeting of a stranger before its time-out passes."""

    async def main() -> bytes:
        reader, writer = await asyncio.open_connection(*stranger.greeting)
        async with asyncio.timeout(5):
            greeting = await reader.readline()
        writer.close()
        await writer.wait_closed()
        return greeting

    assert asyncio.run(main()) == b"hello\n"
    assert connsim.clock.elapsed() == 0


def test_datagrams(connsim: World, stranger: Stranger) -> None:
    """An answer over UDP is awaited before its time-out passes, and a missing one for as long as that."""
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        sock.sendto(str(LATE).encode(), stranger.udp)
        assert sock.recvfrom(100)[0] == b"late\n"
        assert connsim.clock.elapsed() == 0

        sock.settimeout(SHORT)
        with pytest.raises(TimeoutError):
            sock.recvfrom(100)

    assert connsim.clock.elapsed() == SHORT * SECOND


class Answer(asyncio.DatagramProtocol):
    """Keeps the first datagram."""

    def __init__(self) -> None:
        self.first: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: object) -> None:
        """Keep it."""
        self.first.set_result(data)


def test_datagrams_of_a_loop(connsim: World, stranger: Stranger) -> None:
    """An answer over UDP to a loop is awaited before its time-out passes."""

    async def main() -> bytes:
        transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
            Answer, remote_addr=stranger.udp
        )
        transport.sendto(str(LATE).encode())
        try:
            async with asyncio.timeout(5):
                return await protocol.first
        finally:
            transport.close()

    assert asyncio.run(main()) == b"late\n"
    assert connsim.clock.elapsed() == 0


def test_tls(connsim: World, stranger: Stranger) -> None:
    """A handshake and an answer over TLS are awaited before their time-out passes."""
    with tls(ssl.PROTOCOL_TLS_CLIENT).wrap_socket(socket.create_connection(stranger.tls, timeout=5)) as sock:
        for _ in range(3):
            ask(sock, LATE)
            assert sock.recv(100) == b"late\n"

    assert connsim.clock.elapsed() == 0


def test_tls_to_a_silent_stranger(connsim: World, stranger: Stranger) -> None:
    """The time-out of a TLS socket passes in real time."""
    with tls(ssl.PROTOCOL_TLS_CLIENT).wrap_socket(socket.create_connection(stranger.tls, timeout=5)) as sock:
        sock.settimeout(SHORT)
        with pytest.raises(TimeoutError):
            sock.recv(100)

    assert connsim.clock.elapsed() == SHORT * SECOND


def test_tls_of_a_loop(connsim: World, stranger: Stranger) -> None:
    """A stream of asyncio over TLS is awaited before its time-out passes."""

    async def main() -> bytes:
        reader, writer = await asyncio.open_connection(*stranger.tls, ssl=tls(ssl.PROTOCOL_TLS_CLIENT))
        writer.write(f"{LATE}\n".encode())
        async with asyncio.timeout(5):
            answer = await reader.readline()
        writer.close()
        await writer.wait_closed()
        return answer

    assert asyncio.run(main()) == b"late\n"
    assert connsim.clock.elapsed() == 0


def test_streams_of_asyncio(connsim: World, stranger: Stranger) -> None:
    """A stream of asyncio gets an answer before its time-out passes, and gives up a silent stranger at its moment."""

    async def main() -> None:
        reader, writer = await asyncio.open_connection(*stranger.tcp)
        writer.write(f"{LATE}\n".encode())
        assert await asyncio.wait_for(reader.readline(), 5) == b"late\n"
        assert connsim.clock.elapsed() == 0
        writer.write(b"inf\n")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.readline(), SHORT)
        writer.close()
        await writer.wait_closed()

    asyncio.run(main())

    assert connsim.clock.elapsed() == SHORT * SECOND


def test_names_are_looked_up_for_real(connsim: World, moments: Moments) -> None:
    """A look-up of a name is real work, on a loop as in a thread."""

    async def main() -> None:
        async def look_up() -> None:
            async with asyncio.timeout(5):
                await asyncio.get_running_loop().getaddrinfo("localhost", 80)
            moments.note("found")

        async def sleep() -> None:
            await asyncio.sleep(60)
            moments.note("slept")

        await asyncio.gather(sleep(), look_up())

    socket.getaddrinfo("localhost", 80)
    asyncio.run(main())

    assert moments.entries == [("found", 0), ("slept", MINUTE)]


# --- select and its kin --------------------------------------------------------------------------------------------


def by_select(sock: socket.socket, timeout: float | None) -> bool:
    """Wait by ``select.select``."""
    return bool(select.select([sock], [], [], timeout)[0])


def by_poll(sock: socket.socket, timeout: float | None) -> bool:
    """Wait by ``select.poll``."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(None if timeout is None else timeout * 1000))


def by_epoll(sock: socket.socket, timeout: float | None) -> bool:
    """Wait by ``select.epoll``."""
    with select.epoll() as epoll:
        epoll.register(sock, select.EPOLLIN)
        return bool(epoll.poll(timeout))


def by_selector(sock: socket.socket, timeout: float | None) -> bool:
    """Wait by a selector."""
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        return bool(selector.select(timeout))


SELECTS = [by_select, by_poll, by_epoll, by_selector]

Select = Callable[[socket.socket, float | None], bool]


@pytest.mark.parametrize("wait", SELECTS)
@pytest.mark.parametrize("timeout", [5, None], ids=["time-out", "no-time-out"])
def test_selecting_a_stranger(connsim: World, line: socket.socket, wait: Select, timeout: float | None) -> None:
    """However one waits for a stranger's bytes, time stands still until they come."""
    ask(line, LATE)

    assert wait(line, timeout)
    assert connsim.clock.elapsed() == 0


@pytest.mark.parametrize("wait", SELECTS)
def test_selecting_a_silent_stranger(connsim: World, line: socket.socket, wait: Select) -> None:
    """However one waits for a stranger's bytes, the time-out passes in real time."""
    ask(line, float("inf"))

    assert not wait(line, SHORT)
    assert connsim.clock.elapsed() == SHORT * SECOND


@pytest.mark.parametrize("wait", SELECTS)
def test_selecting_a_neighbour(connsim: World, wait: Select) -> None:
    """The wait for bytes of another thread is virtual: it ends when that thread sends, or at its exact time-out."""
    ours, theirs = socket.socketpair()
    with ours, theirs:

        def sender() -> None:
            time.sleep(90)
            theirs.sendall(b"!")

        thread = in_thread(sender)
        assert not wait(ours, 60)
        assert connsim.clock.elapsed() == 60 * SECOND
        assert wait(ours, 60)
        assert connsim.clock.elapsed() == 90 * SECOND
        thread.join()


def test_select_as_a_pause(connsim: World) -> None:
    """``select`` on nothing is a sleep."""
    select.select([], [], [], 3600)
    select.poll().poll(500)

    assert connsim.clock.elapsed() == HOUR + 500 * MILLISECOND


# --- what the guard says -------------------------------------------------------------------------------------------

SILENT = """
    import socket

    def test_it(connsim):
        with socket.create_connection({address}) as client:
            client.recv(1)  # the line that waits
"""


def test_the_guard_ends_a_wait_for_a_silent_stranger(pytester: pytest.Pytester, stranger: Stranger) -> None:
    """After ``connsim_guard`` seconds a test that awaits a stranger fails, and is told whom, where."""
    pytester.makepyfile(SILENT.format(address=stranger.tcp))
    pytester.makeini("[pytest]\nconnsim_guard = 0.2\n")

    result = pytester.runpytest()

    result.assert_outcomes(failed=1)
    told = result.stdout.str()
    for part in ("GuardExpired", "{}:{}".format(*stranger.tcp), "MainThread", ".py:5"):
        assert part in told


@pytest.mark.slow
def test_the_guard_says_who_is_awaited(pytester: pytest.Pytester, stranger: Stranger) -> None:
    """After five seconds the guard writes one line: who is awaited, by which thread, and in which line of code."""
    pytester.makepyfile(SILENT.format(address=stranger.tcp))
    pytester.makeini("[pytest]\nconnsim_guard = 6\n")

    result = pytester.runpytest_subprocess("-s", "-p", "no:cacheprovider")

    told = [line for line in result.stderr.str().splitlines() if "test_the_guard_says" in line]
    assert len(told) == 1
    for part in ("{}:{}".format(*stranger.tcp), "MainThread", ".py:5"):
        assert part in told[0]


def test_requests_of_the_standard_library(connsim: World, stranger: Stranger) -> None:
    """``http.client`` gets a stranger's late answer before its time-out passes."""
    url = stranger.http.removeprefix("http://")
    connection = http.client.HTTPConnection(url, timeout=5)
    try:
        for _ in range(3):
            connection.request("GET", f"/after/{LATE}", headers=KEY)
            assert connection.getresponse().read() == b"late\n"
    finally:
        connection.close()

    assert connsim.clock.elapsed() == 0


def test_a_socketserver_from_before(connsim_world: World) -> None:
    """A server in a thread from before the world is a stranger also to a bare socket."""

    class Late(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            threading.Event().wait(LATE)
            self.wfile.write(b"late\n")

    with socketserver.TCPServer(("127.0.0.1", 0), Late) as server:
        thread = in_thread(server.serve_forever)
        with connsim_world.frozen(), socket.create_connection(server.server_address, timeout=5) as sock:  # type: ignore[arg-type]
            assert sock.recv(100) == b"late\n"
            assert connsim_world.clock.elapsed() == 0
        server.shutdown()
        thread.join()
