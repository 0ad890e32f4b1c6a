import json
from collections.abc import Callable
from typing import Any, Protocol

import pytest

from connsim import World
from connsim.agency.agency import Agency
from connsim.agency.records import AgentConnection
from connsim.clients.agency_client import AgencyClient
from connsim.libvcx.connection_rows import CONNECTION_ROWS
from connsim.libvcx.errors import VcxError
from connsim.libvcx.proprietary import documents
from connsim.libvcx.session import Session
from connsim.wire.keys import Identity
from connsim.wire.states import State

ROWS = {row.name.removeprefix("vcx_connection_").removesuffix("_connection"): row for row in CONNECTION_ROWS}
LOGO = "https://logo.example/a.png"
PROTOCOLS: dict[str, dict[str, str]] = {
    "1.0": {},
    "2.0": {"protocol_type": "2.0", "use_latest_protocols": "true"},
    "2.0 in bundles of 1.0": {"protocol_type": "2.0"},
}


class InterceptedSession(Session):
    """A session whose posts go through a function that a test can replace."""

    def __init__(self, seed: str) -> None:
        super().__init__(seed)
        self.posting: Callable[[str, bytes], bytes] = super().post

    def post(self, url: str, body: bytes) -> bytes:
        """Post to a URL by the function of the test."""
        return self.posting(url, body)


class Party:
    """A user of the library: its session, and its calls by name, without threads and callbacks.

    Args:
        settings: Added to those of a provisioned owner; ``None`` removes one.
    """

    def __init__(self, world: World, name: str, settings: dict[str, str | None]) -> None:
        self.world = world
        self.session = InterceptedSession(name)
        self.session.wallets.create("wallet", "key", None)
        self.session.wallets.open("wallet", "key", None)
        given = self._provisioned(settings) | {"institution_name": name, "institution_logo_url": LOGO} | settings
        self.session.settings.update({key: value for key, value in given.items() if value is not None})
        self._seen = len(world.journal.exchanges())

    def _provisioned(self, settings: dict[str, str | None]) -> dict[str, str | None]:
        self.session.settings.update({key: value for key, value in settings.items() if value is not None})
        agency, owner = self.world.agency.identity, self.session.wallet.new_pair()
        url = self.world.agency.url
        client = AgencyClient(
            lambda body: self.session.post(f"{url}/agency/msg", body),
            agency,
            owner,
            self.session.draw,
            self.session.dialect(),
        )
        agent = client.provision()
        return {"agency_endpoint": url, "sdk_to_remote_verkey": owner.verkey} | _named(agency, agent)

    def call(self, name: str, *given: Any) -> Any:
        """Call a function with the arguments that it gets on its worker thread."""
        return ROWS[name].run(self.session, *given)

    def fails(self, name: str, *given: Any) -> int:
        """Call a function that must fail; return the code."""
        with pytest.raises(VcxError) as failed:
            self.call(name, *given)
        return int(failed.value.code)

    def connection(self, handle: int) -> documents.Connection:
        """Return the record of a handle."""
        found = self.session.objects.get(handle)
        assert isinstance(found, documents.Connection)
        return found

    def loaded(self, handle: int, **changed: Any) -> int:
        """Load a copy of a connection's document with some members changed; the state is given as number or name."""
        document = documents.write(self.connection(handle))
        document["data"] |= {k: v.number if isinstance(v, State) else v for k, v in changed.items()}
        return int(self.call("deserialize", json.dumps(document)))

    def invited(self, phone: str | None = None) -> int:
        """Create a connection that has invited."""
        handle = self.call("create", "alice")
        self.call("connect", handle, "" if phone is None else f'{{"phone": "{phone}"}}')
        return int(handle)

    def accepted(self) -> int:
        """Create a connection that a scripted holder has accepted."""
        handle = self.invited()
        self.world.agency.holder_accepts(self.uid(handle))
        assert self.call("update_state", handle) == 4
        return handle

    def uid(self, handle: int) -> str:
        """Return the connReqId of a connection."""
        detail = self.connection(handle).invite_detail
        assert detail is not None
        return str(detail["connReqId"])

    def posts(self) -> list[str]:
        """Return the names of the messages from this party to its agency since the last call of this method."""
        exchanges = [e for e in self.world.journal.exchanges()[self._seen :] if "holder" not in e.note]
        self._seen = len(self.world.journal.exchanges())
        return [exchange.message for exchange in exchanges]


def agent_of(world: World, did: str) -> AgentConnection:
    """Return the agent of a connection at the agency."""
    found = world.agency.parties.find(did)
    assert isinstance(found, AgentConnection)
    return found


def agents_of(world: World) -> list[AgentConnection]:
    """Return the agents of the only owner's connections, oldest first."""
    (owner,) = world.agency.owners.values()
    assert owner.agent is not None
    return list(owner.agent.connections.values())


def _named(agency: Identity, agent: Identity) -> dict[str, str | None]:
    return {
        "agency_did": agency.did,
        "agency_verkey": agency.verkey,
        "remote_to_sdk_did": agent.did,
        "remote_to_sdk_verkey": agent.verkey,
    }


@pytest.fixture
def world(connsim_world: World, agency: Agency) -> World:
    """The test's world, with its agency on a port of its own."""
    return connsim_world


class NewParty(Protocol):
    """Makes parties; each setting is added to those of a provisioned owner, or removed by ``None``."""

    def __call__(self, name: str = "faber", **settings: str | None) -> Party: ...


@pytest.fixture
def new_party(world: World) -> NewParty:
    """Return a factory of parties: ``new_party("faber", institution_did=...)``."""
    return lambda name="faber", **settings: Party(world, name, settings)


@pytest.fixture(params=PROTOCOLS.values(), ids=list(PROTOCOLS))
def protocol(request: pytest.FixtureRequest) -> dict[str, str]:
    """The settings of each protocol, and of their mixture."""
    settings: dict[str, str] = request.param
    return settings


@pytest.fixture
def party(new_party: NewParty) -> Party:
    """A party of protocol 1.0."""
    return new_party()


@pytest.fixture
def mocked() -> Party:
    """A party in the test mode, without an agency."""
    party = Party.__new__(Party)
    party.session = InterceptedSession("mocked")
    party.session.settings.merge("ENABLE_TEST_MODE")
    return party
