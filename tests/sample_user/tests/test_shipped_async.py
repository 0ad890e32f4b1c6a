"""The shipped scenarios, run with an asynchronous client."""

import pytest
from plugs import AsyncPlug, NewClient
from pytest_bdd import scenarios
from shipped import SHIPPED
from shop.patience import Patience


@pytest.fixture
def connsim_new_client(patience: Patience) -> NewClient:
    """Plug in another client for the scenarios of this file."""
    return lambda url, api_key: AsyncPlug(url, api_key, patience)


scenarios(*SHIPPED)
