"""The routes of a world as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from connsim.agency.agency import Agency
from connsim.control.routes.clock import ClockView, show_clock
from connsim.control.routes.connections import sides
from connsim.control.shapes.rows import RemovedView
from connsim.core.durations import spoken
from connsim.core.shapes import Rules
from connsim.core.version import VERSION as __version__
from connsim.errors import ConnsimError, UnusedFault, UnusedScript
from connsim.journal.query import Query
from connsim.prism.agent import PrismAgent
from connsim.prism.versions import CLOUD_AGENT, EARLY
from connsim.world import World


@dataclass(frozen=True, slots=True)
class PrismView:
    """The PRISM agents of a world.

    Attributes:
        url: The root of their address; null if no port of theirs is open.
        urls: The root of each, by version; empty if no port of theirs is open.
        public_url: The root of their own address inside their DIDs.
        p5: The root of the agent 1.40.0, by its former name; null if no port is open.
        p1: The root of the agent 2023, likewise.
    """

    url: str | None
    urls: Mapping[str, str]
    public_url: str
    p5: str | None
    p1: str | None


@dataclass(frozen=True, slots=True)
class AgencyView:
    """The VCX agency of a world.

    Attributes:
        url: The root of its address; null if no port of it is open.
        public_url: The root of its address in links and invitations.
        did: Its DID.
        verkey: Its key.
        flavour: Whose errors and rules it shows.
        holder: What holders do that no script is for.
    """

    url: str | None
    public_url: str
    did: str
    verkey: str
    flavour: str
    holder: str


@dataclass(frozen=True, slots=True)
class JournalSize:
    """How much a journal holds.

    Attributes:
        entries: What is held.
        open: The requests that wait for their answer.
        dropped: What had to make room; while there is any, counts are refused.
    """

    entries: int
    open: int
    dropped: int


@dataclass(frozen=True, slots=True)
class WorldView:
    """All that can be said of a world at once.

    Attributes:
        version: That of connsim.
        seed: Where its ids, keys and names come from.
        clock: The present moment.
        per_poll: By how much every poll of a client moves the clock, in words; null if it does not.
        prism: The PRISM agents.
        agency: The VCX agency.
        journal: How much the journal holds.
        connections: How many connections there are.
        scripts: How many scripts wait for connections.
        complaints: How many complaints there are.
    """

    version: str
    seed: str
    clock: ClockView
    per_poll: str | None
    prism: PrismView
    agency: AgencyView
    journal: JournalSize
    connections: int
    scripts: int
    complaints: int


@dataclass(frozen=True, slots=True)
class HealthView:
    """That it serves.

    Attributes:
        status: Always ok.
        version: That of connsim.
    """

    status: str
    version: str


@dataclass(frozen=True, slots=True)
class Reset:
    """How to begin anew.

    Attributes:
        seed: Where all ids, keys and names come from now on; the present one unless given.
    """

    seed: Annotated[str, Rules(minLength=1, examples=["monday"])] | None = None


@dataclass(frozen=True, slots=True)
class ComplaintView:
    """What a test would fail for.

    Attributes:
        kind: The name of the error.
        text: What it says.
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class ComplaintsView:
    """All that a test would fail for.

    Attributes:
        complaints: What went wrong, the oldest first.
        unused: Which script was never played, or which fault never struck; null if all were of use.
    """

    complaints: tuple[ComplaintView, ...]
    unused: ComplaintView | None


def show_health(world: World) -> HealthView:
    """Tell that it serves."""
    return HealthView("ok", __version__)


def show_world(world: World) -> WorldView:
    """Show the whole: seed, clock, addresses, who the agency is, and how much there is of everything."""
    prism, agency, journal = world.fake(PrismAgent), world.fake(Agency), world.journal
    urls = prism.urls()
    return WorldView(
        __version__,
        world.seed.value,
        show_clock(world),
        spoken(world.per_poll) if world.per_poll else None,
        PrismView(prism.url or None, urls, world.public_url, urls.get(CLOUD_AGENT), urls.get(EARLY)),
        AgencyView(
            agency.url or None,
            agency.public_url,
            agency.identity.did,
            agency.identity.verkey,
            agency.settings.flavour,
            agency.settings.holder,
        ),
        JournalSize(len(journal.entries()), len(journal.find(Query(open=True))), journal.dropped),
        len(sides(world)),
        len(list(world.scripts.waiting)),
        len(world.complaints),
    )


def reset(world: World, body: Reset) -> WorldView:
    """Drop records, journal, complaints and held replies; keep ports, scripts and moment, and the seed unless told.

    With a new seed, the agency has another identity, too.
    """
    world.reset(body.seed)
    return show_world(world)


def list_complaints(world: World) -> ComplaintsView:
    """List what a test would fail for: what the fakes do not play, what went wrong inside, what was never played."""
    unused: ComplaintView | None = None
    try:
        world.scripts.check()
        world.faults.check()
    except (UnusedScript, UnusedFault) as error:
        unused = _complaint(error)
    return ComplaintsView(tuple(map(_complaint, world.complaints)), unused)


def _complaint(error: ConnsimError) -> ComplaintView:
    return ComplaintView(type(error).__name__, str(error))


def clear_complaints(world: World) -> RemovedView:
    """Forget what went wrong."""
    removed = len(world.complaints)
    world.complaints.clear()
    return RemovedView(removed)
