"""What users may import. Everything else in this package is private and may change."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Unpack

from simulator.agency.settings import Settings as AgencySettings
from simulator.clients.plug import Connected, Outcome, PrismClient, VcxClient
from simulator.control.client import ControlClient
from simulator.durations import duration
from simulator.errors import (
    BadDuration,
    BadFault,
    BadInvitation,
    BadScript,
    ConnsimError,
    Deadlock,
    GuardExpired,
    Misuse,
    NotFound,
    NotVirtual,
    StillPolling,
    UnknownBehaviour,
    Unmet,
    UnusedFault,
    UnusedScript,
    Violation,
    Waiting,
)
from simulator.people import People, Person
from simulator.prism.settings import P1Settings, Settings
from simulator.query import Query
from simulator.sequence import Sequence, Step
from simulator.timeskip.frozen import frozen
from simulator.verification.asked import Wanted, asked
from simulator.verification.evidence import Evidence
from simulator.verification.requests import Requests, Span
from simulator.world import World as _World

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "AgencySettings",
    "BadDuration",
    "BadFault",
    "BadInvitation",
    "BadScript",
    "Connected",
    "ConnsimError",
    "ControlClient",
    "Deadlock",
    "GuardExpired",
    "Misuse",
    "NotFound",
    "NotVirtual",
    "Outcome",
    "P1Settings",
    "People",
    "Person",
    "PrismClient",
    "Query",
    "Requests",
    "Sequence",
    "Settings",
    "Step",
    "StillPolling",
    "UnknownBehaviour",
    "Unmet",
    "UnusedFault",
    "UnusedScript",
    "VcxClient",
    "Violation",
    "Waiting",
    "World",
    "asked",
    "duration",
]


class World(_World):
    """A simulated world for tests: `simulator.world.World`, and what only tests need.

    Attributes:
        folders: Where `load` looks for files, in this order; empty is the present folder. The fixture looks beside the
            test, and in pytest's rootdir.
    """

    folders: "tuple[Path, ...]" = ()

    @property
    def people(self) -> People:
        """People with names, labels and phone numbers, from the world's seed."""
        return People(self.seed)

    def load(self, *files: "str | Path") -> None:
        """Take scenario files into this world, in place of those that were taken before.

        Their behaviours have a name here, their rules say what new connections play that no script of the test is for,
        and what they say under ``world`` sets up the agents. Seed and clock stay the test's own.

        Raises:
            Misuse: There is no such file, or something is wrong with one; the message has everything that is. Then
                nothing has changed.
        """
        from simulator import scenario_files  # noqa: PLC0415 (light until a file is loaded)

        self.play_files([scenario_files.find(file, self.folders) for file in files])

    def play_files(self, paths: "list[Path]") -> None:
        """The same of files that were found."""
        from simulator import scenario_files  # noqa: PLC0415 (as above)

        scenario_files.take(self, paths)

    def frozen(self) -> AbstractContextManager[_World]:
        """Freeze the time of client code at this world's clock; see `simulator.timeskip.frozen.frozen`."""
        return frozen(self)

    def requests(self, *, since: Span | None = None, until: Span | None = None, **wanted: Unpack[Wanted]) -> Requests:
        """What clients have asked so far, to expect something of it; see `Requests.asked` and `Wanted`."""
        return Requests.asked(Evidence.of(self), since=since, until=until, **wanted)
