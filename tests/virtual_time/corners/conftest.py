"""Corners of virtual time: what their tests share."""

import threading
from collections.abc import Callable

import pytest

from connsim import World
from connsim.core.durations import SECOND
from connsim.core.ends import Ever
from connsim.faults.delay import Delay
from connsim.script.sequence import Sequence, Step

KEY = {"apikey": "k"}


@pytest.fixture
def impatient() -> None:
    """Say that a test would hang, but for the guard."""


def seconds(world: World) -> float:
    """How long the world has lived."""
    return world.clock.elapsed() / SECOND


def slow(world: World, delay: int | None) -> str:
    """The URL of a connection whose every reply is held back so many seconds."""
    fault = Delay(None if delay is None else delay * SECOND)
    world.script("prism-inviter", Sequence((Step("InvitationGenerated", Ever(), fault),)))
    record = world.prism.cloud_agent.create(world.prism.cloud_agent.wallet("k"))
    return f"{world.prism.url}/connections/{record.id}"


def in_thread(work: Callable[[], object]) -> threading.Thread:
    """Start a thread."""
    thread = threading.Thread(target=work)
    thread.start()
    return thread
