"""What an agency holds. Keys are not among it: the seed gives them back by the record's name, see `Keyring`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from connsim.core.seed import Seed
from connsim.script.player import Player
from connsim.wire.codes import ConnectionStatus, DeliveryStatus, MessageStatus, Version
from connsim.wire.keys import Identity, KeyPair

Name = tuple[str, ...]


class Keyring:
    """The key pairs of an agency, each drawn from the seed by its name when it is needed; the last ones are kept."""

    def __init__(self, seed: Seed) -> None:
        self._seed = seed
        self.pair = lru_cache(maxsize=2048)(self._make)

    def _make(self, *name: str) -> KeyPair:
        return KeyPair.from_seed(self._seed.draw("agency", *name))


class Actor:
    """A party that the agency plays, with a key of its own.

    Attributes:
        name: What its key is drawn by.
        identity: How it is known on the wire.
        answers: How many envelopes it has closed: each is drawn by its number.
    """

    __slots__ = ("answers", "identity", "name")

    def __init__(self, name: Name, keyring: Keyring) -> None:
        self.name = name
        self.identity = keyring.pair(*name).identity
        self.answers = 0


class ForwardAgent(Actor):
    """The agency's side of an owner who is not provisioned yet ("forward agent connection").

    Attributes:
        agent: The cloud agent, once it is created.
    """

    __slots__ = ("agent", "owner", "signed_up")

    def __init__(self, owner: Identity, keyring: Keyring) -> None:
        super().__init__(("forward agent", owner.did, owner.verkey), keyring)
        self.owner = owner
        self.signed_up = False
        self.agent: CloudAgent | None = None


class CloudAgent(Actor):
    """The agent of one owner.

    Attributes:
        owner: Who may talk to it, and for whom its answers are.
        configs: Replaced as a whole when it changes, never changed in place.
        com_methods: Value by type: ``"2"`` is a webhook.
        connections: By the owner's pairwise DID, oldest first; deleted ones too.
    """

    __slots__ = ("com_methods", "configs", "connections", "owner")

    def __init__(self, owner: Identity, keyring: Keyring) -> None:
        super().__init__(("agent", owner.did, owner.verkey), keyring)
        self.owner = owner
        self.configs: Mapping[str, str] = {}
        self.com_methods: dict[str, str] = {}
        self.connections: dict[str, AgentConnection] = {}


class AgentConnection(Actor):
    """The agent's side of one pairwise connection.

    Attributes:
        user: The owner's pairwise identity: who "the owner" is here. Anybody else is the remote side.
        configs: The agent's when this was made.
        remote: The other side, once known.
        mailbox: By uid, in the order of arrival.
        invitations: Those made here, oldest first; usually one.
        polled: When the owner last got the messages.
    """

    __slots__ = ("agent", "configs", "invitations", "mailbox", "polled", "remote", "status", "user")

    def __init__(self, agent: CloudAgent, user: Identity, keyring: Keyring) -> None:
        super().__init__(("agent connection", agent.identity.did, user.did), keyring)
        self.agent = agent
        self.user = user
        self.configs = agent.configs
        self.remote: Remote | None = None
        self.status = ConnectionStatus.NOT_CONNECTED
        self.mailbox: dict[str, Mail] = {}
        self.invitations: tuple[Invitation, ...] = ()
        self.polled: int | None = None


class Remote:
    """The other side of a connection: its pairwise identity, its agent, its agency."""

    __slots__ = ("agency", "agent", "pairwise")

    def __init__(self, pairwise: Identity, agent: Identity, agency: Identity) -> None:
        self.pairwise = pairwise
        self.agent = agent
        self.agency = agency


class Mail:
    """A message in a mailbox.

    Attributes:
        type: ``connReq``, ``connReqAnswer``, ``connReqRedirect``, ``aries``, or whatever a sender calls it.
        sender: A pairwise DID; empty if the agency cannot know.
        payload: Bytes that only the owner can open.
        ref: The uid of the message that answers this one.
    """

    __slots__ = ("payload", "ref", "sender", "status", "type", "uid")

    def __init__(self, uid: str, type_: str, status: MessageStatus, sender: str, payload: bytes | None = None) -> None:
        self.uid = uid
        self.type = type_
        self.status = status
        self.sender = sender
        self.payload = payload
        self.ref: str | None = None


class Invitation:
    """A connection request, as its holder sees it.

    Attributes:
        uid: The connReqId.
        connection: Whose mailbox it stands in.
        at: When it was made.
        since: When its holder last did something.
        version: The envelope's: what its holder is to speak, and the form of the payload that will answer it.
        signature: The owner's, under the delegation to this connection's agent.
        public_did: Shown as ``publicDID``.
        thread: The id of the request's thread, in protocol 2.0.
        token: Opens the link that was sent to ``phone``.
        delivery: How far the text message got.
        act: What its holder has done, a state of the table ``vcx-holder``.
        code: Of the answer, once there is one. The status in the mailbox is the owner's to change.
        answers: How many answers a scripted holder has sent.
        player: The script of the holder.
    """

    __slots__ = (
        "act",
        "answers",
        "at",
        "code",
        "connection",
        "delivery",
        "phone",
        "player",
        "public_did",
        "signature",
        "since",
        "target",
        "thread",
        "token",
        "uid",
        "version",
    )

    def __init__(self, uid: str, connection: AgentConnection, at: int, version: Version, signature: str) -> None:
        self.uid = uid
        self.connection = connection
        self.at = self.since = at
        self.version = version
        self.signature = signature
        self.target: str | None = None
        self.public_did: str | None = None
        self.thread: str | None = None
        self.phone: str | None = None
        self.token: str | None = None
        self.delivery: DeliveryStatus | None = None
        self.act: str | None = None
        self.code: MessageStatus | None = None
        self.answers = 0
        self.player: Player | None = None

    @property
    def mail(self) -> Mail:
        """The request in the inviter's mailbox."""
        return self.connection.mailbox[self.uid]


@dataclass(frozen=True, slots=True)
class Sms:
    """A text message to a holder.

    Attributes:
        at: When it was sent, in nanoseconds since 1970.
        uid: The connReqId.
        status: How far it got.
    """

    at: int
    phone: str
    text: str
    link: str
    uid: str
    status: DeliveryStatus
