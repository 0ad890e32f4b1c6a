"""The wrapper's own tests of connections and initialization, through the wrapper, in the test mode.

Sections are those of docs/protocol/libvcx.md.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from connsim.wire.invite_detail import agency_detail, invite_detail, sender_detail
from connsim.wire.keys import KeyPair
from connsim.wire.notation import dump_msgpack
from connsim.wire.proofs import delegation_proof

pytest.importorskip("vcx", reason="the wrapper is not installed; run: pip install 'connsim[vcx]'")

from vcx.api.connection import Connection
from vcx.api.utils import vcx_pool_set_handle
from vcx.api.vcx_init import vcx_init, vcx_init_minimal
from vcx.api.wallet import Wallet
from vcx.error import ErrorCode, VcxError, error_message
from vcx.state import State

pytestmark = pytest.mark.usefixtures("library")

SMS = json.dumps({"connection_type": "SMS", "phone": "5555555555", "use_public_did": True})
QR = json.dumps({"connection_type": "QR"})
INVITER, AGENT = (KeyPair.from_seed(letter * 32) for letter in "ia")
INVITATION = invite_detail(
    "c1", sender_detail(INVITER, delegation_proof(INVITER, AGENT), "Faber"), agency_detail(AGENT, "http://a.example")
)

Run = Callable[[Awaitable[Any]], Any]


@pytest.fixture
def run() -> Run:
    """Return a function that awaits in a loop of its own, after the test mode was set in another loop."""
    asyncio.run(vcx_init("ENABLE_TEST_MODE"))
    return run_bare


def run_bare(awaited: Awaitable[Any]) -> Any:
    """Await in a loop of its own."""

    async def main() -> Any:
        return await awaited

    return asyncio.run(main())


def failing(code: ErrorCode, awaited: Awaitable[Any]) -> None:
    """Assert that an await fails with a code."""
    with pytest.raises(VcxError) as failed:
        run_bare(awaited)
    assert failed.value.error_code == code


async def invited(options: str = SMS) -> Connection:
    """Create a connection that has invited."""
    connection = await Connection.create("alice")
    await connection.connect(options)
    return connection


def dead(handle: int = 0) -> Connection:
    """Return the Python object of a connection that does not exist."""
    connection = Connection("alice")
    connection.handle = handle
    return connection


def acceptance() -> str:
    """Return a stored acceptance, with its payload unencrypted."""
    sender = sender_detail(INVITER, delegation_proof(INVITER, AGENT)) | {"publicDID": None}
    kind = {"name": "ConnReqAnswer", "ver": "1.0", "fmt": "json"}
    payload = dump_msgpack({"@type": kind, "@msg": signed(dump_msgpack({"senderDetail": sender}))})
    known = {"statusCode": "MS-104", "uid": "u", "senderDID": INVITER.did, "type": "connReqAnswer"}
    return json.dumps({**known, "payload": signed(payload)})


def signed(data: bytes) -> list[int]:
    """Return bytes as the JVM writes them, as signed integers."""
    return [byte - 256 if byte > 127 else byte for byte in data]


def test_7_create_connection(run: Run) -> None:
    """A new connection has its source id, and a handle."""
    connection = run(Connection.create("alice"))

    assert connection.source_id == "alice"
    assert connection.handle > 0


def test_7_connection_connect(run: Run) -> None:
    """Connect returns the invitation; after a deletion the connection cannot be serialized."""

    async def story() -> tuple[bytes, Connection]:
        connection = await Connection.create("alice")
        invitation = await connection.connect(SMS)
        await connection.delete()
        return invitation, connection

    invitation, connection = run(story())

    assert json.loads(invitation)["id"]
    failing(ErrorCode.InvalidConnectionHandle, connection.serialize())


def test_7_connection_send_message(run: Run) -> None:
    """A message cannot be sent in state 2."""
    failing(ErrorCode.NotReady, run(invited()).send_message("msg", "type", "title"))


def test_7_connection_sign_data(run: Run) -> None:
    """The result of connect can be signed."""

    async def story() -> Any:
        connection = await Connection.create("alice")
        return await connection.sign_data(await connection.connect(SMS))

    assert run(story())


def test_7_connection_verify_signature(run: Run) -> None:
    """In the test mode any signature is valid, even before the other side is known."""
    assert run(run(invited()).verify_signature(b"x", b"x"))


def test_7_connection_with_invite_connect(run: Run) -> None:
    """An invitation without thread and public DID is accepted."""

    async def story() -> Any:
        connection = await Connection.create_with_details("faber", json.dumps(INVITATION))
        return await connection.connect(QR)

    assert run(story())


def test_7_call_to_connect_with_bad_handle() -> None:
    """A bad handle is refused, also without initialization."""
    failing(ErrorCode.InvalidConnectionHandle, dead().connect(SMS))


def test_7_call_to_connect_state_not_initialized(run: Run) -> None:
    """A document in state 0 with an old member can be loaded, but not connected."""

    async def story() -> Connection:
        document = await (await invited()).serialize()
        document["data"] |= {"state": 0, "handle": 8}
        return await Connection.deserialize(document)

    failing(ErrorCode.ConnectionError, run(story()).connect(SMS))


def test_7_serialize(run: Run) -> None:
    """The document has the source id."""
    assert run(run(Connection.create("alice")).serialize())["data"]["source_id"] == "alice"


def test_7_serialize_with_bad_handle(run: Run) -> None:
    """A bad handle cannot be serialized."""
    failing(ErrorCode.InvalidConnectionHandle, dead().serialize())


def test_7_deserialize(run: Run) -> None:
    """The state is the document's; the Python object has no source id, as the wrapper reads the wrong member."""
    document = run(run(invited()).serialize())

    loaded = run(Connection.deserialize(document))

    assert loaded.source_id is document.get("source_id") is None
    assert run(loaded.get_state()) == State.OfferSent


def test_7_deserialize_with_invalid_data() -> None:
    """Invalid data is refused, also without initialization."""
    failing(ErrorCode.InvalidJson, Connection.deserialize({"invalid": -99}))


def test_7_serialize_deserialize_and_then_serialize(run: Run) -> None:
    """Serializing a loaded document gives the same document."""
    document = run(run(invited()).serialize())

    assert run(run(Connection.deserialize(document)).serialize()) == document


def test_7_connection_release(run: Run) -> None:
    """A released connection cannot be used."""
    connection = run(Connection.create("alice"))
    connection.release()

    failing(ErrorCode.InvalidConnectionHandle, connection.serialize())


def test_7_update_state(run: Run) -> None:
    """The state is 1 after creation; after connect the mailbox is empty."""

    async def story() -> list[int]:
        connection = await Connection.create("alice")
        before = await connection.update_state()
        await connection.connect(SMS)
        return [before, await connection.update_state(), await connection.get_state()]

    assert run(story()) == [State.Initialized, State.OfferSent, State.OfferSent]


def test_7_update_state_with_message(run: Run) -> None:
    """A given acceptance is accepted."""

    async def story() -> list[int]:
        connection = await Connection.create("alice")
        before = await connection.update_state()
        await connection.connect(SMS)
        return [before, await connection.update_state_with_message(acceptance())]

    assert run(story()) == [State.Initialized, State.Accepted]


def test_7_update_state_with_invalid_handle() -> None:
    """An invalid handle is refused, also without initialization."""
    failing(ErrorCode.InvalidConnectionHandle, dead().update_state())


def test_7_get_state(run: Run) -> None:
    """The state is an integer."""
    state = run(run(Connection.create("alice")).get_state())

    assert (type(state), state) == (int, State.Initialized)


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(lambda connection: connection.send_ping(None), id="7 send_ping"),
        pytest.param(lambda connection: connection.send_discovery_features(None, None), id="7 send_discovery_features"),
        pytest.param(lambda connection: connection.info(), id="7 connection_info"),
    ],
)
def test_7_only_aries(run: Run, asked: Callable[[Connection], Awaitable[Any]]) -> None:
    """Proprietary connections refuse three calls."""
    failing(ErrorCode.ActionNotSupported, asked(run(Connection.create("alice"))))


def test_7_vcx_init(run: Run) -> None:
    """The test mode needs no wallet, pool or agency."""
    assert run(Connection.create("alice")).handle


def test_7_error_message(run: Run) -> None:
    """Codes have texts."""
    assert error_message(ErrorCode.NotReady) == "Object not ready for specified action"


def test_7_vcx_init_minimal() -> None:
    """With the handles of a foreign wallet and pool, it returns 0."""
    Wallet.set_handle(1)
    vcx_pool_set_handle(1)

    assert vcx_init_minimal(json.dumps({"institution_name": "faber"})) == ErrorCode.Success
