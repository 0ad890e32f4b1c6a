"""``connsim check``: what it prints, and how it ends."""

import io
import json
import sys
from pathlib import Path

import pytest

from connsim.cli.check import printed_schema
from connsim.cli.command import main

GOOD = "select: [{behaviour: accepts after 5s}]\n"
DOUBTFUL = "select:\n- behaviour: accepts after 10 minutes\n"
BAD = "world: {sed: x}\nselect: [{behaviour: acepts}]\n"


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A good file, a doubtful one, and a bad one, in the present folder."""
    monkeypatch.chdir(tmp_path)
    for name, text in (("good", GOOD), ("doubtful", DOUBTFUL), ("bad", BAD)):
        Path(f"{name}.yaml").write_text(text)
    Path("folder").mkdir()


@pytest.mark.parametrize(
    ("names", "code", "lines"),
    [
        (["good"], 0, ["1 file: no errors, no warnings."]),
        (["doubtful"], 0, ["doubtful.yaml:2:14: warning: ", "1 file: no errors, 1 warning."]),
        (["bad"], 1, ["bad.yaml:1:9: error: 'sed'", "bad.yaml:2:22: error: There", "1 file: 2 errors, no warnings."]),
        (
            ["doubtful", "bad", "good", "bad"],
            1,
            ["doubtful.yaml:2:14: ", "bad.yaml:1:9: ", "bad.yaml:2:22: ", "3 files: 2 errors, 1 warning."],
        ),
    ],
)
def test_tells_everything_and_sums_up(
    names: list[str], code: int, lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Each finding is a line with file, line and column; only an error is a failure."""
    assert main(["check", *(f"{name}.yaml" for name in names)]) == code

    told = capsys.readouterr().out.splitlines()
    assert [line[: len(start)] for line, start in zip(told, lines, strict=True)] == lines


def test_can_be_read_by_programs(capsys: pytest.CaptureFixture[str]) -> None:
    """With --json each line is a finding."""
    assert main(["check", "--json", "bad.yaml", "doubtful.yaml"]) == 1

    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["file"], one["line"], one["column"], one["severity"]) for one in told] == [
        ("bad.yaml", 1, 9, "error"),
        ("bad.yaml", 2, 22, "error"),
        ("doubtful.yaml", 2, 14, "warning"),
    ]
    assert told[0]["message"].startswith("'sed' is not a key of a world. Did you mean 'seed'?")


def test_reads_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A dash is what an editor pipes in."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BAD.encode())))

    assert main(["check", "-"]) == 1

    assert capsys.readouterr().out.startswith("<stdin>:1:9: error: 'sed'")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "No file was given. Expected files, or --schema alone"),
        (["--schema", "good.yaml"], "--schema was given together with files. Expected files, or --schema alone"),
        (["good.yaml", "absent.yaml"], "The scenario file absent.yaml cannot be read"),
        (["folder"], "folder is a folder. Expected a scenario file."),
        (["a\0b"], "cannot be read"),
    ],
    ids=["nothing", "both", "absent", "folder", "nul"],
)
def test_wrong_calls_are_told(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever names no file, or none that can be read, gets exit code 2, and nothing is checked."""
    assert main(["check", *arguments]) == 2

    out, err = capsys.readouterr()
    assert told in err
    assert out == ""


def test_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    """The schema can be put beside a scenario file."""
    assert main(["check", "--schema"]) == 0

    assert capsys.readouterr().out == printed_schema()
