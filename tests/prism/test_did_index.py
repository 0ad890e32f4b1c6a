"""The index of DIDs: each DID is derived once, and only if one is looked up."""

from connsim import World
from connsim.prism.did_index import DidIndex
from connsim.prism.records import Connection


def test_each_did_is_derived_once() -> None:
    """A lookup derives the DIDs of new records only, so all lookups together derive each DID once."""
    agent = World().prism.cloud_agent
    derived: list[str] = []

    def did(record: Connection) -> str:
        derived.append(record.id)
        return agent.flow.did(record)

    index = DidIndex(did)
    records = [agent.create(agent.wallet("k")) for _ in range(3)]
    index.add(records[0])
    index.add(records[1])
    assert derived == []

    assert index.find("did:peer:2.unknown") is None
    assert index.find(agent.flow.did(records[1])) is records[1]
    index.add(records[2])
    assert index.find(agent.flow.did(records[2])) is records[2]
    assert index.find(agent.flow.did(records[0])) is records[0]
    assert sorted(derived) == sorted(record.id for record in records)
