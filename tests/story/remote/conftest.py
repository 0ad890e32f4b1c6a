"""A running simulator with all its ports, and worlds in it."""

from collections.abc import Iterator
from typing import Any

import pytest

from connsim import ControlClient
from tests.conftest import Serving

ALL = [argument for name in ("prism", "agency", "control") for argument in (f"--{name}-port", "0")]

Served = dict[str, Any]


@pytest.fixture(scope="session")
def simulator(serving: Serving) -> Iterator[Served]:
    """The announcement of a simulator that all tests share: it serves everything, with a standing clock."""
    with serving(*ALL, "--clock", "standing") as (_, announced):
        yield announced


@pytest.fixture
def served(simulator: Served) -> Iterator[Served]:
    """The announcement. After the test its tenants are removed, and its first world is reset."""
    yield simulator
    with ControlClient(simulator["control"]["url"]) as control:
        for tenant in control.tenants():
            control.remove_tenant(tenant.name)
        control.reset()


@pytest.fixture
def control(served: Served) -> Iterator[ControlClient]:
    """The control API of the simulator."""
    with ControlClient(served["control"]["url"]) as client:
        yield client
