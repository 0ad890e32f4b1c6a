"""One simulated world: a clock, a seed, a journal, scripts, faults, and the fakes that play them."""

from connsim.world.world import World

__all__ = ["World"]
