"""The journal of a world: what was asked and what changed, when, and in what order."""

from connsim.journal.journal import Journal

__all__ = ["Journal"]
