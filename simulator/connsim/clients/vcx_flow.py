"""A small client of the proprietary connection flow: an example of a good one.

It does what an issuer's own code does on top of libvcx: it invites, asks now and then whether the holder has answered,
and gives up at an expiry of its own. Nothing else would ever end the wait, for a refusal looks like silence.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from connsim.clients.agency_client import AgencyClient
from connsim.clients.agency_results import Pairwise, StoredMessage
from connsim.clients.agency_wire import AgencyError, UnexpectedAnswer
from connsim.clients.plug import Outcome
from connsim.clients.prism_flow import Pace
from connsim.wire.codes import Version
from connsim.wire.errors import Unreadable
from connsim.wire.invite_detail import abbreviate, read_invite_detail
from connsim.wire.notation import dump_json
from connsim.wire.states import ANSWERED, State, answer

_VERSIONS: dict[str | None, Version] = {version.value: version for version in Version}


@dataclass(frozen=True)
class Offer:
    """A connection, as far as a client needs it.

    Attributes:
        id: The ``connReqId``.
        invitation: The invite detail as JSON, abbreviated, as libvcx gives it to its caller.
        url: The link to the full one; empty if the client is the invitee, or the agency has none.
        state: Right after the offer was made, or accepted.
    """

    id: str
    invitation: str
    url: str
    pairwise: Pairwise
    state: State


class VcxFlow:
    """Invites, accepts and awaits.

    Args:
        client: The client of the agency; it gets a cloud agent here unless it has one.
        logo: The institution's logo. The production agency refuses invitations without one.
        pace: How often to ask.
        on_poll: Told the state after each poll that succeeded.
    """

    def __init__(
        self,
        client: AgencyClient,
        logo: str = "https://connsim.example/logo.png",
        pace: Pace | None = None,
        on_poll: Callable[[State], None] = lambda _: None,
    ) -> None:
        self._client = client
        self._logo = logo
        self._pace = pace or Pace()
        self._on_poll = on_poll

    def connect(self, name: str, phone: str | None = None) -> Offer:
        """Make an invitation: three posts, after three for the cloud agent if there is none.

        Args:
            name: The institution's, as the holder sees it.
            phone: Where an SMS with the link is to go.

        Raises:
            AgencyError: The agency refuses, or cannot be reached.
            Unreadable: Its answer is malformed.
        """
        pairwise = self._prepare(name)
        invited = self._client.invite(pairwise, phone)
        shown = dump_json(abbreviate(invited.detail)).decode()
        return Offer(invited.uid, shown, invited.url, pairwise, State.OFFER_SENT)

    def accept(self, invitation: str, name: str = "invitee") -> Offer:
        """Accept an invitation; the invitee is connected at once, without waiting for the inviter.

        Args:
            invitation: The invite detail as JSON, in full or abbreviated.

        Raises:
            AgencyError: The agency refuses, or cannot be reached.
            Unreadable: The invitation or an answer is malformed.
        """
        detail = read_invite_detail(invitation)
        pairwise = self._prepare(name, _VERSIONS.get(detail.get("version")))
        self._client.accept(pairwise, detail)
        return Offer(detail["connReqId"], invitation, "", pairwise, State.ACCEPTED)

    def wait(self, connection: Offer, expiry: float) -> Outcome:
        """Ask until the holder has accepted or redirected, or give up.

        The last question is asked at the very moment of expiry, so that an answer that came just in time counts.
        A poll that fails for a reason that may pass, or whose answer cannot be read, is tried again at the usual pace,
        or later if the agency asks for that; if it asks for more time than is left, there is no last question.

        Args:
            expiry: Seconds from now.

        Returns:
            The name of the last state. A holder who refuses leaves it at ``OfferSent``, and lets the wait expire.

        Raises:
            AgencyError: The agency says that the request itself is wrong (4xx): asking again is useless.
        """
        if connection.state is not State.OFFER_SENT:
            return Outcome(connection.state.value, expired=False)
        deadline = time.monotonic() + expiry
        pause = self._pace.first
        while True:
            state, asked, trouble = State.OFFER_SENT, 0.0, ""
            try:
                state = self._ask(connection)
            except (AgencyError, Unreadable, UnexpectedAnswer) as failed:
                trouble, asked = str(failed), _asked_pause(failed)
            if state is not State.OFFER_SENT:
                return Outcome(state.value, expired=False)
            left = deadline - time.monotonic()
            if left <= 0:
                return Outcome(state.value, expired=True, trouble=trouble)
            time.sleep(min(max(pause, asked), left))
            if asked > left:
                return Outcome(state.value, expired=True, trouble=trouble)
            pause = min(pause * self._pace.factor, self._pace.longest)

    def _prepare(self, name: str, version: Version | None = None) -> Pairwise:
        if not self._client.provisioned:
            self._client.provision()
        self._client.update_configs({"name": name, "logoUrl": self._logo}, version)
        return self._client.create_key(version=version)

    def _ask(self, connection: Offer) -> State:
        state = self._read(self._client.messages(connection.pairwise))
        self._on_poll(state)
        return state

    def _read(self, messages: tuple[StoredMessage, ...]) -> State:
        # All of them, in their order: of two answers the last one counts, as with libvcx.
        state = State.OFFER_SENT
        for message in messages:
            if event := answer(message.status, message.type):
                self._client.open_answer(message)
                state = ANSWERED[event]
        return state


def _asked_pause(failed: Exception) -> float:
    """For how many seconds the agency wants to be left alone.

    Raises:
        AgencyError: It says that the request itself is wrong.
    """
    if isinstance(failed, AgencyError) and not failed.may_pass:
        raise failed
    return getattr(failed, "retry_after", None) or 0.0
