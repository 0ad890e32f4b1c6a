"""The routes of the whole world."""

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
    """The PRISM agents of a world."""

    url: Annotated[str | None, "Their root URL; null if they have no port."]
    urls: Annotated[Mapping[str, str], "The root URL of each, by version; empty if they have no port."]
    public_url: Annotated[str, "The root of their own URL inside their DIDs."]
    p5: Annotated[str | None, "The root URL of the agent 1.40.0, by its former name; null if it has no port."]
    p1: Annotated[str | None, "The root URL of the agent 2023, likewise."]


@dataclass(frozen=True, slots=True)
class AgencyView:
    """The VCX agency of a world."""

    url: Annotated[str | None, "Its root URL; null if it has no port."]
    public_url: Annotated[str, "The root of its URLs in links and invitations."]
    did: Annotated[str, "Its DID."]
    verkey: Annotated[str, "Its key."]
    flavour: Annotated[str, "The agency whose errors and rules it has."]
    holder: Annotated[str, "The behaviour of holders without a script."]


@dataclass(frozen=True, slots=True)
class JournalSize:
    """The size of a journal."""

    entries: Annotated[int, "The number of entries."]
    open: Annotated[int, "The number of requests that wait for their reply."]
    dropped: Annotated[int, "The number of entries dropped to make room; if it is not 0, counts are refused."]


@dataclass(frozen=True, slots=True)
class WorldView:
    """A summary of a world."""

    version: Annotated[str, "The version of connsim."]
    seed: Annotated[str, "The seed of its ids, keys and names."]
    clock: Annotated[ClockView, "The present moment."]
    per_poll: Annotated[str | None, "How far each poll of a client moves the clock, in words; null if not at all."]
    prism: Annotated[PrismView, "The PRISM agents."]
    agency: Annotated[AgencyView, "The VCX agency."]
    journal: Annotated[JournalSize, "The size of the journal."]
    connections: Annotated[int, "The number of connections."]
    scripts: Annotated[int, "The number of scripts."]
    complaints: Annotated[int, "The number of complaints."]


@dataclass(frozen=True, slots=True)
class HealthView:
    """The health of the server."""

    status: Annotated[str, "Always ok."]
    version: Annotated[str, "The version of connsim."]


@dataclass(frozen=True, slots=True)
class Reset:
    """Options of a reset."""

    seed: Annotated[
        Annotated[str, Rules(minLength=1, examples=["monday"])] | None,
        "The new seed of ids, keys and names; by default the present one.",
    ] = None


@dataclass(frozen=True, slots=True)
class ComplaintView:
    """An error for which a test would fail."""

    kind: Annotated[str, "The name of its class."]
    text: Annotated[str, "Its message."]


@dataclass(frozen=True, slots=True)
class ComplaintsView:
    """All errors for which a test would fail."""

    complaints: Annotated[tuple[ComplaintView, ...], "Errors of the simulation, oldest first."]
    unused: Annotated[ComplaintView | None, "A script that was never played, or a fault that never struck, if any."]


def show_health(world: World) -> HealthView:
    """Answer that the server is running."""
    return HealthView("ok", __version__)


def show_world(world: World) -> WorldView:
    """Show a summary of the world: seed, clock, URLs, identity of the agency, and counts."""
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
    """Drop records, journal, complaints and held replies; keep ports, scripts, time and, unless one is given, the seed.

    With a new seed, the agency also has a new identity.
    """
    world.reset(body.seed)
    return show_world(world)


def list_complaints(world: World) -> ComplaintsView:
    """List the errors for which a test would fail, such as requests that no fake plays and unused scripts or faults."""
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
    """Drop the complaints."""
    removed = len(world.complaints)
    world.complaints.clear()
    return RemovedView(removed)
