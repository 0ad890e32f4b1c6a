"""Aries messages in the agency's mailboxes."""

from connsim import Sequence, World
from connsim.agency.settings import AgencySettings
from connsim.core.durations import SECOND
from connsim.wire.aries import messages
from connsim.wire.aries.did_doc import contact, did_doc
from connsim.wire.aries.forwarding import seal
from connsim.wire.codes import Version
from connsim.wire.crypt import drawing
from connsim.wire.keys import KeyPair
from connsim.wire.messages import Message
from tests.agency.aries.conftest import SEED, URL, Inviter, acts, scan
from tests.agency.conftest import NewOwner


class TestMailbox:
    def test_a_forward_is_answered_with_nothing(self, world: World, inviter: Inviter) -> None:
        """A forward to the verkey or DID of the agency's connection is answered with 200 and an empty body."""
        scan(inviter)

        taken = next(one for one in world.journal.exchanges() if one.message == "forward")

        assert (taken.status, taken.reply, taken.connection) == (200, b"", inviter.first.pw.did)

    def test_marked_messages_are_not_found_again(self, inviter: Inviter) -> None:
        """The filter ``statusCodes: ["MS-103"]`` selects the unread messages."""
        scan(inviter)
        inviter.update()

        codes = [m["statusCode"] for m in inviter.owner.messages(inviter.first)]
        assert codes == ["MS-106"]
        assert inviter.mails(inviter.first) == []

    def test_a_foreign_recipient_is_refused(self, world: World, inviter: Inviter) -> None:
        """A forward whose last recipient is not the owner's pairwise key is refused, and nothing is stored."""
        stranger = KeyPair.from_seed(b"x" * 32)
        to = contact(did_doc("D", stranger.verkey, URL, [inviter.pair.ac.verkey, inviter.owner.agency.verkey]))

        reply = inviter.owner.post(seal(messages.ack("a", "t"), stranger, to, drawing(SEED, "stranger")))

        assert (reply.status, b"ACS-102" in reply.body) == (400, True)
        assert inviter.owner.messages(inviter.pair) == []

    def test_the_dummy_agency_stores_them_too(self, world: World, new_owner: NewOwner) -> None:
        """The dummy agency stores Aries messages too, with ids of ten characters."""
        world.agency.configure(AgencySettings("dummy"))
        inviter = Inviter(new_owner("owner", Version.V2, Version.V2))
        scan(inviter)

        [(uid, _)] = inviter.mails(inviter.pair)

        assert len(uid) == 10
        assert (inviter.update(), inviter.update()) == (3, 4)

    def test_eager_polls_are_refused_as_for_others(self, world: World, new_owner: NewOwner) -> None:
        """The least interval between polls holds for Aries connections, too; a script does not count refused polls."""
        world.agency.configure(AgencySettings(least_poll_interval=SECOND))
        world.script("aries-holder", Sequence.of(("ignore", "2 polls"), "refuse"))
        inviter = Inviter(new_owner("owner", Version.V2, Version.V2))
        id_ = scan(inviter)
        inviter.update()

        refused = inviter.owner.tell_ac(inviter.pair, Message("GET_MSGS", {}, Version.V2))

        assert refused.status == 429
        assert acts(world, id_) == ["ignore"]
        world.advance("1 second")
        inviter.update()
        assert acts(world, id_) == ["ignore", "refuse"]
