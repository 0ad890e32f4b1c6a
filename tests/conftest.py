"""What several test modules share, and what pytest must not collect here."""

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

# A repository of its own, as a user would have it: .ci/run copies it elsewhere and runs it on the installed wheel.
collect_ignore = ["sample_user"]

# A deadline for each example is an assertion on the machine's speed, and machines are shared.
settings.register_profile("connsim", deadline=None)
settings.load_profile("connsim")

Serving = Callable[..., AbstractContextManager[tuple["subprocess.Popen[str]", dict[str, Any]]]]


@pytest.fixture(scope="session")
def serving() -> Serving:
    """Run ``connsim serve --json`` in a process that is ended at last; gives the process and what it announced."""

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
    """All of connsim and what it needs, imported before any inner run of pytest can be the first to do it.

    `pytester` forgets the modules that were first imported during an inner run. The next run would make their classes
    once more, while others hold on to the old ones: two classes `Outcome`, of which a scenario takes the wrong one.
    """
    names = [module.name for module in pkgutil.walk_packages(connsim.__path__, "connsim.")]
    for name in ("jsonschema", *names):  # the one that is imported inside a function
        if not name.endswith("__main__"):
            with suppress(ImportError):  # an extra that is not installed
                importlib.import_module(name)


@pytest.fixture
def pytester(imported: None, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A user's folder in which pytest runs, without the plugins that every run would load and hardly a test is about.

    Take ``runpytest``, which runs it in this process: starting another costs ten times as much. Where the process
    matters (real time, workers, what is imported), take ``runpytest_subprocess``.
    """
    plugins = ("anyio", "asyncio", "cacheprovider", "faker", "hypothesispytest", "respx")
    monkeypatch.setenv("PYTEST_ADDOPTS", " ".join(f"-p no:{plugin}" for plugin in plugins))
    return pytester
