"""A client that writes and reads the bytes of HTTP itself."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from connsim import World
from connsim.core.ends import Ever
from connsim.faults.delay import Delay
from connsim.script.sequence import Sequence, Step

UUID = "0d9a7c6e-3f51-4b28-9a4e-7c1d2e3f4a5b"


MEBIBYTE = 1024 * 1024


class Answer(NamedTuple):
    """An answer, byte for byte."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def names(self) -> set[str]:
        """The names of its headers, in lower case."""
        return {name.lower() for name, _ in self.headers}

    def header(self, name: str) -> str | None:
        """Return one header, which must occur at most once."""
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
        """Send a request line, the tenant's key, additional headers, and a body with its length."""
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
        """Send a request, and receive the answer."""
        self.send(head, body, headers)
        return self.receive(bodiless=head.startswith("HEAD"))

    def ended(self) -> bool:
        """Wait until the other side closes; return whether it did so without another byte."""
        try:
            return self.stream.read(1) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        """Close the connection."""
        self.stream.close()
        self.socket.close()


@pytest.fixture
def wires(connsim_world: World) -> Iterator[Callable[[], Wire]]:
    """A function that opens connections to the test's agent."""
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
    """Wait, in real time, for another thread."""
    limit = time.monotonic() + 10
    while not reached():
        assert time.monotonic() < limit, "the condition was not reached in time"
        time.sleep(0.002)


def parked(world: World) -> int:
    """Return the number of replies that are held back."""
    door = world.doors[0]  # the PRISM agent's
    return len(door._parked)  # type: ignore[attr-defined]


def hold(world: World, by: int | None) -> None:
    """Hold back every reply about an inviter."""
    world.script("prism-inviter", Sequence((Step("InvitationGenerated", Ever(), Delay(by)),)))


def create(wire: Wire, body: bytes = b"{}") -> Any:
    """Make an invitation."""
    made = wire.ask("POST /connections", body)
    assert made.status == 201
    return json.loads(made.body)
