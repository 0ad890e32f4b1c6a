"""Where records live.

Records belong to an owner (a wallet, an agent) and are found by their id and by their thread. Nothing is ever evicted:
an accepted record is never lost.
"""

from collections.abc import Iterable, Iterator
from typing import Generic, Protocol, TypeVar


class Stored(Protocol):
    """What a store asks of a record."""

    @property
    def owner(self) -> str:
        """Who owns it: a wallet, an agent."""
        ...

    @property
    def id(self) -> str:
        """The id; unique among all records."""
        ...

    @property
    def thid(self) -> str:
        """The thread id, unique for its owner; equal to ``id`` where the record opened the thread."""
        ...


Record = TypeVar("Record", bound=Stored)


class Store(Protocol[Record]):
    """A place for the records of one kind."""

    def add(self, record: Record) -> None:
        """Keep a new record."""
        ...

    def get(self, id_: str) -> Record | None:
        """Find a record by its id, whoever owns it."""
        ...

    def by_thread(self, owner: str, thid: str) -> Record | None:
        """Find an owner's record by its thread id."""
        ...

    def all(self, owner: str) -> Iterable[Record]:
        """All records of an owner, oldest first."""
        ...

    def __iter__(self) -> Iterator[Record]:
        """All records, oldest first."""
        ...

    def clear(self) -> None:
        """Drop everything."""
        ...


class MemoryStore(Generic[Record]):
    """A store in memory; the default."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._owned: dict[str, list[Record]] = {}
        self._threads: dict[tuple[str, str], Record] = {}

    def add(self, record: Record) -> None:
        """Keep a new record."""
        self._records[record.id] = record
        self._owned.setdefault(record.owner, []).append(record)
        if record.thid != record.id:  # the rest are found by id: an entry less for every inviter
            self._threads[record.owner, record.thid] = record

    def get(self, id_: str) -> Record | None:
        """Find a record by its id, whoever owns it."""
        return self._records.get(id_)

    def by_thread(self, owner: str, thid: str) -> Record | None:
        """Find an owner's record by its thread id."""
        found = self._threads.get((owner, thid)) or self.get(thid)
        return found if found is not None and (found.owner, found.thid) == (owner, thid) else None

    def all(self, owner: str) -> Iterable[Record]:
        """All records of an owner, oldest first."""
        return tuple(self._owned.get(owner, ()))

    def __iter__(self) -> Iterator[Record]:
        """All records, oldest first."""
        return iter(tuple(self._records.values()))

    def clear(self) -> None:
        """Drop everything."""
        self._records.clear()
        self._owned.clear()
        self._threads.clear()
