"""An inviter of an Aries connection, written for these tests after observed behaviour of libvcx."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from connsim import World
from connsim.core.exchange import Reply, Request
from connsim.core.seed import Seed
from connsim.wire.aries import messages
from connsim.wire.aries.did_doc import contact, did_doc
from connsim.wire.aries.forwarding import seal, unwrap
from connsim.wire.aries.messages import AriesMessage, Type
from connsim.wire.aries.signature import sign
from connsim.wire.codes import Version
from connsim.wire.crypt import drawing
from tests.agency.conftest import NewOwner, Owner, Pair

SEED = Seed("inviters")


URL = "http://agency.example:8080"


class Inviter:
    """One Aries connection of an owner, which advances with its polls.

    Attributes:
        state: The number that libvcx gives the state.
        seen: The messages that came into the mailboxes, by type.
        replies: The replies to its posts to the holder.
    """

    def __init__(self, owner: Owner, name: str = "pw", url: str = URL) -> None:
        self.owner = owner
        self.url = url
        self.name = name
        self.pair = self.first = owner.pair(name)
        routing = [self.pair.ac.verkey, owner.agency.verkey]
        self.invitation = messages.invitation(
            SEED.draw_uuid(name), "Acme", [self.pair.pw.verkey], routing, f"{self.url}/agency/msg"
        )
        self.state = 2
        self.seen: list[str] = []
        self.replies: list[Reply | None] = []

    @property
    def text(self) -> str:
        """The invitation as the client shows it."""
        return messages.write(self.invitation).decode()

    def mails(self, pair: Pair) -> list[tuple[str, AriesMessage]]:
        """Return the unread messages of a mailbox: uid and message.

        Raises:
            NoKey: One of them cannot be opened; libvcx then fails, too.
        """
        found = []
        for entry in self.owner.messages(pair, statusCodes=["MS-103"]):
            assert (entry["type"], entry["senderDID"], entry["refMsgId"]) == ("aries", "", None)
            message = unwrap(entry["payload"], {pair.pw.verkey: pair.pw}.get)[0]
            found.append((entry["uid"], message))
        return found

    def update(self) -> int:
        """Poll once, as ``vcx_connection_update_state`` does."""
        for pair in [self.pair, *([self.first] if self.state == 3 else [])]:
            for uid, message in self.mails(pair):
                if self.takes(message):
                    self.seen.append(message.type)
                    self.handle(message)
                    uids = [{"pairwiseDID": pair.pw.did, "uids": [uid]}]
                    answer = self.owner.ask_agent("UPDATE_MSG_STATUS_BY_CONNS", statusCode="MS-106", uidsByConns=uids)
                    assert answer.members["updatedUidsByConns"] == uids
                    return self.state
        return self.state

    def takes(self, message: AriesMessage) -> bool:
        """Return whether the state accepts a message."""
        done = (Type.ACK, Type.PING, Type.PING_RESPONSE) if self.state == 3 else (Type.REQUEST,)
        return self.state in (2, 3) and message.type in (*done, Type.PROBLEM)

    def handle(self, message: AriesMessage) -> None:
        """React to a message."""
        if message.type is Type.REQUEST:
            self.respond(message)
        else:
            self.state = 1 if message.type is Type.PROBLEM else 4

    def respond(self, request: AriesMessage, **wrong: Any) -> None:
        """Answer a request with new keys; ``wrong`` overrides what libvcx would send."""
        self.their = contact(request.members["connection"]["DIDDoc"])
        self.request = request
        self.pair = self.owner.pair(f"{self.name} new")
        routing = [self.pair.ac.verkey, self.owner.agency.verkey]
        doc = did_doc(self.pair.pw.did, self.pair.pw.verkey, f"{self.url}/agency/msg", routing)
        signer = wrong.get("signer", self.first.pw)
        signed = sign(signer, self.pair.pw.did, wrong.get("doc", doc), 1_600_000_000)
        answer = messages.response(SEED.draw_uuid(self.name, "response"), wrong.get("thid", request.id), signed)
        reply = self.post(answer)
        self.state = 3 if reply is not None and reply.status == 200 else 1

    def post(self, message: AriesMessage | bytes) -> Reply | None:
        """Post to the holder's address; return ``None`` if there is none."""
        body = seal(message, self.pair.pw, self.their, drawing(SEED, self.name, len(self.replies)))
        self.replies.append(self.post_raw(body))
        return self.replies[-1]

    def post_raw(self, body: bytes) -> Reply | None:
        """Post any body."""
        parts = urlsplit(self.their.endpoint)
        if f"{parts.scheme}://{parts.netloc}" != self.url:
            return None
        return self.owner.world.agency.handle(Request("POST", parts.path, {}, body))


@pytest.fixture
def inviter(new_owner: NewOwner) -> Inviter:
    """A client that shows an invitation."""
    return Inviter(new_owner("owner", Version.V2, Version.V2))


def scan(inviter: Inviter) -> str:
    """Scan the invitation as a holder; return the connection's id."""
    return inviter.owner.world.agency.holder_scans(inviter.text)


def answered(reply: Reply | None) -> Reply:
    """Return the answer to a post to an existing address."""
    assert reply is not None
    return reply


def acts(world: World, id_: str) -> list[str]:
    """Return the acts of the holder, in order."""
    return [one.target for one in world.journal.transitions(id_)]
