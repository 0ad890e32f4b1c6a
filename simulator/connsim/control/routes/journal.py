"""The routes of the journal."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from connsim.control.shapes.rows import RemovedView
from connsim.core.durations import duration
from connsim.core.shapes import Rules
from connsim.journal.entries import Entry, as_json
from connsim.journal.query import Query
from connsim.world import World

PAGE = 1_000

Entries = Annotated[tuple[Mapping[str, object], ...], Rules(items={"$ref": "#/components/schemas/Entry"})]
"""Entries of a journal, as `connsim.journal.entries.as_json` writes them."""

Moment = (
    Annotated[int, Rules(minimum=0, maximum=2**63 - 1)]
    | Annotated[str, Rules(format="connsim-duration", examples=["90s"])]
    | None
)
Connection = Annotated[str | None, "Only this connection."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter(Query):
    """A `Query` whose moments may be durations since the world's start."""

    # `query` turns both into the integers of `Query`.
    since: Annotated[Moment, "The first moment: nanoseconds since 1970, or a duration since the world's start."] = None  # type: ignore[assignment]
    until: Annotated[Moment, "The last moment, likewise."] = None  # type: ignore[assignment]

    def query(self, start: int) -> Query:
        """The query for a journal.

        Args:
            start: The world's start, in nanoseconds since 1970.

        Raises:
            BadDuration: A moment is not a duration.
        """
        since, until = (start + duration(at) if isinstance(at, str) else at for at in (self.since, self.until))
        return replace(self, since=since, until=until)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFilter(Filter):
    """A query, page by page."""

    limit: Annotated[int, Rules(minimum=1, maximum=10_000), "The greatest number of entries, from the oldest."] = PAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesFilter(Filter):
    """A query, and the form of the lines."""

    real: Annotated[bool, "Whether to include the machine's time; without it, a seed gives the same bytes."] = True


@dataclass(frozen=True, slots=True)
class JournalView:
    """A page of the journal."""

    seed: Annotated[str, "The seed of the world."]
    dropped: Annotated[int, "The number of entries dropped to make room."]
    entries: Annotated[Entries, "Oldest first."]
    next: Annotated[int | None, "The `after` of the next page; null on the last page."]


@dataclass(frozen=True, slots=True)
class CountView:
    """The number of matching entries."""

    count: Annotated[int, "Their number."]


def show_journal(world: World, asked: PageFilter) -> JournalView:
    """List entries, oldest first; `after` gives the next page, and `open=true` the requests without a reply."""
    journal = world.journal
    found = journal.find(asked.query(world.clock.start), asked.limit + 1)
    page = found[: asked.limit]
    following = page[-1].number if len(found) > len(page) else None
    return JournalView(world.seed.value, journal.dropped, tuple(entry(world, one) for one in page), following)


def count_entries(world: World, asked: Filter) -> CountView:
    """Count entries. Refused once the journal has dropped some: the number could be wrong."""
    return CountView(world.journal.count(asked.query(world.clock.start)))


def export_journal(world: World, asked: LinesFilter) -> str:
    """Export the matching entries as JSON Lines."""
    start = world.clock.start
    return "".join(world.journal.lines(start, asked.query(start), real=asked.real))


def show_timeline(world: World, connection: Connection = None) -> str:
    """Show the journal as lines of text, with moments since the world's start."""
    return "".join(f"{line}\n" for line in world.journal.timeline(world.clock.start, connection))


def clear_journal(world: World) -> RemovedView:
    """Drop all entries; connections and scripts stay."""
    removed = len(world.journal.entries())
    world.journal.clear()
    return RemovedView(removed)


def entry(world: World, one: Entry) -> Mapping[str, object]:
    """An entry as JSON."""
    return as_json(one, world.clock.start, world.journal.tenant)
