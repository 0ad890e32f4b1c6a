"""A user gets the same package in every way to have it: as a wheel, from the sdist, editable, or as a bare checkout.

The user's repository is tests/sample_user, which has folders of the same names as connsim's. Of its tests, those about
names and the shop's own scenarios run here; all of them run on the wheel in .ci/run.
"""

import shutil
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT, STRICT, Python

pytestmark = pytest.mark.slow

MODULES = """
import connsim, connsim.features.faults, connsim.fixtures.world, connsim.steps.clock
print(connsim.__file__, connsim.features.faults.__file__, connsim.fixtures.world.__file__, connsim.steps.clock.__file__)
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The repository of a user."""
    return shutil.copytree(
        ROOT / "tests" / "sample_user", tmp_path / "shop", ignore=shutil.ignore_patterns("__pycache__", ".*cache")
    )


def test_modules_come_from_where_they_should(python: Python, tmp_path: Path) -> None:
    """Package, sentences, fixtures and features are imported under one name, and only from what is under test."""
    files = python.run(tmp_path, "-c", MODULES).split()

    assert len(files) == 4
    assert python.foreign(files) == []


@pytest.mark.parametrize("mode", ["prepend", "importlib"])
def test_a_user_keeps_names_and_runs_features(python: Python, shop: Path, mode: str) -> None:
    """In both import modes, a user's folders keep their names, and connsim's sentences work beside the user's own."""
    names = ["tests/test_names.py", "tests/test_shop.py", *["tests/test_wheel.py"] * (python.kind == "wheel")]

    output = python.test(shop, f"--import-mode={mode}", *names)

    assert " passed" in output
    assert "skipped" not in output


def test_a_clone_in_the_folder_does_not_get_in_the_way(
    python: Python, shop: Path, request: pytest.FixtureRequest
) -> None:
    """In the parent folder of a clone called ``connsim``, too, Python imports the installed connsim."""
    if python.kind == "editable":
        reason = "setuptools' finder is asked after the path, where the clone passes for a namespace package"
        request.applymarker(pytest.mark.xfail(reason=reason, strict=False))
    (shop.parent / "connsim").symlink_to(ROOT)

    files = python.run(shop.parent, "-c", MODULES).split()
    output = python.test(shop.parent, "shop/tests/test_names.py")

    assert python.foreign(files) == []
    assert " passed" in output


def test_contributing_says_how_to_work_above_a_clone() -> None:
    """CONTRIBUTING.md describes the installation that is tested here for that folder."""
    assert STRICT in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_the_command_knows_all_sentences(python: Python, tmp_path: Path) -> None:
    """``connsim steps`` lists the sentences of every file."""
    output = python.run(tmp_path, "-m", "connsim.cli", "steps")

    assert "Given a holder who <behaviour>" in output
    assert "When <by> pass" in output
