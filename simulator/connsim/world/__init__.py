"""One simulated world: a clock, a seed, a journal, scripts, faults, and the fakes."""

from connsim.world.world import World

__all__ = ["World"]
