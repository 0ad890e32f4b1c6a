"""The fakes that there are: those that a scenario file can set up, and a world of tests has."""

from connsim.agency.agency import Agency
from connsim.prism.agent import PrismAgent
from connsim.world.world import Fake

FAKES: tuple[type[Fake], ...] = (PrismAgent, Agency)
"""In the order in which they are asked for an invitation; the agency says why it does not know one."""
