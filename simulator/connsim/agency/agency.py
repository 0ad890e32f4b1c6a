"""The fake VCX agency of a world: the server that libvcx calls its agency."""

from dataclasses import replace
from typing import ClassVar

from connsim.agency import refusals
from connsim.agency.api import ROUTES
from connsim.agency.aries.holders import AriesHolders
from connsim.agency.flavours import FLAVOURS, Flavour
from connsim.agency.holder import Holders
from connsim.agency.invites import detail, link
from connsim.agency.parties import Parties
from connsim.agency.records import AgentConnection, ForwardAgent, Invitation, Sms
from connsim.agency.refusals import Refused
from connsim.agency.settings import AgencySettings
from connsim.agency.visit import Stopped, Visit
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
        flavour: Whose agency it is like.
        parties: Who can be reached here, itself included.
        owners: By DID, whoever has sent CONNECT.
        invitations: By connReqId, oldest first.
        tokens: The invitations that were sent to a phone, by the token of their link.
        outbox: The text messages, oldest first.
        holders: Who stands behind the invitations.
        aries: The holders of Aries invitations.
        routes: The templates of all routes, ``states`` what a connection can be in: where faults can strike.
    """

    name: ClassVar[str] = "agency"
    routes: ClassVar[tuple[str, ...]] = tuple(route.template for route in ROUTES.routes)
    states: ClassVar[tuple[str, ...]] = tuple(status.value for status in MessageStatus)

    settings: AgencySettings
    flavour: Flavour

    def __init__(self, world: World) -> None:
        self.world = world
        self.url = ""
        self._by_default: Sequence | None = None
        self._use(AgencySettings())

    @property
    def identity(self) -> Identity:
        """Its DID and verkey, as ``GET /agency`` tells."""
        return self.parties.identity

    # --- setting it up --------------------------------------------------------------------------------------------

    def configure(self, settings: AgencySettings) -> None:
        """Set the agency up anew, before the first owner comes.

        Raises:
            Misuse: It has owners, or a setting is unknown.
        """
        if self.owners:
            raise Misuse(
                "The agency was configured while it has owners. Expected it before the first one is provisioned. "
                "Call configure() at the start of the test, or world.reset() before."
            )
        script = self._default_script(settings)
        self._use(settings)
        self.holders.default = self._by_default = script

    def script_by_default(self, holder: str) -> None:
        """Let the holders of invitations that are made from now on do this; see `AgencySettings.holder`.

        Raises:
            Misuse: There is no such behaviour, or no holder can show it.
        """
        settings = replace(self.settings, holder=holder)
        self.holders.default = self._by_default = self._default_script(settings)
        self.settings = settings

    def reset(self) -> None:
        """Drop all owners, connections and text messages; the agency's own key stays while the world has its seed."""
        self._begin(self._own_key(self.settings))

    def _default_script(self, settings: AgencySettings) -> Sequence | None:
        if settings.holder == "none":
            return None
        return self.world.cast.parse(settings.holder, HOLDER.name)

    def _use(self, settings: AgencySettings) -> None:
        """Begin with these settings.

        Raises:
            Misuse: There is no such flavour, or the given seed is none.
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
        """Begin with nothing but the agency's own key."""
        self.parties = Parties(self.world.seed, key)
        self.owners: dict[str, ForwardAgent] = {}
        self.invitations: dict[str, Invitation] = {}
        self.tokens: dict[str, Invitation] = {}
        self.outbox: list[Sms] = []
        self.holders = Holders(self.world, self.parties, self.take_post, self._by_default)
        self.aries = AriesHolders(self.world, self.parties, self.take_post)

    # --- requests -------------------------------------------------------------------------------------------------

    def handle(self, request: Request) -> Reply:
        """Answer one request, and write it into the journal."""
        with self.world.lock:
            return self._answer(request, Visit(self, self.world.clock.settle(), request=request))

    def take_post(self, body: bytes, at: int, note: str, client: str = "", *, lenient: bool = False) -> Reply:
        """Answer what a scripted holder posts, without HTTP; see `Post`."""
        return self._take(body, Visit(self, at, client=client, note=note, scripted=True, lenient=lenient))

    def take_for_holder(self, visit: Visit, uid: str, body: bytes) -> Reply | None:
        """Give an Aries holder what was posted to its address; ``None`` if it is nobody's.

        Raises:
            Unreadable: It does not open for this holder, or holds no message.
        """
        return self.aries.take(visit, uid, body)

    def post(self, agency: Identity, body: bytes, at: int, what: str) -> None:
        """Post to the agency of the other side, in the middle of a request.

        Raises:
            Refused: It does not take it, or cannot be reached: a fake does not write to strangers.
        """
        if agency == self.holders.agency:
            return
        if agency != self.identity:
            raise Refused(
                refusals.UNREACHABLE,
                f"{what[:1].upper()}{what[1:]} goes to the agency {shown(agency.did)}, and no agency but this one is "
                f"played. Let both clients use this one.",
            )
        there = Visit(self, at, note=what)
        if self._take(body, there).status != 200:
            raise Refused(there.refusal or refusals.FAILED, f"The other side's agency refused {there.note}")

    def _take(self, body: bytes, visit: Visit) -> Reply:
        """Answer what another agency posts, without HTTP: it comes at the very moment."""
        return self._answer(Request("POST", "/agency/msg", {"content-type": "application/octet-stream"}, body), visit)

    def _answer(self, request: Request, visit: Visit) -> Reply:
        found = match(ROUTES, request.method, request.target.partition("?")[0])
        try:
            reply = self.flavour.unknown
            if found is not None:
                visit.route = found[0].template
                reply = found[0].endpoint(visit, request._replace(params=found[1]))
        except Stopped as stopped:
            reply = stopped.reply
        except Unreadable as wrong:
            reply = self._refuse(visit, Refused(refusals.BAD_VALUE, str(wrong)))
        except Refused as refused:
            reply = self._refuse(visit, refused)
        except Exception as error:
            self.world.complain_of(error, f"{request.method} {request.target} {visit.message}".rstrip())
            reply = self._refuse(visit, Refused(refusals.FAILED, "connsim itself failed; see the complaints."))
        if not visit.met:  # it was read only, or refused at the door
            try:
                visit.meet()
            except Stopped as stopped:
                reply = stopped.reply
        told = visit.told()
        if visit.exposed:
            reply = self.world.faults.spoil(visit.call(*told), reply, visit.armed)
            visit.note = "; ".join(filter(None, (visit.note, reply.note)))
        entry = self._write_down(request, reply, visit, told)
        self._finish(reply, visit)
        entry.after = visit.told()[1]  # what the answer has caused shows at once
        if visit.poll and self.world.per_poll:
            self.world.clock.advance_ns(self.world.per_poll)
        return reply._replace(entry=entry)

    def _refuse(self, visit: Visit, refused: Refused) -> Reply:
        visit.note = f"{visit.note}: {refused.note}" if visit.note else refused.note
        visit.refusal = refused.kind
        return self.flavour.refuse(refused)

    def _write_down(
        self, request: Request, reply: Reply, visit: Visit, told: tuple[str | None, str | None]
    ) -> Exchange:
        about, state = told
        sent = reply.arrives
        missed = "" if visit.route else explain(ROUTES, request.method, request.target.partition("?")[0])
        return self.world.journal.add_exchange(
            visit.at,
            client=visit.client,
            method=request.method,
            target=request.target,
            route=visit.route or None,
            connection=about,
            status=reply.status if sent else None,
            state=state if sent and reply.status == 200 and not reply.unseen else None,
            request=request.body,
            reply=reply.body,
            message=visit.message,
            poll=visit.poll,
            note="; ".join(filter(None, (missed, visit.note))),
            headers=tuple(request.headers.items()),
            before=(visit.before or {}).get(about or ""),
            waits=reply.waits,
        )

    def _finish(self, reply: Reply, visit: Visit) -> None:
        """Let happen what the answer causes."""
        for happen in visit.after:
            happen(visit.at)
        if visit.poll and reply.shows:  # what the client did not get was never seen
            for player in visit.players():
                player.seen(visit.at)

    def players(self, connection: AgentConnection) -> list[Player]:
        """The scripts that follow the polls of a connection, oldest first."""
        proprietary = [invitation.player for invitation in connection.invitations if invitation.player]
        return proprietary + self.aries.players(connection)

    # --- who was handed an invitation ------------------------------------------------------------------------------

    def holder_scans(self, invitation: str) -> str:
        """Hand an Aries invitation to a holder, now: the agency cannot see one, so nobody has it before.

        The holder plays what is scripted for the role ``aries-holder``; unless anything is, it accepts.

        Args:
            invitation: Its JSON, or an address with the JSON in base64url as ``?c_i=``.

        Returns:
            The inviter's pairwise DID, by which the journal knows the connection.

        Raises:
            BadInvitation: It is none.
            Misuse: It leads to nobody at this agency.
        """
        with self.world.lock:
            return self.aries.scan(invitation, self.url or self.public_url, self.world.clock.settle())

    # --- who stands behind an invitation --------------------------------------------------------------------------

    def has_invitation(self, connection: str) -> bool:
        """Tell whether a connection began with an invitation of this agency, or of Aries across it."""
        return connection in self.invitations or self.aries.last(connection) is not None

    def let_holder(self, act: str, connection: str) -> None:
        """Make the holder of an invitation act, now; see `World.let_holder`.

        Raises:
            NotFound: No invitation has this id.
            Misuse: The holder cannot act so.
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
        """Let the holder of an invitation accept it, now. After its expiry, the agency refuses that.

        Raises:
            NotFound: There is no such invitation.
            Misuse: It was answered before.
        """
        self._decide(connection_id, Act.ACCEPT, Event.ACCEPTED)

    def holder_refuses(self, connection_id: str) -> None:
        """Let the holder of an invitation refuse it, now.

        Raises:
            NotFound: There is no such invitation.
            Misuse: It was answered before.
        """
        self._decide(connection_id, Act.REFUSE, Event.REFUSED)

    def holder_redirects(self, connection_id: str) -> None:
        """Let the holder of an invitation point to an older connection with the same inviter, now.

        Raises:
            NotFound: There is no such invitation.
            Misuse: There is no older connection, or it was answered before.
        """
        self._decide(connection_id, Act.REDIRECT, Event.REDIRECTED)

    def holder_stays_silent(self, connection_id: str) -> None:
        """Let the holder of an invitation do nothing more, whatever its script says.

        Raises:
            NotFound: There is no such invitation.
            Misuse: It was answered before.
        """
        with self.world.lock:
            self.world.clock.settle()
            self.holders.leave(self._open(connection_id, "fall silent about"))

    def _decide(self, connection_id: str, act: Act, event: Event) -> None:
        with self.world.lock:
            at = self.world.clock.settle()
            self.holders.decide(self._open(connection_id, act), act, event, at)

    def _open(self, connection_id: str, act: str) -> Invitation:
        invitation = self.invitations.get(connection_id)
        if invitation is None:
            raise NotFound(
                f"No invitation {connection_id!r} is known, so no holder can {act} it. Expected the connReqId of a "
                f"connection request. Let the client connect first."
            )
        if invitation.code is not None:
            raise Misuse(
                f"The holder can not {act} the invitation {connection_id}: it was answered with "
                f"{invitation.code.value}. Expected an open one. Answer each invitation once, or script a "
                f"holder who answers twice."
            )
        return invitation

    def detail(self, invitation: Invitation) -> dict[str, object]:
        """The invite detail in its full form, as its link gives it."""
        return detail(self, invitation)

    def detail_of(self, invitation: str) -> dict[str, object]:
        """The same of an invitation that there is, by its connReqId."""
        return self.detail(self.invitations[invitation])

    def link(self, invitation: Invitation) -> str:
        """The address of the invite detail."""
        return link(self, invitation)

    def mailbox_of(self, invitation: str) -> tuple[Seen, ...] | None:
        """What the inviter of an invitation would find; ``None`` if there is no such invitation."""
        found = self.invitations.get(invitation)
        if found is None:
            return None
        return tuple(Seen(mail.type, mail.status) for mail in found.connection.mailbox.values())
