"""A party with Aries connections, and a peer that sends it the messages of a test."""

import json
from typing import Any

import pytest

from connsim.clients.agency_wire import AgencyError
from connsim.core.seed import Seed
from connsim.wire.aries import messages
from connsim.wire.aries.did_doc import Contact, did_doc
from connsim.wire.aries.forwarding import seal
from connsim.wire.aries.messages import AriesMessage, read
from connsim.wire.aries.signature import sign
from connsim.wire.crypt import drawing
from connsim.wire.keys import KeyPair
from connsim.wire.pack import unpack
from tests.libvcx.connections.conftest import NewParty, Party

ARIES = {"protocol_type": "3.0"}
ENDPOINT = "http://peer.example/aries"


class Peer:
    """The other side of one party: it sends any messages, and accepts those that are posted to it.

    Attributes:
        received: The messages that were posted to its endpoint.
        raw: The same, as bytes.
        refuses: Whether the endpoint answers 500.
    """

    def __init__(self, party: Party) -> None:
        self.keys = KeyPair.from_seed(b"p" * 32)
        self.received: list[AriesMessage] = []
        self.raw: list[bytes] = []
        self.refuses = False
        self._party = party
        self._draw = drawing(Seed("peer"), "peer")
        self._post = party.session.posting
        party.session.posting = self._posted

    def _posted(self, url: str, body: bytes) -> bytes:
        if url != ENDPOINT:
            return self._post(url, body)
        self.raw.append(unpack(body, {self.keys.verkey: self.keys}.get).message)
        self.received.append(read(self.raw[-1]))
        if self.refuses:
            raise AgencyError(500, b"no")
        return b""

    @property
    def doc(self) -> dict[str, Any]:
        """Its DID document, with its own endpoint and no routing keys."""
        return did_doc(self.keys.did, self.keys.verkey, ENDPOINT)

    def invitation(self, **changed: Any) -> str:
        """Return an invitation of its own."""
        members = messages.invitation("invitation-1", "peer", [self.keys.verkey], [], ENDPOINT).members
        return json.dumps({**members, **changed})

    def request(self, **changed: Any) -> AriesMessage:
        """Return a request, with some members of its document changed."""
        return messages.request("request-1", "peer", self.keys.did, self.doc | changed)

    def response(self, signer: KeyPair | None = None, *, please_ack: bool = True) -> AriesMessage:
        """Return the response to the last request."""
        signed = sign(signer or self.keys, self.keys.did, self.doc, 1)
        return messages.response("response-1", self.received[-1].id, signed, please_ack=please_ack)

    def contact(self, handle: int) -> Contact:
        """Return how to reach the party, by the current agent of the connection."""
        mine = json.loads(self._party.call("info", handle))["my"]
        return Contact(mine["did"], tuple(mine["recipientKeys"]), tuple(mine["routingKeys"]), mine["serviceEndpoint"])

    def write(
        self, handle: int, message: AriesMessage | bytes, to: Contact | None = None, *, anonymous: bool = False
    ) -> None:
        """Send a message to the party through its agency; by default to the connection's current agent."""
        to = to or self.contact(handle)
        self._post(to.endpoint, seal(message, None if anonymous else self.keys, to, self._draw))


@pytest.fixture
def aries(new_party: NewParty) -> Party:
    """A party of protocol 3.0."""
    return new_party("faber", **ARIES)


@pytest.fixture
def peer(aries: Party) -> Peer:
    """The other side of that party."""
    return Peer(aries)
