"""Installing connsim takes no name that the shop uses."""

from importlib import import_module
from importlib.metadata import distribution
from pathlib import Path

import pytest

import connsim

SHOP = Path(__file__).parents[1]


@pytest.mark.parametrize("name", ["fixtures", "fixtures.world", "steps", "steps.clock"])
def test_shop_keeps_its_packages(name: str) -> None:
    """The shop's packages are the shop's, even where connsim has a file of the same name."""
    assert Path(str(import_module(name).__file__)).is_relative_to(SHOP)


@pytest.mark.parametrize("name", ["connsim.fixtures.world", "connsim.steps.clock"])
def test_connsim_keeps_its_own(name: str) -> None:
    """The folders of connsim come under its own name."""
    assert Path(str(import_module(name).__file__)).is_relative_to(Path(connsim.__file__).parent)


def test_wheel_is_under_test() -> None:
    """These tests are about the installed wheel and no checkout."""
    installed = distribution("connsim")

    assert installed.locate_file("connsim/__init__.py") == Path(connsim.__file__)
