"""Sockets, HTTP and processes in virtual time. Each test states in a sentence what client code may rely on."""

import asyncio
import http.client
import socket
import subprocess
import sys
import time
import urllib.request

import httpx
import pytest

from connsim import World
from tests.virtual_time.corners.conftest import KEY, in_thread, seconds, slow


def test_http_client(connsim: World) -> None:
    """``http.client`` gets a late reply at its moment, and gives up at its own."""
    url = httpx.URL(slow(connsim, 30))
    for limit, end in ((60, 30), (10, 40)):
        http_ = http.client.HTTPConnection(url.host, url.port, timeout=limit)
        http_.request("GET", url.path, headers=KEY)
        if end == 30:
            assert http_.getresponse().read()
        else:
            with pytest.raises(TimeoutError):
                http_.getresponse()
        http_.close()
        assert seconds(connsim) == end


def test_urllib(connsim: World) -> None:
    """``urllib.request`` reads a late reply at its moment."""
    request = urllib.request.Request(slow(connsim, 30), headers=KEY)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as reply:
        assert reply.read()

    assert seconds(connsim) == 30


def test_streaming(connsim: World) -> None:
    """A streamed reply is read without time passing."""
    url = slow(connsim, 30)
    with httpx.Client(headers=KEY, timeout=60, verify=False) as http_, http_.stream("GET", url) as reply:
        assert b"".join(reply.iter_raw(chunk_size=7))

    assert seconds(connsim) == 30


def test_sockets_that_do_not_block(connsim: World) -> None:
    """A socket that does not block says at once that there is nothing, whether by its setting or by a flag."""
    left, right = socket.socketpair()
    with left, right:
        with pytest.raises(BlockingIOError):
            left.recv(1, socket.MSG_DONTWAIT)
        left.settimeout(0)
        with pytest.raises(BlockingIOError):
            left.recv(1)

    assert seconds(connsim) == 0


def test_a_closed_socket(connsim: World) -> None:
    """Reading from a closed socket is the ``OSError`` that it always was."""
    left, right = socket.socketpair()
    left.close()
    right.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        left.recv(1)


def test_a_socket_is_closed_while_it_is_read(connsim: World, impatient: None) -> None:
    """Whoever reads a socket that another thread closes is done at its time-out, as ever."""
    left, right = socket.socketpair()
    left.settimeout(60)

    def close() -> None:
        time.sleep(5)
        left.close()

    thread = in_thread(close)
    with right, pytest.raises(OSError, match=r"timed out|Bad file descriptor"):
        left.recv(1)
    thread.join()

    assert seconds(connsim) == 60


def test_two_threads_talk(connsim: World) -> None:
    """Bytes between two parties arrive at the moment at which they are sent."""
    left, right = socket.socketpair()

    def speak() -> None:
        time.sleep(5)
        right.sendall(b"!")

    with left, right:
        thread = in_thread(speak)
        left.settimeout(60)
        assert left.recv(1) == b"!"
        thread.join()

    assert seconds(connsim) == 5


def test_a_process_takes_no_time(connsim: World) -> None:
    """A child process is real work: its time-outs are not reached, and no time passes while it runs."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
        assert process.wait(timeout=30) == 0

    assert seconds(connsim) == 0


def test_a_process_on_a_loop_takes_no_time(connsim: World) -> None:
    """A child process of a loop is waited for; nobody calls it a deadlock."""

    async def main() -> int:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
        return await asyncio.wait_for(process.wait(), 60)

    assert asyncio.run(main()) == 0
    assert seconds(connsim) == 0


# That it was not waited for is the point.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_loop_may_end_before_its_process(connsim: World) -> None:
    """A child that a loop kills and does not wait for holds the clock no longer than the loop lives."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.subprocess_exec(asyncio.SubprocessProtocol, sys.executable, "-c", "input()")
        transport.close()

    asyncio.run(main())
    time.sleep(60)

    assert seconds(connsim) == 60
