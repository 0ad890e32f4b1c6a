"""The routes of the journal."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Literal

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
"""Nanoseconds since 1970, or how long after the world's start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which entries of the journal.

    Attributes:
        kind: Only of this kind.
        connection: Only about this connection.
        client: Only requests of this API key, or of this agent of a VCX client.
        method: Only requests with this method.
        route: Only requests that matched this route, such as `/connections/{connectionId}`.
        status: Only requests that were answered so.
        message: Only requests of this name inside, such as `GET_MSGS`.
        state: Only what told this state, or led to it.
        open: Only requests that wait for their answer, or only others.
        poll: Only requests by which a client looked how its connection stands, or only others.
        header: Only requests with this header: `name:value`, or `name` for any value.
        since: From this moment on: nanoseconds since 1970, or a duration since the world's start.
        until: Up to this moment, likewise.
        after: Only entries with a greater number.
    """

    kind: Literal["exchange", "transition", "notification"] | None = None
    connection: str | None = None
    client: str | None = None
    method: str | None = None
    route: str | None = None
    status: Annotated[int, Rules(minimum=100, maximum=599)] | None = None
    message: str | None = None
    state: str | None = None
    open: bool | None = None
    poll: bool | None = None
    header: Annotated[str, Rules(minLength=1, examples=["apikey:issuer"])] | None = None
    since: Moment = None
    until: Moment = None
    after: Annotated[int, Rules(minimum=0, maximum=2**63 - 1)] = 0

    def query(self, start: int) -> Query:
        """The same for a journal.

        Args:
            start: The world's start, in nanoseconds since 1970.

        Raises:
            BadDuration: A moment cannot be read.
        """
        same = {field.name: getattr(self, field.name) for field in fields(Filter)}
        if self.header is not None:
            name, _, value = self.header.partition(":")
            same["header"] = (name, value.strip())
        for name in ("since", "until"):
            if isinstance(same[name], str):
                same[name] = start + duration(same[name])
        return Query(**same)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFilter(Filter):
    """Which entries of the journal, page by page.

    Attributes:
        limit: At most so many, the oldest.
    """

    limit: Annotated[int, Rules(minimum=1, maximum=10_000)] = PAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesFilter(Filter):
    """Which entries of the journal, and how they are written.

    Attributes:
        real: Whether the machine's time is told, too; without it, the same seed gives the same bytes.
    """

    real: bool = True


@dataclass(frozen=True, slots=True)
class WhoseStory:
    """Whose timeline.

    Attributes:
        connection: Only this connection's.
    """

    connection: str | None = None


@dataclass(frozen=True, slots=True)
class JournalView:
    """A page of the journal.

    Attributes:
        seed: That of the world.
        dropped: How many entries had to make room.
        entries: The oldest first.
        next: What `after` is for the next page; null if this was the last.
    """

    seed: str
    dropped: int
    entries: Entries
    next: int | None


@dataclass(frozen=True, slots=True)
class CountView:
    """How many entries of the journal were asked for.

    Attributes:
        count: Their number.
    """

    count: int


def show_journal(world: World, asked: PageFilter) -> JournalView:
    """Tell what happened, the oldest first; page on with `after`. With `open=true`: which requests still wait."""
    journal = world.journal
    found = journal.find(asked.query(world.clock.start), asked.limit + 1)
    page = found[: asked.limit]
    following = page[-1].number if len(found) > len(page) else None
    return JournalView(world.seed.value, journal.dropped, tuple(entry(world, one) for one in page), following)


def count_entries(world: World, asked: Filter) -> CountView:
    """Count entries. Refused once the journal has dropped some: the answer could be wrong."""
    return CountView(world.journal.count(asked.query(world.clock.start)))


def export_journal(world: World, asked: LinesFilter) -> str:
    """Export everything that is asked for as JSON Lines, one entry a line."""
    start = world.clock.start
    return "".join(world.journal.lines(start, asked.query(start), real=asked.real))


def show_timeline(world: World, asked: WhoseStory) -> str:
    """Tell the story in lines that a person can read, counted from the world's start."""
    return "".join(f"{line}\n" for line in world.journal.timeline(world.clock.start, asked.connection))


def clear_journal(world: World) -> RemovedView:
    """Forget what happened; connections and scripts stay."""
    removed = len(world.journal.entries())
    world.journal.clear()
    return RemovedView(removed)


def entry(world: World, one: Entry) -> Mapping[str, object]:
    """An entry as JSON."""
    return as_json(one, world.clock.start, world.journal.tenant)
