"""The route of scenario files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from connsim.core.shapes import Rules
from connsim.scenarios import files as scenario_files
from connsim.world import World


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """A scenario file.

    Attributes:
        name: What it is called in messages.
        text: What stands in it.
    """

    name: str
    text: Annotated[str, Rules(examples=["select: [{behaviour: accepts after 90s}]"])]


@dataclass(frozen=True, slots=True)
class ScenarioFiles:
    """What a world is to play.

    Attributes:
        files: They take the place of those that it played before; none takes them all away.
    """

    files: tuple[ScenarioFile, ...]


@dataclass(frozen=True, slots=True)
class ScenariosView:
    """What a world plays of scenario files.

    Attributes:
        behaviours: The names that they give.
        rules: How many rules select them.
    """

    behaviours: tuple[str, ...]
    rules: int


def play_files(world: World, body: ScenarioFiles) -> ScenariosView:
    """Let a world play scenario files: all of what they say, or nothing if anything in them is wrong.

    Settings of agents are taken as long as these have no connections; seed and clock stay.
    """
    taken = scenario_files.load_texts_into(world, {Path(file.name): file.text.encode() for file in body.files})
    return ScenariosView(tuple(behaviour.name for behaviour in taken.behaviours), len(taken.rules))
