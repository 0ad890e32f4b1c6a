"""The acts of a scripted Aries holder over time."""

from urllib.parse import urlsplit

from connsim import Sequence, World
from connsim.core.durations import SECOND
from connsim.core.ends import For
from connsim.core.exchange import Request
from connsim.faults.delay import Delay
from connsim.script.machines.aries import ANSWERED
from connsim.script.sequence import Step
from connsim.wire.aries.did_doc import contact
from connsim.wire.aries.messages import Type
from connsim.wire.codes import Version
from connsim.wire.messages import Message
from tests.agency.aries.conftest import Inviter, scan
from tests.agency.conftest import NewOwner


class TestTime:
    def test_accepts_after_a_while(self, world: World, inviter: Inviter) -> None:
        """The delay counts from the scan, in virtual time."""
        world.script("aries-holder", "accepts after 90 seconds")
        scan(inviter)

        world.advance("89 seconds")
        assert inviter.update() == 2
        world.advance("1 second")
        assert (inviter.update(), inviter.update()) == (3, 4)

    def test_the_ack_can_be_late(self, world: World, inviter: Inviter) -> None:
        """A late acknowledgement does not need a second response."""
        world.script("aries-holder", Sequence.of(("request", "1 hour"), "accept"))
        scan(inviter)
        assert (inviter.update(), inviter.update()) == (3, 3)

        world.advance("1 hour")

        assert inviter.update() == 4

    def test_polls_count_in_the_old_mailbox_and_in_the_new(self, world: World, inviter: Inviter) -> None:
        """A step can count polls: of the invitation's mailbox, and after the response of the new connection's."""
        world.script("aries-holder", Sequence.of(("ignore", "2 polls"), ("request", f"until {ANSWERED}"), "accept"))
        scan(inviter)
        assert [inviter.update() for _ in range(4)] == [2, 2, 3, 4]

        world.script("aries-holder", Sequence.of(("request", f"until {ANSWERED}"), ("request", "2 polls"), "accept"))
        other = Inviter(inviter.owner, "other")
        scan(other)
        other.update()
        other.owner.messages(other.pair)
        assert other.mails(other.pair) == []
        assert [m.type for _, m in other.mails(other.pair)] == [Type.ACK]

    def test_a_step_can_have_a_fault(self, world: World, inviter: Inviter) -> None:
        """A step's fault strikes polls of the invitation's mailbox while the step lasts."""
        hangs = Step("ignore", For(SECOND, SECOND), Delay(5 * SECOND))
        world.script("aries-holder", Sequence((hangs, Step("refuse"))))
        scan(inviter)
        poll = Message("GET_MSGS", {}, Version.V2)

        waits = [inviter.owner.tell_ac(inviter.pair, poll).wait]
        world.advance("1 second")
        waits.append(inviter.owner.tell_ac(inviter.pair, poll).wait)

        assert waits == [5 * SECOND, 0]

    def test_reset_forgets_the_holders(self, world: World, inviter: Inviter) -> None:
        """After a reset, the holders of earlier invitations have no address, and do not act."""
        world.script("aries-holder", Sequence.of(("request", "1 minute"), "accept"))
        scan(inviter)
        [(_, request)] = inviter.mails(inviter.pair)
        address = urlsplit(contact(request.members["connection"]["DIDDoc"]).endpoint).path

        world.reset()
        world.advance("1 hour")

        assert world.agency.handle(Request("POST", address)).status == 404
        assert world.journal.transitions() == []

    def test_same_seed_same_bytes(self, new_owner: NewOwner) -> None:
        """Keys, ids and envelopes of the holder are drawn from the world's seed."""
        journals = []
        for _ in range(2):
            world = World()
            inviter = Inviter(new_owner("owner", Version.V2, Version.V2, other_world=world))
            scan(inviter)
            inviter.update()
            inviter.update()
            journals.append(world.journal.entries())

        assert journals[0] == journals[1]
        assert len(journals[0]) > 10
