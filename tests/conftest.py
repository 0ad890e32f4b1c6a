"""Fixtures that several test modules share, and paths that pytest must not collect."""

import importlib
import json
import pkgutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

import pytest
from hypothesis import settings

import connsim

# A repository of its own, like that of a user: .ci/run copies it elsewhere and runs it on the installed wheel.
collect_ignore = ["sample_user"]

# Deadlines of single examples would measure the machine, which other processes use too.
settings.register_profile("connsim", deadline=None)
settings.load_profile("connsim")

Serving = Callable[..., AbstractContextManager[tuple["subprocess.Popen[str]", dict[str, Any]]]]


@pytest.fixture(scope="session")
def serving() -> Serving:
    """Run ``connsim serve --json`` until the ``with`` block ends; return the process and what it announced."""

    @contextmanager
    def serve(*arguments: str) -> Iterator[tuple["subprocess.Popen[str]", dict[str, Any]]]:
        command = [sys.executable, "-m", "connsim.cli", "serve", "--json", *arguments]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                line = process.stdout.readline()
                assert line, process.communicate()[1]
                yield process, json.loads(line)
            finally:
                process.kill()

    return serve


@pytest.fixture(scope="session")
def imported() -> None:
    """Import all of connsim and its dependencies before an inner run of pytest can import them first.

    `pytester` removes the modules that were first imported during an inner run. The next run would define their
    classes again while other modules keep the old ones: there would be two classes `Outcome`, and a scenario would use
    the wrong one.
    """
    names = [module.name for module in pkgutil.walk_packages(connsim.__path__, "connsim.")]
    for name in ("jsonschema", *names):  # jsonschema is imported inside a function only
        if not name.endswith("__main__"):
            with suppress(ImportError):  # an extra that is not installed
                importlib.import_module(name)


@pytest.fixture
def pytester(imported: None, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A user's folder in which pytest runs, without the plugins that hardly any test is about but every run would load.

    Use ``runpytest``, which runs pytest in this process: starting another takes ten times as long. Where the process
    matters (real time, workers, what is imported), use ``runpytest_subprocess``.
    """
    plugins = ("anyio", "asyncio", "cacheprovider", "faker", "hypothesispytest", "respx")
    monkeypatch.setenv("PYTEST_ADDOPTS", " ".join(f"-p no:{plugin}" for plugin in plugins))
    return pytester
