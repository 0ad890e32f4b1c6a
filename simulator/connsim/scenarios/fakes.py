"""The list of all fakes, for scenario files and for the worlds of tests."""

from connsim.agency.agency import Agency
from connsim.prism.agent import PrismAgent
from connsim.world.world import Fake

FAKES: tuple[type[Fake], ...] = (PrismAgent, Agency)
"""In the order in which `World.let_holder` looks for an invitation; the last raises the error for an unknown id."""
