"""The other tests are about the installed wheel and no checkout."""

from importlib import import_module
from importlib.metadata import distribution
from pathlib import Path

import pytest

import connsim


def test_wheel_is_under_test() -> None:
    """What is imported is what is installed."""
    assert distribution("connsim").locate_file("connsim/__init__.py") == Path(connsim.__file__)


@pytest.mark.parametrize("name", ["connsim.fixtures.world", "connsim.steps.clock", "connsim.features"])
def test_folders_are_installed_below_one_name(name: str) -> None:
    """Sentences, fixtures and features are folders of the one package that is installed."""
    assert Path(str(import_module(name).__file__)).is_relative_to(Path(connsim.__file__).parent)
