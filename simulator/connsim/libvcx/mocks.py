"""The mocked agency of the test modes, and the keys of the mocked wallet.

Nothing is sent. The mocked agency grants every request, with the same answer every time, and its mailbox is empty
unless ``vcx_set_next_agency_response`` has set an answer. libvcx keeps these answers on a stack. All calls but a poll
push their own canned answer before they take one, so in effect only polls take what a caller has set
(docs/protocol/libvcx.md, 5.5).

The values are those of the library's fixtures where callers are known to compare with them: keys, ids, link and name.
The rest of the invitation is deduced, and so is that protocol 2.0 makes no difference.
"""

from collections.abc import Mapping
from typing import Any

from connsim.clients.agency_results import Invited, Pairwise, StoredMessage
from connsim.clients.agency_wire import UnexpectedAnswer
from connsim.libvcx.session import Session
from connsim.wire.bundles import bytes_of
from connsim.wire.codes import MessageStatus, Version
from connsim.wire.errors import CannotOpen
from connsim.wire.invite_detail import agency_detail, invite_detail, sender_detail
from connsim.wire.keys import Identity, KeyPair
from connsim.wire.notation import base64_text, dump_msgpack, load_msgpack
from connsim.wire.payloads import ACCEPTANCE, Payload, answer_in

OWN = Identity("FhrSrYtQcw3p9xwf7NYemf", "91qMFrZjXDoi2Vc8Mm14Ys112tEZdDegBZZoembFEATE")
"""The pairwise identity of every connection that is made with the mocked wallet."""
AGENT = Identity("U5LXs4U7P9msh647kToezy", "FktSZg8idAVzyQZrdUppK6FTrfAzW3wWVzAjJAfdUvJq")
"""The agent of every connection."""
INVITER = Identity("WRUzXXuFVTYkT8CjSZpFvT", OWN.verkey)
"""The inviter in every invitation. Its DID differs from the connection's own, as in the library's fixtures."""
INVITATION = "NjcwOWU"
INVITE_URL = f"http://localhost:9001/agency/invite/{INVITER.did}?uid={INVITATION}"
SENT_MESSAGE = "ntc2ytb"

_PROOF = {"agentDID": AGENT.did, "agentDelegatedKey": AGENT.verkey, "signature": base64_text(bytes(64))}
_HOLDER = sender_detail(Identity("2hoqvcwupRTUNkXn6ArYzs", INVITER.verkey), _PROOF)
_DETAIL = invite_detail(
    INVITATION,
    sender_detail(INVITER, _PROOF, "ent-name", "ent-logo-url"),
    agency_detail(AGENT, "http://localhost:9001"),
)
# The meanings of the numbers for vcx_set_next_agency_response; all others stand for messages of credentials and proofs.
_NO_MESSAGES = {1: "KEY_CREATED", 2: "CONFIGS_UPDATED"}
_ACCEPTANCES = (3, 9)


class MockedAgency:
    """A mock with the methods of `AgencyClient` that connections use."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def update_configs(self, configs: Mapping[str, str], version: Version | None = None) -> None:
        """Accept any configs."""

    def create_key(self, keys: KeyPair, version: Version) -> Pairwise:
        """Return the canned agent."""
        return Pairwise(keys, AGENT, version)

    def invite(self, pairwise: Pairwise, phone: str | None = None, *, public_did: bool = False) -> Invited:
        """Return the canned invitation."""
        return Invited(INVITATION, _DETAIL, INVITE_URL, True)

    def accept(self, pairwise: Pairwise, invitation: Mapping[str, Any]) -> str:
        """Accept any acceptance."""
        return INVITATION

    def redirect(self, pairwise: Pairwise, invitation: Mapping[str, Any], detail: Mapping[str, str]) -> str:
        """Accept any redirection."""
        return INVITATION

    def messages(self, pairwise: Pairwise) -> tuple[StoredMessage, ...]:
        """Take the messages from the top of the stack; those of credentials and proofs are left out.

        Raises:
            UnexpectedAnswer: The top of the stack is the answer to another request.
        """
        number = self._session.answers.pop() if self._session.answers else 0
        if number in _NO_MESSAGES:
            raise UnexpectedAnswer(f"The agency answered GET_MSGS with {_NO_MESSAGES[number]}.")
        return (_ACCEPTANCE,) if number in _ACCEPTANCES else ()

    def update_status(self, pairwise: Pairwise) -> str:
        """Report the connection as deleted."""
        return "CS-103"

    def send(
        self, pairwise: Pairwise, to: str, kind: str, text: str, *, title: str | None = None, ref: str | None = None
    ) -> str:
        """Report any message as sent."""
        return SENT_MESSAGE

    def open_answer(self, message: StoredMessage) -> dict[str, Any]:
        """Read the canned answer, which is not encrypted. Only the mocked wallet accepts that.

        Raises:
            Unreadable: The wallet is real, or the payload is not an answer of protocol 1.0.
        """
        if message.payload is None or not self._session.settings.mock_indy:
            raise CannotOpen("The payload does not open with the keys of the wallet.")
        payload = load_msgpack(message.payload)
        if not isinstance(payload, dict):
            raise CannotOpen("The payload is not a map of @type and @msg.")
        return answer_in(Payload(Version.V1, None, ACCEPTANCE, load_msgpack(bytes_of(payload.get("@msg")))))


def _plain(inner: Mapping[str, Any]) -> bytes:
    kind = {"name": ACCEPTANCE, "ver": "1.0", "fmt": "indy.msgpack"}
    return dump_msgpack({"@type": kind, "@msg": list(dump_msgpack(inner))})


_ACCEPTANCE = StoredMessage(
    "ntc2ytb", MessageStatus.ACCEPTED, _HOLDER["DID"], ACCEPTANCE, _plain({"senderDetail": _HOLDER})
)
