"""Scripts for the published wrapper run unmodified."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from connsim import World
from connsim.cli.command import main

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
    with open(path) as file:
        agency = json.load(file)["agency_did"]
    state = await connection.get_state()
    print(json.dumps({"agency": agency, "name": __name__, "arguments": sys.argv[1:], "state": state}))

loop = asyncio.get_event_loop() if sys.version_info < (3, 14) else asyncio.new_event_loop()
loop.run_until_complete(run(os.environ["VCX_CONFIG"], sys.argv[1]))
sys.exit(beside.CODE)
"""
FIRST = """
import asyncio, json, os, sys
from vcx.api.connection import Connection
from vcx.api.vcx_init import vcx_init_with_config

def save(document):
    with open(sys.argv[1], "w") as file:
        json.dump(document, file)

def load():
    with open(sys.argv[1]) as file:
        return json.load(file)

async def run():
    with open(os.environ["VCX_CONFIG"]) as file:
        await vcx_init_with_config(file.read())
    connection = await Connection.create('alice')
"""
LAST = "\nasyncio.run(run())\n"
GUARD = 60  # seconds; a liveness guard, not an expectation


def run_vcx(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command in a process of its own, as a user does."""
    # Python itself warns of the loop that scripts of the wrapper's time get.
    command = [sys.executable, "-W", "ignore", "-m", "connsim.cli", "run-vcx", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=GUARD, check=False)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A script with a module beside it."""
    (tmp_path / "beside.py").write_text("CODE = 3\n")
    path = tmp_path / "connect.py"
    path.write_text(SCRIPT)
    return path


def test_runs_as_if_by_itself(script: Path) -> None:
    """It is the main module, has its arguments, its folder and a loop to get, and its exit code is the command's."""
    ended = run_vcx("--holder", "agent-offer", str(script), "alice", "--verbose")

    assert ended.returncode == 3, ended.stderr
    told = json.loads(ended.stdout)
    assert (told["name"], told["arguments"], told["state"]) == ("__main__", ["alice", "--verbose"], 4)
    assert ended.stderr.startswith("connsim: the agency is http://127.0.0.1:")
    assert len(ended.stderr.splitlines()) == 1  # no noise at the interpreter's end


def test_finds_an_agency_that_runs(script: Path, connsim_world: World, tmp_path: Path) -> None:
    """With --agency nothing is started, and --config is where the script finds its configuration, for its own time."""
    connsim_world.script("vcx-holder", "agent-offer")
    config = tmp_path / "vcx-config.json"

    ended = run_vcx("--agency", f"{connsim_world.agency.url}/", "--config", str(config), str(script), "alice")

    assert json.loads(ended.stdout)["agency"] == connsim_world.agency.identity.did
    assert len(connsim_world.agency.invitations) == 1
    assert not config.exists()


def test_a_script_of_tomorrow_goes_on(tmp_path: Path, connsim_world: World) -> None:
    """With --wallets a connection that one process saved is loaded by the next, and its keys are there."""
    saved = tmp_path / "saved.json"
    (tmp_path / "first.py").write_text(
        FIRST + "    await connection.connect('{}')\n    save(await connection.serialize())\n" + LAST
    )
    (tmp_path / "second.py").write_text(
        FIRST.replace("Connection.create('alice')", "Connection.deserialize(load())")
        + "    print(await connection.update_state())\n"
        + LAST
    )
    connsim_world.script("vcx-holder", "agent-offer")
    options = ("--agency", connsim_world.agency.url, "--wallets", str(tmp_path / "wallets"))

    first = run_vcx(*options, str(tmp_path / "first.py"), str(saved))
    second = run_vcx(*options, str(tmp_path / "second.py"), str(saved))

    assert (first.returncode, second.stdout) == (0, "4\n"), first.stderr + second.stderr
    other = run_vcx("--wallets", str(tmp_path / "wallets"), str(tmp_path / "second.py"), str(saved))
    assert (other.returncode, "belongs to the agency" in other.stderr) == (2, True)


@pytest.mark.parametrize("protocol", ["1.0", "2.0"])
def test_speaks_the_protocol_that_is_named(script: Path, connsim_world: World, protocol: str) -> None:
    """The configuration makes the script's connections speak it."""
    connsim_world.script("vcx-holder", "agent-offer")

    ended = run_vcx("--agency", connsim_world.agency.url, "--protocol", protocol, str(script), "alice")

    assert json.loads(ended.stdout)["state"] == 4
    [invitation] = connsim_world.agency.invitations.values()
    assert invitation.version == protocol


def test_a_failing_script_is_told_by_its_own_lines(tmp_path: Path) -> None:
    """The traceback begins in the script, and the exit code is Python's."""
    path = tmp_path / "failing.py"
    path.write_text("def fail():\n    raise ValueError('why')\n\nfail()\n")

    ended = run_vcx(str(path))

    assert ended.returncode == 1
    assert [line.split(",")[0] for line in ended.stderr.splitlines() if line.startswith("  File")] == [
        f'  File "{path}"'
    ] * 2
    assert ended.stderr.endswith("ValueError: why\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["missing.py"], "There is no script missing.py. Expected the path of a Python file."),
        (["--config", "{here}", "{here}"], "exists already, and is not overwritten. Expected a new file. Name another"),
        (["--config", "{here}.d/x.json", "{here}"], "There is no directory"),
        (["--agency", "http://127.0.0.1:1", "{here}"], "No agency answers at http://127.0.0.1:1"),
        (["--agency", "http://127.0.0.1:1", "--holder", "refuses", "{here}"], "Expected one of the two"),
        (["--holder", "dances", "{here}"], "no behaviour 'dances'"),
    ],
    ids=["script", "config", "folder", "agency", "both", "holder"],
)
def test_says_what_is_wrong(script: Path, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong call ends with exit code 2 before anything runs."""
    assert main(["run-vcx", *(argument.format(here=script) for argument in arguments)]) == 2

    assert told in capsys.readouterr().err
