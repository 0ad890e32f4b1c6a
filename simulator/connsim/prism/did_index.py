"""Finds the record of a DID.

A record's DID is derived from the seed, which takes two key derivations, and most DIDs are never looked up. So the DIDs
of new records are derived when one is looked up, each of them once: a lookup costs what was added since the last one.
"""

from collections.abc import Callable

from connsim.prism.records import Connection


class DidIndex:
    """The records of one flow, by DID.

    Args:
        did: Derives the DID of a record.
    """

    def __init__(self, did: Callable[[Connection], str]) -> None:
        self._did = did
        self._new: list[Connection] = []
        self._by_did: dict[str, Connection] = {}

    def add(self, record: Connection) -> None:
        """Add a new record."""
        self._new.append(record)

    def find(self, did: str) -> Connection | None:
        """Find the record of a DID; ``None`` if no record has it."""
        while self._new:
            record = self._new.pop()
            self._by_did[self._did(record)] = record
        return self._by_did.get(did)
