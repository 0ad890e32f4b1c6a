"""Docs and samples import public names only."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import connsim

ROOT = Path(__file__).parents[1]
CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)
PAGES = [path for path in (ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))) if CODE.search(path.read_text())]
SAMPLES = sorted(ROOT.glob("tests/sample_user/**/*.py"))

# Public besides `from connsim import ...`: the stand-in for libvcx, which is a module with functions to call.
PUBLIC = {*connsim.__all__, "libvcx"}
OF_LIBVCX = {"install", "uninstall"}


def private(source: str) -> Iterator[str]:
    """Yield every import that is not of a public name of connsim, with its line number."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name.startswith("connsim.")]
        elif isinstance(node, ast.ImportFrom) and str(node.module).partition(".")[0] == "connsim":
            public = {"connsim": PUBLIC, "connsim.libvcx": OF_LIBVCX}.get(str(node.module), set())
            names = [f"{node.module}.{alias.name}" for alias in node.names if alias.name not in public]
        else:
            continue
        yield from (f"{node.lineno}: {name}" for name in names if not name.startswith("connsim.clients."))


@pytest.mark.parametrize("path", [*PAGES, *SAMPLES], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_only_what_is_public_is_shown(path: Path) -> None:
    """Docs and the sample user import public names from `connsim`, and the stand-in for libvcx."""
    text = path.read_text(encoding="utf-8")

    found = [line for source in (CODE.findall(text) if path.suffix == ".md" else [text]) for line in private(source)]

    assert found == [], "Show it by a public name, or make it public in simulator/connsim/__init__.py."


@pytest.mark.parametrize(
    "source",
    [
        "from connsim.core.durations import SECOND",
        "from connsim import World, wire",
        "from connsim.libvcx import session",
        "from connsim.testing import World",
        "import connsim.world",
        "def test():\n    from connsim.journal import Journal",
    ],
)
def test_what_is_private_is_found(source: str) -> None:
    """An import of anything else is found, anywhere in the source."""
    assert len([*private(source)]) == 1


@pytest.mark.parametrize(
    "source",
    [
        "import connsim",
        "from connsim import World, duration, libvcx",
        "from connsim.libvcx import install",
        "from connsim.clients.prism_flow import PrismFlow",
        "from connsimilar import World",
    ],
)
def test_what_is_public_passes(source: str) -> None:
    """Imports of public names pass, and so do imports from other packages."""
    assert [*private(source)] == []
