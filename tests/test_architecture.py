"""The house stands as designed: imports run one way, and the core keeps its hands off clocks, chance and the outside.

The arrows are contracts of import-linter (``[tool.importlinter]`` in pyproject.toml). What it can not see, a call or
the length of a file, is read off the syntax trees here.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST = 400
# One concept each, and longer all the same: the agency's verbs share one state, and were cut into a base class before.
LONGER = ("simulator/connsim/agency/agency.py",)

# Whoever stands at a border of the house; every other module of simulator/ is the core, which does no I/O.
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
# Who may read or spend real time. Client code does on purpose: virtual time is there for it.
TIMERS = (
    "simulator/connsim/cli/demo.py",
    "simulator/connsim/clients/",
    "simulator/connsim/core/machine.py",
    "simulator/connsim/libvcx/transport.py",
    "simulator/connsim/virtual_time/",
)
# Who may know of threads in the core: the clock makes the world's lock.
LOCKSMITHS = ("simulator/connsim/core/clock.py",)

# Who may take what nobody can foresee: a secret that a seed gives would be known to whoever knows the seed.
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
    """Law 1."""
    if file.startswith("simulator/") and not file.startswith(TIMERS):
        for line, name in used(source):
            if TIME.fullmatch(name):
                yield line, f"uses {name}. Expected the world's clock. Ask world.clock, or put an item on its agenda."


def core_does_no_io(file: str, source: str) -> Broken:
    """Law 3."""
    if file.startswith("simulator/") and not file.startswith(DOORS):
        for line, name in imported(source):
            if OUTSIDE.fullmatch(name):
                yield line, f"imports {name}. Expected a core without I/O. Let a door do it, such as transports/."
            elif THREADS.fullmatch(name) and not file.startswith(LOCKSMITHS):
                yield line, f"imports {name}. Expected the one lock of the world. Hold world.lock."


def chance_comes_from_the_seed(file: str, source: str) -> Broken:
    """Law 6."""
    for line, name in used(source):
        if CHANCE.fullmatch(name) and not file.startswith(SECRETS):
            yield line, f"uses {name}. Expected a value that the seed repeats. Draw it by name from world.seed."


def modules_are_short(file: str, source: str) -> Broken:
    """One concept per module."""
    length = len(source.splitlines())
    if length > LONGEST and file not in LONGER:
        yield length, f"is {length} lines long. Expected at most {LONGEST}. Find its second concept; give it a file."


LAWS = (time_is_asked_of_the_clock, core_does_no_io, chance_comes_from_the_seed, modules_are_short)


def test_no_arrow_runs_back_up() -> None:
    """Every import of simulator, steps and fixtures goes down the layers of the house."""
    linter = Path(sys.executable).with_name("lint-imports")

    run = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    if run.returncode:
        told = run.stdout.partition("Broken contracts\n")[2] or run.stdout + run.stderr
        pytest.fail(
            f"An arrow of the house is broken:\n{told}"
            "Expected each module to import only from layers below its own. Turn the arrow round, or pass a value "
            "instead. A new module needs its place in [tool.importlinter] of pyproject.toml.",
            pytrace=False,
        )


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_law_holds(law: Callable[[str, str], Broken]) -> None:
    """No module of simulator, steps or fixtures breaks the law."""
    files = sorted(path for folder in ("simulator", "steps", "fixtures") for path in (ROOT / folder).rglob("*.py"))
    assert len(files) > 10, f"Only {len(files)} modules were found below {ROOT}. Expected the whole house."

    broken = [
        f"{file}:{line} {what}"
        for path in files
        for file in [path.relative_to(ROOT).as_posix()]
        for line, what in law(file, path.read_text(encoding="utf-8"))
    ]

    if broken:
        pytest.fail("\n".join(["A law of the house is broken:", *broken]), pytrace=False)


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
    """A law that is broken is told with the line where, under whatever name the forbidden thing goes."""
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
    """What the law is not about passes, and so do the modules that are there for it."""
    assert list(law(f"simulator/connsim/{file}", source)) == []


@pytest.mark.parametrize("place", sorted({*DOORS, *TIMERS, *LOCKSMITHS, *SECRETS, *LONGER}))
def test_exceptions_are_still_needed(place: str) -> None:
    """Whoever is excepted from a law exists."""
    assert (ROOT / place).exists(), f"{place} is gone. Take it off the exceptions in {Path(__file__).name}."


def imported(source: str) -> Iterator[tuple[int, str]]:
    """Every module or member that a source imports, by its full name, with its line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def used(source: str) -> Iterator[tuple[int, str]]:
    """Every imported name and every dotted name that begins with one, by its full name, with its line."""
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
