"""The map in docs/architecture.md is correct: all rooms, the layers that are checked, and only files that exist."""

import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.test_architecture import DOORS

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "simulator" / "connsim"
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
GENERATE: dict[str, Callable[..., Any]] = runpy.run_path(str(ROOT / "docs" / "generate.py"))

# A reader can remember about twenty. Two are reserved, for a console and a store.
MOST_ROOMS = 20 - 2
LEAVING = {"testing"}  # removed with the next release


def rooms() -> set[str]:
    """Return every folder and module directly below the package."""
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    return folders | {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}


def test_the_map_is_up_to_date() -> None:
    """Its tables match pyproject.toml and the docstrings: run `make docs`."""
    assert GENERATE["architecture_page"]() == PAGE


def test_every_room_is_on_the_map() -> None:
    """The table has a line for each name directly below the package, and no other line."""
    shown = re.findall(r"^\| `(\w+)(?:/|\.py)` \|", PAGE, re.MULTILINE)

    assert sorted(shown) == sorted(rooms())


def test_the_rooms_can_be_kept_in_mind() -> None:
    """The package has few rooms: a new one must replace one, or go into a room."""
    names = rooms() - LEAVING

    assert len(names) <= MOST_ROOMS, (
        f"{len(names)} rooms: {', '.join(sorted(names))}. Put what is new into one of them."
    )


@pytest.mark.parametrize("room", sorted(rooms()))
def test_a_room_says_what_it_is(room: str) -> None:
    """The docstring of a room begins with a line that the map can show."""
    _, description = GENERATE["described"](room)

    assert len(description) > len("The room.")


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`([\w/]+(?:\.py|/))`", PAGE))))
def test_what_the_map_names_exists(path: str) -> None:
    """Every file and folder that the page names exists."""
    assert any((place / path).exists() for place in (PACKAGE, PACKAGE.parent, ROOT))


def test_the_map_names_the_doors() -> None:
    """The doors on the map are the modules that law 3 allows to use sockets, threads and loops."""
    law = next(part for part in re.split(r"^\d\. ", PAGE, flags=re.MULTILINE) if part.startswith("**The core does no"))
    named = set(re.findall(r"`([\w/]+/)`", law))

    assert named == {place.removeprefix("simulator/connsim/") for place in DOORS if place.endswith("/")}
