"""``connsim serve --scenarios`` as its users run it: a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import httpx
import pytest

from connsim.cli.command import main
from tests.conftest import Serving

GUARD = 30  # seconds; a liveness guard, not an expectation
PORTS = [argument for name in ("prism", "agency", "control") for argument in (f"--{name}-port", "0")]
LATE = """\
world: {seed: of-the-file, clock: standing, profile: 2023}
behaviours:
  arrives-late:
    after: 90s
    prism-inviter: [{state: InvitationGenerated, for: $after}, {state: ConnectionResponseSent}]
select:
  - {match: {label: "late-*"}, behaviour: arrives-late}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A scenario file."""
    path = tmp_path / "late.yaml"
    path.write_text(LATE)
    return path


def line_of(stream: IO[str] | None) -> str:
    """The next line that a process prints."""
    assert stream is not None
    return stream.readline()


def test_a_served_world_follows_its_file(serving: Serving, file: Path) -> None:
    """What is saved is played by the next connection; what is broken is told, and changes nothing."""
    with serving("--prism-port", "0", "--control-port", "0", "--scenarios", str(file)) as (process, told):
        assert told["scenarios"] == {"file": str(file), "loaded": "1 behaviour, 1 rule"}
        assert told["seed"] == "of-the-file"
        url, control = told["prism"]["urls"]["1.40.0"], told["control"]["url"]

        def state_after(by: str) -> str:
            headers = {"apikey": "k"}
            made = httpx.post(f"{url}/connections", json={"label": "late-1"}, headers=headers).json()
            httpx.post(f"{control}/clock/advance", json={"by": by})
            return str(httpx.get(f"{url}/connections/{made['connectionId']}", headers=headers).json()["state"])

        assert state_after("89s") == "InvitationGenerated"

        other = file.with_suffix(".new")
        other.write_text(LATE.replace("90s", "10s"))
        os.replace(other, file)
        assert json.loads(line_of(process.stdout)) == {"scenarios": f"{file} reloaded: changed: arrives-late."}
        assert state_after("10s") == "ConnectionResponseSent"

        file.write_text(LATE.replace("90s", "90"))
        assert line_of(process.stderr).startswith(f"{file}:4:12: error: '90' is not a duration: the unit is missing.")
        assert line_of(process.stderr).startswith(
            f"connsim: {file} cannot be used as it is. The scenarios loaded before"
        )
        assert state_after("10s") == "ConnectionResponseSent"

        file.unlink()
        assert line_of(process.stderr).startswith(f"connsim: {file} is missing or cannot be read.")


def test_says_what_it_plays(file: Path) -> None:
    """The announcement names the file, and the agent that answers at the bare root."""
    command = [sys.executable, "-m", "connsim.cli", "serve", *PORTS, "--scenarios", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        lines = [line_of(process.stdout) for _ in range(9)]
        process.terminate()
        assert process.wait(GUARD) == 0

    assert lines[0].startswith("PRISM agent of early 2023          http://127.0.0.1:")
    assert lines[0].endswith("/prism-agent\n")
    assert lines[1].startswith("PRISM agent (Cloud Agent 1.40.0)   http://127.0.0.1:")
    assert lines[7] == f"Scenarios                          {file}: 1 behaviour, 1 rule; reloaded when it is saved\n"
    assert lines[8] == "The clock stands still; seed 'of-the-file'. Ctrl-C stops.\n"


@pytest.mark.parametrize(
    ("text", "arguments", "told"),
    [
        (
            "select: [{behaviour: acepts}]\nworld: {sed: x}",
            [],
            ["connsim: FILE cannot be used:", "FILE:1:22: error: ", "FILE:2:9"],
        ),
        (None, [], ["connsim: The scenario file FILE cannot be read"]),
        (LATE, ["--pace", "fast"], ["connsim: 'fast' is not a pace"]),
        (LATE, ["--agency-expiry", "soon"], ["connsim: 'soon' is not a duration"]),
        (LATE, ["--poll-limit", "soon"], ["connsim: 'soon' is not a duration"]),
        (
            "behaviours: {accepts: {aries-holder: [{act: accept}]}}",
            [],
            ["FILE:1:14: warning: ", "connsim: 'accepts' cannot"],
        ),
    ],
    ids=["broken", "absent", "pace", "expiry", "limit", "holder"],
)
def test_a_wrong_start_is_told(file: Path, text: str | None, arguments: list[str], told: list[str]) -> None:
    """With a file that is broken, or an option that is wrong, nothing is served: exit code 2."""
    file.unlink() if text is None else file.write_text(text)
    command = [sys.executable, "-m", "connsim.cli", "serve", *PORTS, "--scenarios", str(file), *arguments]

    done = subprocess.run(command, capture_output=True, text=True, timeout=GUARD, check=False)

    assert (done.returncode, done.stdout) == (2, "")
    lines = done.stderr.replace(str(file), "FILE").splitlines()
    assert [line[: len(start)] for line, start in zip(lines, told, strict=True)] == told


@pytest.mark.parametrize(
    ("written", "version"), [("1.40.0", "1.40.0"), ("2023", "2023"), ("P5", "1.40.0"), ("P1", "2023"), ("p1", "2023")]
)
def test_versions_go_by_their_former_names_too(written: str, version: str) -> None:
    """Commands that were written for the names that versions had before go on working."""
    from connsim.cli.command import build_parser

    assert build_parser().parse_args(["serve", "--profile", written]).profile == version


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--profile", "P2"], "invalid choice: 'P2'"),
        (["--flavour", "vanilla"], "invalid choice: 'vanilla'"),
        (["--journal-limit", "0"], "'0' is not a limit; expected a number from 1 to 999999999"),
        (["--journal-limit", "x"], "'x' is not a limit"),
    ],
)
def test_options_that_are_none(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What no option can be is told by the command line itself."""
    with pytest.raises(SystemExit) as ended:
        main(["serve", *arguments])

    assert ended.value.code == 2
    assert told in capsys.readouterr().err
