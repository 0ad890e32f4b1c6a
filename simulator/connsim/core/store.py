"""A store of records, by id, by owner and by thread.

Records belong to an owner (a wallet, an agent) and are found by their id and by their thread. Nothing is evicted: a
client may come back to a connection at any time, and the real agents keep theirs in a database.
"""

from collections.abc import Iterable, Iterator
from typing import Generic, Protocol, TypeVar


class Stored(Protocol):
    """The attributes that a record must have to be stored."""

    @property
    def owner(self) -> str:
        """The wallet or agent that the record belongs to."""

    @property
    def id(self) -> str:
        """The id; unique among all records."""

    @property
    def thid(self) -> str:
        """The thread id, unique for its owner; equal to ``id`` where the record opened the thread."""


Record = TypeVar("Record", bound=Stored)


class Store(Generic[Record]):
    """The records of one kind, in memory."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._owned: dict[str, list[Record]] = {}
        self._threads: dict[tuple[str, str], Record] = {}

    def add(self, record: Record) -> None:
        """Add a new record."""
        self._records[record.id] = record
        self._owned.setdefault(record.owner, []).append(record)
        if record.thid != record.id:  # an inviter's thread is its id, which `by_thread` tries, too: this saves an entry
            self._threads[record.owner, record.thid] = record

    def get(self, id_: str) -> Record | None:
        """Find a record by its id, of any owner; ``None`` if no record has it."""
        return self._records.get(id_)

    def by_thread(self, owner: str, thid: str) -> Record | None:
        """Find an owner's record by its thread id; ``None`` if the owner has no such thread."""
        found = self._threads.get((owner, thid)) or self.get(thid)
        return found if found is not None and (found.owner, found.thid) == (owner, thid) else None

    def all(self, owner: str) -> Iterable[Record]:
        """All records of an owner, oldest first."""
        return tuple(self._owned.get(owner, ()))

    def __iter__(self) -> Iterator[Record]:
        """All records, oldest first."""
        return iter(tuple(self._records.values()))

    def clear(self) -> None:
        """Drop all records."""
        self._records.clear()
        self._owned.clear()
        self._threads.clear()
