"""The laws of docs/architecture.md hold: imports go downwards, and the core uses no real time, chance or I/O.

The directions of imports are contracts of import-linter (``[tool.importlinter]`` in pyproject.toml). Calls and the
length of files, which it does not check, are read from the source here.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
LONGEST = 400
# Longer, but one concept: all verbs of the agency share one state, and an earlier split only produced a base class.
LONGER = ("simulator/connsim/agency/agency.py",)

# The modules that may do I/O; every other module of simulator/ is the core.
DOORS = (
    "simulator/connsim/cli/",
    "simulator/connsim/clients/",
    "simulator/connsim/control/client/",
    "simulator/connsim/libvcx/",
    "simulator/connsim/pytest_plugin.py",
    "simulator/connsim/story/",
    "simulator/connsim/transports/",
    "simulator/connsim/virtual_time/",
)
# The modules that may use real time. For client code that is intended: virtual time exists for it.
TIMERS = (
    "simulator/connsim/cli/demo.py",
    "simulator/connsim/clients/",
    "simulator/connsim/core/machine.py",
    "simulator/connsim/libvcx/transport.py",
    "simulator/connsim/virtual_time/",
)
# The modules of the core that may use threads: the clock makes the world's lock.
LOCKSMITHS = ("simulator/connsim/core/clock.py",)

# The modules that may use real randomness: a secret drawn from the seed would be known to everyone who knows the seed.
SECRETS = ("simulator/connsim/control/token.py",)

TIME = re.compile(
    r"time\.(time|monotonic|perf_counter|process_time)(_ns)?|(time|asyncio)\.sleep"
    r"|datetime\.datetime\.(now|utcnow|today)|datetime\.date\.today"
)
OUTSIDE = re.compile(r"(socket|asyncio|aiohttp|httpx|subprocess|random|os|pytest|freezegun|respx)(\..*)?")
THREADS = re.compile(r"threading(\..*)?")
CHANCE = re.compile(r"(random|secrets)(\..*)?|uuid\.uuid[14]|os\.urandom")

Broken = Iterator[tuple[int, str]]


def time_is_asked_of_the_clock(file: str, source: str) -> Broken:
    """Law 1: only the clock, virtual time and client code use real time."""
    if file.startswith("simulator/") and not file.startswith(TIMERS):
        for line, name in used(source):
            if TIME.fullmatch(name):
                yield line, f"uses {name}. Expected the world's clock. Ask world.clock, or put an item on its agenda."


def core_does_no_io(file: str, source: str) -> Broken:
    """Law 3: the core does no I/O and makes no locks."""
    if file.startswith("simulator/") and not file.startswith(DOORS):
        for line, name in imported(source):
            if OUTSIDE.fullmatch(name):
                yield line, f"imports {name}. Expected a core without I/O. Let a door do it, such as transports/."
            elif THREADS.fullmatch(name) and not file.startswith(LOCKSMITHS):
                yield line, f"imports {name}. Expected the one lock of the world. Hold world.lock."


def chance_comes_from_the_seed(file: str, source: str) -> Broken:
    """Law 6: random values are drawn from the seed."""
    for line, name in used(source):
        if CHANCE.fullmatch(name) and not file.startswith(SECRETS):
            yield line, f"uses {name}. Expected a value that the seed repeats. Draw it by name from world.seed."


def modules_are_short(file: str, source: str) -> Broken:
    """A module has one concept, and at most ``LONGEST`` lines."""
    length = len(source.splitlines())
    if length > LONGEST and file not in LONGER:
        yield length, f"is {length} lines long. Expected at most {LONGEST}. Find its second concept; give it a file."


LAWS = (time_is_asked_of_the_clock, core_does_no_io, chance_comes_from_the_seed, modules_are_short)


def test_no_import_goes_up_the_layers() -> None:
    """Every import of simulator, steps and fixtures goes down the layers."""
    linter = Path(sys.executable).with_name("lint-imports")

    run = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    if run.returncode:
        report = run.stdout.partition("Broken contracts\n")[2] or run.stdout + run.stderr
        pytest.fail(
            f"An import goes up the layers:\n{report}"
            "Expected each module to import only from layers below its own. Reverse the import, or pass a value "
            "instead. A new module needs its place in [tool.importlinter] of pyproject.toml.",
            pytrace=False,
        )


def test_no_modules_import_each_other_in_a_circle() -> None:
    """The imports of simulator make no circle, not even with those that only a type checker follows."""
    graph = grimp.build_graph("connsim", exclude_type_checking_imports=False, cache_dir=None)

    try:
        TopologicalSorter({name: graph.find_modules_directly_imported_by(name) for name in graph.modules}).prepare()
    except CycleError as error:
        pytest.fail(
            f"Modules import each other in a circle: {' <- '.join(error.args[1])}. Expected none, not even for types. "
            "Move what both need below them, or pass a value or a function instead.",
            pytrace=False,
        )


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_law_holds(law: Callable[[str, str], Broken]) -> None:
    """No module of simulator, steps or fixtures breaks the law."""
    files = sorted(path for folder in ("simulator", "steps", "fixtures") for path in (ROOT / folder).rglob("*.py"))
    assert len(files) > 10, f"Only {len(files)} modules were found below {ROOT}. Expected all of them."

    broken = [
        f"{file}:{line} {what}"
        for path in files
        for file in [path.relative_to(ROOT).as_posix()]
        for line, what in law(file, path.read_text(encoding="utf-8"))
    ]

    if broken:
        pytest.fail("\n".join(["A law of docs/architecture.md is broken:", *broken]), pytrace=False)


@pytest.mark.parametrize(
    ("law", "file", "source", "line"),
    [
        (time_is_asked_of_the_clock, "world/world.py", "import time\nnow = time.monotonic_ns()", 2),
        (time_is_asked_of_the_clock, "world/world.py", "import time as t\n\nt.sleep(1)", 3),
        (time_is_asked_of_the_clock, "control/routes/clock.py", "from time import perf_counter as tick", 1),
        (
            time_is_asked_of_the_clock,
            "cli/serving/options.py",
            "import asyncio\nasync def f():\n    await asyncio.sleep(0)",
            3,
        ),
        (time_is_asked_of_the_clock, "journal/journal.py", "from datetime import datetime\nwhen = datetime.now", 2),
        (time_is_asked_of_the_clock, "journal/journal.py", "import datetime as dt\nwhen = dt.datetime.utcnow()", 2),
        (time_is_asked_of_the_clock, "prism/view.py", "def f():\n    from datetime import date\n    date.today()", 3),
        (core_does_no_io, "world/world.py", "import socket", 1),
        (core_does_no_io, "prism/cloud_agent/api.py", "from aiohttp import web", 1),
        (core_does_no_io, "core/store.py", "import json, os.path", 1),
        (core_does_no_io, "faults/delay.py", "def f():\n    import asyncio", 2),
        (core_does_no_io, "script/player.py", "from threading import Lock", 1),
        (chance_comes_from_the_seed, "clients/plug.py", "import random", 1),
        (chance_comes_from_the_seed, "core/seed.py", "import uuid\nid = uuid.uuid4()", 2),
        (chance_comes_from_the_seed, "cli/command.py", "from uuid import uuid4", 1),
        (chance_comes_from_the_seed, "cli/serving/options.py", "from os import urandom", 1),
        (chance_comes_from_the_seed, "control/guard.py", "import secrets", 1),
        (modules_are_short, "world/world.py", "\n" * (LONGEST + 1), LONGEST + 1),
    ],
)
def test_law_is_enforced(law: Callable[[str, str], Broken], file: str, source: str, line: int) -> None:
    """A violation is reported with its line, even under an alias of the forbidden name."""
    lines = [line for line, _ in law(f"simulator/connsim/{file}", source)]

    assert line in lines


@pytest.mark.parametrize(
    ("law", "file", "source"),
    [
        (time_is_asked_of_the_clock, "core/machine.py", "import time\ntime.time_ns()"),
        (time_is_asked_of_the_clock, "clients/prism_flow.py", "import time\ntime.sleep(1)"),
        (time_is_asked_of_the_clock, "world/world.py", "def f(self, time):\n    self.clock.now(), time.time()"),
        (time_is_asked_of_the_clock, "world/world.py", "from datetime import datetime\ndatetime.fromtimestamp(0)"),
        (core_does_no_io, "transports/alarm.py", "import asyncio"),
        (core_does_no_io, "core/clock.py", "import threading"),
        (core_does_no_io, "world/world.py", "from connsim.core.clock import Clock\nimport ossaudio"),
        (chance_comes_from_the_seed, "core/seed.py", "import uuid\nuuid.UUID(bytes=b'')"),
        (chance_comes_from_the_seed, "control/token.py", "import secrets\nsecrets.token_urlsafe()"),
        (modules_are_short, "world/world.py", "\n" * LONGEST),
    ],
)
def test_law_allows(law: Callable[[str, str], Broken], file: str, source: str) -> None:
    """Similar code is no violation, nor is the forbidden name in a module that is excepted."""
    assert list(law(f"simulator/connsim/{file}", source)) == []


@pytest.mark.parametrize("place", sorted({*DOORS, *TIMERS, *LOCKSMITHS, *SECRETS, *LONGER}))
def test_exceptions_are_still_needed(place: str) -> None:
    """Every module that is excepted from a law exists."""
    assert (ROOT / place).exists(), f"{place} is gone. Take it off the exceptions in {Path(__file__).name}."


def imported(source: str) -> Iterator[tuple[int, str]]:
    """Yield every module or member that a source imports: its line and its full name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def used(source: str) -> Iterator[tuple[int, str]]:
    """Yield every imported name, and every dotted name that begins with one: its line and its full name."""
    yield from imported(source)
    tree = ast.parse(source)
    meanings: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                meanings[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            meanings |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            first, *rest = ast.unparse(node).split(".")
            if first in meanings:
                yield node.lineno, ".".join([meanings[first], *rest])
