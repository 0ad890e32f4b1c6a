"""How connections are kept open, and how they end."""

import asyncio
import gc
import socket
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from connsim import World
from connsim.transports.aiohttp_server import Listener, one_round
from tests.transports.wire.conftest import Wire, create


class TestConnections:
    """How connections are kept open."""

    def test_keep_alive(self, wire: Wire) -> None:
        """One connection carries any number of requests, failures included."""
        made = create(wire)
        for _ in range(20):
            assert wire.ask("GET /nothing").status == 404
            assert wire.ask("POST /connections", b"[").status == 400
            assert wire.ask(f"GET /connections/{made['connectionId']}").status == 200

    def test_pipelined(self, wire: Wire) -> None:
        """Requests that are sent without waiting are answered in their order."""
        for path in ("/_system/health", "/nothing", "/connections"):
            wire.send(f"GET {path}")
        assert [wire.receive().status for _ in range(3)] == [200, 404, 200]

    def test_close(self, wire: Wire) -> None:
        """After `Connection: close` the server closes the connection after the answer."""
        assert wire.ask("GET /_system/health", headers="Connection: close\r\n").status == 200
        assert wire.ended()

    def test_old_protocol(self, wire: Wire) -> None:
        """HTTP/1.0 is answered, and the connection closed."""
        wire.socket.sendall(b"GET /_system/health HTTP/1.0\r\n\r\n")
        assert wire.receive().body == b'{"version":"1.40.0"}'
        assert wire.ended()


@pytest.mark.parametrize("rounds", range(5))
def test_a_connection_during_shutdown_is_closed(rounds: int) -> None:
    """Stopping the server closes every new connection, however far asyncio has got with it."""

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
    gc.collect()  # a connection that was not closed would warn now
