"""The pytest plugin: names the fixtures and steps, and reports a world when its test fails.

Every pytest run in an environment with connsim imports it, so it imports nothing that is slow to load.
"""

import sys
from collections.abc import Generator
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from typing import Any

import pytest

_FIXTURES = ("servers", "world", "virtual_time", "people", "clients", "webhooks", "libvcx")
FIXTURE_MODULES = [f"connsim.fixtures.{name}" for name in _FIXTURES]
STEP_MODULES = [
    f"connsim.steps.{name}" for name in ("clock", "holder", "prism", "vcx", "traffic", "webhooks", "faults")
]

pytest_plugins = FIXTURE_MODULES + (STEP_MODULES if find_spec("pytest_bdd") else [])


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add connsim's options."""
    group = parser.getgroup("connsim", "connsim: the other side of an SSI connection")
    group.addoption(
        "--connsim-seed",
        help="seed of all ids, keys, names and jitter; shown when a test fails (default: that of a scenario file, or "
        "connsim)",
    )
    group.addoption(
        "--connsim-scenarios",
        action="append",
        default=[],
        metavar="FILE",
        help="a scenario file for every test's world; may be repeated",
    )
    group.addoption(
        "--connsim-url",
        metavar="URL",
        help="the control URL of a running `connsim serve`: each test gets its own world there instead of one in this "
        "process (set its token, if it has one, in CONNSIM_CONTROL_TOKEN)",
    )
    group.addoption(
        "--connsim-horizon",
        default="40 days",
        metavar="DURATION",
        help="virtual time after which a client that still waits fails with StillPolling, as one that never stops "
        "(default: %(default)s)",
    )
    parser.addini(
        "connsim_guard",
        default="60",
        help="seconds of real time for which the clock of a test's world may stand still before GuardExpired ends the "
        "test; 0 means no limit",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Forget an earlier run of this test: plugins such as pytest-rerunfailures run the same item again."""
    item.connsim_failed, item.connsim_world = False, None  # type: ignore[attr-defined]


@pytest.hookimpl(optionalhook=True)
def pytest_bdd_before_scenario(request: pytest.FixtureRequest, feature: Any) -> None:
    """Keep the path of the feature file: sentences name scenario files relative to it."""
    request.node.connsim_feature = feature.filename


@pytest.hookimpl(optionalhook=True)
def pytest_bdd_step_error(feature: Any, step: Any, exception: BaseException) -> None:
    """Name the step that failed; pytest shows the function behind it instead."""
    exception.add_note(f"In the step: {step.keyword} {step.name}\n({feature.rel_filename}:{step.line_number})")


def _shorten(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    # Our messages say what to do, so the frames between the step and the error are left out. --tb=long shows them.
    from connsim.errors import ConnsimError, Unmet  # noqa: PLC0415 (slow to load, and needed only for failures)

    error = call.excinfo.value if call.excinfo is not None else None
    if isinstance(error, ConnsimError | Unmet) and item.config.getoption("tbstyle") == "auto":
        notes = getattr(error, "__notes__", [])
        if notes:  # raised by a step; in other tests the traceback shows the line of the test, which helps
            report.longrepr = "\n".join([f"{type(error).__name__}: {error}", *notes])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the world's seed, timeline and complaints below a failure."""
    with _real_time():
        report = yield
    world = getattr(item, "connsim_world", None)
    if report.failed and world is not None:
        item.connsim_failed = True  # type: ignore[attr-defined]
        _shorten(item, call, report)
        seed = f"seed: {world.seed.value} (repeat with --connsim-seed={world.seed.value})"
        report.sections.append(("connsim", "\n".join([seed, world.timeline(), *map(str, world.complaints)])))
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_logreport() -> Generator[None, None, None]:
    """Show real time to plugins that report a test: its world is still frozen when it has run."""
    with _real_time():
        yield


def _real_time() -> AbstractContextManager[None]:
    clocks = sys.modules.get("connsim.virtual_time.clocks")
    return nullcontext() if clocks is None else clocks.reporting()
