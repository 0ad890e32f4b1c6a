"""What the agency knows: its own key, who can be reached, and every invitation."""

from connsim.agency import refusals
from connsim.agency.flavours import FLAVOURS, Flavour
from connsim.agency.invites import Sms
from connsim.agency.records import Actor, AgentConnection, ForwardAgent, Invitation, Keyring
from connsim.agency.refusals import Refused
from connsim.agency.settings import AgencySettings
from connsim.core.seed import Seed
from connsim.errors import Misuse
from connsim.script.machines.vcx import Seen
from connsim.wire.errors import BadKey
from connsim.wire.keys import KeyPair
from connsim.wire.notation import shown

_UID = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Registry:
    """The records of an agency.

    Args:
        seed: Where its keys and ids come from.

    Attributes:
        flavour: Whose agency it is like.
        public_url: The root of its address in links and invitations; see `AgencySettings`.
        key: The agency's own.
        identity: Its DID and verkey, as ``GET /agency`` tells.
        owners: By DID, whoever has sent CONNECT.
        invitations: By connReqId, oldest first.
        tokens: The invitations that were sent to a phone, by the token of their link.
        outbox: The text messages, oldest first.
    """

    def __init__(self, seed: Seed, settings: AgencySettings) -> None:
        self._seed = seed
        self.use(settings)

    def use(self, settings: AgencySettings) -> None:
        """Begin anew, with these settings.

        Raises:
            Misuse: There is no such flavour, or the given seed is none.
        """
        if settings.flavour not in FLAVOURS:
            raise Misuse(f"The flavour {settings.flavour!r} is unknown. Expected {' or '.join(FLAVOURS)}.")
        self.key = self._own_key(settings)
        self.identity = self.key.identity
        self.settings = settings
        self.flavour: Flavour = FLAVOURS[settings.flavour]
        self.public_url = settings.public_url.rstrip("/")
        self.clear()

    def sow(self, seed: Seed) -> None:
        """Take keys and ids from this seed; `clear` follows."""
        self._seed = seed
        self.key = self._own_key(self.settings)
        self.identity = self.key.identity

    def _own_key(self, settings: AgencySettings) -> KeyPair:
        given = settings.agency_seed
        try:
            return KeyPair.from_seed(
                self._seed.draw("agency", "itself") if given is None else given, settings.agency_did
            )
        except BadKey as wrong:
            raise Misuse(f"The agency's seed cannot be used. {wrong}") from wrong

    def clear(self) -> None:
        """Drop everything but the agency's own key."""
        self.keyring = Keyring(self._seed)
        self.owners: dict[str, ForwardAgent] = {}
        self.invitations: dict[str, Invitation] = {}
        self.tokens: dict[str, Invitation] = {}
        self.outbox: list[Sms] = []
        self._routes: dict[str, Actor] = {}

    def add_route(self, actor: Actor) -> None:
        """Let requests reach a party, by its DID and by its verkey."""
        self._routes[actor.identity.did] = self._routes[actor.identity.verkey] = actor

    def drop_route(self, actor: Actor) -> None:
        """Let requests no longer reach a party."""
        for name in (actor.identity.did, actor.identity.verkey):
            self._routes.pop(name, None)

    def actor_of(self, name: str) -> Actor | None:
        """The party of a DID or verkey."""
        return self._routes.get(name)

    def find_key(self, name: str) -> KeyPair | None:
        """The pair that opens what is forwarded to a DID or verkey; ``None`` if that is nobody here."""
        if name in (self.identity.did, self.identity.verkey):
            return self.key
        actor = self._routes.get(name)
        return None if actor is None else self.key_of(actor)

    def key_of(self, actor: Actor) -> KeyPair:
        """The pair of a party."""
        return self.keyring.pair(*actor.name)

    def new_uid(self, connection: AgentConnection, given: str | None) -> str:
        """The id of a new message: the sender's, or one of the agency's own.

        Raises:
            Refused: The sender's is taken.
        """
        if given:
            if given in connection.mailbox:
                raise Refused(refusals.EXISTS, f"There is a message {shown(given)} already.")
            return given
        name = ("agency", "uid", connection.identity.did, len(connection.mailbox))
        if self.flavour.uuids:
            return self._seed.draw_uuid(*name)
        return "".join(_UID[byte % len(_UID)] for byte in self._seed.draw(*name, size=10))

    def check_age(self, invitation: Invitation, at: int) -> None:
        """Refuse an invitation that has expired.

        Raises:
            Refused: It is older than the settings allow.
        """
        expiry = self.settings.invitation_expiry
        if expiry is not None and at - invitation.at > expiry:
            raise Refused(refusals.EXPIRED, f"The invitation {invitation.uid} has expired.")

    def mailbox_of(self, invitation: str) -> tuple[Seen, ...] | None:
        """What the inviter of an invitation would find; ``None`` if there is no such invitation."""
        found = self.invitations.get(invitation)
        if found is None:
            return None
        return tuple(Seen(mail.type, mail.status) for mail in found.connection.mailbox.values())
