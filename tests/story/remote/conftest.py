"""A running simulator with all its ports, and worlds in it."""

from collections.abc import Iterator
from typing import Any

import pytest

from connsim import ControlClient
from tests.conftest import Serving

ALL = [argument for name in ("prism", "agency", "control") for argument in (f"--{name}-port", "0")]

Served = dict[str, Any]


@pytest.fixture
def served(serving: Serving) -> Iterator[Served]:
    """What a simulator announces that serves everything, its clock standing."""
    with serving(*ALL, "--clock", "standing") as (_, told):
        yield told


@pytest.fixture
def control(served: Served) -> Iterator[ControlClient]:
    """Its control API."""
    with ControlClient(served["control"]["url"]) as client:
        yield client
