"""The journal of a world: requests, state transitions and webhook deliveries, in order and with their moments."""

from connsim.journal.journal import Journal

__all__ = ["Journal"]
