"""The index of records by DID.

Deriving a record's DID from the seed takes two key derivations, and most DIDs are never looked up. So nothing is
derived when a record is added. A lookup derives the DIDs of the records that were added since the last lookup.
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
