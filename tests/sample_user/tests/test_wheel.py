"""The tests of this folder run on the installed wheel, not on a checkout."""

from importlib import import_module
from importlib.metadata import distribution
from pathlib import Path

import pytest

import connsim


def test_wheel_is_under_test() -> None:
    """The imported connsim is the installed one."""
    assert distribution("connsim").locate_file("connsim/__init__.py") == Path(connsim.__file__)


@pytest.mark.parametrize("name", ["connsim.fixtures.world", "connsim.steps.clock", "connsim.features"])
def test_folders_are_installed_below_one_name(name: str) -> None:
    """Sentences, fixtures and features are folders of the one installed package."""
    assert Path(str(import_module(name).__file__)).is_relative_to(Path(connsim.__file__).parent)
