"""The route of scenario files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from connsim.core.shapes import Rules
from connsim.scenarios import files as scenario_files
from connsim.world import World


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """A scenario file."""

    name: Annotated[str, "Its name in messages."]
    text: Annotated[str, Rules(examples=["select: [{behaviour: accepts after 90s}]"]), "Its content."]


@dataclass(frozen=True, slots=True)
class ScenarioFiles:
    """The scenario files to load."""

    files: Annotated[tuple[ScenarioFile, ...], "They replace those loaded before; an empty list removes them all."]


@dataclass(frozen=True, slots=True)
class ScenariosView:
    """The contents of the loaded scenario files."""

    behaviours: Annotated[tuple[str, ...], "The names of the behaviours that they define."]
    rules: Annotated[int, "The number of rules that select behaviours."]


def play_files(world: World, body: ScenarioFiles) -> ScenariosView:
    """Load scenario files into the world: all of their content, or none of it if a file has an error.

    Agents without connections take over the settings; seed and clock stay.
    """
    taken = scenario_files.load_into(world, {Path(file.name): file.text.encode() for file in body.files})
    return ScenariosView(tuple(behaviour.name for behaviour in taken.behaviours), len(taken.rules))
