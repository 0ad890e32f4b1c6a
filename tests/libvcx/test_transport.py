"""HTTP requests of the stand-in: what is posted, what counts as an answer, and the time-out.

Sections are those of docs/protocol/libvcx.md.
"""

import socket
import threading
import time
from collections.abc import Callable

import pytest

from connsim import World
from connsim.clients.agency_wire import AgencyError
from connsim.core.durations import SECOND
from connsim.core.exchange import Reply
from connsim.libvcx.transport import post

Serve = Callable[[Reply], str]


class Raw:
    """A server that accepts one connection and sends the given bytes.

    Args:
        pieces: What to send, each with the seconds of pause after it.
    """

    def __init__(self, *pieces: tuple[bytes, int]) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.received = b""
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/x"
        self._pieces = pieces
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        with self._socket, self._socket.accept()[0] as connection:
            while b"body" not in self.received:
                self.received += connection.recv(4096)
            for piece, pause in self._pieces:
                connection.sendall(piece)
                time.sleep(pause)

    def end(self) -> None:
        """Wait until it has sent everything."""
        self._thread.join()


def test_2_3_what_is_posted() -> None:
    """A post is one request with libvcx's content type, on a connection that is closed after it."""
    server = Raw((b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 0))

    assert post(f"{server.url}/agency/msg?a=b", b"body") == b"ok"

    server.end()
    head, _, body = server.received.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert (lines[0], body) == (b"post /x/agency/msg?a=b http/1.1", b"body")
    assert {b"content-type: application/ssi-agent-wire", b"content-length: 4"} <= set(lines)


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\nuntil the end", b"until the end", id="no length"),
        pytest.param(b"HTTP/1.1 202 OK\r\nContent-Length: 0\r\n\r\n", b"", id="empty"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", b"abc", id="chunks"
        ),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", b"x", id="100"),
    ],
)
def test_bodies(answer: bytes, body: bytes) -> None:
    """A body is read in every transfer form."""
    server = Raw((answer, 0))

    assert post(server.url, b"body") == body
    server.end()


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="closed"),
        pytest.param(b"nonsense\r\n\r\n", id="no HTTP"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", id="cut off"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", id="chunk cut off"),
    ],
)
def test_other_bytes_are_no_answer(answer: bytes) -> None:
    """An incomplete or invalid answer is a failure, like no answer."""
    server = Raw((answer, 0))

    with pytest.raises(AgencyError) as caught:
        post(server.url, b"body")
    assert caught.value.status is None
    server.end()


@pytest.mark.parametrize("status", [301, 400, 404, 429, 500, 503])
def test_2_3_other_statuses_are_errors(serve: Serve, status: int) -> None:
    """A status other than success is an error with the server's answer."""
    with pytest.raises(AgencyError, match="because") as caught:
        post(serve(Reply(status, b"because")), b"x")

    assert (caught.value.status, caught.value.body) == (status, b"because")


@pytest.mark.parametrize(
    "url",
    ["", "localhost:8080", "http://", "ftp://a.example/", "http://a:b/", "http://127.0.0.1:1/", "http://a b/", "//x"],
)
def test_5_2_an_invalid_url(url: str) -> None:
    """An invalid URL of the configuration fails when it is used."""
    with pytest.raises(AgencyError) as caught:
        post(f"{url}/agency/msg", b"x")

    assert caught.value.status is None


def test_2_3_an_answer_is_waited_for_50_seconds(connsim: World, serve: Serve) -> None:
    """The time-out is 50 seconds of virtual time, to the nanosecond."""
    with pytest.raises(AgencyError, match="timed out"):
        post(serve(Reply(200, wait=None)), b"x")

    assert connsim.clock.elapsed() == 50 * SECOND


def test_2_3_an_answer_that_comes_in_time_counts(connsim: World, serve: Serve) -> None:
    """An answer within the time-out is received at its moment."""
    assert post(serve(Reply(200, b"late", wait=49 * SECOND)), b"x") == b"late"
    assert connsim.clock.elapsed() == 49 * SECOND


def test_2_3_the_limit_is_for_the_whole_answer(connsim: World) -> None:
    """A body that arrives in pieces does not extend the time-out."""
    server = Raw((b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 20), *[(b"x", 20)] * 9)

    with pytest.raises(AgencyError, match="timed out"):
        post(server.url, b"body")

    assert connsim.clock.elapsed() == 50 * SECOND
