"""The scenarios that ship with connsim, played by the shop's synchronous client."""

from pytest_bdd import scenarios
from shipped import SHIPPED

scenarios(*SHIPPED)
