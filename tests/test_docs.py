"""The docs are tested: what they show runs, and what they list is complete."""

import json
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from connsim.cli.command import build_parser
from connsim.faults.registry import FAULTS
from connsim.pytest_plugin import FIXTURE_MODULES, STEP_MODULES
from connsim.script import magic
from tests.conftest import Serving

GUARD = 30  # seconds; stops a test that hangs, and is not an expectation
ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")])
FILE = re.compile(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", re.DOTALL)
SHELL = re.compile(r"```(?:sh|console)\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)#]+?)(?:#[^)]*)?\)")


def name(path: Path) -> str:
    """Return the name of a page; for a page in a folder of docs, folder and file."""
    return str(path.relative_to(path.parent if path.parent in (ROOT, ROOT / "docs") else ROOT / "docs"))


@pytest.mark.parametrize("path", [p for p in PAGES if FILE.search(p.read_text())], ids=name)
def test_what_is_shown_runs(path: Path, pytester: pytest.Pytester) -> None:
    """The files that a page shows are tests that pass, together in one folder."""
    for name, content in FILE.findall(path.read_text()):
        (pytester.path / name).write_text(content)

    result = pytester.runpytest()

    outcomes = result.parseoutcomes()
    assert set(outcomes) == {"passed"}, result.stdout.str()


def test_the_reference_is_up_to_date() -> None:
    """The tables of sentences, fixtures, behaviours, commands and states match the code: run `make docs`."""
    page = runpy.run_path(str(ROOT / "docs/generate.py"))["page"]()

    assert (ROOT / "docs/reference.md").read_text() == page.rstrip() + "\n"


def test_the_page_of_control_is_up_to_date() -> None:
    """The tables of routes match the code: run `make docs`."""
    assert (
        runpy.run_path(str(ROOT / "docs/generate.py"))["control_page"]() == (ROOT / "docs/control-api.md").read_text()
    )


def test_the_magic_values_are_up_to_date() -> None:
    """The tables of phone numbers and owners match the code: run `make docs`."""
    page = (ROOT / "docs/magic-values.md").read_text()

    assert page == runpy.run_path(str(ROOT / "docs/generate.py"))["magic_page"]()
    assert all(value in page for value in (*magic.PHONES, *magic.OWNERS))


def test_the_faults_are_up_to_date() -> None:
    """The tables of faults and of their conditions match the code: run `make docs`."""
    page = (ROOT / "docs/faults.md").read_text()

    assert page == runpy.run_path(str(ROOT / "docs/generate.py"))["faults_page"]()
    assert all(f"| `{word}` |" in page for word in FAULTS)


def test_the_reference_is_complete() -> None:
    """Every module of sentences and fixtures is registered, so the reference includes all of them."""
    for folder, modules in (("steps", STEP_MODULES), ("fixtures", FIXTURE_MODULES)):
        names = {path.stem for path in (ROOT / folder).glob("*.py")} - {"__init__"}
        assert names == {module.rpartition(".")[2] for module in modules}


@pytest.mark.parametrize("path", [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"], ids=name)
def test_links_lead_somewhere(path: Path) -> None:
    """A link to one of our pages leads to one that exists."""
    targets = [target for target in LINK.findall(path.read_text()) if "://" not in target]

    missing = [target for target in targets if not (path.parent / target).exists()]
    assert missing == []


def test_every_dependency_has_a_reason() -> None:
    """docs/dependencies.md mentions each dependency of each extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    names = {re.split(r"[^\w-]", requirement)[0] for group in groups for requirement in group} - {"connsim"}
    text = (ROOT / "docs/dependencies.md").read_text()

    assert [name for name in sorted(names) if name not in text] == []


def test_commands_that_are_shown_are_known() -> None:
    """Every `connsim` command of the docs can be parsed."""
    shown = [
        line.removeprefix("$ ")
        for path in PAGES
        for block in SHELL.findall(path.read_text())
        for line in block.splitlines()
        if line.startswith(("connsim ", "$ connsim "))
    ]

    assert len(shown) >= 3
    for line in shown:
        build_parser().parse_args(line.partition("#")[0].split()[1:])


def test_the_readme_shows_what_serve_prints() -> None:
    """The text in the README is what `connsim serve` prints, except for the ports."""
    text = (ROOT / "README.md").read_text()
    block = re.search(r"```console\n\$ connsim (.*?)\n(.*?)```", text, re.DOTALL)
    assert block
    command = [sys.executable, "-m", "connsim.cli", *block[1].split()]
    command += [argument for name in ("prism", "agency", "control") for argument in (f"--{name}-port", "0")]

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        printed = "".join(process.stdout.readline() for _ in block[2].splitlines())
        process.terminate()
        process.wait(GUARD)

    assert re.sub(r":\d{4,5}\b", ":PORT", printed) == re.sub(r":\d{4,5}\b", ":PORT", block[2])


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl: install your system's package of that name")
def test_the_dialogue_by_hand_works(serving: Serving) -> None:
    """The curl commands of docs/by-hand.md have the results that the page shows."""
    made, before, _, pushed, after, journal, clock, reset = answers_to("by-hand.md", serving)
    assert '"state":"InvitationGenerated"' in made
    assert '"state":"InvitationGenerated"' in before
    assert '"elapsed": "2 minutes"' in pushed
    assert '"state":"ConnectionResponseSent"' in after
    assert '"kind": "transition"' in journal
    assert clock == pushed
    assert '"elapsed": "2 minutes"' in reset


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl: install your system's package of that name")
def test_the_control_api_does_what_its_page_says(serving: Serving) -> None:
    """Every curl command of docs/control-api.md succeeds, and the answers agree with each other."""
    answers = answers_to("control-api.md", serving)

    assert [answer for answer in answers if '"error"' in answer] == []
    scripts, _, waiting, _, accepted, timeline, steps, listed, removed = answers[:9]
    assert '"name": "accepts after 1 minute 30 seconds"' in scripts
    assert '"step": "InvitationGenerated for 1 minute 30 seconds"' in waiting
    assert '"total": 1' in accepted
    assert "+00:01:30.000  prism-inviter: ConnectionRequestReceived (accepted)" in timeline
    assert json.loads(listed)["scripts"][0] == json.loads(steps)["scripts"][0]
    assert json.loads(removed) == {"removed": 5}
    invitation, made, later, waits, count, lines, reset, complaints = answers[9:]
    assert "_oob=" in json.loads(invitation)["url"]
    assert [entry["status"] for entry in json.loads(made)["entries"]] == [201]
    assert {entry["moment"][:9] for entry in json.loads(later)["entries"]} == {"+00:01:30"}
    assert (json.loads(waits)["entries"], json.loads(count)) == ([], {"count": 0})
    assert len(lines.splitlines()) == 5
    assert json.loads(reset)["seed"] == "monday"
    assert json.loads(complaints)["complaints"] == []


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl: install your system's package of that name")
def test_tenants_are_made_as_their_page_says(serving: Serving) -> None:
    """Every curl command of docs/shared-simulator.md succeeds, and the tenant is a world of its own."""
    made, listed, clock, removed = map(json.loads, answers_to("shared-simulator.md", serving))

    assert (made["name"], made["seed"], made["path"]) == ("bank-1", "monday", "/t/bank-1")
    assert listed["contents"] == []
    assert clock["running"] is False
    assert removed["name"] == "bank-1"


def answers_to(page: str, serving: Serving) -> list[str]:
    """Return the answers to the curl commands of a page, sent to the first `connsim serve` of that page."""
    lines = (ROOT / "docs" / page).read_text().splitlines()
    serve = next(line for line in lines if line.startswith("connsim serve"))
    answers = []
    with serving("--prism-port", "0", "--control-port", "0", *serve.split()[2:]) as (_, announced):
        ports = {"127.0.0.1:8085": announced["prism"]["url"], "127.0.0.1:9090": announced["control"]["url"]}
        for line in (line for line in lines if line.startswith("curl ")):
            command = line
            for written, url in ports.items():
                command = command.replace(f"http://{written}", str(url))
            done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=GUARD, check=True)
            answers.append(done.stdout)
    return answers


def test_the_readme_shows_both_commands() -> None:
    """The README shows both commands on its first screen."""
    first_screen = (ROOT / "README.md").read_text().splitlines()[:45]

    assert any(line.startswith("make demo") for line in first_screen)
    assert any(line.startswith("make test") for line in first_screen)
