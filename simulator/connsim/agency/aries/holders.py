"""Everybody who was handed an Aries invitation that leads to the agency."""

from collections.abc import Iterator

from connsim.agency.aries.holder import AriesHolder
from connsim.agency.parties import Parties, Post
from connsim.agency.records import AgentConnection
from connsim.agency.visit import Visit
from connsim.core.exchange import Reply
from connsim.errors import BadInvitation, Misuse
from connsim.script.machines.aries import ARIES_HOLDER
from connsim.script.player import Player
from connsim.script.sequence import Sequence
from connsim.wire.aries.did_doc import contact_of_invitation
from connsim.wire.aries.messages import AriesMessage, read_invitation
from connsim.wire.errors import BadMessage
from connsim.wire.notation import shown
from connsim.world import World

ACCEPTS = Sequence.of("accept").on(ARIES_HOLDER)
"""What a holder does that no script is for: whoever is handed an invitation wants it."""

_MESSAGES = "/agency/msg"


class AriesHolders:
    """The holders of Aries invitations, who share the port of the inviters' agency.

    The agency cannot see an Aries invitation, so nobody stands behind one until it is handed over.

    Args:
        parties: Those at the agency.
        post: Posts to it.
    """

    def __init__(self, world: World, parties: Parties, post: Post) -> None:
        self._world = world
        self._parties = parties
        self._post = post
        self._holders: dict[str, AriesHolder] = {}
        self._by_key: dict[str, list[AriesHolder]] = {}

    def scan(self, text: str, root: str, at: int) -> str:
        """Hand an invitation to a new holder, who begins with its script.

        Args:
            text: The invitation's JSON, or an address with it as ``?c_i=``.
            root: The agency's address, by which the holder can be reached unless the invitation has another.

        Returns:
            The inviter's pairwise DID, by which the journal knows the connection.

        Raises:
            BadInvitation: It is none.
            Misuse: It leads to nobody at this world's agency.
        """
        invitation = self._read(text)
        connection = self._connection(invitation)
        others = self._by_key.setdefault(connection.identity.verkey, [])
        uid = self._world.seed.draw_uuid("aries holder", connection.identity.did, len(others))
        endpoint = str(invitation.members["serviceEndpoint"])
        if endpoint.endswith(_MESSAGES):
            root = endpoint.removesuffix(_MESSAGES)
        holder = AriesHolder(self._world, self._post, uid, invitation, connection, root, at)
        self._holders[uid] = holder
        others.append(holder)
        agent = connection.agent
        traits = {
            "label": holder.label,
            "institution": agent.configs.get("name", ""),
            "owner": agent.owner.did,
        }
        holder.play(self._world.cast.pick(ARIES_HOLDER.name, traits) or ACCEPTS, at)
        return connection.user.did

    def __iter__(self) -> Iterator[AriesHolder]:
        """Everybody, in the order in which they scanned."""
        return iter(tuple(self._holders.values()))

    def last(self, connection: str) -> AriesHolder | None:
        """Whoever scanned the invitation of a connection last.

        Args:
            connection: The inviter's pairwise DID.
        """
        return next((holder for holder in reversed(list(self)) if holder.connection.user.did == connection), None)

    def take(self, visit: Visit, uid: str, body: bytes) -> Reply | None:
        """Give a holder what was posted to its address; ``None`` if it is nobody's.

        Raises:
            Unreadable: It does not open for this holder, or holds no message.
        """
        holder = self._holders.get(uid)
        if holder is None:
            return None
        before, reply = holder.peer, holder.take(visit, body)
        if holder.peer is not None and before is None:
            for key in holder.peer.routing_keys[:1]:
                self._by_key.setdefault(key, []).append(holder)
        return reply

    def players(self, connection: AgentConnection) -> list[Player]:
        """The scripts that follow the polls of a connection: of its invitation, or of the response to one."""
        holders = self._by_key.get(connection.identity.verkey, ())
        return [holder.player for holder in holders if holder.player is not None]

    def _read(self, text: str) -> AriesMessage:
        try:
            invitation = read_invitation(text)
            contact_of_invitation(invitation)
        except BadMessage as wrong:
            raise BadInvitation(
                f"The holder can not scan this. {wrong} Hand over what the client shows, such as the text of "
                f"vcx_connection_invite_details."
            ) from wrong
        return invitation

    def _connection(self, invitation: AriesMessage) -> AgentConnection:
        keys = invitation.members.get("routingKeys") or [""]
        actor = self._parties.find(keys[0])
        agency = self._parties.identity
        if keys[-1] == agency.verkey and isinstance(actor, AgentConnection):
            return actor
        raise Misuse(
            f"The invitation of {shown(invitation.members['label'])} leads to nobody at this world's agency, and no "
            f"other is played. Expected routingKeys that end in {agency.verkey}, after a key that the agency "
            f"created. Let the client use this agency."
        )
