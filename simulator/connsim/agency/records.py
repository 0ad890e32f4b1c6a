"""The records of an agency. They hold no private keys: `Keyring` derives those from the seed by the record's name."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from connsim.core.seed import Seed
from connsim.script.player import Player
from connsim.wire.codes import ConnectionStatus, DeliveryStatus, MessageStatus, Version
from connsim.wire.keys import Identity, KeyPair

Name = tuple[str, ...]


class Keyring:
    """The key pairs of an agency, each drawn from the seed by its name when it is needed.

    Recent ones are cached, because every poll needs the same few, and deriving an Ed25519 pair is expensive.
    """

    def __init__(self, seed: Seed) -> None:
        self._seed = seed
        self.pair = lru_cache(maxsize=2048)(self._make)

    def _make(self, *name: str) -> KeyPair:
        return KeyPair.from_seed(self._seed.draw("agency", *name))


class Actor:
    """A party that the agency plays, with a key of its own.

    Attributes:
        name: The name by which its key is drawn from the seed.
        identity: Its DID and verkey on the wire.
        answers: The number of envelopes that it has closed; the randomness of each is drawn by its number.
    """

    __slots__ = ("answers", "identity", "name")

    def __init__(self, name: Name, keyring: Keyring) -> None:
        self.name = name
        self.identity = keyring.pair(*name).identity
        self.answers = 0


class ForwardAgent(Actor):
    """The agency's side of an owner who is not provisioned yet ("forward agent connection").

    Attributes:
        agent: The cloud agent, once CREATE_AGENT has made it.
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
        owner: The only party that may talk to it.
        configs: Replaced when it changes, never changed in place: connections keep the configs of their creation.
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
        user: The owner's pairwise identity. Messages under any other key come from the remote side.
        configs: The agent's configs when the connection was made.
        remote: The other side, once known.
        mailbox: By uid, in the order of arrival.
        invitations: The invitations of this connection, oldest first; usually one.
        polled: The time of the owner's last poll.
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


@dataclass(slots=True, eq=False)
class Remote:
    """The other side of a connection: its pairwise identity, its agent, its agency."""

    pairwise: Identity
    agent: Identity
    agency: Identity


@dataclass(slots=True, eq=False)
class Mail:
    """A message in a mailbox.

    Attributes:
        type: ``connReq``, ``connReqAnswer``, ``connReqRedirect``, ``aries``, or a sender's own type.
        sender: A pairwise DID; empty if the agency cannot know.
        payload: Bytes that only the owner can open.
        ref: The uid of the message that answers this one.
    """

    uid: str
    type: str
    status: MessageStatus
    sender: str
    payload: bytes | None = None
    ref: str | None = None


@dataclass(slots=True, eq=False)
class Invitation:
    """A connection request, from its holder's point of view.

    Attributes:
        uid: The connReqId.
        connection: The connection whose mailbox contains the request.
        at: The time of its creation.
        since: The time of the holder's last act.
        version: The version of the request's envelope, in which the holder and the payload of its answer are, too.
        signature: The owner's signature in the delegation to this connection's agent.
        public_did: The ``publicDID`` of the invite detail.
        thread: The id of the request's thread, in protocol 2.0.
        token: The token of the link that was sent to ``phone``.
        delivery: How far the text message got.
        act: The holder's last act, a state of the table ``vcx-holder``.
        code: The code of the answer, once there is one. Kept apart from the status in the mailbox, which the owner can
            change.
        answers: The number of answers that a scripted holder has sent.
        player: The script of the holder.
    """

    uid: str
    connection: AgentConnection
    at: int
    version: Version
    signature: str
    target: str | None = None
    public_did: str | None = None
    thread: str | None = None
    phone: str | None = None
    token: str | None = None
    delivery: DeliveryStatus | None = None
    act: str | None = None
    since: int = 0
    code: MessageStatus | None = None
    answers: int = 0
    player: Player | None = None

    @property
    def mail(self) -> Mail:
        """The request in the inviter's mailbox."""
        return self.connection.mailbox[self.uid]


@dataclass(frozen=True, slots=True)
class Sms:
    """A text message to a holder.

    Attributes:
        at: The time of sending, in nanoseconds since 1970.
        uid: The connReqId.
        status: How far it got.
    """

    at: int
    phone: str
    text: str
    link: str
    uid: str
    status: DeliveryStatus
