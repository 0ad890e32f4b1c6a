"""Proxies of the environment: connsim's own addresses are on this machine, and are reached without them."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from connsim import World
from connsim.cli.command import main
from connsim.cli.demo import run_demo

FEATURE = """
Feature: Behind a proxy
  Scenario: Clients of the PRISM agent
    Given the clients are told of changes by webhook
    When the inviter invites the invitee
    And the invitee accepts the invitation
    Then the inviter was told of InvitationGenerated exactly 0 seconds after the invitation

  Scenario: A client of the VCX agency
    Given a holder who never responds
    When the issuer invites the holder by SMS
    Then the holder got one SMS with a link to the invitation
"""


@pytest.fixture(autouse=True)
def refusing_proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An environment that names a proxy for everything, at a port that refuses all connections."""
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # taken, and nobody listens
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            for variable in (name, name.lower()):
                monkeypatch.setenv(variable, f"http://127.0.0.1:{closed.getsockname()[1]}")
        yield


def test_scenarios_run(pytester: pytest.Pytester) -> None:
    """The example clients, the sentences, the agent's webhooks and their receiver use no proxy."""
    pytester.makefile(".feature", proxy=FEATURE)
    pytester.makepyfile("from pytest_bdd import scenarios\nscenarios('proxy.feature')\n")

    pytester.runpytest().assert_outcomes(passed=2)


def test_the_demo_runs() -> None:
    """``connsim demo`` uses no proxy."""
    lines: list[str] = []

    run_demo(lines.append)

    assert "=> The holder accepts after 90 seconds: after 2 polls the issuer ended in Accepted." in "\n".join(lines)


def test_run_vcx_finds_its_agency(connsim_world: World, tmp_path: Path) -> None:
    """``connsim run-vcx --agency`` asks the agency for its identity without a proxy."""
    pytest.importorskip("vcx", reason="the wrapper is not installed; run: pip install 'connsim[vcx]'")
    script = tmp_path / "nothing.py"
    script.write_text("")

    assert main(["run-vcx", "--agency", connsim_world.agency.url, str(script)]) == 0
