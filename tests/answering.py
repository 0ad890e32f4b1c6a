"""A service whose replies a test determines, for a door to serve."""

from collections.abc import Callable
from dataclasses import dataclass

from connsim.core.exchange import Reply, Request


@dataclass(frozen=True)
class Answering:
    """A service made of one function."""

    handle: Callable[[Request], Reply]
