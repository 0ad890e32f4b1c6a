"""The interface of a world for tests and sentences, whether it runs in this process or in a `connsim serve`."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Protocol, Self, Unpack

from connsim.agency.records import Sms
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
from connsim.story.verification.conditions import Wanted
from connsim.story.verification.evidence import Evidence
from connsim.story.verification.requests import Requests, Span
from connsim.virtual_time.frozen import frozen
from connsim.virtual_time.guard import LIMIT
from connsim.wire.keys import Identity
from connsim.world.world import Door


class WrittenScript(Protocol):
    """A script for future connections."""

    @property
    def role(self) -> str:
        """The role that it plays, such as ``prism-inviter``."""


class ActiveFault(Protocol):
    """A fault that was added to a world."""

    @property
    def struck(self) -> int:
        """How many requests it has struck."""


class Generation(Protocol):
    """One version of the PRISM agent."""

    @property
    def profile(self) -> Profile:
        """Its routes, and the path prefix at which a gateway serves them."""


class PrismSide(Protocol):
    """The PRISM agents of a world."""

    url: str

    @property
    def cloud_agent(self) -> Generation:
        """The Cloud Agent."""

    @property
    def early(self) -> Generation:
        """prism-agent of early 2023."""

    @property
    def root(self) -> Generation:
        """The agent that answers at the bare root."""

    def configure(self, settings: CloudAgentSettings | EarlySettings) -> None:
        """Configure one of the agents, before its first connection."""

    def foreign_invitation(
        self, name: str = ..., label: str = ..., goal_code: str | None = ..., goal: str | None = ...
    ) -> Invitation:
        """Make an invitation by an inviter that no client plays."""

    def state_of(self, connection: str) -> str | None:
        """Return the state of a record; ``None`` if no record has this id. This does not count as a poll."""


class AgencySide(Protocol):
    """The VCX agency of a world."""

    url: str

    @property
    def identity(self) -> Identity:
        """Its DID and key."""

    @property
    def public_url(self) -> str:
        """The root of its URLs in links and invitations."""

    @property
    def outbox(self) -> Sequence[Sms]:
        """The text messages that it has sent, oldest first."""

    def configure(self, settings: AgencySettings) -> None:
        """Configure it, before its first owner."""

    def holder_scans(self, invitation: str) -> str:
        """Hand an Aries invitation to a holder; returns the id of the connection."""

    def mailbox_of(self, invitation: str) -> tuple[Seen, ...] | None:
        """Return the messages for the inviter of an invitation; ``None`` if no invitation has this id."""

    def detail_of(self, invitation: str) -> Mapping[str, object]:
        """Return the invite detail in its full form, as the link of the invitation leads to it."""


class Stage(Protocol):
    """The world of a test, in this process or in another.

    There are two: `connsim.story.local.LocalWorld` and `connsim.story.remote.world.RemoteWorld`. A method with a body
    here is the same for both.

    Attributes:
        folders: Where `load` looks for files, in this order; empty means the current folder. The fixture looks beside
            the test, and then in pytest's rootdir.
        lock: The lock to hold while the state of the world is read.
        faults: The faults in place.
        complaints: Errors of the simulation itself; `check` raises the first.
    """

    seed: Seed
    clock: Clock
    lock: AbstractContextManager[object]
    journal: Journal
    doors: list[Door]
    faults: Iterable[ActiveFault]
    complaints: list[ConnsimError]
    folders: tuple[Path, ...] = ()

    @property
    def prism(self) -> PrismSide:
        """The PRISM agents."""

    @property
    def agency(self) -> AgencySide:
        """The VCX agency."""

    def advance(self, by: str | timedelta) -> None:
        """Move the clock forward, by ``"24 hours"`` for example; see `Clock.advance`."""
        self.clock.advance(by)

    def parse(self, play: str, role: str) -> "sequence.Sequence":
        """Return the sequence that a role would play for this behaviour; see `Scripts.parse`."""

    def script(self, role: str, play: str | sequence.Sequence, **match: Unpack[MatchArguments]) -> WrittenScript:
        """Script one side of every connection that is made from now on; see `World.script`."""

    def script_all(self, play: str, match: Match) -> Sequence[WrittenScript]:
        """Script the other side of all matching connections, in every role that can play it."""

    def script_holder(self, play: str) -> Sequence[WrittenScript]:
        """Script the holder behind every invitation that is made from now on, of every protocol."""

    def fault(self, fault: Fault | Mapping[str, object] | str | None = None, /, **row: object) -> ActiveFault:
        """Add a fault: what a network, or an overloaded server, does to requests; see `World.fault`."""

    def let_holder(self, act: str, connection: str) -> None:
        """Make the holder of one invitation act now; see `World.let_holder`."""

    def play_files(self, paths: list[Path]) -> None:
        """Load scenario files, in place of those that were loaded before."""

    def check(self) -> None:
        """Raise the first error of the simulation itself, if there is one."""

    def reset(self, seed: str | None = None) -> None:
        """Drop records, journal, complaints and held replies; scripts, faults and the clock's time stay."""

    def timeline(self, connection: str | None = None) -> str:
        """Return the journal as text: one line per event, with the time since the world's start."""
        return self.journal.timeline_text(self.clock.start, connection)

    @property
    def people(self) -> People:
        """People with names, labels and phone numbers, from the world's seed."""
        return People(self.seed)

    def load(self, *files: str | Path) -> None:
        """Load scenario files into this world, in place of those that were loaded before.

        Their behaviours can be named in this world; their rules apply to new connections that no script of the test
        matches; their section ``world`` configures the agents. Seed and clock remain the test's own.

        Raises:
            Misuse: A file is missing or wrong; the message lists every error. Nothing has changed then.
        """
        self.play_files([scenario_files.find(file, self.folders) for file in files])

    def frozen(self, *, guard: float = LIMIT) -> AbstractContextManager[Self]:
        """Freeze the time of client code at this world's clock; see `connsim.virtual_time.frozen.frozen`."""
        return frozen(self, guard=guard)

    def requests(self, *, since: Span | None = None, until: Span | None = None, **wanted: Unpack[Wanted]) -> Requests:
        """Return the requests of clients so far, to check them; see `Requests.select` and `Wanted`."""
        evidence = Evidence.of(self.clock, self.journal)
        return Requests.select(evidence, since=since, until=until, **wanted)
