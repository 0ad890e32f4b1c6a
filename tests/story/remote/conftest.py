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
    """What the one simulator announces that all tests share: it serves everything, its clock standing."""
    with serving(*ALL, "--clock", "standing") as (_, told):
        yield told


@pytest.fixture
def served(simulator: Served) -> Iterator[Served]:
    """What it announces. After the test its tenants are gone, and its first world begins anew."""
    yield simulator
    with ControlClient(simulator["control"]["url"]) as control:
        for tenant in control.tenants():
            control.remove_tenant(tenant.name)
        control.reset()


@pytest.fixture
def control(served: Served) -> Iterator[ControlClient]:
    """Its control API."""
    with ControlClient(served["control"]["url"]) as client:
        yield client
