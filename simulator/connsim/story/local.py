"""The world that tests import: its agents run in this process."""

from pathlib import Path
from typing import ClassVar

from connsim.agency.agency import Agency
from connsim.faults.active import Faults
from connsim.prism.agent import PrismAgent
from connsim.scenarios import files as scenario_files
from connsim.scenarios.fakes import FAKES
from connsim.story.stage import Stage
from connsim.world.world import Fake, World


class LocalWorld(World, Stage):
    """A simulated world with both agents: `connsim.world.world.World`, with the additional methods that tests need."""

    faults: Faults
    kinds: ClassVar[tuple[type[Fake], ...]] = FAKES

    @property
    def prism(self) -> PrismAgent:
        """The fake PRISM agent."""
        return self.fake(PrismAgent)

    @property
    def agency(self) -> Agency:
        """The fake VCX agency."""
        return self.fake(Agency)

    def play_files(self, paths: list[Path]) -> None:
        """Load scenario files, in place of those that were loaded before.

        Raises:
            Misuse: A file is missing or wrong. Nothing has changed then.
        """
        scenario_files.load_into(self, scenario_files.contents(paths))
