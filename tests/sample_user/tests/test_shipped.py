"""The shipped scenarios, run with the shop's synchronous client."""

from pytest_bdd import scenarios
from shipped import SHIPPED

scenarios(*SHIPPED)
