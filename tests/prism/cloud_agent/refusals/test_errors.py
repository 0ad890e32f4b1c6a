"""Properties of all errors of the agent: instance, title, and route.

Sections are those of docs/protocol/prism-agent.md.
"""

import pytest

from connsim import World
from connsim.errors import Violation
from connsim.prism.problems import error_body
from tests.prism.cloud_agent.refusals.conftest import ask, shown


def test_instance_is_fresh() -> None:
    """Every error has its own instance (5.1)."""
    world = World()
    instances = {shown(ask(world, "GET", "/nothing"))["instance"] for _ in range(50)}

    assert len(instances) == 50


def test_instances_come_from_the_seed() -> None:
    """The same seed and the same requests give the same bytes."""

    def errors(seed: str) -> list[bytes]:
        world = World(seed)
        return [ask(world, "GET", "/nothing").body for _ in range(3)]

    assert errors("a") == errors("a")
    assert errors("a") != errors("b")


def test_titles_are_class_names_cut_at_capitals() -> None:
    """A title is the class name in words, with single capitals separated (5.1)."""
    titles = {
        "X:RecordIdNotFound": "Record Id Not Found",
        "X:UnsupportedPIURI": "Unsupported P I U R I",
        "X:PeerDIDNotFoundError": "Peer D I D Not Found Error",
        "InternalServerError": "Internal Server Error",
        "a:b:FailureInfo": "Failure Info",
        "X:lowerThenUpper": "lower Then Upper",
    }
    assert {kind: error_body(400, kind, "", "")["title"] for kind in titles} == titles


@pytest.mark.parametrize("target", ["/dids", "/cloud-agent/issue-credentials/records", "//present-proof/x?y=1"])
def test_what_is_not_played_fails_the_test(target: str) -> None:
    """A route of the real agent that connsim does not play is a 404 on the wire, and fails the test at its end."""
    world = World()
    assert ask(world, "GET", target).status == 404
    with pytest.raises(Violation, match="does not play"):
        world.check()
