"""The scenarios of an issuer, with an issuer that uses the published wrapper of libvcx."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_bdd import scenario, scenarios

from connsim import Story

pytest.importorskip("vcx", reason="the wrapper is not installed; run: pip install 'connsim[vcx]'")

FEATURE = str(Path(__file__).parents[2] / "features" / "vcx.feature")


@pytest.fixture
def connsim_new_vcx_client(connsim_story: Story, connsim_vcx_config: dict[str, Any]) -> Callable[[str, str], Any]:
    """Return a factory of clients on libvcx."""
    from connsim.clients.libvcx_client import LibvcxClient

    def new_client(_url: str, _name: str) -> LibvcxClient:
        connsim_story.pace_used = True
        return LibvcxClient(connsim_vcx_config, connsim_story.pace)

    return new_client


@pytest.mark.slow  # asks every minute for a day, which is 1,441 requests
@scenario(FEATURE, "The holder never answers")
def test_the_holder_never_answers() -> None:
    """An issuer on libvcx stops waiting after a day."""


scenarios(FEATURE)
