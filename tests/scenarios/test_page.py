"""The examples of docs/scenario-files.md are correct."""

import re
from pathlib import Path
from typing import Any

import pytest

from connsim.cli.command import main
from connsim.scenarios.reading import read
from connsim.scenarios.schema import schema, traits
from connsim.script import roles

PAGE = (Path(__file__).parents[2] / "docs/scenario-files.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", PAGE, re.DOTALL))


def test_the_findings_about_the_broken_file_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page shows exactly what `connsim check` prints for its broken file."""
    shown = re.search(r"```console\n\$ connsim (.*?)\n(.*?)```", PAGE, re.DOTALL)
    assert shown
    monkeypatch.chdir(tmp_path)
    Path("broken.yaml").write_text(FILES["broken.yaml"], encoding="utf-8")

    assert main(shown[1].split()) == 1

    assert capsys.readouterr().out == shown[2]


def test_every_other_example_is_good() -> None:
    """The other YAML examples of the page have no findings."""
    examples = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    good = [example for example in examples if example != FILES["broken.yaml"]]

    assert len(good) == 3
    assert [read(example.encode()).findings for example in good] == [()] * 3


def test_every_role_and_key_is_on_the_page() -> None:
    """The page mentions every key and role of a file."""
    properties: Any = schema()["properties"]
    keys = [
        *properties,
        *properties["world"]["properties"],
        *traits(),
        "role",
        "nth",
        "doc",
        "after",
        "issues",
        "strict",
    ]

    assert [word for word in [*keys, *(role.name for role in roles.all_roles())] if word not in PAGE] == []
