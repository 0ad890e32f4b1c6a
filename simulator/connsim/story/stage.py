"""What tests and sentences need of a world, whether it is played in this process or in a running `connsim serve`."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Protocol, Self, Unpack

from connsim.agency.settings import AgencySettings
from connsim.core.clock import Clock
from connsim.core.exchange import Profile
from connsim.core.seed import Seed
from connsim.errors import ConnsimError
from connsim.faults.fault import Fault
from connsim.journal import Journal
from connsim.prism.invitation import Invitation
from connsim.prism.settings import CloudAgentSettings, EarlySettings
from connsim.scenarios import files as scenario_files
from connsim.script import sequence
from connsim.script.machines.vcx import Seen
from connsim.script.selection import Match, MatchArguments
from connsim.story.people import People
from connsim.story.verification.asked import Wanted
from connsim.story.verification.evidence import Evidence
from connsim.story.verification.requests import Requests, Span
from connsim.virtual_time.frozen import frozen
from connsim.wire.keys import Identity
from connsim.world.world import Door


class WrittenScript(Protocol):
    """A script that waits for connections."""

    @property
    def role(self) -> str:
        """Whom it moves, such as ``prism-inviter``."""
        ...


class ArmedFault(Protocol):
    """A fault that waits for requests."""

    @property
    def struck(self) -> int:
        """How often it has struck."""
        ...


class Sent(Protocol):
    """A text message that the agency sent."""

    @property
    def uid(self) -> str:
        """The connReqId of the invitation in it."""
        ...

    @property
    def phone(self) -> str:
        """Where it went."""
        ...

    @property
    def text(self) -> str:
        """What it says."""
        ...

    @property
    def link(self) -> str:
        """The address in it."""
        ...


class Generation(Protocol):
    """One generation of the PRISM agent."""

    @property
    def profile(self) -> Profile:
        """Its routes, and the prefix that a gateway puts before them."""
        ...


class PrismSide(Protocol):
    """The PRISM agents of a world."""

    url: str

    @property
    def cloud_agent(self) -> Generation:
        """The Cloud Agent."""
        ...

    @property
    def early(self) -> Generation:
        """prism-agent of early 2023."""
        ...

    @property
    def root(self) -> Generation:
        """The one that answers at the bare root."""
        ...

    def configure(self, settings: CloudAgentSettings | EarlySettings) -> None:
        """Set one of the agents up, before its first connection."""
        ...

    def foreign_invitation(
        self, name: str = ..., label: str = ..., goal_code: str | None = ..., goal: str | None = ...
    ) -> Invitation:
        """An invitation of an inviter whom no client plays."""
        ...

    def state_of(self, connection: str) -> str | None:
        """The state of a record; ``None`` if no record has this id. Looking does not count as a poll."""
        ...


class AgencySide(Protocol):
    """The VCX agency of a world."""

    url: str

    @property
    def identity(self) -> Identity:
        """Its DID and key."""
        ...

    @property
    def public_url(self) -> str:
        """The root of its address in links and invitations."""
        ...

    @property
    def outbox(self) -> Sequence[Sent]:
        """The text messages that it sent, the oldest first."""
        ...

    def configure(self, settings: AgencySettings) -> None:
        """Set it up, before its first owner."""
        ...

    def holder_scans(self, invitation: str) -> str:
        """Hand an Aries invitation to a holder; returns the connection."""
        ...

    def mailbox_of(self, invitation: str) -> tuple[Seen, ...] | None:
        """What the inviter of an invitation would find; ``None`` if no invitation has this id."""
        ...

    def detail_of(self, invitation: str) -> Mapping[str, object]:
        """The invite detail in its full form, as its link gives it."""
        ...


class Stage(Protocol):
    """A world of a test, wherever it is played.

    `connsim.story.local.LocalWorld` and `connsim.story.remote.world.RemoteWorld` are the two; what stands here with a
    body is the same for both.

    Attributes:
        folders: Where `load` looks for files, in this order; empty is the present folder. The fixture looks beside the
            test, and in pytest's rootdir.
        lock: Held while the state of the world is read.
        faults: What waits for requests.
        complaints: What went wrong with the simulation itself.
    """

    seed: Seed
    clock: Clock
    lock: AbstractContextManager[object]
    journal: Journal
    doors: list[Door]
    faults: Iterable[ArmedFault]
    complaints: list[ConnsimError]
    folders: tuple[Path, ...] = ()

    @property
    def prism(self) -> PrismSide:
        """The PRISM agents."""
        ...

    @property
    def agency(self) -> AgencySide:
        """The VCX agency."""
        ...

    def advance(self, by: str | timedelta) -> None:
        """Move the clock forward, by ``"24 hours"`` for example; see `Clock.advance`."""
        self.clock.advance(by)

    def parse(self, play: str, role: str) -> "sequence.Sequence":
        """The sequence that a role would play for these words; see `Cast.parse`."""
        ...

    def script(self, role: str, play: str | sequence.Sequence, **match: Unpack[MatchArguments]) -> WrittenScript:
        """Say what one side of every connection does that is made from now on; see `World.script`."""
        ...

    def script_all(self, play: str, match: Match) -> Sequence[WrittenScript]:
        """Say what the other side of all connections that match does, of every role that can show it."""
        ...

    def script_holder(self, play: str) -> Sequence[WrittenScript]:
        """Say what the holder does behind every invitation that is made from now on, of every protocol."""
        ...

    def fault(self, fault: Fault | Mapping[str, object] | str | None = None, /, **row: object) -> ArmedFault:
        """Arm a fault: what a network, or an overloaded server, does to requests; see `World.fault`."""
        ...

    def let_holder(self, act: str, connection: str) -> None:
        """Make the holder of one invitation act, now; see `World.let_holder`."""
        ...

    def play_files(self, paths: list[Path]) -> None:
        """Take scenario files, in place of those that were taken before."""
        ...

    def check(self) -> None:
        """Raise what went wrong with the simulation, if anything did."""
        ...

    def reset(self, seed: str | None = None) -> None:
        """Drop records, journal, complaints and held replies; scripts, faults and the clock's moment stay."""
        ...

    def timeline(self, connection: str | None = None) -> str:
        """The story so far, for people: one line per event, counted from the world's start."""
        return self.journal.story(self.clock.start, connection)

    @property
    def people(self) -> People:
        """People with names, labels and phone numbers, from the world's seed."""
        return People(self.seed)

    def load(self, *files: str | Path) -> None:
        """Take scenario files into this world, in place of those that were taken before.

        Their behaviours have a name here, their rules say what new connections play that no script of the test is for,
        and what they say under ``world`` sets up the agents. Seed and clock stay the test's own.

        Raises:
            Misuse: A file is missing or wrong; the message has everything that is wrong. Then nothing has changed.
        """
        self.play_files([scenario_files.find(file, self.folders) for file in files])

    def frozen(self) -> AbstractContextManager[Self]:
        """Freeze the time of client code at this world's clock; see `connsim.virtual_time.frozen.frozen`."""
        return frozen(self)

    def requests(self, *, since: Span | None = None, until: Span | None = None, **wanted: Unpack[Wanted]) -> Requests:
        """What clients have asked so far, to expect something of it; see `Requests.asked` and `Wanted`."""
        return Requests.asked(Evidence.of(self), since=since, until=until, **wanted)
