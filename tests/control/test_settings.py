"""Settings of the fakes, read and changed through the control API."""

import pytest

from connsim import World
from tests.control.conftest import Ask


def test_agents_go_by_their_version(ask: Ask, world: World) -> None:
    """The settings of a PRISM agent are read and changed under the name of its version."""
    status, answer = ask("POST", "/settings/1.40.0", {"settings": {"invitation_expiry": "1m"}})

    assert (status, answer) == ask("GET", "/settings")
    assert list(answer["prism"]) == [agent.profile.name for agent in world.prism.agents()]
    assert answer["prism"]["1.40.0"]["invitation_expiry"] == "1 minute"
    assert world.prism.cloud_agent.settings.invitation_expiry == 60 * 10**9


@pytest.mark.parametrize(("former", "version"), [("p5", "1.40.0"), ("p1", "2023")])
def test_former_names_still_count(ask: Ask, former: str, version: str) -> None:
    """Clients that use the former names of versions continue to work."""
    status, answer = ask("POST", f"/settings/{former}", {"settings": {"handling": "7ms"}})

    assert status == 200
    assert answer["prism"][version]["handling"] == "7 milliseconds"
    assert answer[former] == answer["prism"][version]


def test_versions_that_are_not_played(ask: Ask) -> None:
    """The error for a version that is not played names the nearest."""
    assert ask("POST", "/settings/1.41.0", {"settings": {}}) == (
        400,
        {
            "error": "The parameter 'fake' is '1.41.0'. Did you mean '1.40.0'? "
            "Expected one of: 1.40.0, 2023, agency, p5, p1."
        },
    )
