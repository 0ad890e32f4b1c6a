"""Scripts for the published wrapper run unmodified."""

import json
import sys
from pathlib import Path

import pytest

from simulator.cli import main
from simulator.testing import World

pytest.importorskip("vcx", reason="the wrapper is not installed; run: pip install 'connsim[vcx]'")

SCRIPT = """
import asyncio, json, os, sys
from vcx.api.connection import Connection
from vcx.api.vcx_init import vcx_init_with_config
from vcx.state import State
import beside

async def run(path, name):
    with open(path) as file:
        await vcx_init_with_config(file.read())
    connection = await Connection.create(name)
    await connection.connect("{}")
    while await connection.get_state() == State.OfferSent:
        await connection.update_state()
    print(json.dumps({"name": __name__, "arguments": sys.argv[1:], "state": await connection.get_state()}))

asyncio.run(run(os.environ["VCX_CONFIG"], sys.argv[1]))
sys.exit(beside.CODE)
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A script with a module beside it."""
    (tmp_path / "beside.py").write_text("CODE = 3\n")
    path = tmp_path / "connect.py"
    path.write_text(SCRIPT)
    return path


def test_runs_as_if_by_itself(
    script: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the main module, has its arguments and its own folder, connects, and its exit code is the command's."""
    monkeypatch.delitem(sys.modules, "beside", raising=False)
    before = (list(sys.path), list(sys.argv))

    with pytest.raises(SystemExit) as ended:
        main(["run-vcx", "--holder", "agent-offer", str(script), "alice", "--verbose"])

    assert ended.value.code == 3
    assert json.loads(capsys.readouterr().out) == {
        "name": "__main__",
        "arguments": ["alice", "--verbose"],
        "state": 4,
    }
    assert (sys.path, sys.argv) == before


def test_finds_an_agency_that_runs(
    script: Path, connsim_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --agency nothing is started, and --config leaves the configuration where the script wants it."""
    monkeypatch.delitem(sys.modules, "beside", raising=False)
    connsim_world.script("vcx-holder", "agent-offer")
    config = tmp_path / "vcx-config.json"

    with pytest.raises(SystemExit):
        main(["run-vcx", "--agency", connsim_world.agency.url, "--config", str(config), str(script), "alice"])

    assert json.loads(config.read_text())["agency_did"] == connsim_world.agency.identity.did
    assert len(connsim_world.agency.invitations) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["missing.py"], "There is no script missing.py. Expected the path of a Python file."),
        (["--config", "{here}", "{here}"], "is there already, and is not overwritten. Name another"),
        (["--agency", "http://127.0.0.1:1", "{here}"], "No agency answers at http://127.0.0.1:1"),
        (["--holder", "dances", "{here}"], "no behaviour 'dances'"),
    ],
    ids=["script", "config", "agency", "holder"],
)
def test_says_what_is_wrong(script: Path, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong call ends with exit code 2 before anything runs."""
    assert main(["run-vcx", *(argument.format(here=script) for argument in arguments)]) == 2

    assert told in capsys.readouterr().err
