"""The world that tests import: its agents are played in this process."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Unpack

from connsim.scenarios import files as scenario_files
from connsim.story.people import People
from connsim.story.verification.asked import Wanted
from connsim.story.verification.evidence import Evidence
from connsim.story.verification.requests import Requests, Span
from connsim.virtual_time.frozen import frozen
from connsim.world.world import World


class LocalWorld(World):
    """A simulated world for tests: `connsim.world.World`, and what only tests need.

    Attributes:
        folders: Where `load` looks for files, in this order; empty is the present folder. The fixture looks beside the
            test, and in pytest's rootdir.
    """

    folders: tuple[Path, ...] = ()

    @property
    def people(self) -> People:
        """People with names, labels and phone numbers, from the world's seed."""
        return People(self.seed)

    def load(self, *files: str | Path) -> None:
        """Take scenario files into this world, in place of those that were taken before.

        Their behaviours have a name here, their rules say what new connections play that no script of the test is for,
        and what they say under ``world`` sets up the agents. Seed and clock stay the test's own.

        Raises:
            Misuse: There is no such file, or something is wrong with one; the message has everything that is. Then
                nothing has changed.
        """
        self.play_files([scenario_files.find(file, self.folders) for file in files])

    def play_files(self, paths: list[Path]) -> None:
        """The same of files that were found."""
        scenario_files.take(self, paths)

    def frozen(self) -> AbstractContextManager[World]:
        """Freeze the time of client code at this world's clock; see `connsim.virtual_time.frozen.frozen`."""
        return frozen(self)

    def requests(self, *, since: Span | None = None, until: Span | None = None, **wanted: Unpack[Wanted]) -> Requests:
        """What clients have asked so far, to expect something of it; see `Requests.asked` and `Wanted`."""
        return Requests.asked(Evidence.of(self), since=since, until=until, **wanted)
