from dataclasses import dataclass
from typing import Any, Literal, Protocol

import pytest

from connsim import World
from connsim.core.exchange import Reply, Request
from connsim.core.seed import Seed
from connsim.journal.entries import Exchange
from connsim.wire.codes import Version
from connsim.wire.crypt import drawing
from connsim.wire.keys import Identity, KeyPair
from connsim.wire.layers import Layer, open_layer, wrap
from connsim.wire.messages import Message
from connsim.wire.proofs import delegation_proof

SEED = Seed("clients")
Flavour = Literal["evernym", "dummy"]
WIRE = {"content-type": "application/ssi-agent-wire"}


@dataclass
class Pair:
    """One connection of an owner: its pairwise key, and the agent connection."""

    pw: KeyPair
    ac: Identity
    uid: str = ""


class Owner:
    """A client of the agency that follows the protocol, written for these tests.

    ``version`` is that of the envelopes, ``style`` that of the messages for which libvcx uses ``protocol_type``.
    """

    def __init__(
        self, world: World, name: str = "owner", version: Version = Version.V1, style: Version | None = None
    ) -> None:
        self.world = world
        self.name = name
        self.version = version
        self.style = style or version
        self.key = KeyPair.from_seed(SEED.draw(name))
        self.agency = world.agency.identity
        self._posts = 0

    def wrapped(self, message: Message, *steps: tuple[KeyPair | None, Identity]) -> bytes:
        """Return a message in its envelopes, including the outermost."""
        self._posts += 1
        draw = drawing(SEED, self.name, self._posts)
        return wrap(message, self.version, [*steps, (None, self.agency)], draw)

    def post(self, body: bytes) -> Reply:
        """Post a body."""
        return self.world.agency.handle(Request("POST", "/agency/msg", WIRE, body))

    def opened(self, reply: Reply) -> Layer:
        """Open an answer, which must be a success for this owner."""
        assert reply.status == 200, reply.body
        return open_layer(reply.body, self.key)

    def message(self, name: str, **members: Any) -> Message:
        """Return a message in the style that belongs to the envelope."""
        return Message(name, members, self.version)

    def tell(self, message: Message, *steps: tuple[KeyPair | None, Identity]) -> Reply:
        """Send a message."""
        return self.post(self.wrapped(message, *steps))

    def tell_agent(self, name: str, **members: Any) -> Reply:
        """Send a message to the cloud agent."""
        return self.tell(Message(name, members, self.style), (self.key, self.agent))

    def tell_ac(self, pair: Pair, message: Message) -> Reply:
        """Send a message to an agent connection."""
        return self.tell(message, (pair.pw, pair.ac), (self.key, self.agent))

    def ask_agent(self, name: str, **members: Any) -> Message:
        """Send a message to the cloud agent, and open the answer."""
        return self.opened(self.tell_agent(name, **members)).message

    def ask_ac(self, pair: Pair, name: str, **members: Any) -> Message:
        """Send a message to an agent connection, and open the answer."""
        return self.opened(self.tell_ac(pair, self.message(name, **members))).message

    def provision(self) -> "Owner":
        """Get a cloud agent, in three posts."""
        members = {"fromDID": self.key.did, "fromDIDVerKey": self.key.verkey}
        forward = paired(self.opened(self.tell(self.message("CONNECT", **members), (self.key, self.agency))).message)
        self.opened(self.tell(self.message("SIGNUP"), (self.key, forward)))
        self.agent = paired(self.opened(self.tell(self.message("CREATE_AGENT"), (self.key, forward))).message)
        self.forward = forward
        return self

    def profile(self, name: str, logo: str = "https://logo.example/a.png") -> "Owner":
        """Set name and logo."""
        self.ask_agent("UPDATE_CONFIGS", configs=[{"name": "name", "value": name}, {"name": "logoUrl", "value": logo}])
        return self

    def pair(self, name: str = "pw") -> Pair:
        """Create a pairwise key and its agent connection."""
        pw = KeyPair.from_seed(SEED.draw(self.name, name))
        return Pair(pw, paired(self.ask_agent("CREATE_KEY", forDID=pw.did, forDIDVerKey=pw.verkey)))

    def request(self, pair: Pair, **members: Any) -> Message:
        """Send a connection request; return the answer."""
        given = {"sendMsg": True, "keyDlgProof": delegation_proof(pair.pw, pair.ac), "includePublicDID": False}
        if self.version is Version.V2:
            given["@id"] = SEED.draw_uuid(self.name, pair.pw.did, self._posts)
        return self.message("CONN_REQUEST", **(given | members))

    def invite(self, name: str = "pw", **members: Any) -> Pair:
        """Make an invitation; its detail is kept in ``detail``."""
        pair = self.pair(name)
        answer = self.opened(self.tell_ac(pair, self.request(pair, **members))).message
        self.detail = answer.members["inviteDetail"]
        self.invite_url = answer.members["urlToInviteDetail"]
        pair.uid = answer.members["@id"]
        return pair

    def answer(self, pair: Pair, detail: dict[str, Any], code: str = "MS-104", **members: Any) -> Message:
        """Return the answer to an invitation."""
        given = {
            "sendMsg": True,
            "replyToMsgId": detail["connReqId"],
            "keyDlgProof": delegation_proof(pair.pw, pair.ac),
            "senderDetail": detail["senderDetail"],
            "senderAgencyDetail": detail["senderAgencyDetail"],
            "answerStatusCode": code,
        }
        if self.version is Version.V2:
            given["@id"] = SEED.draw_uuid(self.name, pair.pw.did, self._posts)
        name = "REDIRECT_CONN_REQ" if code == "MS-107" else "ACCEPT_CONN_REQ"
        return self.message(name, **(given | members))

    def accept(self, detail: dict[str, Any], name: str = "pw", code: str = "MS-104", **members: Any) -> Pair:
        """Answer an invitation with a new pairwise key."""
        pair = self.pair(name)
        self.opened(self.tell_ac(pair, self.answer(pair, detail, code, **members)))
        return pair

    def messages(self, pair: Pair, **filters: Any) -> list[dict[str, Any]]:
        """Return the mailbox, as GET_MSGS shows it."""
        answer = self.opened(self.tell_ac(pair, Message("GET_MSGS", filters, self.style))).message
        assert answer.name == "MSGS"
        msgs: list[dict[str, Any]] = answer.members["msgs"]
        return msgs

    def seen(self, pair: Pair) -> list[tuple[Any, ...]]:
        """Return the mailbox in short: uid, type, status, refMsgId, and whether there is a payload."""
        return [
            (m["uid"], m["type"], m["statusCode"], m.get("refMsgId"), m.get("payload") is not None)
            for m in self.messages(pair)
        ]


def paired(answer: Message) -> Identity:
    """Return the identity in an answer of provisioning."""
    return Identity(answer.members["withPairwiseDID"], answer.members["withPairwiseDIDVerKey"])


def last_exchange(world: World) -> Exchange:
    """Return the newest exchange."""
    exchange = world.journal.last_exchange()
    assert exchange is not None
    return exchange


class NewOwner(Protocol):
    """Makes provisioned clients, in the test's world or in another one."""

    def __call__(
        self,
        name: str = "owner",
        version: Version = Version.V1,
        style: Version | None = None,
        *,
        other_world: World | None = None,
    ) -> Owner: ...


@pytest.fixture
def world() -> World:
    """A new world."""
    return World()


@pytest.fixture
def new_owner(world: World) -> NewOwner:
    """Return a factory of provisioned clients: ``new_owner(name, version, style)``, or in ``other_world``."""

    def new(
        name: str = "owner",
        version: Version = Version.V1,
        style: Version | None = None,
        *,
        other_world: World | None = None,
    ) -> Owner:
        return Owner(other_world or world, name, version, style).provision()

    return new
