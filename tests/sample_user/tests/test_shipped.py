"""The scenarios that ship with connsim, played by the shop's synchronous client."""

from importlib.resources import files

from pytest_bdd import scenarios

scenarios(str(files("simulator.features")))
