"""The shop's own scenarios."""

from pathlib import Path

from pytest_bdd import scenarios

scenarios(str(Path(__file__).parents[1] / "features"))
