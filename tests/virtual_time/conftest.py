"""What the tests of virtual time share: a stranger to talk to, and moments to write down."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from connsim import World

GUARD = 60
"""Seconds of real time after which a run of pytest in a process of its own is ended: no expectation, but no hanging."""

Address = tuple[str, int]


@dataclass(frozen=True)
class Stranger:
    """Where a process listens that is none of connsim's; see `stranger.py`."""

    http: str
    tcp: Address
    udp: Address
    tls: Address
    greeting: Address


@pytest.fixture(scope="session")
def stranger() -> Iterator[Stranger]:
    """A server whose answers take real time."""
    command = [sys.executable, str(Path(__file__).with_name("stranger.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ports: dict[str, int] = json.loads(process.stdout.readline())
        addresses = {name: ("127.0.0.1", port) for name, port in ports.items()}
        http = "http://{}:{}".format(*addresses.pop("http"))
        yield Stranger(http, **addresses)


@dataclass
class Moments:
    """What happened, and how many virtual nanoseconds after the world's first moment."""

    world: World
    entries: list[tuple[str, int]] = field(default_factory=list)

    def note(self, what: str) -> None:
        """Write down that something happened now."""
        self.entries.append((what, self.world.clock.elapsed()))


@pytest.fixture
def moments(connsim: World) -> Moments:
    """Moments of the test's world."""
    return Moments(connsim)


def in_thread(work: Callable[[], object]) -> threading.Thread:
    """Start a thread that ends with the process at the latest."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread
