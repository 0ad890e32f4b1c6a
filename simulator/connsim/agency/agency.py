"""The fake VCX agency of a world: the server that libvcx calls its agency.

A request makes this trip through the room:

    Request
      |  Agency.handle            take the world's lock, settle the clock, open a Visit
      |  match(ROUTES)            find the endpoint in `api`; an unknown path gets the flavour's 404
      |  api.take_message         open the envelopes (`connsim.wire.layers`), find the actor, authorize the sender
      |  visit.check_faults       a fault may answer in place of the agency
      |  provisioning, connecting, mailbox     one function per message: it changes records and returns the answer
      |  api._closed              one envelope, for the owner or the other side's agent
      v
    Reply                         a Refused has become an error reply in the words of the flavour
      |  faults.spoil             a fault may damage the reply
      |  _add_to_journal          the journal gets the exchange, with the explanation that the reply lacks
      |  _finish                  after-effects: scripts start; scripts learn of the poll, and holders answer
      v
    Reply, with its journal entry

The order matters in two places. Faults are checked after the agency knows connection and message, because scripts and
tests select requests by these, but before any record changes, because a stopped request must have no effect. And
after-effects run after the journal entry is written, because an answer that a poll triggers is a later event, which
only the next poll may see.

A scripted holder posts through `take_post`: its messages take the same path, in the same bytes as those of a foreign
agency. Its visit has no request, so faults of the network do not apply to it.
"""

from dataclasses import replace
from typing import ClassVar

from connsim.agency import refusals
from connsim.agency.api import ROUTES
from connsim.agency.aries.holders import AriesHolders
from connsim.agency.flavours import FLAVOURS, Flavour
from connsim.agency.holder import Holders
from connsim.agency.invites import detail
from connsim.agency.parties import Parties
from connsim.agency.records import AgentConnection, ForwardAgent, Invitation, Sms
from connsim.agency.refusals import Refused
from connsim.agency.settings import AgencySettings
from connsim.agency.visit import FaultAnswered, Visit
from connsim.core.exchange import Reply, Request, explain, match
from connsim.errors import Misuse, NotFound
from connsim.journal.entries import Exchange
from connsim.script.machines.vcx import HOLDER, Act, Event, Seen
from connsim.script.player import Player
from connsim.script.sequence import Sequence
from connsim.wire.codes import MessageStatus
from connsim.wire.errors import BadKey, Unreadable
from connsim.wire.keys import Identity, KeyPair
from connsim.wire.notation import shown
from connsim.world import World


class Agency:
    """An agency, its owners' agents, and the holders behind its invitations.

    Attributes:
        url: The root of its address, without a trailing slash, once a door has opened.
        public_url: The root of its address in links and invitations; see `AgencySettings`.
        flavour: The real agency that it imitates.
        parties: The parties that can be reached here, including the agency itself.
        owners: The owners that have sent CONNECT, by DID.
        invitations: By connReqId, oldest first.
        tokens: The invitations that were sent to a phone, by the token of their link.
        outbox: The text messages, oldest first.
        holders: The scripted holders behind the invitations.
        aries: The holders of Aries invitations.
        routes: The templates of all routes, by which faults select requests.
        states: The states of a connection, by which faults select requests.
    """

    name: ClassVar[str] = "agency"
    routes: ClassVar[tuple[str, ...]] = tuple(route.template for route in ROUTES.routes)
    states: ClassVar[tuple[str, ...]] = tuple(status.value for status in MessageStatus)

    settings: AgencySettings
    flavour: Flavour

    def __init__(self, world: World) -> None:
        self.world = world
        self.url = ""
        self._default_script: Sequence | None = None
        self._use(AgencySettings())

    @property
    def identity(self) -> Identity:
        """Its DID and verkey, as ``GET /agency`` shows them."""
        return self.parties.identity

    # --- setting it up --------------------------------------------------------------------------------------------

    def configure(self, settings: AgencySettings) -> None:
        """Replace the settings, before the first owner connects.

        Raises:
            Misuse: The agency has owners, or a setting is unknown.
        """
        if self.owners:
            raise Misuse(
                "The agency was configured although it has owners. Expected configure() before the first owner is "
                "provisioned. Call it at the start of the test, or call world.reset() first."
            )
        script = self._parsed_default(settings)
        self._use(settings)
        self.holders.default = self._default_script = script

    def script_by_default(self, holder: str) -> None:
        """Set the behaviour of the holders of future invitations; see `AgencySettings.holder`.

        Raises:
            Misuse: The behaviour is unknown, or a holder cannot play it.
        """
        settings = replace(self.settings, holder=holder)
        self.holders.default = self._default_script = self._parsed_default(settings)
        self.settings = settings

    def reset(self) -> None:
        """Drop all owners, connections and text messages. The agency's own key depends on the world's seed only."""
        self._begin(self._own_key(self.settings))

    def _parsed_default(self, settings: AgencySettings) -> Sequence | None:
        if settings.holder == "none":
            return None
        return self.world.scripts.parse(settings.holder, HOLDER.name)

    def _use(self, settings: AgencySettings) -> None:
        """Start empty, with these settings.

        Raises:
            Misuse: The flavour is unknown, or the seed malformed.
        """
        if settings.flavour not in FLAVOURS:
            raise Misuse(f"The flavour {settings.flavour!r} is unknown. Expected {' or '.join(FLAVOURS)}.")
        key = self._own_key(settings)
        self.settings = settings
        self.flavour = FLAVOURS[settings.flavour]
        self.public_url = settings.public_url.rstrip("/")
        self._begin(key)

    def _own_key(self, settings: AgencySettings) -> KeyPair:
        given = settings.agency_seed
        try:
            return KeyPair.from_seed(
                self.world.seed.draw("agency", "itself") if given is None else given, settings.agency_did
            )
        except BadKey as wrong:
            raise Misuse(f"The agency's seed cannot be used. {wrong}") from wrong

    def _begin(self, key: KeyPair) -> None:
        """Start with nothing but the agency's own key."""
        self.parties = Parties(self.world.seed, key)
        self.owners: dict[str, ForwardAgent] = {}
        self.invitations: dict[str, Invitation] = {}
        self.tokens: dict[str, Invitation] = {}
        self.outbox: list[Sms] = []
        self.holders = Holders(self.world, self.parties, self.take_post, self._default_script)
        self.aries = AriesHolders(self.world, self.parties, self.take_post)

    # --- requests -------------------------------------------------------------------------------------------------

    def handle(self, request: Request) -> Reply:
        """Answer one request, and write it into the journal."""
        with self.world.lock:
            return self._answer(request, Visit(self, self.world.clock.settle(), request=request))

    def take_post(self, body: bytes, at: int, note: str, client: str = "", *, lenient: bool = False) -> Reply:
        """Answer a scripted holder's message at once, without HTTP.

        Args:
            note: The note of its journal entry.
            client: The sender for the journal, unless the message proves one.
            lenient: Whether an invitation may be answered again.
        """
        return self._take(body, Visit(self, at, client=client, note=note, scripted=True, lenient=lenient))

    def take_for_holder(self, visit: Visit, uid: str, body: bytes) -> Reply | None:
        """Deliver a body to an Aries holder; see `AriesHolders.take`."""
        return self.aries.take(visit, uid, body)

    def post(self, agency: Identity, body: bytes, at: int, what: str) -> None:
        """Post to the agency of the other side, in the middle of a request.

        Raises:
            Refused: That agency refuses, or is not this one: a fake sends nothing to real servers.
        """
        if agency == self.holders.agency:  # the holders' agency is not played: messages to it are dropped
            return
        if agency != self.identity:
            raise Refused(
                refusals.UNREACHABLE,
                f"{what[:1].upper()}{what[1:]} goes to the agency {shown(agency.did)}, but only this one is played. "
                f"Expected {self.identity.did}. Have both clients use this agency.",
            )
        there = Visit(self, at, note=what)
        if self._take(body, there).status != 200:
            raise Refused(there.refusal or refusals.FAILED, f"The other side's agency refused {there.note}")

    def _take(self, body: bytes, visit: Visit) -> Reply:
        """Answer a message of another agency, without HTTP: it arrives at the moment of the visit."""
        return self._answer(Request("POST", "/agency/msg", {"content-type": "application/octet-stream"}, body), visit)

    def _answer(self, request: Request, visit: Visit) -> Reply:
        found = match(ROUTES, request.method, request.target.partition("?")[0])
        try:
            reply = self.flavour.unknown
            if found is not None:
                visit.route = found[0].template
                reply = found[0].endpoint(visit, request._replace(params=found[1]))
        except FaultAnswered as answered:
            reply = answered.reply
        except Unreadable as wrong:
            reply = self._refuse(visit, Refused(refusals.BAD_VALUE, str(wrong)))
        except Refused as refused:
            reply = self._refuse(visit, refused)
        except Exception as error:
            self.world.complain_of(error, f"{request.method} {request.target} {visit.message}".rstrip())
            reply = self._refuse(visit, Refused(refusals.FAILED, "connsim itself failed; see the complaints."))
        if not visit.faults_checked:  # not by endpoints that change nothing, nor by a refusal before the check
            try:
                visit.check_faults()
            except FaultAnswered as answered:
                reply = answered.reply
        subject = visit.subject()
        if visit.exposed:
            reply = self.world.faults.spoil(visit.call(*subject), reply, visit.step_fault)
            visit.note = "; ".join(filter(None, (visit.note, reply.note)))
        entry = self._add_to_journal(request, reply, visit, subject)
        self._finish(reply, visit)
        entry.after = visit.subject()[1]  # read again, because after-effects may have changed it
        if visit.poll and self.world.per_poll:  # virtual time that a poll costs, for clients that poll without a pause
            self.world.clock.advance_ns(self.world.per_poll)
        return reply._replace(entry=entry)

    def _refuse(self, visit: Visit, refused: Refused) -> Reply:
        visit.note = f"{visit.note}: {refused.note}" if visit.note else refused.note
        visit.refusal = refused.kind
        return self.flavour.refuse(refused)

    def _add_to_journal(
        self, request: Request, reply: Reply, visit: Visit, subject: tuple[str | None, str | None]
    ) -> Exchange:
        connection, state = subject
        sent = reply.arrives
        no_route = "" if visit.route else explain(ROUTES, request.method, request.target.partition("?")[0])
        return self.world.journal.add_exchange(
            visit.at,
            client=visit.client,
            method=request.method,
            target=request.target,
            route=visit.route or None,
            connection=connection,
            status=reply.status if sent else None,
            state=state if sent and reply.status == 200 and not reply.unseen else None,
            request=request.body,
            reply=reply.body,
            message=visit.message,
            poll=visit.poll,
            note="; ".join(filter(None, (no_route, visit.note))),
            headers=tuple(request.headers.items()),
            before=(visit.before or {}).get(connection or ""),
            waits=reply.waits,
        )

    def _finish(self, reply: Reply, visit: Visit) -> None:
        """Run the reply's after-effects."""
        for effect in visit.after:
            effect(visit.at)
        if visit.poll and reply.shows:  # a script does not count a poll whose reply a fault kept from the client
            for player in visit.players():
                player.count_poll(visit.at)

    def players(self, connection: AgentConnection) -> list[Player]:
        """Return the scripts that follow the polls of a connection, oldest first."""
        proprietary = [invitation.player for invitation in connection.invitations if invitation.player]
        return proprietary + self.aries.players(connection)

    # --- holders that scan an invitation ---------------------------------------------------------------------------

    def holder_scans(self, invitation: str) -> str:
        """Hand an Aries invitation to a new holder, now.

        The client makes Aries invitations itself, without its agency. So an Aries invitation, unlike a proprietary one,
        has no holder until it is handed to one. The holder plays the script for the role ``aries-holder``; without a
        script it accepts.

        Args:
            invitation: Its JSON, or a URL with the JSON in base64url as ``?c_i=``.

        Returns:
            The inviter's pairwise DID, by which the journal knows the connection.

        Raises:
            BadInvitation: The text is not an Aries invitation.
            Misuse: Its routing keys lead to no agent connection of this agency.
        """
        with self.world.lock:
            return self.aries.scan(invitation, self.url or self.public_url, self.world.clock.settle())

    # --- the holder of an invitation ------------------------------------------------------------------------------

    def has_invitation(self, connection: str) -> bool:
        """Return whether a connection began with an invitation of this agency, or with one of Aries that leads here."""
        return connection in self.invitations or self.aries.last(connection) is not None

    def let_holder(self, act: str, connection: str) -> None:
        """Make the holder of an invitation act, now; see `World.let_holder`.

        Raises:
            NotFound: No invitation has this id.
            Misuse: The invitation was answered before, or there is no older connection to redirect to.
        """
        with self.world.lock:
            if (holder := self.aries.last(connection)) is not None:
                at = self.world.clock.settle()
                if act == "redirect":
                    raise Misuse(
                        f"{connection} is an Aries connection, and Aries has no message for a redirection. Expected "
                        f"accept, refuse or silence."
                    )
                holder.decide(act, at)
                return
            verbs = {
                "accept": self.holder_accepts,
                "refuse": self.holder_refuses,
                "redirect": self.holder_redirects,
                "silence": self.holder_stays_silent,
            }
            verbs[act](connection)

    def holder_accepts(self, connection_id: str) -> None:
        """Have the holder accept; raises as `let_holder`. After the invitation's expiry, the agency refuses this."""
        self._decide(connection_id, Act.ACCEPT, Event.ACCEPTED)

    def holder_refuses(self, connection_id: str) -> None:
        """Have the holder refuse; raises as `let_holder`."""
        self._decide(connection_id, Act.REFUSE, Event.REFUSED)

    def holder_redirects(self, connection_id: str) -> None:
        """Have the holder answer with its older connection to the same inviter; raises as `let_holder`."""
        self._decide(connection_id, Act.REDIRECT, Event.REDIRECTED)

    def holder_stays_silent(self, connection_id: str) -> None:
        """Have the holder fall silent: its script ends; raises as `let_holder`."""
        with self.world.lock:
            self.world.clock.settle()
            self.holders.end_script(self._unanswered(connection_id, "fall silent about"))

    def _decide(self, connection_id: str, act: Act, event: Event) -> None:
        with self.world.lock:
            at = self.world.clock.settle()
            self.holders.decide(self._unanswered(connection_id, act), act, event, at)

    def _unanswered(self, connection_id: str, act: str) -> Invitation:
        invitation = self.invitations.get(connection_id)
        if invitation is None:
            raise NotFound(
                f"No invitation {connection_id!r} is known, so no holder can {act} it. Expected the connReqId of a "
                f"connection request. Have the client connect first."
            )
        if invitation.code is not None:
            raise Misuse(
                f"The holder cannot {act} the invitation {connection_id}: it was answered with "
                f"{invitation.code.value}. Expected an open one. Answer each invitation once, or script a "
                f"holder who answers twice."
            )
        return invitation

    def detail_of(self, invitation: str) -> dict[str, object]:
        """Return the invite detail in its full form, of an existing invitation, by its connReqId."""
        return detail(self, self.invitations[invitation])

    def mailbox_of(self, invitation: str) -> tuple[Seen, ...] | None:
        """Return the messages in the inviter's mailbox; ``None`` if there is no such invitation."""
        found = self.invitations.get(invitation)
        if found is None:
            return None
        return tuple(Seen(mail.type, mail.status) for mail in found.connection.mailbox.values())
