"""The fake VCX agency of a world: the server that libvcx calls its agency."""

from dataclasses import replace
from typing import ClassVar

from connsim.agency import refusals
from connsim.agency.api import ROUTES
from connsim.agency.aries.holders import AriesHolders
from connsim.agency.holder import Holders
from connsim.agency.invites import detail, link
from connsim.agency.records import Invitation
from connsim.agency.refusals import Refused
from connsim.agency.registry import Registry
from connsim.agency.settings import AgencySettings
from connsim.agency.visit import Stopped, Visit
from connsim.core.exchange import Reply, Request, explain, match
from connsim.errors import Misuse, NotFound
from connsim.journal.entries import Exchange
from connsim.script.machines.vcx import HOLDER, Act, Event
from connsim.script.sequence import Sequence
from connsim.wire.codes import MessageStatus
from connsim.wire.errors import Unreadable
from connsim.wire.keys import Identity
from connsim.wire.notation import shown
from connsim.world.world import World


class Agency(Registry):
    """An agency, its owners' agents, and the holders behind its invitations.

    Attributes:
        url: The root of its address, without a trailing slash, once a door has opened.
        holders: Who stands behind the invitations; ``aries``: those of Aries.
        routes: The templates of all routes, ``states`` what a connection can be in: where faults can strike.
    """

    name: ClassVar[str] = "agency"
    routes: ClassVar[tuple[str, ...]] = tuple(route.template for route in ROUTES.routes)
    states: ClassVar[tuple[str, ...]] = tuple(status.value for status in MessageStatus)

    def __init__(self, world: World) -> None:
        self.world = world
        self.url = ""
        self.aries = AriesHolders(self)
        self._by_default: Sequence | None = None
        super().__init__(world.seed, AgencySettings())

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
        self.use(settings)
        self.holders.default = self._by_default = script

    def script_by_default(self, holder: str) -> None:
        """Let the holders of invitations that are made from now on do this; see `AgencySettings.holder`.

        Raises:
            Misuse: There is no such behaviour, or no holder can show it.
        """
        settings = replace(self.settings, holder=holder)
        self.holders.default = self._by_default = self._default_script(settings)
        self.settings = settings

    def clear(self) -> None:
        """Drop everything but the agency's own key."""
        super().clear()
        self.holders = Holders(self, self._by_default)
        self.aries.reset()

    def reset(self) -> None:
        """Drop all owners, connections and text messages; the agency's own key stays while the world has its seed."""
        self.sow(self.world.seed)
        self.clear()

    # --- requests -------------------------------------------------------------------------------------------------

    def handle(self, request: Request) -> Reply:
        """Answer one request, and write it into the journal."""
        with self.world.lock:
            visit = Visit(self, self.world.clock.settle())
            found = match(ROUTES, request.method, request.target.partition("?")[0])
            visit.request = request, found[0].template if found else ""
            return self._answer(request, visit)

    def take_post(self, body: bytes, visit: Visit) -> Reply:
        """Answer what another agency posts, without HTTP: it comes at the very moment."""
        return self._answer(Request("POST", "/agency/msg", {"content-type": "application/octet-stream"}, body), visit)

    def _answer(self, request: Request, visit: Visit) -> Reply:
        found = match(ROUTES, request.method, request.target.partition("?")[0])
        try:
            reply = self.flavour.unknown
            if found is not None:
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
        reply = self._with_faults(reply, visit)
        entry = self._write_down(request, reply, visit, found[0].template if found else None)
        self._finish(reply, visit)
        entry.after = visit.told()[1]
        if visit.poll and self.world.per_poll:
            self.world.clock.advance_ns(self.world.per_poll)
        return reply._replace(entry=entry)

    def _refuse(self, visit: Visit, refused: Refused) -> Reply:
        visit.note = f"{visit.note}: {refused.note}" if visit.note else refused.note
        visit.refusal = refused.kind
        return self.flavour.refuse(refused)

    def _with_faults(self, reply: Reply, visit: Visit) -> Reply:
        if not visit.met:  # it was read only, or refused at the door
            try:
                visit.meet()
            except Stopped as stopped:
                reply = stopped.reply
        call = visit.call()
        if call is None:
            return reply
        reply = self.world.faults.spoil(call, reply, visit.armed)
        visit.note = "; ".join(filter(None, (visit.note, reply.note)))
        return reply

    def _write_down(self, request: Request, reply: Reply, visit: Visit, route: str | None) -> Exchange:
        about, state = visit.told()
        sent = reply.arrives
        missed = "" if route else explain(ROUTES, request.method, request.target.partition("?")[0])
        return self.world.journal.add_exchange(
            visit.at,
            client=visit.client,
            method=request.method,
            target=request.target,
            route=route,
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

    def post(self, agency: Identity, body: bytes, visit: Visit, what: str) -> None:
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
        there = Visit(self, visit.at, note=what)
        if self.take_post(body, there).status != 200:
            raise Refused(there.refusal or refusals.FAILED, f"The other side's agency refused {there.note}")

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
            return self.aries.scan(invitation, self.world.clock.settle())

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

    def _default_script(self, settings: AgencySettings) -> Sequence | None:
        if settings.holder == "none":
            return None
        return self.world.cast.parse(settings.holder, HOLDER.name)
