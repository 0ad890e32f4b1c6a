"""The scripted holders of Aries invitations that lead to the agency."""

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
"""The default script, because tests usually hand over an invitation to have it accepted."""

_MESSAGES = "/agency/msg"


class AriesHolders:
    """The holders of Aries invitations. Their addresses are paths at the port of the inviters' agency.

    The client makes an Aries invitation without its agency, so one has no holder until it is handed over.

    Args:
        parties: The parties at the inviters' agency.
        post: Posts to that agency.
    """

    def __init__(self, world: World, parties: Parties, post: Post) -> None:
        self._world = world
        self._parties = parties
        self._post = post
        self._holders: dict[str, AriesHolder] = {}
        self._by_key: dict[str, list[AriesHolder]] = {}

    def scan(self, text: str, root: str, at: int) -> str:
        """Hand an invitation to a new holder, and start its script; see `Agency.holder_scans`.

        Args:
            root: The agency's root URL, with which the holder's URL begins unless the invitation names another.
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
        traits = {"label": holder.label, "institution": agent.configs.get("name", ""), "owner": agent.owner.did}
        holder.play(self._world.scripts.pick(ARIES_HOLDER.name, traits) or ACCEPTS, at)
        return connection.user.did

    def __iter__(self) -> Iterator[AriesHolder]:
        """Iterate over all holders, in the order of their scans."""
        return iter(tuple(self._holders.values()))

    def last(self, connection: str) -> AriesHolder | None:
        """Find the last holder that scanned the invitation of a connection.

        Args:
            connection: The inviter's pairwise DID.
        """
        return next((holder for holder in reversed(list(self)) if holder.connection.user.did == connection), None)

    def take(self, visit: Visit, uid: str, body: bytes) -> Reply | None:
        """Deliver a body to the holder of this address; ``None`` if there is no such holder. See `AriesHolder.take`."""
        holder = self._holders.get(uid)
        if holder is None:
            return None
        before, reply = holder.peer, holder.take(visit, body)
        # The inviter answers with the keys of a new agent connection, whose polls the script follows from now on, too.
        if holder.peer is not None and before is None:
            for key in holder.peer.routing_keys[:1]:
                self._by_key.setdefault(key, []).append(holder)
        return reply

    def players(self, connection: AgentConnection) -> list[Player]:
        """Return the scripts that follow the polls of a connection, which made the invitation or the response."""
        holders = self._by_key.get(connection.identity.verkey, ())
        return [holder.player for holder in holders if holder.player is not None]

    def _read(self, text: str) -> AriesMessage:
        try:
            invitation = read_invitation(text)
            contact_of_invitation(invitation)
        except BadMessage as wrong:
            raise BadInvitation(
                f"The holder cannot scan this. {wrong} Hand over the invitation that the client shows, such as the "
                f"result of vcx_connection_invite_details."
            ) from wrong
        return invitation

    def _connection(self, invitation: AriesMessage) -> AgentConnection:
        keys = invitation.members.get("routingKeys") or [""]
        actor = self._parties.find(keys[0])
        agency = self._parties.identity
        if keys[-1] == agency.verkey and isinstance(actor, AgentConnection):
            return actor
        raise Misuse(
            f"The invitation of {shown(invitation.members['label'])} leads to no connection of this world's agency, "
            f"and no other agency is played. Expected routingKeys that end in {agency.verkey}, after a key that the "
            f"agency created. Have the client use this agency."
        )
