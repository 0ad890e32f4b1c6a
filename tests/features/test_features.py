"""The shipped scenarios pass unmodified."""

from pathlib import Path

import pytest
from pytest_bdd import scenario, scenarios

FEATURES = Path(__file__).parents[2] / "features"

# A client that asks every minute for a day sends 1,441 requests.


@pytest.mark.slow
@scenario(str(FEATURES / "aries.feature"), "The invitation is never scanned")
def test_the_invitation_is_never_scanned() -> None:
    """An issuer on libvcx stops waiting after a day."""


@pytest.mark.slow
@scenario(str(FEATURES / "aries.feature"), "The invitee disappears after its connection request")
def test_the_invitee_disappears_after_its_connection_request() -> None:
    """An issuer on libvcx stops waiting after a day, with the connection half established."""


@pytest.mark.slow
@scenario(str(FEATURES / "vcx.feature"), "The holder never answers")
def test_the_holder_never_answers_1() -> None:
    """The example client of the agency stops waiting after a day."""


scenarios(str(FEATURES))
