"""How request bodies are received.

Sections are those of docs/protocol/prism-agent.md.
"""

import json
import socket
from collections.abc import Callable

import pytest

from connsim import World
from tests.transports.wire.conftest import MEBIBYTE, Wire


class TestBodies:
    """How request bodies are received."""

    def test_chunked(self, wire: Wire) -> None:
        """A chunked body is joined, wherever it was split."""
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
        """A client that waits for `100 Continue` before it sends its body, as curl does, gets it."""
        wire.send("POST /connections", headers="Expect: 100-continue\r\nContent-Length: 2\r\n")
        assert wire.receive(bodiless=True).status == 100
        wire.socket.sendall(b"{}")
        assert wire.receive().status == 201

    def test_missing(self, wire: Wire) -> None:
        """A missing body is an empty body (5.3)."""
        answer = wire.ask("POST /connections")
        assert "body (Unexpected end of input)" in json.loads(answer.body)["detail"]

    def test_on_a_get(self, wire: Wire) -> None:
        """A body where none belongs is ignored, and not read as the next request."""
        assert wire.ask("GET /connections", b"GET /x HTTP/1.1\r\n\r\n").status == 200
        assert wire.ask("GET /connections").status == 200

    def test_largest(self, wire: Wire) -> None:
        """A body of exactly 16 MiB is accepted."""
        body = b"{}" + b" " * (16 * MEBIBYTE - 2)
        assert wire.ask("POST /connections", body).status == 201

    @pytest.mark.parametrize("length", [16 * MEBIBYTE + 1, 17 * MEBIBYTE], ids=["by-one-byte", "by-far"])
    def test_too_large(self, connsim_world: World, wires: Callable[[], Wire], length: int) -> None:
        """A larger body gets a 413 of connsim's own, is in the journal, and does not affect other clients."""
        wire = wires()
        answer = wire.ask("POST /connections", b"{}" + b" " * (length - 2))
        assert (answer.status, b"16 MiB" in answer.body) == (413, True)
        assert connsim_world.journal.transitions() == []
        (entry,) = connsim_world.journal.exchanges()
        assert (entry.status, entry.target, entry.request) == (413, "/connections", b"")
        assert wires().ask("GET /connections").status == 200

    def test_too_large_in_chunks(self, wire: Wire) -> None:
        """The limit also applies to a body without a length."""
        wire.send("POST /connections", headers="Transfer-Encoding: chunked\r\n")
        chunk = b"%x\r\n%b\r\n" % (MEBIBYTE, b" " * MEBIBYTE)
        for _ in range(17):
            wire.socket.sendall(chunk)
        wire.socket.sendall(b"0\r\n\r\n")
        assert wire.receive().status == 413

    def test_client_leaves_in_the_middle(self, connsim_world: World, wires: Callable[[], Wire]) -> None:
        """A client that disconnects within its body has made no request."""
        wire = wires()
        wire.send("POST /connections", headers="Content-Length: 10\r\n")
        wire.socket.sendall(b"{")
        assert wires().ask("GET /_system/health").status == 200
        wire.close()
        for _ in range(5):
            assert wires().ask("GET /_system/health").status == 200
        assert {entry.target for entry in connsim_world.journal.exchanges()} == {"/_system/health"}
