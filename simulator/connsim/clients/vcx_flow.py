"""A small client of the proprietary connection flow, as an example of a good one.

It does what an issuer's code does on top of libvcx: it invites, polls for the holder's answer, and gives up at its own
expiry. Nothing else would ever end the wait, because a refusal looks like silence.
"""

from collections.abc import Callable
from dataclasses import dataclass

from connsim.clients.agency_client import AgencyClient
from connsim.clients.agency_results import Pairwise, StoredMessage
from connsim.clients.agency_wire import AgencyError, UnexpectedAnswer
from connsim.clients.patience import MayPass, Pace, poll_until
from connsim.clients.plug import Outcome
from connsim.wire.codes import Version
from connsim.wire.errors import Unreadable
from connsim.wire.invite_detail import abbreviate, read_invite_detail
from connsim.wire.notation import dump_json
from connsim.wire.states import ANSWERED, State, answer

_VERSIONS: dict[str | None, Version] = {version.value: version for version in Version}


@dataclass(frozen=True)
class Offer:
    """The part of a connection that a client needs.

    Attributes:
        id: The ``connReqId``.
        invitation: The invite detail as JSON, abbreviated, as libvcx gives it to its caller.
        url: The link to the full detail; empty for an invitee, and for an agency without links.
        state: The state right after the invitation was made, or accepted.
    """

    id: str
    invitation: str
    url: str
    pairwise: Pairwise
    state: State


class VcxFlow:
    """Makes, accepts and awaits invitations.

    `connect` and `accept` raise `AgencyError` if the agency refuses or cannot be reached, and `Unreadable` if the
    invitation or an answer is malformed.

    Args:
        client: The client of the agency; it is provisioned on first use if it has no cloud agent.
        logo: The institution's logo. The production agency refuses invitations without one.
        pace: How often to poll.
        on_poll: Called with the state after each successful poll.
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
        """Make an invitation, with three POSTs, after three more if the client has no cloud agent yet.

        Args:
            name: The institution's name, which the holder sees.
            phone: The number to which the agency sends the link by SMS.

        Raises:
            AgencyError: The agency refuses, or cannot be reached.
            Unreadable: Its answer is malformed.
        """
        pairwise = self._prepare(name)
        invited = self._client.invite(pairwise, phone)
        shown = dump_json(abbreviate(invited.detail)).decode()
        return Offer(invited.uid, shown, invited.url, pairwise, State.OFFER_SENT)

    def accept(self, invitation: str, name: str = "invitee") -> Offer:
        """Accept an invitation. The invitee is connected at once, without waiting for the inviter.

        Args:
            invitation: The invite detail as JSON, in full or abbreviated.
        """
        detail = read_invite_detail(invitation)
        pairwise = self._prepare(name, _VERSIONS.get(detail.get("version")))
        self._client.accept(pairwise, detail)
        return Offer(detail["connReqId"], invitation, "", pairwise, State.ACCEPTED)

    def wait(self, connection: Offer, expiry: float) -> Outcome:
        """Poll until the holder has accepted or redirected, or give up; see `poll_until`.

        A poll whose failure may be temporary, or whose answer is unreadable, is repeated at the usual pace, or later if
        the agency asks for that.

        Args:
            expiry: Seconds from now.

        Returns:
            The name of the last state. If the holder refuses, it stays ``OfferSent`` until the wait expires.

        Raises:
            AgencyError: The agency says that the request itself is wrong (4xx), so repeating it is useless.
        """
        if connection.state is not State.OFFER_SENT:
            return Outcome(connection.state.value, expired=False)
        offered = State.OFFER_SENT.value
        return poll_until(
            lambda: self._ask(connection), lambda state: state != offered, self._pace, expiry, state=offered
        )

    def _prepare(self, name: str, version: Version | None = None) -> Pairwise:
        if not self._client.provisioned:
            self._client.provision()
        self._client.update_configs({"name": name, "logoUrl": self._logo}, version)
        return self._client.create_key(version=version)

    def _ask(self, connection: Offer) -> str:
        try:
            state = self._read(self._client.messages(connection.pairwise))
        except AgencyError as failed:
            if not failed.may_pass:
                raise
            raise MayPass(str(failed), failed.retry_after or 0) from failed
        except (Unreadable, UnexpectedAnswer) as failed:
            raise MayPass(str(failed)) from failed
        self._on_poll(state)
        return state.value

    def _read(self, messages: tuple[StoredMessage, ...]) -> State:
        # All messages in order, so that the last of several answers counts, as with libvcx.
        state = State.OFFER_SENT
        for message in messages:
            if event := answer(message.status, message.type):
                self._client.open_answer(message)
                state = ANSWERED[event]
        return state
