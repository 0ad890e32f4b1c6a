"""connsim takes no name that the shop uses; .ci/run and tests/packaging run this on connsim in all its forms."""

from importlib import import_module
from importlib.resources import files
from pathlib import Path

import pytest

SHOP = Path(__file__).parents[1]


@pytest.mark.parametrize("name", ["features", "fixtures", "simulator", "steps"])
def test_shop_keeps_its_folders(name: str) -> None:
    """The shop's folders are imported from the shop, with an ``__init__.py`` and without."""
    assert {Path(place) for place in import_module(name).__path__} == {SHOP / name}


@pytest.mark.parametrize("name", ["fixtures.world", "simulator.world", "steps.clock"])
def test_shop_keeps_its_modules(name: str) -> None:
    """The shop's modules are imported from the shop, even where connsim has a file of the same name."""
    assert place_of(name).is_relative_to(SHOP)


@pytest.mark.parametrize("name", ["connsim.fixtures.world", "connsim.steps.clock", "connsim.features.faults"])
def test_connsim_keeps_its_own(name: str) -> None:
    """The folders of connsim are imported under connsim's name."""
    assert not place_of(name).is_relative_to(SHOP)


def test_connsim_has_its_features() -> None:
    """The shipped scenarios are found under connsim's name, those in a subfolder too."""
    features = files("connsim.features")

    assert (features / "waiting.feature").is_file()
    assert (features / "faults" / "prism.feature").is_file()


def place_of(name: str) -> Path:
    """Return the file of a module."""
    return Path(str(import_module(name).__file__))
