"""Clients that are generated from OpenAPI documents, and the environments in which they are made and run.

``make clients`` sets the environments up, each with its own pins: generators of different years conflict.
"""

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ENVIRONMENTS = ROOT / ".venv-clients"
# The real agents' own documents are not shipped. Where they are beside the project, clients are made from them too.
PUBLISHED = ROOT.parent / "shared/reference/openapi"

GUARD = 120  # seconds; stops a test that hangs, and is not an expectation

Run = Callable[..., Any]


@pytest.fixture(scope="session")
def environment() -> Callable[[str], Path]:
    """Return a function that finds the commands of an environment of ``make clients``, or skips the test."""

    def find(name: str) -> Path:
        if not (ENVIRONMENTS / name / "ready").exists():
            pytest.skip(f"The environment {name} is not set up. Run: make clients")
        return ENVIRONMENTS / name / "bin"

    return find


@pytest.fixture(scope="session")
def published() -> Callable[[str], str]:
    """Return a function that reads a document published with the real agent, or skips the test."""

    def read(name: str) -> str:
        if not (PUBLISHED / name).exists():
            pytest.skip(f"The real agent's document is not beside the project. Put it at {PUBLISHED / name}")
        return (PUBLISHED / name).read_text(encoding="utf-8")

    return read


@pytest.fixture(scope="session")
def generated(environment: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a function that generates a client from a document, once for each; it returns the package's folder."""
    made: dict[tuple[str, str], Path] = {}

    def generate(name: str, document: str) -> Path:
        if (name, document) not in made:
            folder = tmp_path_factory.mktemp("client")
            (folder / "openapi.yaml").write_text(document, encoding="utf-8")
            command: list[str | Path] = [environment(name) / "openapi-python-client", "generate"]
            run = subprocess.run(
                [*command, "--path", "openapi.yaml", "--meta", "none"],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=GUARD,
                check=False,
            )
            assert run.returncode == 0, run.stdout + run.stderr
            made[name, document] = folder
        return made[name, document]

    return generate


@pytest.fixture
def drive(environment: Callable[[str], Path], generated: Run) -> Run:
    """Return a function that runs a driver of this folder on a generated client, and returns the printed JSON."""

    def run(driver: str, name: str, document: str, variables: Mapping[str, str]) -> Any:
        command = [environment(name) / "python", HERE / driver]
        ended = subprocess.run(
            command,
            env={**os.environ, **variables, "PYTHONPATH": str(generated(name, document))},
            capture_output=True,
            text=True,
            timeout=GUARD,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return json.loads(ended.stdout)

    return run
